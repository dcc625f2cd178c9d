"""The runner: claims a job, calls its task, and writes how it ended. Redis can name no other function."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import Error, InterfaceError, OperationalError, connections, transaction
from django.utils import timezone

from config.faultpoints import faultpoint
from config.logs import hide_secrets
from integrations.errors import AmbiguousOutcome, PermanentError, RateLimited, TemporaryError
from jobs import ending, table
from jobs.claiming import claim, from_now, held
from jobs.models import Job, JobEvent
from jobs.outcomes import Cancelled, HandedBack, LeaseLost, Wait

logger = logging.getLogger(__name__)

PROGRESS_SECONDS = 1.0
LOGS_PER_RUN = 2000


def task(function: Any) -> Any:
    """Mark a function as a task: `def generate(job, *, batch_id)`. Its queue and limits stand in config/queues.py."""
    function.is_task = True
    return function


class Run:
    """A job in the hands of its task: progress, log, and transactions that only the holder of the lease can commit."""

    def __init__(self, job: Job, stopping: threading.Event | None = None) -> None:
        self.job = job
        self.stopping = stopping or threading.Event()
        self.should_stop = threading.Event()
        self.partial_result: dict[str, Any] | None = None
        self._pending: dict[str, Any] = {}
        self._written_at = 0.0
        self._logs = 0

    @property
    def id(self) -> str:
        return str(self.job.pk)

    @property
    def fence(self) -> int:
        return self.job.fence

    def remaining(self) -> float:
        """Seconds left until the job's deadline, below 0 past it; pass it into every call outside."""
        assert self.job.deadline_at
        return (self.job.deadline_at - timezone.now()).total_seconds()

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
            "step": step[:200],
            "percentage": max(0, min(100, round(percent))),
            "message": message[:300],
            "current_section": current_section,
        }
        self.heed()
        if time.monotonic() - self._written_at >= PROGRESS_SECONDS:
            self.write_progress()

    def log(self, message: str, level: str = "info") -> None:
        """Append a line to the job's log (at most 2,000 a run)."""
        self._logs += 1
        if self._logs > LOGS_PER_RUN:
            return
        if self._logs == LOGS_PER_RUN:
            message = "The log is full; what follows is not kept."
        JobEvent.objects.create(
            job=self.job, kind=JobEvent.Kind.LOG, level=level, fence=self.fence, message=hide_secrets(message)[:1000]
        )

    @contextmanager
    def owned(self, *, saves_step: bool = True) -> Iterator[None]:
        """A transaction that starts with the fenced renewal: a run that lost its job can write nothing in it.

        With `saves_step` the job has got further: crashes before this do not count any more.
        """
        saved = {"step_saved": True, "crashes": 0, "waiting_since": None} if saves_step else {}
        with transaction.atomic():
            renewed = held(self.job.pk, self.fence).update(
                lease_until=from_now(_lease()), **saved, **self._take_pending()
            )
            if not renewed:
                raise LeaseLost(self.id)
            if saves_step:
                self.job.waiting_since = None
            yield

    def write_progress(self) -> None:
        """Write the progress that is held back, if any."""
        if pending := self._take_pending():
            held(self.job.pk, self.fence).update(**pending)

    def _take_pending(self) -> dict[str, Any]:
        pending, self._pending = self._pending, {}
        if pending:
            self._written_at = time.monotonic()
        return pending


def run(job_id: str) -> None:
    """Run one job in this process, as the worker does: the only function that Redis may name."""
    work(job_id, worker="direct")


def work(
    job_id: str, *, worker: str, stopping: threading.Event | None = None, runs: dict[str, Run] | None = None
) -> None:
    """Claim a job, call its task and write its end. `runs` shows the worker's other threads what is in hand."""
    drop_stale_connections()
    this = None
    try:
        job = claim(job_id, worker)
        if job is None:
            logger.info("Nothing to do for %s: another delivery had it, or it has ended", job_id)
            return
        this = Run(job, stopping)
        if runs is not None:
            runs[job_id] = this
        logger.info("Processing job %s", job_id, extra={"queue": job.queue, "attempt": job.attempt})
        faultpoint("job.claimed")
        finish = _call(this)
        faultpoint("job.ending")
        _settle(this, finish)
    finally:
        if runs is not None and runs.get(job_id) is this:
            runs.pop(job_id, None)
        drop_stale_connections()


def _call(this: Run) -> Any:
    """Call the task; return what to do with the job, as a function that may be tried again."""
    job = this.job
    try:
        result = table.function(job.task)(this, **job.payload)
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
        reason, until = str(error), timezone.now() + timedelta(seconds=error.retry_after)
        return lambda: ending.wait(job, reason, until)
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
            return lambda: ending.wait(job, "the database did not answer", timezone.now() + timedelta(seconds=1))
        logger.exception("Error in job %s", job.pk, extra={"user": str(job.user), "tenant": str(job.tenant)})
        code, reason = type(error).__name__, f"unexpected error, {type(error).__name__}: {error}"
        return lambda: ending.try_again_or_fail(job, code, reason)
    return lambda: ending.complete(job, result)


def _settle(this: Run, finish: Any) -> None:
    """Write the end; while the database is locked or away, try until the lease runs out."""
    insist(this.write_progress, _lease())
    insist(finish, _lease())


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


def _lease() -> int:
    return int(settings.JOB_LEASE_SECONDS)
