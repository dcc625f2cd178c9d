"""Deleting jobs that ended long ago, as the queue table says; what they did stays in the daily counts."""

from collections.abc import Iterable
from datetime import UTC, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from config.queues import Keep, Queue
from jobs import table
from jobs.models import ENDED, DailyCount, Job, State

CHUNK = 500
# An idempotency key lives as long as its row, and that long at least.
KEY_HOURS = 24


def trim() -> int:
    """Delete what the table does not keep, in chunks; returns how many jobs went."""
    gone = 0
    for queue in [*table.queues().values(), *_left_over()]:
        completed = Job.objects.filter(queue=queue.name, state=State.COMPLETED)
        failed = Job.objects.filter(queue=queue.name, state__in=(State.FAILED, State.CANCELLED))
        gone += _delete(_too_old(completed, queue.completed)) + _delete(_too_many(completed, queue.completed))
        gone += _delete(_too_old(failed, queue.failed)) + _delete(_too_many(failed, queue.failed))
    return gone


def _left_over() -> list[Queue]:
    """Queues that are in the table no more and still have jobs: kept as the table's default says."""
    names = set(Job.objects.filter(state__in=ENDED).order_by().values_list("queue", flat=True).distinct())
    return [Queue(name) for name in names - table.queues().keys()]


def forget(jobs: QuerySet[Job]) -> int:
    """Delete these ended jobs after adding them to the daily counts, in one transaction; returns how many went."""
    with transaction.atomic():
        # Locked first: what is counted is what is deleted.
        ids = list(jobs.filter(state__in=ENDED).select_for_update().values_list("pk", flat=True))
        for row in counts(Job.objects.filter(pk__in=ids)):
            _add(**row)
        Job.objects.filter(pk__in=ids).delete()
    return len(ids)


def counts(jobs: Any) -> Iterable[dict[str, Any]]:
    """What ended jobs did, per day of their end (UTC), queue and tenant id: the columns of DailyCount."""
    return (
        jobs.filter(state__in=ENDED)
        .order_by()
        .annotate(day=TruncDate("finished_at", tzinfo=UTC))
        .values("day", "queue", "tenant_id")
        .annotate(
            completed=Count("pk", filter=Q(state=State.COMPLETED)),
            failed=Count("pk", filter=Q(state=State.FAILED)),
            cancelled=Count("pk", filter=Q(state=State.CANCELLED)),
            error_sum=Sum("errors"),
            progress=Sum("progress_writes"),
        )
    )


def _add(*, day: Any, queue: str, tenant_id: Any, error_sum: int, **numbers: int) -> None:
    row, _made = DailyCount.objects.get_or_create(day=day, queue=queue, tenant_id=tenant_id)
    numbers["errors"] = error_sum
    DailyCount.objects.filter(pk=row.pk).update(**{name: F(name) + number for name, number in numbers.items()})


def _too_old(jobs: QuerySet[Job], keep: Keep) -> QuerySet[Job]:
    if keep.seconds is None:
        return jobs.none()
    return jobs.filter(finished_at__lt=timezone.now() - timedelta(seconds=keep.seconds))


def _too_many(jobs: QuerySet[Job], keep: Keep) -> QuerySet[Job]:
    if keep.count is None:
        return jobs.none()
    oldest_kept = (
        jobs.order_by("-finished_at").values_list("finished_at", flat=True)[keep.count - 1 : keep.count].first()
    )
    return jobs.filter(finished_at__lt=oldest_kept) if oldest_kept else jobs.none()


def young_key() -> Q:
    """Jobs whose idempotency key still counts: they stay, so that the same request is not taken for a new one."""
    return Q(created_at__gt=timezone.now() - timedelta(hours=KEY_HOURS), key__isnull=False)


def _delete(jobs: QuerySet[Job]) -> int:
    gone = 0
    while ids := list(jobs.exclude(young_key()).order_by("finished_at").values_list("pk", flat=True)[:CHUNK]):
        gone += forget(Job.objects.filter(pk__in=ids))
    return gone
