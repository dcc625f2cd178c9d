"""How many jobs of each queue are in which state, and what they did: the numbers of stats, health and charts."""

from collections import defaultdict
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.db.models import Count, Min, QuerySet, Sum
from django.utils import timezone

from accounts.models import Tenant
from jobs import limits, retention, table
from jobs.models import DailyCount, Job, State

EVENTS = ("completed", "failed", "errors", "progress")


def jobs_of(tenant: Tenant | None) -> QuerySet[Job]:
    """The jobs of a workspace; of all workspaces and of none for None."""
    return Job.objects.all() if tenant is None else Job.objects.for_tenant(tenant)


def stats(tenant: Tenant | None) -> list[dict[str, Any]]:
    """One line for each queue in table order: {name, six states, paused, total}; total is the sum of the six."""
    counted: dict[str, dict[str, int]] = defaultdict(dict)
    for queue, state, count in jobs_of(tenant).order_by().values_list("queue", "state").annotate(Count("pk")):
        counted[queue][state] = count
    paused = limits.paused()
    return [_line(name, counted[name], name in paused) for name in table.queues()]


def stats_of(queue: str, tenant: Tenant | None) -> dict[str, Any]:
    """The line of one queue."""
    rows = jobs_of(tenant).filter(queue=queue).order_by().values_list("state").annotate(Count("pk"))
    return _line(queue, dict(rows), queue in limits.paused())


def health(tenant: Tenant | None) -> dict[str, Any]:
    """The totals over all queues, with their lines: {total_jobs, active_jobs, failed_jobs, queues}."""
    lines = stats(tenant)
    return {
        "total_jobs": sum(line["total"] for line in lines),
        "active_jobs": sum(line["active"] for line in lines),
        "failed_jobs": sum(line["failed"] for line in lines),
        "queues": lines,
    }


def events(tenant: Tenant | None) -> dict[str, dict[str, int]]:
    """How often each event of EVENTS happened in each queue, deleted jobs included."""
    totals = {name: dict.fromkeys(EVENTS, 0) for name in table.queues()}
    kept = jobs_of(tenant).order_by().values_list("queue")
    for queue, errors, progress in kept.annotate(Sum("errors"), Sum("progress_writes")):
        if queue in totals:
            totals[queue]["errors"] += errors
            totals[queue]["progress"] += progress
    for line in stats(tenant):
        for name in ("completed", "failed"):
            totals[line["name"]][name] += line[name]
    for queue, *numbers in _gone(tenant).order_by().values_list("queue").annotate(*(Sum(name) for name in EVENTS)):
        if queue in totals:
            for name, number in zip(EVENTS, numbers, strict=True):
                totals[queue][name] += number
    return totals


def per_day(tenant: Tenant | None, days: int, queue: str | None = None) -> list[dict[str, Any]]:
    """What ended on each of the last `days` days (UTC), oldest first: {day, completed, failed, cancelled}."""
    today = timezone.now().astimezone(UTC).date()
    first = today - timedelta(days=days - 1)
    found = {first + timedelta(days=n): {"completed": 0, "failed": 0, "cancelled": 0} for n in range(days)}
    since = datetime.combine(first, time.min, UTC)
    jobs, gone = jobs_of(tenant).filter(finished_at__gte=since), _gone(tenant).filter(day__gte=first)
    if queue:
        jobs, gone = jobs.filter(queue=queue), gone.filter(queue=queue)
    for row in [*retention.counts(jobs), *gone.values("day", "completed", "failed", "cancelled")]:
        for name, numbers in found[row["day"]].items() if row["day"] in found else ():
            found[row["day"]][name] = numbers + row[name]
    return [{"day": day, **numbers} for day, numbers in found.items()]


def oldest_waiting(tenant: Tenant | None = None) -> dict[str, float]:
    """Seconds the oldest waiting job of each queue has been waiting; queues without one are left out."""
    now = timezone.now()
    rows = jobs_of(tenant).filter(state=State.WAITING).order_by().values_list("queue").annotate(Min("run_at"))
    return {queue: max(0.0, (now - run_at).total_seconds()) for queue, run_at in rows}


def _gone(tenant: Tenant | None) -> QuerySet[DailyCount]:
    rows = DailyCount.objects.all()
    return rows if tenant is None else rows.filter(tenant=tenant)


def _line(name: str, counted: dict[str, int], is_paused: bool) -> dict[str, Any]:
    numbers = {state.value: counted.get(state.value, 0) for state in State}
    return {"name": name, **numbers, "paused": is_paused, "total": sum(numbers.values())}
