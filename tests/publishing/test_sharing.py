"""Links that show a draft: to look at, for some days, and no more than that."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from publishing import sharing
from publishing.models import ShareLink

pytestmark = [pytest.mark.django_db, pytest.mark.one_ground]


def test_whoever_has_the_link_sees_it_and_nothing_else(
    client: Any, client_for: Any, editor: Any, wall: Any, publish: Any, picture: Any
) -> None:
    row = picture()
    made = publish(wall(), "Silent <b>films</b>", thread=["Second part"], media_ids=[row.pk], draft=True)
    got = client_for(editor).post(reverse("admin:publishing_publication_share", args=[made.pk]), follow=True)
    link = re.search(r"/share/[\w-]+/", got.content.decode())
    assert link
    page = client.get(link[0])
    text = page.content.decode()
    assert "Silent &lt;b&gt;films" in text
    assert "Second part" in text
    assert "Not published yet: draft" in text
    assert "<form" not in text
    assert (page["Referrer-Policy"], page["X-Robots-Tag"]) == ("no-referrer", "noindex, nofollow")
    assert client.get(f"{link[0]}files/{row.pk}/").status_code == 200
    assert client.get(f"{link[0]}files/{row.pk + 1}/").status_code == 404
    assert client.post(link[0]).status_code == 405
    assert link[0].split("/")[2] not in repr(ShareLink.objects.values())


def test_it_ends_and_is_withdrawn(client: Any, wall: Any, publish: Any, editor: Any) -> None:
    made = publish(wall(), draft=True)
    first, second = (reverse("publishing:shared", args=[sharing.share(made, editor)]) for _each in range(2))
    ShareLink.objects.filter(pk=ShareLink.objects.last().pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert sorted((client.get(first).status_code, client.get(second).status_code)) == [200, 404]
    assert sharing.withdraw(made, editor) == 1
    assert client.get(first).status_code == client.get(second).status_code == 404
    assert client.get(reverse("publishing:shared", args=["x"])).status_code == 404


def test_only_its_author_and_owners_share_it(client_for: Any, viewer: Any, wall: Any, publish: Any) -> None:
    made = publish(wall(), draft=True)
    assert client_for(viewer).post(reverse("admin:publishing_publication_share", args=[made.pk])).status_code == 403
    assert ShareLink.objects.count() == 0
