"""A job as JSON, alone and in pages."""

from typing import Annotated, Any

from django.db.models import QuerySet
from ninja import Query

from accounts.schemas import CamelOut
from jobs import health
from jobs.models import Job, JobEvent, State

LOG_LINES = 200

# Which page of a list, and how long; anything else is 422.
PageNumber = Annotated[int, Query(ge=1, le=1_000_000)]
PageSize = Annotated[int, Query(ge=1, le=100)]


class Progress(CamelOut):
    """How far a job is."""

    step: str
    percentage: int
    message: str
    current_section: dict[str, Any] | None = None


class LogLine(CamelOut):
    """One line of a job's log."""

    at: str
    level: str
    message: str


class JobOut(CamelOut):
    """A job as DESIGN.md section 7 has it."""

    id: str
    queue: str
    state: State
    progress: Progress
    attempts_made: int
    retry_of: str | None = None
    waiting_for: str | None = None
    created_at: str
    started_at: str | None
    finished_at: str | None
    result: Any = None
    failed_reason: str | None = None
    logs: list[LogLine] | None = None


class JobPage(CamelOut):
    """A page of jobs, newest first."""

    items: list[JobOut]
    total: int
    page: int
    page_size: int


def describe(job: Job, *, logs: bool = True, known: dict[str, str] | None = None) -> dict[str, Any]:
    """A job as JSON data; keys that do not apply are left out."""
    data: dict[str, Any] = {
        "id": job.pk,
        "queue": job.queue,
        "state": job.state,
        "progress": job.progress(),
        "attemptsMade": job.attempt,
        "createdAt": iso(job.created_at),
        "startedAt": iso(job.started_at),
        "finishedAt": iso(job.finished_at),
        "result": job.result,
        "failedReason": job.failed_reason or None,
    }
    if job.retry_of_id:
        data["retryOf"] = job.retry_of_id
    if reason := health.waiting_for(job, known):
        data["waitingFor"] = reason
    if logs:
        newest = JobEvent.objects.filter(job=job).order_by("-pk")[:LOG_LINES]
        data["logs"] = [
            {"at": iso(event.at), "level": event.level, "message": event.message} for event in reversed(newest)
        ]
    return data


def iso(moment: Any) -> str | None:
    """A moment as the API writes it: UTC, milliseconds, Z."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z") if moment else None


def page_of(jobs: QuerySet[Job], page: int, page_size: int) -> dict[str, Any]:
    """One page of jobs, newest first; a page behind the last one has no items."""
    start = (page - 1) * page_size
    newest, known = jobs.order_by("-created_at", "-pk"), dict[str, str]()
    items = [describe(job, logs=False, known=known) for job in newest[start : start + page_size]]
    return {"items": items, "total": jobs.count(), "page": page, "page_size": page_size}
