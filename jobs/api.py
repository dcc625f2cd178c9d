"""A person's own jobs over the API."""

from typing import Any

from django.http import HttpRequest
from ninja import Router

from accounts.api_errors import ApiError
from accounts.authentication import require
from accounts.models import Role
from accounts.schemas import CamelOut
from jobs import ending, health
from jobs.models import Job, JobEvent, State

router = Router(tags=["jobs"])
LOG_LINES = 200


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


def describe(job: Job, *, logs: bool = True) -> dict[str, Any]:
    """A job as JSON data; keys that do not apply are left out."""
    data: dict[str, Any] = {
        "id": job.pk,
        "queue": job.queue,
        "state": job.state,
        "progress": job.progress(),
        "attemptsMade": job.attempt,
        "createdAt": _iso(job.created_at),
        "startedAt": _iso(job.started_at),
        "finishedAt": _iso(job.finished_at),
        "result": job.result,
        "failedReason": job.failed_reason or None,
    }
    if job.retry_of_id:
        data["retryOf"] = job.retry_of_id
    if reason := health.waiting_for(job):
        data["waitingFor"] = reason
    if logs:
        newest = JobEvent.objects.filter(job=job).order_by("-pk")[:LOG_LINES]
        data["logs"] = [
            {"at": _iso(event.at), "level": event.level, "message": event.message} for event in reversed(newest)
        ]
    return data


def _iso(moment: Any) -> str | None:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z") if moment else None


def own_job(request: HttpRequest, job_id: str) -> Job:
    """The caller's own job in their workspace; anything else is 404."""
    own = Job.objects.for_tenant(request.tenant).filter(user=request.user)
    job = None if "\x00" in job_id else own.filter(pk=job_id).first()
    if job is None:
        raise ApiError(404, "not_found", "There is no job of yours with this id.")
    return job


@router.get("/jobs/user", response=JobPage, exclude_unset=True, url_name="own_jobs", summary="Your jobs, newest first")
def list_own(request: HttpRequest, page: int = 1, pageSize: int = 50, state: State | None = None) -> Any:
    if not 1 <= page <= 1_000_000 or not 1 <= pageSize <= 100:
        raise ApiError(
            422,
            "invalid",
            "The page cannot be shown.",
            [{"field": "page", "problem": "page starts at 1, pageSize goes from 1 to 100"}],
        )
    jobs = Job.objects.for_tenant(request.tenant).filter(user=request.user)
    if state:
        jobs = jobs.filter(state=state)
    start = (page - 1) * pageSize
    items = [describe(job, logs=False) for job in jobs.order_by("-created_at", "-pk")[start : start + pageSize]]
    return {"items": items, "total": jobs.count(), "page": page, "page_size": pageSize}


@router.get(
    "/jobs/user/{job_id}",
    response=JobOut,
    exclude_unset=True,
    url_name="own_job",
    summary="One of your jobs, with its log",
)
def read_own(request: HttpRequest, job_id: str) -> Any:
    return describe(own_job(request, job_id))


@router.post(
    "/jobs/user/{job_id}/cancel", response=JobOut, exclude_unset=True, url_name="cancel_own", summary="Cancel your job"
)
def cancel_own(request: HttpRequest, job_id: str) -> Any:
    require(request, Role.EDITOR)
    job = own_job(request, job_id)
    if job.ended:
        raise ApiError(409, "ended", f"The job has ended already: it is {job.state}.")
    return describe(ending.request_cancel(job, by=request.user.username))
