"""A post goes elsewhere: as an announcement that fits, held where it contradicts its source."""

from dataclasses import replace
from typing import Any

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as some

from blog import sending
from blog.models import Post
from integrations.platforms.base import Limits
from integrations.platforms.offline import Offline
from jobs.running import work
from media.models import MediaFile
from publishing import connecting, ordering, taking_off
from publishing.models import Publication
from tests.blog.test_grounding import RECORD
from tests.publishing.conftest import no_redis, posts, run  # noqa: F401

BODY = "A film for a long evening. " * 10


@pytest.fixture
def post(tenant: Any, editor: Any) -> Post:
    made = Post(tenant=tenant, author=editor, title="Metropolis", slug="metropolis", body=BODY, html=f"<p>{BODY}</p>")
    made.excerpt = "It came out long ago, and it is worth a long evening."
    made.publish()
    made.save()
    return made


@pytest.fixture
def account(tenant: Any, owner: Any) -> Any:
    return connecting.connect(tenant, owner, platform="offline", name="Wall", credentials={})


@pytest.fixture
def image(tenant: Any, editor: Any) -> MediaFile:
    return MediaFile.objects.create(
        tenant=tenant, owner=editor, kind="image", title="Robot", alt_text="A robot", file="1/robot.png",
        mime="image/png", bytes=100, state="ready",
    )  # fmt: skip


@pytest.mark.django_db
def test_it_is_announced_with_its_link(post: Post, account: Any, editor: Any, settings: Any) -> None:
    settings.SITE_URL = "https://press.example"
    made = run(sending.send(post, account, editor))
    assert (made.state, made.origin) == ("published", f"blog.Post:{post.pk}")
    (text,) = posts(account)
    assert text == f"Metropolis\n\n{post.excerpt}\n\nhttps://press.example{post.get_absolute_url()}"


@pytest.mark.django_db
def test_a_draft_has_no_link(post: Post, account: Any, editor: Any) -> None:
    post.unpublish()
    post.save()
    made = sending.send(post, account, editor, draft=True)
    assert (made.state, "http" in made.content["text"]) == ("draft", False)


@pytest.mark.django_db
def test_what_contradicts_its_source_is_held(post: Post, account: Any, editor: Any, owner: Any) -> None:
    post.snapshot = RECORD
    post.body = "Metropolis came out in 1931."
    post.check_facts()
    post.save()
    assert post.contradictions
    made = run(sending.send(post, account, editor))
    assert (made.state, posts(account)) == ("scheduled", [])
    assert "1931" in made.holds.get().reason


@pytest.mark.django_db
def test_an_article_goes_as_a_whole(post: Post) -> None:
    class Articles(Offline):
        takes_articles = True

    content = sending.content_of(post, Articles({}))
    assert content["title"] == "Metropolis"
    assert content["html"] == post.html
    assert content["slug"] == "metropolis"
    assert content["canonical_url"].endswith("/metropolis/") or content["canonical_url"].endswith("/metropolis")


@given(excerpt=some.text(max_size=400), most=some.integers(80, 300))
def test_an_announcement_fits(excerpt: str, most: int) -> None:
    post = Post(title="Metropolis", excerpt=" ".join(excerpt.split()), state="draft", tenant_id=1)
    platform = Offline({})
    platform.holds = replace(Limits(text=5000), text=most)
    text = sending.announcement(post, platform)
    assert platform.count(text) <= most
    assert text.startswith("Metropolis")


@pytest.mark.django_db
def test_it_is_on_an_account_once(post: Post, account: Any, editor: Any) -> None:
    first = run(sending.send(post, account, editor))
    with pytest.raises(ordering.BadOrder, match="there already"):
        sending.send(post, account, editor)
    work(taking_off.take_off(first, editor).pk, worker="test")
    assert run(sending.send(post, account, editor)).state == "published"
    assert len(posts(account)) == 1


@pytest.mark.django_db
def test_two_at_once_are_one(post: Post, account: Any, editor: Any, monkeypatch: Any) -> None:
    sending.send(post, account, editor, draft=True)
    monkeypatch.setattr(sending, "OVER", ("draft", *sending.OVER))  # the other one was not there yet when it looked
    with pytest.raises(ordering.BadOrder, match="on this account already"):
        sending.send(post, account, editor)


@pytest.mark.django_db
def test_a_refused_one_comes_not_back_beside_another(post: Post, account: Any, editor: Any) -> None:
    first = sending.send(post, account, editor)
    ordering.cancel(first, editor)
    sending.send(post, account, editor)
    with pytest.raises(ordering.WrongState, match="same plan"):
        ordering.schedule(first, editor, None)


@pytest.mark.django_db
def test_what_is_there_is_brought_up_to_date(post: Post, account: Any, editor: Any) -> None:
    made = run(sending.send(post, account, editor))
    assert not sending.is_behind(post, made)
    post.title = "Metropolis, again"
    post.save()
    assert sending.is_behind(post, made)
    update = sending.update(post, made, editor)
    assert not sending.is_behind(post, made)
    assert (run(update).origin, update.replaces_id) == (made.origin, made.pk)
    assert posts(account)[0].startswith("Metropolis, again")


@pytest.mark.django_db
def test_an_update_that_contradicts_its_source_is_held(post: Post, account: Any, editor: Any) -> None:
    made = run(sending.send(post, account, editor))
    post.snapshot, post.body = RECORD, "Metropolis came out in 1931."
    post.check_facts()
    post.save()
    update = run(sending.update(post, made, editor))
    assert (update.state, "1931" in update.holds.get().reason) == ("scheduled", True)


@pytest.mark.django_db
class TestThePage:
    def test_without_accounts_it_says_what_to_do(self, post: Post, client_for: Any, editor: Any) -> None:
        page = client_for(editor).get(reverse("admin:blog_post_send", args=[post.pk])).content.decode()
        assert "There is no account to publish on" in page

    def test_each_account_is_a_publication(self, post: Post, account: Any, client_for: Any, editor: Any) -> None:
        client, url = client_for(editor), reverse("admin:blog_post_send", args=[post.pk])
        assert "This field is required" in client.post(url, {"when": "now"}).content.decode()
        assert "Choose the time" in client.post(url, {"when": "at", "accounts": [account.pk]}).content.decode()
        done = client.post(url, {"when": "now", "accounts": [account.pk]}, follow=True).content.decode()
        assert "Where it went" in done
        assert run(Publication.objects.get()).state == "published"

    def test_only_editors_of_the_workspace(
        self, post: Post, account: Any, client_for: Any, viewer: Any, stranger: Any
    ) -> None:
        url = reverse("admin:blog_post_send", args=[post.pk])
        assert client_for(viewer).get(url).status_code == 403
        assert client_for(stranger).get(url).status_code == 404

    def test_it_offers_an_update_where_the_post_was_changed(
        self, post: Post, account: Any, client_for: Any, editor: Any
    ) -> None:
        client, url = client_for(editor), reverse("admin:blog_post_send", args=[post.pk])
        made = run(sending.send(post, account, editor))
        assert "Update it there" not in client.get(url).content.decode()
        post.title = "Metropolis, again"
        post.save()
        assert "Update it there" in client.get(url).content.decode()
        assert client.post(url, {"update": "x"}).status_code == 404
        answer = client.post(url, {"update": made.pk})
        assert answer["Location"].endswith(f"/{made.replacements.get().pk}/change/")
        again = client.post(url, {"update": made.pk}, follow=True).content.decode()
        assert "waiting already" in again

    def test_a_picture_goes_with_it(self, post: Post, account: Any, client_for: Any, editor: Any, image: Any) -> None:
        client, url = client_for(editor), reverse("admin:blog_post_send", args=[post.pk])
        client.post(url, {"when": "now", "accounts": [account.pk], "picture": image.pk})
        assert Publication.objects.get().content["mediaIds"] == [image.pk]
