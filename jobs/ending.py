"""How jobs end, are put off, or go back: every change is conditional, every end is written once."""

import logging
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F
from django.db.models.functions import Greatest, Now
from django.utils import timezone
from django.utils.module_loading import import_string

from accounts import notices
from config.hooks import JOB_ENDED
from config.logs import storable
from jobs import events, table
from jobs.carrying import remove, wake
from jobs.claiming import held
from jobs.models import Job, JobEvent, State, from_now

logger = logging.getLogger(__name__)
Kind = JobEvent.Kind

POISON_CRASHES = 3
# How long a job that no worker understands waits for one that does: longer than a rolling restart takes.
UNRUNNABLE_SECONDS, UNRUNNABLE_WAIT = 600.0, 30.0
NEWER_VERSION = "A worker of a newer version is needed: "
# A job that was claimed more often than this waits without telling it in its log any more.
WAITS_TOLD = 500
# The columns of a job that is over, however it ended.
_OVER: dict[str, Any] = {"fence": F("fence") + 1, "lease_until": None, "waiting_for": "", "cancel_by": None}


def end(job: Job, state: State, told: str, /, **columns: Any) -> bool:
    """End a job as its row stands in `job` (state and fence); False when it changed meanwhile.

    The hooks of config/hooks.py and the notice to the person are written in the same transaction.
    """
    with transaction.atomic():
        ended = Job.objects.filter(pk=job.pk, fence=job.fence, state=job.state).update(
            **_OVER | {"state": state, "finished_at": Now()} | columns,
        )
        if not ended:
            return False
        # A row of its own: `job` stays as it was until this commits, so that a broken transaction can be tried again.
        row = Job.objects.select_related("tenant", "user").get(pk=job.pk)
        JobEvent.objects.create(
            job=row,
            kind=state.value,
            fence=row.fence,
            message=told[:1000],
            level="error" if state == State.FAILED else "info",
        )
        for hook in JOB_ENDED:
            _tell(hook, row)
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
        if state in (State.COMPLETED, State.FAILED):
            events.emit(state.value, row)
    if state == State.FAILED:
        logger.error("Failed job %s: %s", row.pk, row.failed_reason, extra=_context(row))
    else:
        logger.info("%s job %s", state.label, row.pk)
    return True


def _tell(hook: str, row: Job) -> None:
    """Call a hook of config/hooks.py. One that stumbles is undone and logged: the job ends all the same."""
    try:
        with transaction.atomic():
            import_string(hook)(row)
    except (OperationalError, InterfaceError):
        raise  # the database is locked or away: the whole end is tried again
    except Exception:
        logger.exception("The hook %s stumbled over the end of %s", hook, row.pk)
        told = f"What asked for this job was not told of its end: {hook} stumbled, see the log"
        JobEvent.objects.create(job=row, kind=Kind.LOG, level="error", fence=row.fence, message=told)


def _context(job: Job) -> dict[str, Any]:
    return {"user": str(job.user), "tenant": str(job.tenant), "request": job.request, "payload": job.payload}


def complete(job: Job, result: dict[str, Any] | None, **progress: Any) -> bool:
    """The task returned: store its result, and the progress that is not stored yet."""
    return end(job, State.COMPLETED, "Completed", **progress | {"result": result, "percentage": 100})


@dataclass
class End:
    """A run that completed: its result, and the columns of its progress that are not stored yet."""

    job: Job
    result: dict[str, Any] | None
    progress: dict[str, Any]


def complete_all(ends: list[End]) -> list[str]:
    """Complete many jobs in one transaction, as `complete` does one; returns the ids of those that were still held.

    Whatever a hook raises undoes all: the caller then ends them one by one.
    """
    by_id = {(end.job.pk, end.job.fence): end for end in ends}
    with transaction.atomic():
        # In the order of ids, as everybody who locks several jobs does.
        locked = Job.objects.select_for_update(of=("self",)).select_related("tenant", "user").order_by("pk")
        rows = [
            row
            for row in locked.filter(pk__in={pk for pk, _fence in by_id}, state=State.ACTIVE)
            if (row.pk, row.fence) in by_id
        ]
        found = {row.pk: by_id[row.pk, row.fence] for row in rows}
        if not rows:
            return []
        for row in rows:
            if progress := found[row.pk].progress:
                Job.objects.filter(pk=row.pk).update(**progress)
            row.result = found[row.pk].result
            row.state, row.percentage, row.fence, row.finished_at = State.COMPLETED, 100, row.fence + 1, timezone.now()
        Job.objects.filter(pk__in=[row.pk for row in rows]).update(
            state=State.COMPLETED, percentage=100, finished_at=Now(), **_OVER
        )
        _store_results(rows)
        JobEvent.objects.bulk_create(
            JobEvent(job=row, kind=Kind.COMPLETED, fence=row.fence, message="Completed") for row in rows
        )
        for row in rows:
            for hook in JOB_ENDED:
                import_string(hook)(row)
            if found[row.pk].progress:
                events.emit("progress", row)
            events.emit("completed", row)
    for row in rows:
        logger.info("%s job %s", State.COMPLETED.label, row.pk)
    return [row.pk for row in rows]


def _store_results(rows: list[Job]) -> None:
    """Write the results of many jobs. bulk_update would build an expression for each: a third of the group's cost."""
    field = Job._meta.get_field("result")
    results = [(field.get_db_prep_value(row.result, connection), row.pk) for row in rows if row.result is not None]
    if results:
        table_name, column, key = (connection.ops.quote_name(n) for n in (Job._meta.db_table, "result", "id"))
        with connection.cursor() as cursor:
            cursor.executemany(f"UPDATE {table_name} SET {column} = %s WHERE {key} = %s", results)  # noqa: S608


def cancelled(job: Job, result: dict[str, Any] | None = None) -> bool:
    """The job ends cancelled, keeping what it made before."""
    return end(job, State.CANCELLED, "Cancelled", result=result if result is not None else job.result)


def fail(job: Job, code: str, reason: str, *, trace: str = "") -> bool:
    """The job ends failed, for a reason that people can read; `trace` is for those who run the server."""
    reason = storable(reason)
    return end(
        job,
        State.FAILED,
        f"Failed: {reason}",
        failed_code=code[:60],
        failed_reason=reason,
        errors=F("errors") + 1,
        trace=storable(trace),
    )


def fail_unstorable(job: Job, why: str) -> bool:
    """The database refuses what a job's end holds, such as NaN: it fails with that reason. `why` names the error."""
    reason = f"its end could not be stored ({why}): its result or message holds what no database takes"
    return fail(job, "unstorable", f"{reason}. Report this with the worker's log.")


def try_again_or_fail(job: Job, code: str, reason: str, *, at_least: float = 0.0, trace: str = "") -> bool:
    """After an error that may pass: put the job off by the back-off, or fail it when all attempts are used.

    at_least is how many seconds the other side asks us to stay away.
    """
    queue = table.queues()[job.queue]
    if job.attempt >= queue.attempts:
        return fail(job, code, f"{reason} (attempt {job.attempt} of {queue.attempts})", trace=trace)
    delay = max(table.retry_delay(queue, job.attempt, _jitter()), at_least)
    because = f"attempt {job.attempt + 1} of {queue.attempts}, after: {reason}"
    return _put_off(job, from_now(delay), because, uses_attempt=True, trace=storable(trace))


def _jitter() -> float:
    return random.random()  # noqa: S311  (not a secret)


def lost(job: Job, what: str, *, delayed: bool = False) -> bool:
    """The process that ran the job is gone (`what` says how): another one takes over, `delayed` by the back-off.

    It uses no attempt. A crash counts only when no step was saved since the claim; three such in a row are poison and
    end the job failed. False when the job changed meanwhile.
    """
    if job.cancel_requested_at:
        return cancelled(job)
    crashes = 0 if job.step_saved else job.crashes + 1
    if crashes >= POISON_CRASHES:
        reason = f"its worker died {crashes} times without finishing a step; see the worker's log before you retry"
        return fail(job, "poison", f"{reason} ({what})" if delayed else reason)
    changes: dict[str, Any] = {"state": State.WAITING}
    if delayed:
        seconds = table.retry_delay(table.queues()[job.queue], max(1, crashes), _jitter())
        changes = {"state": State.DELAYED, "run_at": from_now(seconds), "waiting_for": f"again, after: {what}"[:300]}
    with transaction.atomic():
        returned = (
            held(job.pk, job.fence)
            .filter(cancel_requested_at=None)
            .update(
                fence=F("fence") + 1,
                attempt=Greatest(F("attempt"), 1) - 1,
                crashes=crashes,
                lease_until=None,
                pushed_at=None,
                **changes,
            )
        )
        if returned:
            text = f"{what}; another one takes over"
            JobEvent.objects.create(job=job, kind=Kind.LOST, level="warning", fence=job.fence, message=text[:1000])
            logger.warning("%s", text, extra={"job": job.pk})
    return bool(returned) or _end_if_asked(job)


def wait_for_newer_worker(job: Job, code: str, reason: str) -> bool:
    """This worker does not know the task or cannot read its payload: in a rolling restart a newer one can.

    The job is put off without using an attempt, and fails UNRUNNABLE_SECONDS after it was first refused.
    """
    because = storable(NEWER_VERSION + reason)
    refused = _told(job, because)
    if refused and timezone.now() - refused.at >= timedelta(seconds=UNRUNNABLE_SECONDS):
        return fail(job, code, reason)
    return wait(job, because, UNRUNNABLE_WAIT)


def wait(job: Job, reason: str, until: datetime | float) -> bool:
    """Put a job off without using an attempt, until a time or for so many seconds by the database's clock.

    It fails when its queue's patience ends.
    """
    patience = timedelta(seconds=table.queues()[job.queue].patience)
    since = job.waiting_since or timezone.now()
    ends = until if isinstance(until, datetime) else timezone.now() + timedelta(seconds=until)
    if ends - since > patience:
        return fail(job, "patience", f"waited since {since:%Y-%m-%d %H:%M} UTC for: {reason}")
    run_at = until if isinstance(until, datetime) else from_now(until)
    return _put_off(job, run_at, reason, uses_attempt=False)


def _put_off(job: Job, until: Any, reason: str, *, uses_attempt: bool, trace: str = "") -> bool:
    reason = storable(reason)
    changes: dict[str, Any] = {"attempt": F("attempt") - 1}
    if uses_attempt:
        changes = {"errors": F("errors") + 1, "trace": trace}
    with transaction.atomic():
        delayed = (
            held(job.pk, job.fence)
            .filter(cancel_requested_at=None)
            .update(
                state=State.DELAYED,
                run_at=until,
                waiting_for=reason[:300],
                waiting_since=job.waiting_since if uses_attempt else (job.waiting_since or timezone.now()),
                lease_until=None,
                pushed_at=None,
                **changes,
            )
        )
        if delayed:
            logger.warning("Delayed job %s: %s", job.pk, reason, extra=_context(job))
            if not uses_attempt and (job.fence > WAITS_TOLD or _told(job, reason)):
                # One line however often it looks and waits on, else the log of a day would have thousands.
                JobEvent.objects.filter(job=job, kind=Kind.STARTED, fence=job.fence).delete()
            else:
                run_at = Job.objects.values_list("run_at", flat=True).get(pk=job.pk)
                seconds = max(0, (run_at - timezone.now()).total_seconds())
                message = f"Again in {seconds:.0f} s: {reason}"[:1000]
                JobEvent.objects.create(job=job, kind=Kind.DELAYED, fence=job.fence, message=message)
            if uses_attempt:
                events.emit("error", job)
    return bool(delayed) or _end_if_asked(job)


def _told(job: Job, reason: str) -> JobEvent | None:
    """The event that told that the job waits for this reason, if it still does: it has not got further since."""
    if job.waiting_since is None:
        return None
    last = JobEvent.objects.filter(job=job, kind=Kind.DELAYED).order_by("-pk").first()
    if last is None or last.message != f"{last.message.partition(': ')[0]}: {reason}"[:1000]:
        return None
    return last


def _end_if_asked(job: Job) -> bool:
    """Somebody asked for the end meanwhile: a job that would wait again ends instead."""
    return held(job.pk, job.fence).exclude(cancel_requested_at=None).exists() and cancelled(job)


def hand_back(job: Job) -> bool:
    """The worker stops: the job is waiting again and the attempt is not counted."""
    with transaction.atomic():
        returned = (
            held(job.pk, job.fence)
            .filter(cancel_requested_at=None)
            .update(
                state=State.WAITING,
                attempt=Greatest(F("attempt"), 1) - 1,
                fence=F("fence") + 1,
                lease_until=None,
                pushed_at=None,
            )
        )
        if returned:
            JobEvent.objects.create(
                job=job, kind=Kind.RETURNED, fence=job.fence, message=f"Handed back: {job.worker} stops"
            )
            transaction.on_commit(lambda: wake(job.queue))
    return bool(returned) or _end_if_asked(job)


def request_cancel(job: Job, *, by: str, grace: float = 5.0, only_waiting: bool = False) -> Job:
    """Ask for the end of a job: at once when it is not running, else at its next checkpoint, `grace` seconds at most.

    Asking again, or asking for an ended job, changes nothing, nor does asking for a running one with `only_waiting`.
    Returns the job as it is then.
    """
    for _try in range(5):
        job.refresh_from_db()
        if job.ended or (job.state == State.ACTIVE and (only_waiting or job.cancel_requested_at)):
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
