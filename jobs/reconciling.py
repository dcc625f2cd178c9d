"""The clock that counts: some worker looks every few seconds for what was left behind and puts it right.

No process is needed for this in particular: every worker tries, one at a time holds the lease.
"""

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Greatest, Now
from django.utils import timezone
from redis.exceptions import RedisError

from jobs import clocks, ending
from jobs.accepting import deliver
from jobs.carrying import ids_in
from jobs.claiming import from_now
from jobs.models import Job, JobEvent, Lease, State

logger = logging.getLogger(__name__)

EVERY_SECONDS = 5.0
LEASE_SECONDS = 12
BATCH = 500
POISON_CRASHES = 3
# A pushed id may be between the pop and the claim: it is not pushed again before this.
PUSH_AGAIN_SECONDS = 5


def reconcile(holder: str) -> bool:
    """Put right what was left behind; False when another process does it now."""
    if not _take_lease(holder):
        return False
    end_overdue()
    return_lapsed()
    clocks.run_due()
    push_due()
    return True


def end_overdue() -> None:
    """End jobs past their deadline (failed) and cancelled jobs that did not stop in time; their fence is raised."""
    overdue = Job.objects.filter(state=State.ACTIVE).filter(Q(deadline_at__lt=Now()) | Q(cancel_by__lt=Now()))
    for job in overdue.select_related("user", "tenant")[:BATCH]:
        if job.cancel_requested_at:
            ending.cancelled(job)
        else:
            ending.fail(job, "deadline", f"it did not end by its deadline, {job.deadline_at:%Y-%m-%d %H:%M:%S} UTC")


def return_lapsed() -> None:
    """Give jobs of silent workers back to their queue. A crash counts only when no step was saved since the claim."""
    for job in Job.objects.lapsed().select_related("user", "tenant")[:BATCH]:
        if job.cancel_requested_at:
            ending.cancelled(job)
            continue
        crashes = 0 if job.step_saved else job.crashes + 1
        if crashes >= POISON_CRASHES:
            reason = f"its worker died {crashes} times without finishing a step; see the worker's log before you retry"
            ending.fail(job, "poison", reason)
            continue
        with transaction.atomic():
            returned = (
                Job.objects.lapsed()
                .filter(pk=job.pk, fence=job.fence)
                .update(
                    state=State.WAITING,
                    fence=F("fence") + 1,
                    attempt=Greatest(F("attempt"), 1) - 1,
                    crashes=crashes,
                    lease_until=None,
                    run_at=Now(),
                    pushed_at=None,
                )
            )
            if returned:
                text = f"The worker {job.worker} went silent; another one takes over"
                JobEvent.objects.create(
                    job=job, kind=JobEvent.Kind.LOST, level="warning", fence=job.fence, message=text
                )
                logger.warning("%s", text, extra={"job": job.pk})


def push_due() -> int:
    """Push due jobs that are not in Redis; returns how many arrived. A dead Redis is no error: the next pass tries."""
    # What was never pushed comes first: a long queue that Redis has already must not hide it.
    due = list(
        Job.objects.due()
        .filter(Q(pushed_at=None) | Q(pushed_at__lt=from_now(-PUSH_AGAIN_SECONDS)))
        .order_by(F("pushed_at").asc(nulls_first=True), "-priority", "run_at", "pk")[:BATCH]
    )
    if not due:
        return 0
    if any(job.state == State.DELAYED for job in due):
        Job.objects.due().filter(state=State.DELAYED).update(state=State.WAITING)
    try:
        there = {name: ids_in(name) for name in {job.queue for job in due}}
    except RedisError as error:
        logger.warning(
            "Redis cannot be reached; %s due jobs wait in the database", len(due), extra={"error": str(error)}
        )
        return 0
    return deliver([job for job in due if job.pk not in there[job.queue]], patient=True)


def _take_lease(holder: str) -> bool:
    Lease.objects.get_or_create(name="reconciler", defaults={"until": timezone.now() - timedelta(days=1)})
    return bool(
        Lease.objects.filter(Q(until__lt=Now()) | Q(holder=holder), name="reconciler").update(
            holder=holder, until=from_now(LEASE_SECONDS)
        )
    )
