"""Texts that people give to sections: every one is checked, the one before is kept, and the section is locked."""

from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from ai.models import Call
from integrations.errors import BadOutput
from lessons import answers, prompts
from lessons.documents import checked
from lessons.models import LONGEST_TITLE, Revision, Section


class Conflict(Exception):
    """Somebody else, or a job, gave the section another text meanwhile, its `edition`; nothing was saved."""

    def __init__(self, now: Section) -> None:
        who = f"{now.author} has" if now.author else "A job has"
        super().__init__(
            f"{who} changed this section since you opened it. Nothing is saved and nothing is lost: save again to put "
            "your text in the place of theirs, which is then kept under Earlier texts."
        )
        self.edition = now.edition


class CannotTake(Exception):
    """The section keeps the text it has; the sentence says why and what to do."""


def save(section: Section, document: Any, by: User, *, title: str | None = None, edition: int | None = None) -> Section:
    """Give a section the text of a person, and lock it; returns it as it is then.

    edition is what the person saw (None: whatever is there). Raises BadDocument, with the path of what is wrong,
    ValueError for a title that cannot be, and Conflict.
    """
    clean = checked(document)
    name = None if title is None else " ".join(title.split())
    if name is not None and not (0 < len(name) <= LONGEST_TITLE and name.isprintable()):
        raise ValueError(f"The title must be a line of 1 to {LONGEST_TITLE} characters.")
    with transaction.atomic():
        now = _held(section)
        if edition is not None and now.edition != edition:
            raise Conflict(now)
        name = name or now.title
        if now.title != name or now.document != clean:
            _replace(now, name, clean, by, "It was edited")
        elif not now.is_locked:  # saved on purpose: it is to stay
            now.is_locked, now.done = True, now.wanted
            now.save(update_fields=["is_locked", "done"])
    return now


def unlock(section: Section, by: User) -> None:
    """Let jobs write over the section again."""
    with transaction.atomic():
        Section.objects.filter(pk=section.pk).update(is_locked=False)
        audit.record(by, "section.unlocked", tenant=section.tenant, target=section, section=section.pk)


def take(section: Section, call: Call, by: User) -> Section:
    """Give a section the answer of a call, such as one that was made again on another model. Raises CannotTake."""
    name = call.prompt_name
    if call.state != Call.State.ANSWERED or call.rejected or name != prompts.SECTION.name:
        raise CannotTake(f"Call #{call.pk} has no answer that a section could be made of.")
    about = (call.inputs.get("facts") or {}).get("lesson") or {}
    if call.tenant_id != section.tenant_id or not _is_about(about, section):
        raise CannotTake(f"Call #{call.pk} is about something else than this section.")
    try:
        document, changes = answers.read_section(call, section.title)
    except BadOutput as error:
        raise CannotTake(f"Call #{call.pk} cannot be used: {error}") from None
    with transaction.atomic():
        now = _held(section)
        if now.document == document:
            raise CannotTake("The section has this text already.")
        _replace(now, now.title, document, by, f"The text of call #{call.pk} was taken", call=call, changes=changes)
    return now


def _is_about(about: dict[str, Any], section: Section) -> bool:
    return about.get("topic") == section.lesson.topic and about.get("position") == section.position


def bring_back(revision: Revision, by: User) -> Section:
    """Give a section a text again that it had; the one that it has now is kept. Raises CannotTake."""
    with transaction.atomic():
        now = _held(revision.section)
        if (now.title, now.document) == (revision.title, revision.document):
            raise CannotTake("The section has this text already.")
        why = f"The text of before {revision.created_at:%-d %b %Y, %H:%M} UTC was brought back"
        _replace(now, revision.title, checked(revision.document), by, why, call=revision.call)
    return now


def _held(section: Section) -> Section:
    return Section.objects.select_for_update(of=("self",)).select_related("lesson", "tenant").get(pk=section.pk)


def _replace(
    now: Section, title: str, document: Any, by: User, why: str, *, call: Call | None = None, changes: Any = ()
) -> None:
    kept = now.keep(by, why)
    now.put(title, document)
    now.author, now.call, now.changes, now.is_locked = by, call, list(changes), True
    now.done = now.wanted  # what was ordered and not written is not wanted any more
    now.save()
    number = kept.pk if kept else None
    audit.record(by, "section.edited", tenant=now.tenant, target=now, section=now.pk, why=why, kept=number)
