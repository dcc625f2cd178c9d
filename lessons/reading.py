"""Lessons as JSON, alone and in pages."""

from typing import Any

from django.db.models import QuerySet

from accounts.schemas import CamelOut
from jobs.api.shapes import iso
from jobs.models import State
from lessons.documents import EMPTY, Json, to_html, to_markdown
from lessons.exporting import as_fragment, as_markdown
from lessons.models import Lesson, Section


class LessonHead(CamelOut):
    """What a lesson is; minutes is the estimated reading time."""

    id: int
    slug: str
    url: str
    topic: str
    title: str
    difficulty: str
    trigger_source: str
    language: str
    audience: str
    model: str
    state: State
    note: str
    minutes: int
    created_at: str


class LessonLine(LessonHead):
    """A lesson in a list; written is how many of its sections have a text."""

    sections: int
    written: int
    words: int


class LessonPage(CamelOut):
    """A page of lessons, newest first."""

    items: list[LessonLine]
    total: int
    page: int
    page_size: int


class KeyTermOut(CamelOut):
    """A term and what it means."""

    term: str
    meaning: str


class QuestionOut(CamelOut):
    """A question; answer is the place of the right option, from 0."""

    question: str
    options: list[str]
    answer: int
    explanation: str


class SectionOut(CamelOut):
    """A section; document is Tiptap JSON, null until it is written."""

    position: int
    title: str
    brief: str
    document: Json | None
    schema_version: int
    html: str
    markdown: str
    words: int
    locked: bool
    edition: int
    changed_at: str | None


class LessonOut(LessonHead):
    """A whole lesson. html (a fragment) and markdown are all of it."""

    context: str
    job_id: str | None
    objectives: list[str]
    key_terms: list[KeyTermOut]
    sections: list[SectionOut]
    quiz: list[QuestionOut]
    review: dict[str, Any] | None
    html: str
    markdown: str


def _head(lesson: Lesson) -> dict[str, Any]:
    names = ("id", "slug", "topic", "title", "difficulty", "trigger_source", "language", "audience", "note")
    head = {name: getattr(lesson, name) for name in names}
    more = {
        "state": lesson.standing,
        "url": lesson.get_absolute_url(),
        "model": lesson.model_id,
        "minutes": lesson.minutes,
    }
    return head | more | {"created_at": iso(lesson.created_at)}


def page_of(rows: QuerySet[Lesson], page: int, page_size: int) -> dict[str, Any]:
    """One page of lessons, newest first; a page behind the last one has no items."""
    start = (page - 1) * page_size
    newest = rows.with_progress().order_by("-created_at", "-pk")[start : start + page_size]  # type: ignore[attr-defined]
    items = [
        _head(row) | {"sections": row.total or row.section_count, "written": row.written, "words": row.words}
        for row in newest
    ]
    return {"items": items, "total": rows.count(), "page": page, "page_size": page_size}


def section(row: Section) -> dict[str, Any]:
    """A section as JSON data."""
    document = row.document or EMPTY
    names = ("position", "title", "brief", "document", "schema_version", "words", "edition")
    return {name: getattr(row, name) for name in names} | {
        "html": to_html(document),
        "markdown": to_markdown(document),
        "locked": row.is_locked,
        "changed_at": iso(row.changed_at),
    }


def whole(lesson: Lesson) -> dict[str, Any]:
    """A lesson with its text as JSON data."""
    names = ("context", "objectives", "key_terms", "quiz", "review")
    job = lesson.job
    return (
        _head(lesson)
        | {name: getattr(lesson, name) for name in names}
        | {
            "sections": [section(row) for row in lesson.sections.order_by("position")],
            "job_id": job.pk if job else None,
            "html": as_fragment(lesson),
            "markdown": as_markdown(lesson),
        }
    )
