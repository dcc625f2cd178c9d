"""The runner: claims a job, calls its task, and writes how it ended. Redis can name no other function."""

import logging
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import Error, InterfaceError, OperationalError, connections, transaction
from django.db.models import F

from config.faultpoints import faultpoint
from config.logs import storable
from integrations.errors import AmbiguousOutcome, PermanentError, RateLimited, TemporaryError
from jobs import ending, events, table, workdirs
from jobs.claiming import claim, held
from jobs.declaring import Unrunnable
from jobs.models import Job, JobEvent, State, from_now
from jobs.outcomes import Cancelled, HandedBack, LeaseLost, Wait

logger = logging.getLogger(__name__)

PROGRESS_SECONDS = 1.0
LOGS_PER_JOB = 2000
# In one statement: a line of a run that still holds its job, as `held` has it.
APPEND = """
    INSERT INTO jobs_jobevent (job_id, kind, level, message, fence)
    SELECT id, %s, %s, %s, fence FROM jobs_job WHERE id = %s AND fence = %s AND state = %s
"""


class Run:
    """A job in the hands of its task: progress, log, and transactions that only the holder of the lease can commit."""

    def __init__(self, job: Job, stopping: threading.Event | None = None, seconds: float | None = None) -> None:
        self.job = job
        self._until = time.monotonic() + (table.queues()[job.queue].timeout if seconds is None else seconds)
        self.stopping = stopping or threading.Event()
        self.gone = threading.Event()  # the lease is lost, or the job was ended for it: its child process is killed
        self.partial_result: dict[str, Any] | None = None
        self._pending: dict[str, Any] = {}
        self._written_at = 0.0
        # How many lines the log has; asked of the database when an earlier run may have written some.
        self._logs = 0 if job.fence <= 1 else -1

    @property
    def id(self) -> str:
        return str(self.job.pk)

    @property
    def fence(self) -> int:
        return self.job.fence

    @property
    def folder(self) -> Path:
        """A folder for files of this run alone, made when it is asked for and gone when the run has ended."""
        return workdirs.make(self.id, self.fence)

    def remaining(self) -> float:
        """Seconds left until the job's deadline, below 0 past it; pass it into every call outside."""
        return self._until - time.monotonic()

    def heed(self) -> None:
        """End here if somebody wants that, without telling any progress; raises what `checkpoint` raises."""
        row = held(self.job.pk, self.fence).only("cancel_requested_at").first()
        if row is None:
            raise LeaseLost(self.id)
        if row.cancel_requested_at or self.stopping.is_set():
            self.write_progress()
        if row.cancel_requested_at:
            raise Cancelled(self.id)
        if self.stopping.is_set():
            raise HandedBack(self.id)

    def checkpoint(
        self, step: str, percent: float, message: str = "", *, current_section: dict[str, Any] | None = None
    ) -> None:
        """Store the progress (about one write a second) and end here if somebody wants that.

        Raises Cancelled, HandedBack (the worker stops) or LeaseLost; nothing of the task may catch them.
        """
        self._pending = {
            "step": storable(step)[:200],
            "percentage": max(0, min(100, round(percent))),
            "message": storable(message)[:300],
            "current_section": current_section,
        }
        self.heed()
        if time.monotonic() - self._written_at >= PROGRESS_SECONDS:
            self.write_progress()

    def log(self, message: str, level: str = "info") -> None:
        """Append a line to the job's log (at most 2,000 a job); a run that lost its job appends nothing."""
        if self._logs < 0:
            self._logs = JobEvent.objects.filter(job=self.job, kind=JobEvent.Kind.LOG).count()
        self._logs += 1
        if self._logs > LOGS_PER_JOB:
            return
        if self._logs == LOGS_PER_JOB:
            message = "The log is full; what follows is not kept."
        line = [JobEvent.Kind.LOG.value, level, storable(message)[:1000]]
        with connections["default"].cursor() as cursor:
            cursor.execute(APPEND, [*line, self.id, self.fence, State.ACTIVE.value])

    @contextmanager
    def owned(self, *, saves_step: bool = True) -> Iterator[None]:
        """A transaction that starts with the fenced renewal: a run that lost its job can write nothing in it.

        With `saves_step` the job has got further: crashes before this do not count any more.
        """
        changes = self._take_pending()
        if changes:
            changes["progress_writes"] = F("progress_writes") + 1
        if saves_step:
            changes |= {"step_saved": True, "crashes": 0, "waiting_since": None}
        with transaction.atomic():
            if not held(self.job.pk, self.fence).update(lease_until=from_now(lease_seconds()), **changes):
                raise LeaseLost(self.id)
            if saves_step:
                self.job.waiting_since = None
            if "step" in changes:
                events.emit("progress", self.job)
            yield

    def write_progress(self) -> None:
        """Write the progress that is held back, if any."""
        pending = self._take_pending()
        if pending and held(self.job.pk, self.fence).update(progress_writes=F("progress_writes") + 1, **pending):
            events.emit("progress", self.job)

    def take_progress(self) -> dict[str, Any]:
        """The progress that is held back, as columns for whoever writes the job's end."""
        pending = self._take_pending()
        return pending | {"progress_writes": F("progress_writes") + 1} if pending else {}

    def _take_pending(self) -> dict[str, Any]:
        pending, self._pending = self._pending, {}
        if pending:
            self._written_at = time.monotonic()
        return pending


def run(job_id: str) -> None:
    """Run one job in this process, as the worker does: the only function that Redis may name."""
    work(job_id, worker="direct")


def work(job_id: str, *, worker: str, stopping: threading.Event | None = None) -> None:
    """Claim this job and carry it out."""
    drop_stale_connections()
    job = claim(job_id, worker)
    if job is None:
        logger.info("Nothing to do for %s: another delivery had it, or it has ended", job_id)
        return
    carry_out(Run(job, stopping))


@dataclass(frozen=True)
class Completed:
    """The task returned `result`; calling it writes that end."""

    job: Job
    result: dict[str, Any] | None

    def __call__(self) -> bool:
        return ending.complete(self.job, self.result)


def carry_out(this: Run, settle: Callable[[Run, Completed], object] | None = None) -> bool:
    """Call the task of a claimed job and write its end.

    With `settle` a completed job is handed over to it instead, and its end may not be written yet: False then.
    """
    drop_stale_connections()
    try:
        job = this.job
        logger.info("Processing job %s", job.pk, extra={"queue": job.queue, "attempt": job.attempt})
        faultpoint("job.claimed")
        finish = _call(this)
        faultpoint("job.ending")
        if settle and isinstance(finish, Completed):
            settle(this, finish)
            return False
        write_end(job, this.write_progress, finish)
        return True
    finally:
        workdirs.remove(this.id, this.fence)
        drop_stale_connections()


def write_end(job: Job, *writes: Callable[[], Any]) -> None:
    """Write how a job ends; an end that the database refuses is a failure of its own: another try would end the same.

    While the database is locked or away it is tried as long as a lease lasts; then its error is raised.
    """
    try:
        for write in writes:
            insist(write, lease_seconds())
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        logger.exception("The database refuses the end of %s", job.pk)
        why = type(error).__name__
        insist(lambda: ending.fail_unstorable(job, why), lease_seconds())


def _call(this: Run) -> Any:
    """Call the task; return what to do with the job, as a function that may be tried again."""
    job = this.job
    try:
        result = table.task(job.task)(this, job.payload)
    except Cancelled:
        return lambda: ending.cancelled(job, this.partial_result)
    except HandedBack:
        return lambda: ending.hand_back(job)
    except LeaseLost:
        logger.warning("Lost the lease of %s: nothing more is written", job.pk)
        return lambda: True
    except Wait as pause:
        reason, until = pause.reason, pause.until
        return lambda: ending.wait(job, reason, until)
    except RateLimited as error:
        reason, seconds = str(error), error.retry_after
        return lambda: ending.wait(job, reason, seconds)
    except Unrunnable as error:
        code, reason = type(error).__name__, str(error)
        give_up = ending.wait_for_newer_worker if error.may_be_newer else ending.fail
        return lambda: give_up(job, code, reason)
    except PermanentError as error:
        code, reason = type(error).__name__, str(error)
        return lambda: ending.fail(job, code, reason)
    except (TemporaryError, AmbiguousOutcome) as error:
        code, reason = type(error).__name__, str(error)
        stay_away = getattr(error, "retry_after", 0.0)
        return lambda: ending.try_again_or_fail(job, code, reason, at_least=stay_away)
    except Exception as error:
        if isinstance(error, Error) and not _database_answers():
            logger.warning("The database went away under job %s", job.pk, extra={"error": str(error)})
            return lambda: ending.wait(job, "the database did not answer", 1.0)
        logger.exception("Error in job %s", job.pk, extra={"user": str(job.user), "tenant": str(job.tenant)})
        code, reason = type(error).__name__, f"unexpected error, {type(error).__name__}: {error}"
        trace = traceback.format_exc(limit=-20)
        return lambda: ending.try_again_or_fail(job, code, reason, trace=trace)
    return Completed(job, result)


def insist(write: Callable[[], Any], seconds: float) -> Any:
    """Call `write` again and again while the database is locked or away, for `seconds` at most; returns its answer.

    For what must not be lost, outside of a transaction; `write` may come through twice.
    """
    until = time.monotonic() + seconds
    while True:
        try:
            return write()
        except (OperationalError, InterfaceError) as error:
            if time.monotonic() > until:
                raise
            logger.warning("The database does not answer; trying again", extra={"error": str(error)})
            time.sleep(0.5)
            drop_stale_connections()


def _database_answers() -> bool:
    """Whether this thread's connection outlived an error: what a task did wrong leaves it open."""
    return connections["default"].connection is not None and connections["default"].is_usable()


def drop_stale_connections() -> None:
    """Close this thread's database connections that broke or are too old, unless a transaction is open on them."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()


def lease_seconds() -> int:
    """How long a run holds its job without renewing it; that long its end is tried while the database is away."""
    return int(settings.JOB_LEASE_SECONDS)
