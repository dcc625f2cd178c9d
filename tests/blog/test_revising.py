"""Another text for a post: taken from a call, the one before kept, compared and brought back."""

import pytest
from django.urls import reverse

from accounts.models import AuditEntry
from ai import trials
from ai.models import Call
from blog import revising
from blog.models import Post, Revision
from blog.revising import CannotTake
from jobs.running import work

pytestmark = pytest.mark.django_db
FILLER = "Words that make a post without naming anything. " * 15


@pytest.fixture
def post(write):
    write(count=1)
    return Post.objects.select_related("call", "tenant").get()


@pytest.fixture
def article(post):
    """An answer about the post's film."""
    return f"# {post.snapshot['name']}: another title\n\nIt came out in {post.snapshot['year']}. {FILLER}"


@pytest.fixture
def make(post, editor):
    """A call in the stead of the post's own, with this answer."""

    def made(answer, **columns):
        trial, job = trials.start([post.call], "offline", tenant=post.tenant, user=editor)
        work(job.pk, worker="test")
        call = trial.items.get().answer
        Call.objects.filter(pk=call.pk).update(raw_answer=answer, **columns)
        call.refresh_from_db()
        return call

    return made


def texts(row):
    return {name: getattr(row, name) for name in ("title", "excerpt", "body", "seo_title", "seo_description")}


def url(post, name, *more):
    return reverse(f"admin:blog_post_{name}", args=[post.pk, *more])


# -- taking and bringing back ---------------------------------------------------------------------


def test_the_new_text_is_in_the_post_and_the_old_one_is_kept(post, make, article, editor):
    before, address, call = texts(post), post.slug, make(article)
    kept = revising.take(post, call, editor)
    assert post.title == f"{post.snapshot['name']}: another title"
    assert post.body.startswith("It came out in")
    assert post.html.startswith("<p>It came out in")
    assert post.excerpt == post.body[: len(post.excerpt) - 1] + "…"
    assert (post.call, post.slug, post.state) == (call, address, "draft")
    assert (texts(kept), kept.author, kept.call) == (before, editor, Call.objects.order_by("pk").first())
    assert kept.why == f"The text of call #{call.pk} (offline) was taken"
    assert post.is_checked
    assert post.grounding["score"] == 100
    entry = AuditEntry.objects.get(action="post.text_taken")
    assert entry.details == {"post": post.pk, "call": call.pk, "kept": kept.pk}


def test_what_was_brought_back_is_the_old_text_to_the_byte(post, make, article, editor, owner):
    before, first, html = texts(post), post.call, post.html
    call = make(article)
    kept = revising.take(post, call, editor)
    newer = revising.bring_back(kept, owner)
    post.refresh_from_db()
    assert (texts(post), post.call, post.html) == (before, first, html)
    assert (newer.title, newer.author, newer.call) == (f"{post.snapshot['name']}: another title", owner, call)
    assert newer.why == f"The text of call #{first.pk} (offline) was brought back"
    assert [row.pk for row in post.revisions.all()] == [newer.pk, kept.pk]
    assert AuditEntry.objects.filter(action="post.text_brought_back").count() == 1


def test_the_text_it_has_already_makes_no_revision(post, make, article, editor):
    call = make(article)
    revising.take(post, call, editor)
    with pytest.raises(CannotTake, match="has this text already"):
        revising.take(post, call, editor)
    assert Revision.objects.count() == 1


def test_what_was_typed_meanwhile_is_kept_and_not_lost(post, make, article, editor):
    call = make(article)
    Post.objects.filter(pk=post.pk).update(body="Typed by hand a moment ago.")
    assert revising.take(post, call, editor).body == "Typed by hand a moment ago."


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        ({"state": "failed"}, "no answer that a post"),
        ({"rejected": "refused"}, "no answer that a post"),
        ({"prompt_name": "key.test"}, "no answer that a post"),
        ({"inputs": {"facts": {"title": {"ref": "movie:other", "name": "Heat"}}}}, "about something else"),
        ({"inputs": {}}, "about something else"),
        ({"raw_answer": "Too short."}, "the answer has 2 words; a post needs 80"),
    ],
)
def test_what_is_no_text_for_this_post_is_refused(post, make, article, editor, columns, why):
    before, call = texts(post), make(article)
    Call.objects.filter(pk=call.pk).update(**columns)
    call.refresh_from_db()
    with pytest.raises(CannotTake, match=why):
        revising.take(post, call, editor)
    post.refresh_from_db()
    assert (texts(post), Revision.objects.count()) == (before, 0)


def test_a_text_on_the_site_is_not_replaced_by_one_that_contradicts_its_source(post, make, article, editor):
    wrong = make(article.replace(f"in {post.snapshot['year']}", "in 1901"))
    post.publish()
    post.save()
    before = texts(post)
    with pytest.raises(CannotTake, match=r"contradicts the source: it says “1901”, the record says \d{4} \(year\)"):
        revising.take(post, wrong, editor)
    post.refresh_from_db()
    assert (texts(post), post.state, Revision.objects.count()) == (before, "published", 0)
    assert not AuditEntry.objects.filter(action="post.text_taken").exists()


def test_a_draft_takes_it_and_what_was_published_against_the_source_may_stay_so(post, make, article, editor):
    wrong = article.replace(f"in {post.snapshot['year']}", "in 1901")
    revising.take(post, make(wrong), editor)
    assert [claim["text"] for claim in post.contradictions] == ["1901"]
    post.publish()  # a person has confirmed this very contradiction
    post.save()
    revising.take(post, make(wrong.replace("another title", "a third title")), editor)
    assert post.title.endswith("a third title")
    with pytest.raises(CannotTake, match="1902"):
        revising.take(post, make(wrong.replace("1901", "1902")), editor)


def test_a_published_post_takes_a_true_text_and_stays_published(post, make, article, editor, client):
    post.publish()
    post.save()
    revising.take(post, make(article), editor)
    assert post.state == "published"
    assert "another title" in client.get(post.get_absolute_url()).content.decode()


# -- the pages ------------------------------------------------------------------------------------


def test_an_editor_takes_compares_and_brings_back(client_for, editor, post, make, article):
    client, call, old = client_for(editor), make(article), post.title
    shown = client.get(f"/admin/ai/trial/{call.answer_to.get().trial_id}/change/").content.decode()
    assert f'action="{url(post, "take_text")}"' in shown
    done = client.post(url(post, "take_text"), {"call": call.pk}, follow=True)
    assert done.redirect_chain == [(url(post, "change"), 302)]
    assert f"The post has the text of call #{call.pk} now." in done.content.decode()
    kept = Revision.objects.get()
    assert old in done.content.decode()
    assert url(post, "text", kept.pk) in done.content.decode()
    page = client.get(url(post, "text", kept.pk))
    fields = {field["name"]: field for field in page.context["fields"]}
    assert {"title", "body"} <= fields.keys()
    assert "<ins>another title</ins>" in page.content.decode()
    assert "call #" in page.content.decode()
    back = client.post(url(post, "bring_back", kept.pk), follow=True).content.decode()
    assert "The earlier text is back." in back
    post.refresh_from_db()
    assert post.title == old
    assert "has this very text now" in client.get(url(post, "text", kept.pk)).content.decode()
    assert "has this text already" in client.post(url(post, "bring_back", kept.pk), follow=True).content.decode()


def test_why_a_text_is_not_taken_is_said_on_the_page(client_for, editor, post, make):
    call = make("Too short.")
    page = client_for(editor).post(url(post, "take_text"), {"call": call.pk}, follow=True).content.decode()
    assert "a post needs 80" in page
    assert Revision.objects.count() == 0


def test_viewers_read_and_strangers_find_nothing(client_for, viewer, stranger, editor, owner, post, make, article):
    call = make(article)
    kept = revising.take(post, call, editor)
    reader = client_for(viewer)
    assert reader.post(url(post, "take_text"), {"call": call.pk}).status_code == 403
    assert reader.post(url(post, "bring_back", kept.pk)).status_code == 403
    page = reader.get(url(post, "text", kept.pk))
    assert page.status_code == 200
    assert "Bring back" not in page.content.decode()
    assert "Bring back" not in reader.get(url(post, "change")).content.decode()
    other = client_for(stranger)
    assert other.get(url(post, "text", kept.pk)).status_code == 404
    assert other.post(url(post, "take_text"), {"call": call.pk}).status_code == 404
    assert other.post(url(post, "bring_back", kept.pk)).status_code == 404
    assert client_for(owner).get(url(post, "take_text")).status_code == 405
    post.refresh_from_db()
    assert (post.call, Revision.objects.count()) == (call, 1)


@pytest.mark.parametrize("number", ["", "x", "0", "9" * 30, "-1", "1\x00"])
def test_a_call_that_is_none_is_not_found(client_for, editor, post, number):
    assert client_for(editor).post(url(post, "take_text"), {"call": number}).status_code == 404


def test_another_workspaces_call_and_another_posts_text_are_not_found(
    client_for, editor, stranger, other_tenant, post, make, article
):
    call = make(article)
    kept = revising.take(post, call, editor)
    Call.objects.filter(pk=call.pk).update(tenant=other_tenant)
    client = client_for(editor)
    assert client.post(url(post, "take_text"), {"call": call.pk}).status_code == 404
    second = Post.objects.create(tenant=post.tenant, title="Other", slug="other", body="b", html="")
    assert client.get(url(second, "text", kept.pk)).status_code == 404
    assert client.post(url(second, "bring_back", kept.pk)).status_code == 404


def test_a_post_goes_with_its_earlier_texts(client_for, editor, post, make, article):
    revising.take(post, make(article), editor)
    client = client_for(editor)
    assert client.post(url(post, "delete"), {"post": "yes"}).status_code == 302
    assert (Post.objects.count(), Revision.objects.count()) == (0, 0)
