"""Texts of people: checked, locked, kept, and never lost."""

import pytest

from accounts.models import AuditEntry
from ai.models import Call
from lessons import editing
from lessons.documents import BadDocument
from lessons.models import Revision, Section

pytestmark = pytest.mark.django_db


def said(text):
    return {"type": "doc", "content": [{"type": "paragraph", "content": [{"type": "text", "text": text}]}]}


@pytest.fixture
def section(write, writer):
    lesson, _job = write()
    return lesson.sections.get(position=2)


def test_a_saved_text_is_checked_locked_and_kept(section, editor):
    saved = editing.save(section, said("Mine."), editor, title="  New   title ", edition=section.edition)
    assert (saved.text, saved.title, saved.is_locked, saved.words, saved.author) == (
        "Mine.",
        "New title",
        True,
        1,
        editor,
    )
    kept = saved.revisions.get()
    assert (kept.title, kept.call, kept.author) == ("Part 2", section.call, editor)
    assert AuditEntry.objects.filter(action="section.edited").exists()


def test_the_same_text_again_is_locked_and_nothing_else(section, editor):
    saved = editing.save(section, section.document, editor)
    assert (saved.edition, saved.is_locked) == (section.edition, True)
    assert not Revision.objects.exists()


def test_a_title_that_was_changed_meanwhile_stays_when_only_the_text_is_sent(section, editor, owner):
    editing.save(section, section.document, owner, title="Hers")
    assert editing.save(section, said("Mine."), editor).title == "Hers"


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({"type": "doc", "content": [{"type": "video"}]}, "doc.content[0]"),
        (
            {"type": "doc", "content": [{"type": "paragraph", "content": [{"type": "image"}]}]},
            "doc.content[0].content[0]",
        ),
        ({"type": "doc", "content": [{"type": "heading", "attrs": {"level": "2"}}]}, "doc.content[0].attrs.level"),
        ("text", "doc"),
        (None, "doc"),
    ],
)  # fmt: skip
def test_what_the_schema_does_not_know_is_refused_with_its_path(section, editor, document, path):
    with pytest.raises(BadDocument) as error:
        editing.save(section, document, editor)
    assert error.value.problems[0][0] == path
    assert Section.objects.get(pk=section.pk).document == section.document


def test_two_people_at_once_lose_nothing(section, editor, owner):
    editing.save(section, said("First."), owner, edition=section.edition)
    with pytest.raises(editing.Conflict, match="olga has changed") as conflict:
        editing.save(section, said("Second."), editor, edition=section.edition)
    assert Section.objects.get(pk=section.pk).text == "First."
    saved = editing.save(section, said("Second."), editor, edition=conflict.value.edition)
    assert saved.text == "Second."
    assert [one.document for one in saved.revisions.all()] == [said("First."), section.document]


@pytest.mark.parametrize("title", ["", "   ", "x" * 201, "a\x00b"])
def test_a_title_that_cannot_be(section, editor, title):
    with pytest.raises(ValueError, match="title"):
        editing.save(section, said("Mine."), editor, title=title)


def test_an_earlier_text_is_brought_back(section, editor):
    editing.save(section, said("Mine."), editor)
    earlier = section.revisions.get()
    back = editing.bring_back(earlier, editor)
    assert (back.document, back.call, back.is_locked) == (section.document, section.call, True)
    assert back.revisions.first().document == said("Mine.")
    with pytest.raises(editing.CannotTake):
        editing.bring_back(earlier, editor)


def test_the_answer_of_a_replayed_call_is_taken(section, editor):
    call = section.call
    call.pk, call.raw_answer = None, '{"blocks": [{"kind": "paragraph", "runs": "Another."}]}'
    call.save()
    taken = editing.take(section, call, editor)
    assert (taken.text, taken.call, taken.is_locked) == ("Another.", call, True)
    with pytest.raises(editing.CannotTake, match="already"):
        editing.take(section, call, editor)


@pytest.mark.parametrize("step", ["outline.1", "section 1.1"])
def test_the_answer_of_another_call_is_not(section, editor, step):
    with pytest.raises(editing.CannotTake):
        editing.take(section, Call.objects.get(step=step), editor)


def test_an_unusable_answer_is_not_taken(section, editor):
    call = section.call
    call.pk, call.raw_answer = None, "Sorry."
    call.save()
    with pytest.raises(editing.CannotTake, match="cannot be used"):
        editing.take(section, call, editor)
    assert Section.objects.get(pk=section.pk).text == section.text
