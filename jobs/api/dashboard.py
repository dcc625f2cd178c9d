"""The jobs of the workspace, by queue."""

from datetime import date
from typing import Any

from django.http import HttpRequest
from ninja import Router, Status

from accounts.api_errors import ApiError
from accounts.schemas import CamelOut
from jobs import accepting, counting, presence, steering
from jobs.api.own import cancel
from jobs.api.queues import QueueStats, Totals
from jobs.api.scope import job_in, jobs_in, known, require_hand_on, tenant_of
from jobs.api.shapes import JobOut, JobPage, PageNumber, PageSize, describe, page_of
from jobs.models import State

router = Router(tags=["jobs"])
NEWEST = 10
DAYS = 14


class Day(CamelOut):
    """What ended on one day (UTC)."""

    day: date
    completed: int
    failed: int
    cancelled: int


class Dashboard(CamelOut):
    """Everything at a glance; `events` counts what ever happened in each queue, deleted jobs included."""

    totals: Totals
    stats: dict[str, QueueStats]
    events: dict[str, dict[str, int]]
    per_day: list[Day]
    recent: list[JobOut]
    failed: list[JobOut]
    workers: int
    schedulers: int


class Retried(CamelOut):
    """The new job of a retry."""

    job_id: str
    retry_of: str


@router.get("/jobs/dashboard", response=Dashboard, exclude_unset=True, url_name="dashboard", summary="All at a glance")
def dashboard(request: HttpRequest) -> Any:
    """Counts, what happened on each day, the newest jobs and the newest that failed, and how many processes live."""
    tenant = tenant_of(request)
    newest = counting.jobs_of(tenant).order_by("-created_at", "-pk")
    totals = counting.health(tenant)
    known: dict[str, str] = {}
    return {
        "totals": totals,
        "stats": _by_name(totals["queues"]),
        "events": counting.events(tenant),
        "per_day": counting.per_day(tenant, DAYS),
        "recent": [describe(job, logs=False, known=known) for job in newest[:NEWEST]],
        "failed": [describe(job, logs=False, known=known) for job in newest.filter(state=State.FAILED)[:NEWEST]],
        "workers": len(presence.alive("worker")),
        "schedulers": len(presence.alive("scheduler")),
    }


@router.get(
    "/jobs/dashboard/stats", response=dict[str, QueueStats], url_name="dashboard_stats", summary="Counts by queue"
)
def dashboard_stats(request: HttpRequest) -> Any:
    """The lines of /queue/stats, keyed by the queue's name."""
    return _by_name(counting.stats(tenant_of(request)))


@router.get(
    "/jobs/dashboard/jobs/{queue}",
    response=JobPage,
    exclude_unset=True,
    url_name="dashboard_jobs",
    summary="The jobs of a queue, newest first",
)
def dashboard_jobs(
    request: HttpRequest, queue: str, state: State | None = None, page: PageNumber = 1, pageSize: PageSize = 50
) -> Any:
    """Everybody's jobs of the workspace in this queue, in one state if you name it; 404 for an unknown queue."""
    jobs = jobs_in(request, queue)
    return page_of(jobs.filter(state=state) if state else jobs, page, pageSize)


@router.get(
    "/jobs/status/{queue}/{job_id}", response=JobOut, exclude_unset=True, url_name="job_status", summary="One job"
)
def job_status(request: HttpRequest, queue: str, job_id: str) -> Any:
    """Its state, progress, result and the newest lines of its log; 404 when it is not in this queue and workspace."""
    return describe(job_in(request, queue, job_id))


@router.get("/jobs/stats/{queue}", response=QueueStats, url_name="job_stats", summary="Counts of one queue")
def job_stats(request: HttpRequest, queue: str) -> Any:
    """The same line as /queue/stats/{queue}; 404 for an unknown queue."""
    return counting.stats_of(known(queue), tenant_of(request))


@router.post(
    "/jobs/cancel/{queue}/{job_id}", response=JobOut, exclude_unset=True, url_name="cancel_job", summary="Cancel a job"
)
def cancel_job(request: HttpRequest, queue: str, job_id: str) -> Any:
    """A job that waits ends at once, one that runs at its next step. Editors: their own, owners: the workspace's.

    404 when it is not in this queue and workspace, 403 when it is not yours to cancel, 409 when it has ended already.
    """
    job = job_in(request, queue, job_id)
    require_hand_on(request, job)
    return describe(cancel(request, job))


@router.post(
    "/jobs/retry/{queue}/{job_id}", response={202: Retried}, url_name="retry_job", summary="Retry a job that failed"
)
def retry_job(request: HttpRequest, queue: str, job_id: str) -> Any:
    """A new job on the same request row; the old one stays failed or cancelled. Editors: their own, owners: all.

    404 when it is not in this queue and workspace, 403 when it is not yours to retry, 409 when it neither failed nor
    was cancelled, or was retried before.
    """
    job = job_in(request, queue, job_id)
    require_hand_on(request, job)
    try:
        new = steering.retry(job, request.user)
    except accepting.NotRetryable as error:
        reason = str(error).rstrip(".")
        raise ApiError(409, "not_retryable", f"The job cannot be retried: {reason}.") from None
    return Status(202, {"job_id": new.pk, "retry_of": job.pk})


def _by_name(lines: list[dict[str, Any]]) -> dict[str, Any]:
    return {line["name"]: line for line in lines}
