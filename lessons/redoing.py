"""Having a part of a lesson made again, alone, and giving that up."""

from collections.abc import Callable

from django.db import transaction
from django.db.models import F

from accounts import audit
from accounts.models import User
from ai import choosing
from jobs.models import Job, State
from lessons import ordering
from lessons.models import Lesson, Section

STAGES = ("outline", "quiz", "review")
CHAIN = ("key_owner", "fallbacks", "on_errors")


class Busy(Exception):
    """A job is at work on the lesson, or what was asked for cannot be redone; the sentence says what to do."""


class NoSuchPart(LookupError):
    """The lesson has no such part."""


def use_model(lesson: Lesson, model_id: str, by: User) -> None:
    """Have another model write the lesson from now on, such as when its own has retired.

    Raises Busy, ModelGone and InvalidKey.
    """
    with transaction.atomic():
        now = _held(lesson)
        before, now.model_id = now.model_id, model_id
        _choose_chain(now, by)
        now.save(update_fields=["model", *CHAIN])
        audit.record(by, "lesson.model_changed", tenant=now.tenant, target=now.pk, before=before, model=model_id)


def redo(lesson: Lesson, stage: str, by: User, *, position: int | None = None, wish: str = "") -> Job:
    """Have a part made again: "outline", "section" (with its position and a wish), "quiz", "review", or "all".

    A new outline renames the sections that nobody locked; their texts stay until they are redone. "all" leaves locked
    sections as they are. Raises Busy, NoSuchPart, ModelGone and InvalidKey.
    """
    if stage == "section":
        section = lesson.sections.filter(position=position or 0).first()
        if section is None:
            which = f"There is no section {position}" if position else "Name the section by its position"
            raise NoSuchPart(f"{which}: sections are counted from 1.")
        return _again(lesson, by, lambda: _order_section(section, wish))
    if stage not in (*STAGES, "all"):
        raise NoSuchPart(f"There is no such part: choose one of {', '.join(STAGES)}, a section, or all.")
    return _again(lesson, by, lambda: _order_stages(lesson, STAGES if stage == "all" else (stage,)))


def _order_section(section: Section, wish: str) -> int:
    rows = Section.objects.filter(pk=section.pk, is_locked=False)
    return rows.update(wanted=F("wanted") + 1, wish=" ".join(wish.split())[:500])


def _order_stages(lesson: Lesson, stages: tuple[str, ...]) -> int:
    if stages == STAGES:
        Section.objects.filter(lesson=lesson, is_locked=False).update(wanted=F("wanted") + 1, wish="")
    return Lesson.objects.filter(pk=lesson.pk).update(**{f"{one}_wanted": F(f"{one}_wanted") + 1 for one in stages})


def _again(lesson: Lesson, by: User, order: Callable[[], int]) -> Job:
    """Order it and enqueue a job, in one transaction, unless one is at work; whose key pays is decided anew."""
    with transaction.atomic():
        now = _held(lesson)
        _choose_chain(now, by)
        if not order():
            raise Busy("This section is locked, because a person edited it. Unlock it first, then redo it.")
        now.state, now.note = State.WAITING, ""
        now.save(update_fields=[*CHAIN, "state", "note"])
        return ordering.enqueue(now, by)


def _held(lesson: Lesson) -> Lesson:
    """The row, held until the transaction ends; raises Busy while a job is at work on it."""
    now = Lesson.objects.select_for_update(of=("self",)).select_related("tenant").get(pk=lesson.pk)
    if now.is_open:
        raise Busy("The lesson is being written. Wait until it is done, or stop it first.")
    return now


def _choose_chain(now: Lesson, by: User) -> None:
    chain = choosing.chain_for(now.model_id, by, now.tenant)
    now.key_owner, now.fallbacks, now.on_errors = chain.links[0].key_owner, chain.stored(), sorted(chain.kinds)


def keep_as_it_is(lesson: Lesson) -> bool:
    """Give up what was ordered again and did not come about; False while it is open or something was never made.

    For a lesson that was whole before a part of it was redone in vain.
    """
    with transaction.atomic():
        now = Lesson.objects.select_for_update().get(pk=lesson.pk)
        if now.state not in ordering.RESUMABLE or not now.is_whole:
            return False
        now.sections.update(wanted=F("done"), wish="")
        stages = {f"{stage}_wanted": F(f"{stage}_done") for stage in STAGES}
        Lesson.objects.filter(pk=now.pk).update(state=State.COMPLETED, note="", **stages)
    return True
