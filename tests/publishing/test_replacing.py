"""What is out gets other words, or is taken off: once, with leave, and never over somebody else's change."""

from typing import Any

import pytest
from django.urls import reverse

from accounts.models import Notice
from jobs.models import Job
from jobs.running import work
from publishing import holding, ordering, replacing, taking_off
from publishing.models import ApprovalRule, Hold, Publication, WallPost
from publishing.orders import ContentIn
from tests.publishing.conftest import fault, job_of, posts, run, run_to_the_end

pytestmark = pytest.mark.django_db
NEW = ContentIn(text="Silent films on Saturday")


@pytest.fixture(params=["idempotent", "two-step", "blind"])
def out(request: Any, wall: Any, publish: Any) -> Publication:
    """Something that is out, on each class of account."""
    made = run(publish(wall(request.param)))
    assert made.is_there
    return made


def update(publication: Publication, editor: Any, **how: Any) -> Publication:
    return replacing.replace(publication, editor, NEW, **how)[0]


def test_an_update_takes_the_place_of_what_is_there(out: Publication, editor: Any) -> None:
    first = run(update(out, editor))
    assert (first.state, first.remote_id, first.version) == ("published", out.remote_id, "2")
    assert posts(out.account) == ["Silent films on Saturday"]
    out.refresh_from_db()
    second = run(replacing.replace(first, editor, ContentIn(text="On Sunday"))[0])
    assert (second.state, second.replaces_id, posts(out.account)) == ("published", out.pk, ["On Sunday"])


def test_a_lost_answer_is_made_good_by_the_same_call(out: Publication, editor: Any) -> None:
    fault(out.account, "lost")
    made = run_to_the_end(update(out, editor))
    assert (made.state, [one.state for one in made.attempts.all()]) == ("published", ["unknown", "published"])
    assert (posts(out.account), WallPost.objects.get().version) == (["Silent films on Saturday"], 2)


def test_what_somebody_changed_there_is_not_overwritten(out: Publication, editor: Any) -> None:
    WallPost.objects.update(content={"text": "Corrected by hand"}, version=2)
    made = run(update(out, editor))
    assert (made.state, posts(out.account)) == ("refused", ["Corrected by hand"])
    assert "changed on the wall" in made.note
    assert Notice.objects.filter(user=editor, subject__startswith="Not published").exists()


def test_an_update_needs_leave_like_everything_else(out: Publication, editor: Any, owner: Any) -> None:
    rule = ApprovalRule.objects.create(tenant=out.tenant)
    rule.approvers.add(owner)
    made = update(out, editor)
    assert (made.state, ordering.job_of(made)) == ("needs_approval", None)
    assert posts(out.account) == ["Silent films on Friday"]


def test_one_update_at_a_time(out: Publication, editor: Any) -> None:
    update(out, editor, draft=True)
    with pytest.raises(ordering.BadOrder, match="waiting already"):
        update(out, editor)


def test_what_is_not_out_has_no_update(wall: Any, publish: Any, editor: Any) -> None:
    made = publish(wall(), draft=True)
    with pytest.raises(ordering.WrongState, match="cannot be changed from here"):
        update(made, editor)


def test_it_is_taken_off_once_and_its_story_stays(out: Publication, editor: Any) -> None:
    waiting = update(out, editor, draft=True)
    job = taking_off.take_off(out, editor)
    assert taking_off.take_off(out, editor) == job
    work(job.pk, worker="test")
    out.refresh_from_db()
    waiting.refresh_from_db()
    assert (posts(out.account), out.state, waiting.state) == ([], "published", "cancelled")
    assert (out.note, bool(out.taken_off_at)) == ("It was deleted there.", True)
    with pytest.raises(ordering.WrongState):
        taking_off.take_off(out, editor)
    with pytest.raises(ordering.WrongState, match="publish it anew"):
        update(out, editor)


def test_an_update_of_what_was_taken_off_meanwhile_is_refused(out: Publication, editor: Any) -> None:
    made = update(out, editor)
    Publication.objects.filter(pk=out.pk).update(taken_off_at="2026-01-01T00:00:00Z")
    assert (run(made).state, posts(out.account)) == ("refused", ["Silent films on Friday"])


def test_what_could_not_be_taken_off_says_so(out: Publication, editor: Any, monkeypatch: Any) -> None:
    from integrations.errors import Refused
    from publishing.walls import WallOf

    def refuse(*_args: Any) -> None:
        raise Refused("The wall keeps it.")

    monkeypatch.setattr(WallOf, "take_down", refuse)
    job = taking_off.take_off(out, editor)
    work(job.pk, worker="test")
    out.refresh_from_db()
    assert (Job.objects.get(pk=job.pk).state, out.taken_off_at) == ("failed", None)
    assert out.note == "It is still there: The wall keeps it."
    assert Notice.objects.get(user=editor).link.endswith(f"/{job.pk}/change/")


def test_the_pages_edit_what_waits_and_what_is_out(client_for: Any, editor: Any, wall: Any, publish: Any) -> None:
    client, made = client_for(editor), publish(wall(), "One", draft=True, hashtags=["film"], hook="", body="")
    edit = reverse("admin:publishing_publication_edit", args=[made.pk])
    assert "when" not in client.get(edit).context["form"].fields
    assert b"nothing left" in client.post(edit, {"text": " "}).content
    client.post(edit, {"text": "Two"})
    made.refresh_from_db()
    assert (made.state, made.content) == ("draft", {"text": "Two", "tags": ["film"]})
    ordering.schedule(made, editor, None)
    run(made)
    page = reverse("admin:publishing_publication_change", args=[made.pk])
    assert edit in client.get(page).content.decode()
    assert b"Choose the time" in client.post(edit, {"text": "Three", "when": "at"}).content
    answer = client.post(edit, {"text": "Three", "when": "now"})
    new = made.replacements.get()
    assert answer["Location"].endswith(f"/{new.pk}/change/")
    assert (run(new).state, posts(made.account)) == ("published", ["Three"])
    client.post(reverse("admin:publishing_publication_take-off", args=[made.pk]))
    work(job_of(made).pk, worker="test")
    assert posts(made.account) == []
    assert b"Taken off" in client.get(page).content
    assert edit not in client.get(page).content.decode()


def test_strangers_and_readers_change_nothing(
    client_for: Any, wall: Any, publish: Any, viewer: Any, stranger: Any
) -> None:
    made = run(publish(wall()))
    for person, code in ((viewer, 403), (stranger, 404)):
        edit = reverse("admin:publishing_publication_edit", args=[made.pk])
        off = reverse("admin:publishing_publication_take-off", args=[made.pk])
        client = client_for(person)
        assert {client.get(edit).status_code, client.post(edit, {"text": "x"}).status_code} == {code}
        assert client.post(off).status_code == code
    assert posts(made.account) == ["Silent films on Friday"]


def test_a_changed_draft_is_held_and_asked_about_anew(wall: Any, publish: Any, editor: Any) -> None:
    made = publish(wall(), draft=True)
    one = holding.hold(made, Hold.Kind.GROUNDING, "Wrong year.")
    replacing.change(made, editor, NEW)
    one.refresh_from_db()
    assert one.released_at
    with pytest.raises(ordering.BadOrder, match="reschedule"):
        replacing.change(made, editor, NEW, moment=made.created_at)
