"""Posts whose facts are checked: what is kept, what stops the site, and what a person may override."""

import importlib
from typing import Any

import pytest
from django.apps import apps
from django.contrib.messages import get_messages

from accounts.models import AuditEntry
from ai import grounding
from blog import generation
from blog.grounding import Unconfirmed, mark_of, publish, source_says, told
from blog.models import Post
from blog.rendering import to_html
from integrations.providers import offline
from jobs.models import JobEvent

pytestmark = pytest.mark.django_db
RECORD: dict[str, Any] = {
    "media_type": "movie",
    "name": "Alien",
    "year": 1979,
    "runtime": 117,
    "directors": ["Ridley Scott"],
    "cast": ["Sigourney Weaver", "Tom Skerritt"],
}
WRONG = "*Alien* came out in 1980 and was directed by Ridley Scott."
RIGHT = "*Alien* came out in 1979 and was directed by Ridley Scott."


@pytest.fixture
def draft(tenant):
    """Makes drafts about the same film."""

    def make(body=WRONG, **values):
        title = values.pop("title", "Alien")
        post = Post(tenant=tenant, title=title, body=body, html=to_html(body), snapshot=RECORD, **values)
        post.choose_slug()
        post.check_facts()
        post.save()
        return post

    return make


def said(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def spoil_the_year(monkeypatch: pytest.MonkeyPatch, film: dict[str, Any]) -> None:
    """The offline writer gets the year of one film wrong."""
    article = offline.article

    def spoilt(facts: dict[str, Any]) -> str:
        text = article(facts)
        wrong = facts["title"]["ref"] == film["ref"]
        return text.replace(str(film["year"]), str(film["year"] - 3)) if wrong else text

    monkeypatch.setattr(offline, "article", spoilt)


# -- the row ----------------------------------------------------------------------------------------


def test_a_post_keeps_what_was_found(draft):
    found = Post.objects.get(pk=draft().pk).grounding
    assert (found["contradicted"], found["score"], found["version"]) == (1, 75, grounding.VERSION)
    (claim,) = [claim for claim in found["parts"]["body"] if claim["verdict"] == "contradicted"]
    assert (WRONG[claim["start"] : claim["end"]], claim["field"], claim["says"]) == ("1980", "year", "1979")


def test_contradictions_are_told_once_and_with_what_the_record_says(draft):
    post = draft(f"{WRONG} It runs for 127 minutes.", excerpt=WRONG)
    claims = post.contradictions
    assert [claim["text"] for claim in claims] == ["1980", "127 minutes"]
    assert told(claims) == (
        "it says “1980”, the record says 1979 (year); it says “127 minutes”, the record says 117 minutes (running time)"
    )
    assert told(claims * 2).endswith("; and 1 more")
    assert source_says(claims[0]) == "1979 (year)"


def test_a_post_that_was_never_checked_is_checked_when_it_matters(draft):
    post = draft()
    Post.objects.filter(pk=post.pk).update(grounding={})
    post = Post.objects.get(pk=post.pk)
    assert not post.is_checked
    assert [claim["text"] for claim in post.contradictions] == ["1980"]


def test_an_older_check_is_made_anew(draft, monkeypatch):
    post = draft()
    monkeypatch.setattr(grounding, "VERSION", grounding.VERSION + 1)
    assert not post.is_checked
    assert post.contradictions
    assert post.is_checked


def test_the_vocabulary_finds_contradictions(draft):
    wrong, right = draft(), draft(RIGHT)
    assert list(Post.objects.contradicted()) == [wrong]
    assert right.contradictions == []


def test_the_migration_checks_what_was_written_before(draft):
    post = draft()
    Post.objects.filter(pk=post.pk).update(grounding={})
    importlib.import_module("blog.migrations.0004_grounding").check_facts(apps, None)
    assert Post.objects.get(pk=post.pk).grounding == post.grounding


# -- a batch ----------------------------------------------------------------------------------------


def test_posts_of_the_offline_writer_contradict_nothing(write):
    for media_type in ("movie", "tv"):
        write(count=5, publish=True, media_type=media_type)
    assert Post.objects.published().count() == 10
    assert not Post.objects.contradicted().exists()
    assert all(post.grounding["score"] == 100 for post in Post.objects.all())


def test_a_batch_keeps_what_contradicts_its_source_as_a_draft_and_says_so(write, monkeypatch):
    write(count=1)
    facts = Post.objects.get().snapshot
    Post.objects.all().delete()
    spoil_the_year(monkeypatch, facts)
    batch, job = write(count=2, publish=True)
    assert job.state == "completed"
    wrong = Post.objects.get(film=facts["ref"])
    assert (wrong.state, wrong.published_at) == ("draft", None)
    assert Post.objects.exclude(pk=wrong.pk).get().state == "published"
    line = JobEvent.objects.get(job=job, level="warning").message
    assert line.startswith(f"“{wrong.title}” is kept as a draft: it says “")
    assert f"the record says {facts['year']} (year)" in line
    assert batch.tally()["failed"] == []


def test_without_publish_nothing_is_said(write, monkeypatch):
    monkeypatch.setattr(generation, "publish_if_supported", lambda post: pytest.fail("not asked for"))
    _batch, job = write(count=1)
    assert not JobEvent.objects.filter(job=job, level="warning").exists()
    assert Post.objects.get().grounding["score"] == 100


# -- publishing by hand -----------------------------------------------------------------------------


def test_what_contradicts_its_source_is_not_published(draft, editor):
    post = draft()
    with pytest.raises(Unconfirmed, match="it says “1980”, the record says 1979"):
        publish(post, by=editor)
    with pytest.raises(Unconfirmed):
        publish(post, by=editor, confirmed=mark_of([]))
    assert Post.objects.get().state == "draft"


def test_the_button_refuses_and_offers_to_publish_anyway(draft, editor, client_for):
    post = draft()
    client = client_for(editor)
    response = client.post(f"/admin/blog/post/{post.pk}/publish/")
    assert said(response) == [
        "Not published: the text contradicts its source: it says “1980”, the record says 1979 (year). "
        "Correct it, or choose “Publish anyway”."
    ]
    assert Post.objects.get().state == "draft"
    page = client.get(f"/admin/blog/post/{post.pk}/change/").content.decode()
    assert f'name="against" value="{mark_of(post.contradictions)}"' in page


def test_a_person_may_publish_anyway_and_the_trail_says_what(draft, editor, client_for):
    post = draft()
    response = client_for(editor).post(
        f"/admin/blog/post/{post.pk}/publish/", {"against": mark_of(post.contradictions)}
    )
    assert said(response) == ["The post is on the site."]
    assert Post.objects.get().state == "published"
    entry = AuditEntry.objects.get(action="post.published_against_source")
    assert (entry.actor, entry.tenant, entry.target) == (editor.username, post.tenant, "Alien")
    assert entry.details == {
        "post": post.pk,
        "claims": [{"kind": "year", "text": "1980", "field": "year", "says": "1979"}],
    }


def test_a_confirmation_holds_for_the_text_that_was_shown(draft, editor, client_for):
    post = draft()
    shown = mark_of(post.contradictions)
    client = client_for(editor)
    client.post(f"/admin/blog/post/{post.pk}/change/", fields(post, body=f"{WRONG} It runs for 127 minutes."))
    client.post(f"/admin/blog/post/{post.pk}/publish/", {"against": shown})
    assert Post.objects.get().state == "draft"
    assert not AuditEntry.objects.filter(action="post.published_against_source").exists()


def test_what_is_right_needs_no_confirmation_and_leaves_no_trail(draft, editor, client_for):
    post = draft(RIGHT)
    client_for(editor).post(f"/admin/blog/post/{post.pk}/publish/")
    assert Post.objects.get().state == "published"
    assert not AuditEntry.objects.filter(action="post.published_against_source").exists()


def test_a_viewer_publishes_nothing_anyway(draft, viewer, client_for):
    post = draft()
    client = client_for(viewer)
    sent = {"against": mark_of(post.contradictions)}
    assert client.post(f"/admin/blog/post/{post.pk}/publish/", sent).status_code == 403
    assert Post.objects.get().state == "draft"
    page = client.get(f"/admin/blog/post/{post.pk}/change/").content.decode()
    assert "Facts checked against the source" in page
    assert 'name="against"' not in page


def test_many_at_once_publishes_what_is_right_and_names_the_rest(draft, editor, client_for):
    wrong, right = draft(title="Wrong"), draft(RIGHT, title="Right")
    sent = {"action": "publish_selected", "_selected_action": [wrong.pk, right.pk]}
    response = client_for(editor).post("/admin/blog/post/", sent)
    assert said(response) == [
        "1 post is published.",
        "Held back: “Wrong”: it says “1980”, the record says 1979 (year).",
    ]
    assert list(Post.objects.published()) == [right]


def test_many_that_are_held_back_are_counted(draft, editor, client_for):
    posts = [draft(title=f"Wrong {number}") for number in range(7)]
    sent = {"action": "publish_selected", "_selected_action": [post.pk for post in posts]}
    told_to = said(client_for(editor).post("/admin/blog/post/", sent))
    assert len(told_to) == 6
    assert told_to[-1] == "2 more posts contradict their source and were held back. Filter by facts to see them."


# -- the editor and the list ------------------------------------------------------------------------


def fields(post: Post, **changes: Any) -> dict[str, Any]:
    names = ("title", "slug", "excerpt", "body", "seo_title", "seo_description", "language")
    return {**{name: getattr(post, name) for name in names}, **changes}


def test_saving_checks_again(draft, editor, client_for):
    post = draft()
    client_for(editor).post(f"/admin/blog/post/{post.pk}/change/", fields(post, body=RIGHT))
    assert Post.objects.get().contradictions == []
    assert Post.objects.get().grounding["score"] == 100


def test_saving_a_wrong_fact_on_the_site_is_told(draft, editor, client_for):
    post = draft(RIGHT)
    post.publish()
    post.save()
    response = client_for(editor).post(f"/admin/blog/post/{post.pk}/change/", fields(post, body=WRONG))
    assert "it says “1980”, the record says 1979 (year)" in said(response)[0]
    assert Post.objects.get().state == "published"


def test_the_panel_marks_facts_and_escapes_what_was_written(draft, editor, client_for):
    post = draft(f"{WRONG} <script>alert(1)</script> *Aliens & <b>Co</b>*")
    page = client_for(editor).get(f"/admin/blog/post/{post.pk}/change/").content.decode()
    assert 'data-verdict="contradicted" title="Contradicted: the record says 1979 (year)."' in page
    assert 'data-verdict="supported" title="Supported by the record: Ridley Scott (director)."' in page
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_places_count_a_line_break_once_as_the_browser_does(draft, editor, client_for):
    post = draft("One.\r\n\r\nTwo.\r\n\r\nIt came out in 1980.")
    page = client_for(editor).get(f"/admin/blog/post/{post.pk}/change/").content.decode()
    first = "One.\n\nTwo.\n\nIt came out in ".__len__()
    assert f'data-facts-part="body" data-facts-first="{first}" data-facts-last="{first + 4}"' in page


def test_the_panel_of_what_is_typed(draft, editor, viewer, stranger, client_for):
    post = draft()
    address = f"/admin/blog/post/{post.pk}/facts/"
    page = client_for(editor).post(address, {"title": "Alien", "body": "It runs for 127 minutes. <i>"}).content.decode()
    assert "the record says 117 minutes (running time)" in page
    assert "&lt;i&gt;" in page
    assert Post.objects.get().body == WRONG
    assert client_for(viewer).post(address, {"body": "x"}).status_code == 200
    assert client_for(stranger).post(address, {"body": "x"}).status_code == 403
    assert client_for(editor).get(address).status_code == 405


def test_a_post_without_a_record_has_no_panel(tenant, editor, client_for):
    post = Post.objects.create(tenant=tenant, title="By hand", slug="by-hand", body="It came out in 1980.", html="")
    client = client_for(editor)
    assert "Facts checked" not in client.get(f"/admin/blog/post/{post.pk}/change/").content.decode()
    client.post(f"/admin/blog/post/{post.pk}/publish/")
    assert Post.objects.get().state == "published"


def test_opening_a_post_that_was_never_checked_keeps_the_check(draft, editor, client_for):
    post = draft()
    changed = post.updated_at
    Post.objects.filter(pk=post.pk).update(grounding={})
    client_for(editor).get(f"/admin/blog/post/{post.pk}/change/")
    post.refresh_from_db()
    assert (post.grounding["contradicted"], post.updated_at) == (1, changed)


def test_the_list_labels_and_filters_by_facts(draft, tenant, editor, client_for):
    wrong, right = draft(title="Wrong"), draft(RIGHT, title="Right")
    unknown = draft(f"{RIGHT} Kubrick liked it.", title="Unknown")
    hand = Post.objects.create(tenant=tenant, title="By hand", slug="by-hand", body="x", html="")
    client = client_for(editor)
    page = client.get("/admin/blog/post/", {"o": "3"}).content.decode()
    assert "1 contradiction" in page
    assert "100 %" in page
    for value, expected in {"contradicted": wrong, "open": unknown, "supported": right, "none": hand}.items():
        assert list(client.get("/admin/blog/post/", {"facts": value}).context["cl"].queryset) == [expected]
