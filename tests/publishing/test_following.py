"""Threads and first comments: each part once, in order, with the leave of the first; and files at their own address."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from publishing import fetching, ordering, scheduling
from publishing.drafts import draft_of
from publishing.models import Publication, WallPost
from publishing.orders import PublicationOrder
from tests.publishing.conftest import fault, posts, run, run_to_the_end

pytestmark = pytest.mark.django_db
PARTS = ["Second", "Third"]


def follow_on(publication: Publication) -> Publication:
    """Let the clock hand over what follows, and send it."""
    scheduling.take_due()
    return run_to_the_end(Publication.objects.get(follows=publication))


@pytest.mark.parametrize("behaves", ["idempotent", "two-step", "blind"])
def test_each_part_follows_the_one_before(wall: Any, publish: Any, behaves: str) -> None:
    account = wall(behaves)
    first = run(publish(account, "First", thread=PARTS, made_with_ai=True))
    assert posts(account) == ["First"]
    second = follow_on(first)
    third = follow_on(second)
    assert posts(account) == ["First", *PARTS]
    hung = list(WallPost.objects.order_by("pk"))
    assert [post.content["reply_to"] for post in hung] == ["", str(hung[0].pk), str(hung[1].pk)]
    assert all(post.content["made_with_ai"] for post in hung)
    scheduling.take_due()
    assert not Publication.objects.filter(follows=third).exists()


def test_a_lost_answer_brings_the_rest_once(wall: Any, publish: Any) -> None:
    account = wall("two-step")
    fault(account, "lost")
    first = run_to_the_end(publish(account, "First", thread=["Second"]))
    fault(account, "lost")
    follow_on(first)
    assert posts(account) == ["First", "Second"]
    assert Publication.objects.count() == 2


def test_a_person_who_finds_it_there_lets_the_rest_follow_where_its_name_is_known(
    wall: Any, publish: Any, owner: Any
) -> None:
    account = wall("blind")
    fault(account, "lost")
    first = run(publish(account, "First", thread=["Second"]))
    assert first.state == "unconfirmed"
    assert not Publication.objects.filter(follows=first).exists()
    ordering.resolve(first, owner, "published")
    second = follow_on(first)
    assert (second.state, posts(account)) == ("refused", ["First"])
    assert "nobody knows what it is called there" in second.note


def test_the_rest_needs_no_leave_of_its_own_and_stops_with_everything(
    wall: Any, publish: Any, owner: Any, tenant: Any
) -> None:
    from publishing import stopping

    account = wall()
    first = run(publish(account, "First", thread=["Second"]))
    stopping.stop(tenant, owner, stopped=True)
    scheduling.take_due()
    assert posts(account) == ["First"]
    stopping.stop(tenant, owner, stopped=False)
    follow_on(first)
    assert posts(account) == ["First", "Second"]


def test_a_part_that_is_too_long_or_empty_is_told_before(wall: Any, tenant: Any, editor: Any) -> None:
    account = wall()
    order = {"account_id": account.pk, "text": "First", "thread": ["x" * 5001]}
    with pytest.raises(ordering.BadOrder, match=r"Part 2: The text has 5,001") as caught:
        ordering.publish(PublicationOrder.model_validate(order), tenant=tenant, user=editor)
    assert set(caught.value.problems) == {"thread.0"}
    with pytest.raises(ValueError, match="part of a thread"):
        PublicationOrder.model_validate({**order, "thread": [" "]})
    with pytest.raises(ValueError, match="at most 25"):
        PublicationOrder.model_validate({**order, "thread": ["a"] * 26})


# -- files at an address of their own ---------------------------------------------------------------------------------


def test_a_platform_that_takes_no_png_gets_a_jpeg(picture: Any, client: Any, settings: Any) -> None:
    settings.SITE_URL = "http://testserver"
    row = picture()
    mime = fetching.mime_for(row, ("image/jpeg", "video/mp4"))
    got = client.get(fetching.address_of(row, mime))
    assert (got.status_code, got["Content-Type"]) == (200, "image/jpeg")
    made = Image.open(io.BytesIO(b"".join(got.streaming_content)))
    assert (made.format, made.size) == ("JPEG", (40, 30))
    assert made.getpixel((5, 5)) == (255, 255, 255)
    assert fetching.mime_for(row, ("image/png", "image/jpeg")) == "image/png"


def test_an_address_is_not_guessed_and_ends(picture: Any, client: Any, time_machine: Any, settings: Any) -> None:
    settings.SITE_URL = "http://testserver"
    row = picture()
    address = fetching.address_of(row, "image/png")
    assert client.get(address).status_code == 200
    assert client.get(f"{address[:-1]}x/").status_code == 404
    assert client.get(reverse("publishing:outgoing", args=[str(row.pk)])).status_code == 404
    time_machine.move_to(timezone.now() + timedelta(days=4))
    assert client.get(address).status_code == 404


def test_a_draft_names_it_as_it_goes_out(wall: Any, publish: Any, picture: Any) -> None:
    row = picture()
    made = publish(wall(), "Look", media_ids=[row.pk], alts={str(row.pk): "A film"})
    (medium,) = draft_of(made).media
    assert (medium.mime, medium.alt) == ("image/png", "A film")
    assert medium.url.endswith("/")
    assert "/outgoing/" in medium.url


def test_an_update_of_the_first_part_brings_the_rest_no_second_time(wall: Any, publish: Any, owner: Any) -> None:
    from publishing import replacing
    from publishing.orders import ContentIn

    account = wall()
    first = run(publish(account, "First", thread=["Second"]))
    follow_on(first)
    made, _job = replacing.replace(first, owner, ContentIn.model_validate({"text": "Other", "thread": ["Second"]}))
    run_to_the_end(made)
    scheduling.take_due()
    assert posts(account) == ["Other", "Second"]
    assert Publication.objects.filter(follows__isnull=False).count() == 1


def test_approvers_see_all_that_they_approve(wall: Any, publish: Any, tenant: Any, owner: Any, client_for: Any) -> None:
    from publishing.models import ApprovalRule, Message
    from tests.publishing.conftest import work_on

    ApprovalRule.objects.create(tenant=tenant, need="one").approvers.add(owner)
    made = publish(wall(), "First", thread=["The second part"])
    work_on("approval.notify")
    message = Message.objects.get(kind="approval")
    assert "The second part" in message.text
    assert "The second part" in message.html
    page = client_for(owner).get(reverse("admin:publishing_publication_change", args=[made.pk])).content.decode()
    assert "The second part" in page


def test_what_follows_is_edited_with_the_first(wall: Any, publish: Any, editor: Any, client_for: Any) -> None:
    made = publish(wall(), "First", thread=["Second"], draft=True)
    path = reverse("admin:publishing_publication_edit", args=[made.pk])
    assert "Second" in client_for(editor).get(path).content.decode()
    client_for(editor).post(path, {"text": "First", "thread": "Two\r\n---\r\nThree"})
    made.refresh_from_db()
    assert made.content["thread"] == ["Two", "Three"]
