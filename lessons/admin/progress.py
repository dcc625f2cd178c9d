"""What the page of a lesson shows and asks for while it is being written."""

from typing import Any

from django.urls import reverse

from ai import choosing, showing
from ai.choosing import Choice
from ai.vendors import WHOSE
from integrations.errors import OutsideError
from jobs import health
from jobs.admin.watching import log_lines, when
from jobs.models import OPEN, Job, State
from lessons import ordering
from lessons.models import Lesson, Section
from lessons.quizzing import Marked, mark

WORDS = {State.WAITING: "Waiting for a worker", State.ACTIVE: "Starting", State.DELAYED: "Put off"}
STAGES = {"outline": "Outline", "quiz": "Quiz", "review": "Review"}
STEPS = {"outline": "generating_outline", "quiz": "generating_quiz", "review": "reviewing"}


def describe(lesson: Lesson, *, may_act: bool, after: int = 0) -> dict[str, Any]:
    """A lesson as JSON data; log lines only after the event `after`.

    It answers also when the job's row is gone: state and sections hang on the lesson.
    """
    job = lesson.job
    state = State(lesson.standing)
    is_open = state in OPEN
    problem = lesson.note if state == State.FAILED else ""
    can_redo = may_act and not is_open and lesson.outline_done > 0
    return {
        "state": state,
        "label": state.label,
        "percentage": 100 if state == State.COMPLETED else (job.percentage if job else 0),
        "message": _message(lesson, job, state),
        "waitingFor": health.waiting_for(job) if job and is_open else "",
        "problem": problem[:1].upper() + problem[1:],
        "note": "",
        "cost": "" if lesson.key_owner == "none" else f"{lesson.spent_usd():.4f} USD",
        "log": log_lines(lesson.jobs, lesson.tenant, after),
        "title": str(lesson),
        "counts": counts(lesson),
        "parts": parts(lesson, job if is_open else None, can_redo=can_redo),
        "nothing": "" if lesson.outline_done else "The outline comes first; then its sections appear here.",
        "ended": not is_open,
        "canStop": may_act and is_open,
        "canResume": may_act and state in ordering.RESUMABLE,
        "canKeep": may_act and state in ordering.RESUMABLE and lesson.is_whole,
        "resumeLabel": "Retry" if state == State.FAILED else "Resume",
    }


def counts(lesson: Lesson) -> str:
    """How many sections have a text: "3 of 6 sections written"."""
    total = lesson.sections.count() or lesson.section_count
    return f"{lesson.sections.written().count()} of {total} sections written"


def _message(lesson: Lesson, job: Job | None, state: State) -> str:
    if state == State.CANCELLED:
        return f"Stopped: {counts(lesson)}. What is written stays."
    if job and job.message and state != State.WAITING:
        return job.message
    return WORDS.get(state) or counts(lesson)


def parts(lesson: Lesson, job: Job | None, *, can_redo: bool) -> list[dict[str, Any]]:
    """The tree of a lesson: the outline, its sections, the quiz, the review; `job` is the open one."""
    current = (job.current_section or {}).get("index") if job else None
    sections = [_section(row, lesson, current, can_redo=can_redo) for row in lesson.sections.order_by("position")]
    step = job.step if job else ""
    stages = {name: _stage(lesson, name, step, can_redo=can_redo) for name in STAGES}
    return [stages["outline"], *sections, stages["quiz"], stages["review"]]


def _stage(lesson: Lesson, name: str, step: str, *, can_redo: bool) -> dict[str, Any]:
    done, wanted = getattr(lesson, f"{name}_done"), getattr(lesson, f"{name}_wanted")
    standing = _standing(done, wanted, is_active=step == STEPS[name])
    if name == "quiz" and standing["state"] == "completed" and not lesson.quiz:
        standing = {"state": "warning", "label": "None sound"}
    facts = ""
    if name == "quiz" and done:
        facts = f"{len(lesson.quiz)} question{'' if len(lesson.quiz) == 1 else 's'}"
    if name == "review" and lesson.review:
        remarks = len(lesson.review["remarks"])
        facts = f"{remarks} remark{'' if remarks == 1 else 's'}"
    return {
        "key": name,
        "name": STAGES[name],
        "number": "",
        "url": "",
        "facts": facts,
        "canRedo": can_redo,
        "canUnlock": False,
        **standing,
    }


def _section(row: Section, lesson: Lesson, current: Any, *, can_redo: bool) -> dict[str, Any]:
    facts = [f"{row.words} words"] if row.document is not None else []
    if row.document is not None and row.outline != lesson.outline_done and not row.is_locked:
        facts.append("written for an earlier outline")
    if row.changes:
        facts.append("mended")
    standing = _standing(row.done, row.wanted, is_active=row.position == current)
    if row.is_locked and row.done >= row.wanted:
        standing = {"state": "info", "label": "Edited, locked"}
    return {
        "key": str(row.position),
        "name": row.title,
        "number": f"{row.position}.",
        "url": reverse("admin:lessons_section_change", args=[row.pk]),
        "facts": ", ".join(facts),
        "canRedo": can_redo and not row.is_locked,
        "canUnlock": can_redo and row.is_locked,
        **standing,
    }


def _standing(done: int, wanted: int, *, is_active: bool) -> dict[str, str]:
    if is_active:
        return {"state": "active", "label": "Being made"}
    if done >= wanted:
        return {"state": "completed", "label": "Done"}
    return {"state": "waiting", "label": "To be made again" if done else "To do"}


def order_facts(lesson: Lesson) -> dict[str, Any]:
    """What was ordered, as label and value."""
    model = lesson.model_id
    if lesson.key_owner != "none":
        model += f", {WHOSE[lesson.key_owner]} key"
    if lesson.fallbacks:
        model += f"; when it fails: {', '.join(link['model'] for link in lesson.fallbacks)}"
    minutes = lesson.minutes
    return {
        "Topic": lesson.topic,
        "Difficulty": lesson.get_difficulty_display(),
        "Audience": lesson.audience,
        "Language": lesson.get_language_display(),
        "Sections": lesson.section_count,
        "Model": model,
        "Reading time": f"about {minutes} minute{'' if minutes == 1 else 's'}" if minutes else "",
        "Ordered by": lesson.get_trigger_source_display(),
        "Ordered": f"{when(lesson.created_at, lesson.tenant)} by {lesson.user or 'somebody who left'}",
    }


def questions(lesson: Lesson) -> list[Marked]:
    """The quiz with its answers."""
    return mark(lesson.quiz, {})


def review(lesson: Lesson) -> dict[str, Any]:
    """The review with the names of what its numbers mean; empty where there is none."""
    found = lesson.review
    if not found:
        return {}
    titles = dict(lesson.sections.values_list("position", "title"))

    def place(number: int) -> str:
        return f"{number}. {titles[number]}" if number in titles else ""

    return {
        "summary": found["summary"],
        "objectives": [
            {"aim": one["aim"], "section": place(one["section"]), "comment": one["comment"]}
            for one in found["objectives"]
        ],
        "remarks": [{"section": place(one["section"]), "remark": one["remark"]} for one in found["remarks"]],
    }


def models(lesson: Lesson) -> list[Choice]:
    """The models that it can be given, its own first."""
    return sorted((one for one in choosing.choices() if one.usable), key=lambda one: one.id != lesson.model_id)


def cost_of_all(lesson: Lesson) -> str:
    """What it would cost to make all of it again, as a sentence; empty while it is being written."""
    if lesson.is_open:
        return ""
    try:
        found = ordering.estimate(ordering.order_of(lesson), tenant=lesson.tenant, user=lesson.user)
    except OutsideError as error:
        return f"{str(error).rstrip('.')}."
    return showing.estimate(found)
