"""How jobs end, are put off, or go back: every change is conditional, every end is written once."""

import logging
import random
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest, Now
from django.utils import timezone
from django.utils.module_loading import import_string

from accounts import notices
from config.hooks import JOB_ENDED
from config.logs import hide_secrets
from jobs import table
from jobs.carrying import remove
from jobs.claiming import from_now, held
from jobs.models import Job, JobEvent, State

logger = logging.getLogger(__name__)
Kind = JobEvent.Kind


def end(job: Job, state: State, message: str, **columns: Any) -> bool:
    """End a job as its row stands in `job` (state and fence); False when it changed meanwhile.

    The hooks of config/hooks.py and the notice to the person are written in the same transaction.
    """
    with transaction.atomic():
        ended = Job.objects.filter(pk=job.pk, fence=job.fence, state=job.state).update(
            state=state,
            fence=F("fence") + 1,
            lease_until=None,
            finished_at=Now(),
            waiting_for="",
            cancel_by=None,
            **columns,
        )
        if not ended:
            return False
        # A row of its own: `job` stays as it was until this commits, so that a broken transaction can be tried again.
        row = Job.objects.select_related("tenant", "user").get(pk=job.pk)
        JobEvent.objects.create(
            job=row,
            kind=state.value,
            fence=row.fence,
            message=message[:1000],
            level="error" if state == State.FAILED else "info",
        )
        for hook in JOB_ENDED:
            import_string(hook)(row)
        if state == State.FAILED and row.user:
            notices.tell(
                row.user,
                f"A job failed: {row.pk}",
                tenant=row.tenant,
                level="error",
                body=row.failed_reason,
                link=f"/admin/jobs/job/{row.pk}/change/",
                key=f"job-failed:{row.pk}",
            )
    if state == State.FAILED:
        logger.error("Failed job %s: %s", row.pk, row.failed_reason, extra=_context(row))
    else:
        logger.info("%s job %s", state.label, row.pk)
    return True


def _context(job: Job) -> dict[str, Any]:
    return {"user": str(job.user), "tenant": str(job.tenant), "request": job.request, "payload": job.payload}


def complete(job: Job, result: dict[str, Any] | None) -> bool:
    """The task returned: store its result."""
    return end(job, State.COMPLETED, "Completed", result=result, percentage=100)


def cancelled(job: Job, result: dict[str, Any] | None = None) -> bool:
    """The job ends cancelled, keeping what it made before."""
    return end(job, State.CANCELLED, "Cancelled", result=result if result is not None else job.result)


def fail(job: Job, code: str, reason: str) -> bool:
    """The job ends failed, for a reason that people can read."""
    reason = hide_secrets(reason)
    return end(job, State.FAILED, f"Failed: {reason}", failed_code=code[:60], failed_reason=reason)


def try_again_or_fail(job: Job, code: str, reason: str, *, at_least: float = 0.0) -> bool:
    """After an error that may pass: put the job off by the back-off, or fail it when all attempts are used.

    at_least is how many seconds the other side asks us to stay away.
    """
    queue = table.line(job.task).queue
    if job.attempt >= queue.attempts:
        return fail(job, code, f"{reason} (attempt {job.attempt} of {queue.attempts})")
    delay = table.retry_delay(queue, job.attempt, random.random())  # noqa: S311  (jitter, not a secret)
    delay = max(delay, at_least)
    because = f"attempt {job.attempt + 1} of {queue.attempts}, after: {hide_secrets(reason)}"
    return _put_off(job, from_now(delay), because, uses_attempt=True)


def wait(job: Job, reason: str, until: datetime) -> bool:
    """Put a job off without using an attempt; it fails when its queue's patience ends."""
    patience = timedelta(seconds=table.line(job.task).queue.patience)
    since = job.waiting_since or timezone.now()
    if until - since > patience:
        return fail(job, "patience", f"waited since {since:%Y-%m-%d %H:%M} UTC for: {reason}")
    return _put_off(job, until, reason, uses_attempt=False)


def _put_off(job: Job, until: Any, reason: str, *, uses_attempt: bool) -> bool:
    if _is_to_be_cancelled(job):
        return cancelled(job)
    changes: dict[str, Any] = {} if uses_attempt else {"attempt": F("attempt") - 1}
    with transaction.atomic():
        delayed = held(job.pk, job.fence).update(
            state=State.DELAYED,
            run_at=until,
            waiting_for=reason[:300],
            waiting_since=job.waiting_since if uses_attempt else (job.waiting_since or timezone.now()),
            lease_until=None,
            pushed_at=None,
            **changes,
        )
        if delayed:
            logger.warning("Delayed job %s: %s", job.pk, reason, extra=_context(job))
            run_at = Job.objects.values_list("run_at", flat=True).get(pk=job.pk)
            seconds = max(0, (run_at - timezone.now()).total_seconds())
            JobEvent.objects.create(
                job=job, kind=Kind.DELAYED, fence=job.fence, message=f"Again in {seconds:.0f} s: {reason}"[:1000]
            )
    return bool(delayed)


def _is_to_be_cancelled(job: Job) -> bool:
    """Whether somebody asked for the end meanwhile: a job that would wait again ends instead."""
    return held(job.pk, job.fence).exclude(cancel_requested_at=None).exists()


def hand_back(job: Job) -> bool:
    """The worker stops: the job is waiting again and the attempt is not counted."""
    if _is_to_be_cancelled(job):
        return cancelled(job)
    with transaction.atomic():
        returned = held(job.pk, job.fence).update(
            state=State.WAITING,
            attempt=Greatest(F("attempt"), 1) - 1,
            fence=F("fence") + 1,
            lease_until=None,
            run_at=Now(),
            pushed_at=None,
        )
        if returned:
            JobEvent.objects.create(
                job=job, kind=Kind.RETURNED, fence=job.fence, message=f"Handed back: {job.worker} stops"
            )
    return bool(returned)


def request_cancel(job: Job, *, by: str, grace: float = 5.0) -> Job:
    """Ask for the end of a job: at once when it is not running, else at its next checkpoint, `grace` seconds at most.

    Asking again, or asking for an ended job, changes nothing. Returns the job as it is then.
    """
    for _try in range(5):
        job.refresh_from_db()
        if job.ended or (job.state == State.ACTIVE and job.cancel_requested_at):
            break
        if job.state == State.ACTIVE:
            asked = Job.objects.filter(pk=job.pk, fence=job.fence, state=State.ACTIVE).update(
                cancel_requested_at=Now(), cancel_by=from_now(grace)
            )
            if asked:
                JobEvent.objects.create(job=job, kind=Kind.LOG, fence=job.fence, message=f"Cancel requested by {by}")
                break
        elif end(job, State.CANCELLED, f"Cancelled by {by}", cancel_requested_at=Now()):
            remove(job)
            break
    job.refresh_from_db()
    return job
