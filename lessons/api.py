"""Lessons over the API (the doors of the second system)."""

from typing import Any, Literal

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from ninja import Header, Router, Status
from pydantic import Field

from accounts.api_errors import ApiError
from accounts.authentication import check_own, require
from accounts.incoming import CamelIn, OwnIn
from accounts.models import Role
from accounts.schemas import CamelOut
from integrations.errors import InvalidKey, ModelGone
from jobs import counting
from jobs.accepting import KeyReused
from jobs.api import JobOut, describe, own_job
from jobs.api.scope import tenant_of
from jobs.api.shapes import PageNumber, PageSize
from jobs.models import State
from lessons import editing, ordering, reading, redoing
from lessons.documents import BadDocument
from lessons.models import Lesson, Section
from lessons.orders import Order
from lessons.reading import LessonOut, LessonPage, SectionOut
from lessons.views import as_file

router = Router(tags=["lessons"])
QUEUE = "lesson-generation"
COUNTED = ("waiting", "active", "completed", "failed")


class OrderIn(Order, OwnIn):
    """An order as it comes over the API."""

    another: bool = Field(False, description="Write it again, although the same lesson was ordered just now.")

    def order(self) -> Order:
        """The order alone."""
        return Order(**self.model_dump(exclude={"tenant_id", "user_id", "another"}))


class Accepted(CamelOut):
    """The order is accepted; ask for the job by its id. The same wish within ten minutes is the same lesson."""

    job_id: str | None
    lesson_id: int
    state: str


class Counts(CamelOut):
    """How many jobs of the lessons are in each state."""

    waiting: int
    active: int
    completed: int
    failed: int


class Metrics(CamelOut):
    """The counts of the queue lesson-generation."""

    counts: Counts


class RedoIn(CamelIn):
    """A part of a lesson to be made again; a section by its position."""

    stage: Literal["outline", "section", "quiz", "review", "all"]
    position: int | None = Field(None, ge=1, le=1000)
    wish: str = Field("", max_length=500, description="What to do differently, for a section.")
    model: str | None = Field(None, max_length=100, description="The model that writes the lesson from now on.")


class SectionIn(CamelIn):
    """A section's text as Tiptap JSON; edition is the one that you read, so that nobody's text is overwritten."""

    document: Any
    title: str | None = Field(None, max_length=200)
    edition: int | None = None


@router.post("/lessons/generate", response={202: Accepted}, url_name="generate_lesson", summary="Order a lesson")
def generate(request: HttpRequest, payload: OrderIn, idempotency_key: str | None = Header(None, max_length=200)) -> Any:
    require(request, Role.EDITOR)
    check_own(request, payload)
    who = {"tenant": request.tenant, "user": request.user}
    try:
        found = ordering.start(payload.order(), **who, key=idempotency_key or None, another=payload.another)
    except KeyReused as error:
        raise ApiError(409, "key_reused", str(error)) from None
    except (ModelGone, InvalidKey) as error:
        raise _unusable_model(error) from None
    return Status(202, _accepted(found.lesson, found.job))


@router.get("/lessons/jobs/{job_id}", response=JobOut, exclude_unset=True, summary="How your lesson is doing")
def read_job(request: HttpRequest, job_id: str) -> Any:
    job = own_job(request, job_id)
    if job.task != ordering.GENERATE:
        raise ApiError(404, "not_found", "There is no lesson of yours with this job id.")
    return describe(job)


@router.get("/lessons/metrics", response=Metrics, url_name="lesson_metrics", summary="How many lessons wait and run")
def metrics(request: HttpRequest) -> Any:
    """The workspace's counts, for superusers those of all."""
    line = counting.stats_of(QUEUE, tenant_of(request))
    return {"counts": {state: line[state] for state in COUNTED}}


@router.get("/lessons", response=LessonPage, exclude_unset=True, url_name="lessons", summary="Lessons, newest first")
def list_lessons(
    request: HttpRequest, page: PageNumber = 1, pageSize: PageSize = 50, state: State | None = None, q: str = ""
) -> Any:
    """Those of the workspace, in one state if you name it, with words of `q` in their topic or title."""
    rows = Lesson.objects.for_tenant(request.tenant)
    if state:
        rows = rows.with_progress().filter(shown=state)
    if q := q.replace("\x00", "").strip():
        rows = rows.filter(Q(topic__icontains=q) | Q(title__icontains=q))
    return reading.page_of(rows, page, pageSize)


@router.get("/lessons/{int:lesson_id}", response=LessonOut, exclude_unset=True, summary="One lesson with its text")
def read_lesson(request: HttpRequest, lesson_id: int) -> Any:
    """Its sections as Tiptap JSON, HTML and Markdown, its quiz and its review."""
    return reading.whole(_lesson(request, lesson_id))


@router.get("/lessons/{int:lesson_id}/export", summary="A lesson as a file")
def export(
    request: HttpRequest, lesson_id: int, format: Literal["markdown", "html", "print"] = "markdown"
) -> HttpResponse:
    """Markdown, one HTML file that needs nothing else, or the page for paper."""
    return as_file(_lesson(request, lesson_id), format)


@router.put(
    "/lessons/{int:lesson_id}/sections/{int:position}", response=SectionOut, summary="Give a section another text"
)
def write_section(request: HttpRequest, lesson_id: int, position: int, payload: SectionIn) -> Any:
    """It is locked then: no job writes over it. What the schema does not know is refused with its path."""
    require(request, Role.EDITOR)
    section = _section(_lesson(request, lesson_id), position)
    try:
        saved = editing.save(section, payload.document, request.user, title=payload.title, edition=payload.edition)
    except BadDocument as error:
        details = [{"field": f"document{path.removeprefix('doc')}", "problem": what} for path, what in error.problems]
        raise ApiError(422, "invalid", "The document cannot be stored.", details) from None
    except editing.Conflict as error:
        raise ApiError(409, "conflict", str(error)) from None
    except ValueError as error:
        raise ApiError(422, "invalid", "The title cannot be.", [{"field": "title", "problem": str(error)}]) from None
    return reading.section(saved)


@router.post("/lessons/{int:lesson_id}/redo", response={202: Accepted}, summary="Have a part made again")
def redo(request: HttpRequest, lesson_id: int, payload: RedoIn) -> Any:
    """Locked sections stay as they are; 409 while the lesson is being written."""
    lesson = _lesson(request, lesson_id)
    require(request, Role.EDITOR if lesson.user_id == request.user.pk else Role.OWNER)
    try:
        if payload.model:
            redoing.use_model(lesson, payload.model, request.user)
        job = redoing.redo(lesson, payload.stage, request.user, position=payload.position, wish=payload.wish)
    except redoing.NoSuchPart as error:
        raise ApiError(404, "not_found", str(error)) from None
    except redoing.Busy as error:
        raise ApiError(409, "busy", str(error)) from None
    except (ModelGone, InvalidKey) as error:
        raise _unusable_model(error) from None
    return Status(202, _accepted(lesson, job))


def _accepted(lesson: Lesson, job: Any) -> dict[str, Any]:
    return {"job_id": job.pk if job else None, "lesson_id": lesson.pk, "state": job.state if job else lesson.state}


def _unusable_model(error: Exception) -> ApiError:
    return ApiError(422, "invalid", "The model cannot be used.", [{"field": "model", "problem": str(error)}])


def _lesson(request: HttpRequest, lesson_id: int) -> Lesson:
    fits = lesson_id < 2**63
    lesson = Lesson.objects.for_tenant(request.tenant).filter(pk=lesson_id).first() if fits else None
    if lesson is None:
        raise ApiError(404, "not_found", "There is no such lesson in your workspace.")
    return lesson


def _section(lesson: Lesson, position: int) -> Section:
    section = lesson.sections.filter(position=position).first() if position < 2**15 else None
    if section is None:
        raise ApiError(404, "not_found", "There is no such section. Sections are counted from 1.")
    return section
