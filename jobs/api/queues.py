"""The queues' numbers, and clearing one."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Status

from accounts.api_errors import ApiError
from accounts.authentication import require
from accounts.models import Role
from accounts.schemas import CamelOut
from jobs import clearing, counting, health, steering
from jobs.api.scope import known, tenant_of
from jobs.models import State

router = Router(tags=["queues"])
NEEDED = ("database", "redis", "worker")


class QueueStats(CamelOut):
    """How many jobs of a queue are in which state; total is the sum of the six."""

    name: str
    waiting: int
    active: int
    completed: int
    failed: int
    delayed: int
    cancelled: int
    paused: bool
    total: int


class Totals(CamelOut):
    """Over all queues."""

    total_jobs: int
    active_jobs: int
    failed_jobs: int


class QueueHealth(Totals):
    """healthy, or unhealthy with the reason; and every queue's counts."""

    status: str
    queues: list[QueueStats]
    reason: str | None = None


class Cleared(CamelOut):
    """How many jobs of each state were cleared."""

    cleared: dict[str, int]


@router.get("/queue/stats", response=list[QueueStats], url_name="queue_stats", summary="Every queue, in table order")
def queue_stats(request: HttpRequest) -> Any:
    """The workspace's counts, for superusers those of all; never in pages."""
    return counting.stats(tenant_of(request))


@router.get("/queue/stats/{queue}", response=QueueStats, url_name="queue_stats_of", summary="One queue")
def queue_stats_of(request: HttpRequest, queue: str) -> Any:
    """The workspace's counts, for superusers those of all; 404 for an unknown queue."""
    return counting.stats_of(known(queue), tenant_of(request))


@router.get(
    "/queue/health",
    response={200: QueueHealth, 503: QueueHealth},
    exclude_unset=True,
    url_name="queue_health",
    summary="Whether jobs can run, with the counts",
)
def queue_health(request: HttpRequest) -> Any:
    """healthy, or 503 with the same keys and the reason when the database, Redis or every worker is away."""
    checks = health.checks()
    problems = [checks[name] for name in NEEDED if checks[name] != health.HEALTHY]
    told: dict[str, Any] = {"status": "unhealthy" if problems else "healthy", **counting.health(tenant_of(request))}
    if problems:
        told["reason"] = " ".join(problems)
    return Status(503 if problems else 200, told)


@router.delete("/queue/{queue}/clear", response=Cleared, url_name="clear_queue", summary="Clear a queue")
def clear_queue(request: HttpRequest, queue: str, status: str | None = None) -> Any:
    """Waiting and delayed jobs end cancelled, ended ones are deleted, active ones stay; with `status` only those.

    For owners: the workspace's; superusers clear all. 403 for others, 404 for an unknown queue, 422 for another status.
    """
    require(request, Role.OWNER)
    known(queue)
    if status is not None and status not in clearing.CLEARABLE:
        problem = f"must be one of {', '.join(clearing.CLEARABLE)}; active jobs stay, cancel them one by one"
        details = [{"field": "status", "problem": problem}]
        raise ApiError(422, "invalid", "Jobs of this status cannot be cleared.", details)
    state = State(status) if status else None
    return {"cleared": steering.clear(queue, tenant_of(request), state, by=request.user)}
