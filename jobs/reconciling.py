"""The clock that counts: some worker looks every few seconds for what was left behind and puts it right.

No process is needed for this in particular: every worker tries, one at a time holds the lease.
"""

import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Count
from django.utils import timezone
from redis.exceptions import RedisError

from accounts import notices
from config.logs import storable
from jobs import alerts, carrying, clocks, ending, leases, limits, retention, table, workdirs
from jobs.accepting import deliver
from jobs.claiming import overdue
from jobs.models import Job, State

logger = logging.getLogger(__name__)

EVERY_SECONDS = 5.0
LEASE_SECONDS = 12
TIDY_SECONDS = 60
BATCH = 500
STRANGERS = 100


def reconcile(holder: str) -> bool:
    """Put right in the database what was left behind, then comes `tidy`; False when another process does it now."""
    if not leases.take("reconciler", holder, LEASE_SECONDS):
        return False
    end_overdue()
    return_lapsed()
    clocks.run_due()
    release_due()
    return True


def tidy(holder: str) -> None:
    """What may take a while: compare Redis with the ledger, and once a minute delete what is old and tell people."""
    push_waiting()
    workdirs.sweep()
    if leases.take("tidying", holder, TIDY_SECONDS, renew=False):
        limits.forget_old_starts()
        retention.trim()
        alerts.look()


def end_overdue(only: Collection[str] | None = None) -> None:
    """End jobs past their deadline (failed) and cancelled jobs that did not stop in time; their fence is raised.

    With `only`, just these: a worker looks after its own every second.
    """
    rows = Job.objects.filter(overdue())
    if only is not None:
        rows = rows.filter(pk__in=only)
    for job in rows.select_related("user", "tenant")[:BATCH]:
        with _undisturbed(job):
            if job.cancel_requested_at:
                ending.cancelled(job)
            else:
                ending.fail(job, "deadline", f"it did not end by its deadline, {job.deadline_at:%Y-%m-%d %H:%M:%S} UTC")


def return_lapsed() -> None:
    """Give jobs of silent workers back to their queue."""
    for job in Job.objects.lapsed().select_related("user", "tenant")[:BATCH]:
        with _undisturbed(job):
            if ending.lost(job, f"The worker {job.worker} went silent"):
                carrying.wake(job.queue)


@contextmanager
def _undisturbed(job: Job) -> Iterator[None]:
    """One job that cannot be put right does not keep the others from it."""
    try:
        yield
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("%s cannot be put right", job.pk)


def release_due() -> int:
    """Let delayed jobs wait whose time has come; returns how many."""
    with transaction.atomic():
        due = Job.objects.due().filter(state=State.DELAYED).select_for_update(skip_locked=True).order_by("pk")
        ids = list(due.values_list("pk", flat=True)[:BATCH])
        return Job.objects.filter(pk__in=ids).update(state=State.WAITING, waiting_for="") if ids else 0


def push_waiting() -> int:
    """Make the queues in Redis hold what waits, after a push was lost or Redis lost everything; returns how many came.

    What is in Redis and not in the ledger is refused; what has started meanwhile is taken out. A dead Redis is no
    error: the next pass tries again.
    """
    pushed = 0
    waiting = dict(Job.objects.filter(state=State.WAITING).order_by().values_list("queue").annotate(Count("pk")))
    try:
        there = carrying.lengths(table.queues())
        for name in table.queues():
            if waiting.get(name, 0) or there[name]:
                pushed += _level(name, waiting.get(name, 0), there[name])
    except RedisError as error:
        logger.warning("Redis cannot be reached; due jobs wait in the database", extra={"error": str(error)})
    return pushed


def _level(queue: str, waiting: int, there: int) -> int:
    """Compare a queue with the ledger where their lengths differ or something was never pushed."""
    unpushed = Job.objects.waiting(queue).filter(pushed_at=None)
    if waiting == there and not unpushed.exists():
        return 0
    ids = carrying.ids_in(queue)
    known = set(Job.objects.filter(pk__in=ids, queue=queue).values_list("pk", flat=True)) if len(ids) <= BATCH else None
    if known is None:
        known = set(Job.objects.filter(queue=queue).values_list("pk", flat=True)) & ids.keys()
    if strangers := {name: ids[name] for name in ids.keys() - known}:
        _put_out(queue, strangers)
    in_line = list(Job.objects.waiting(queue).order_by("run_at", "pk").values_list("pk", flat=True))
    if started := known - set(in_line):
        carrying.take_out(queue, started)
    missing = [job_id for job_id in in_line if job_id not in ids][:BATCH]
    if not missing:
        return 0
    return deliver(list(Job.objects.filter(pk__in=missing).order_by("run_at", "pk")), patient=True)


def _put_out(queue: str, strangers: dict[str, bytes]) -> None:
    """A tick of rq-scheduler is obeyed; everything else in a queue that is not in the ledger is refused and told.

    STRANGERS at a time, so that a flood keeps nothing else waiting, and one notice a queue and day, with their number.
    """
    if ticks := [name for name in strangers if name.startswith("tick-")][:STRANGERS]:
        carrying.take_out(queue, ticks)
        clocks.run_due()
    others = [name for name in strangers if not name.startswith("tick-")]
    if not others:
        return
    names = others[:STRANGERS]
    words = carrying.refuse(queue, [strangers[name] for name in names])
    for name, what in zip(names, words, strict=True):
        logger.error("Refused %s in %s: it was not put there by Pressroom", name, queue, extra={"what": what})
    more = f" So were {len(others) - 1} more; the log names them all." if len(others) > 1 else ""
    notices.tell_superusers(
        f"Refused a job in {queue}",
        level="warning",
        body=storable(
            f"{names[0][:100]}, {words[0][:200]}, lay in Redis and was not put there by Pressroom. It was not run."
            f"{more} Somebody else can write to this Redis: give it a password, and keep it off the network."
        ),
        key=f"refused:{queue}:{timezone.now():%Y-%m-%d}",
    )
