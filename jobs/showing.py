"""Letting rq and django-rq's pages see what this worker does: running jobs, counts, state. For display only.

One round trip carries all that began and ended since the last one. A Redis that is away is left alone for a while.
"""

import logging
import time
from typing import Any

from redis.exceptions import RedisError
from rq.executions import Execution
from rq.job import JobStatus
from rq.utils import now
from rq.worker.base import WorkerStatus

from jobs import carrying
from jobs.carrying import RunnerJob
from jobs.models import Job

logger = logging.getLogger(__name__)

# How long rq shows a job whose worker went silent.
SHOWN_SECONDS = 30
AWAY_SECONDS = 5.0


class Showcase:
    """What rq's pages know of one worker. The worker calls all methods but `beat`, which its listener calls."""

    def __init__(self, worker: Any) -> None:
        self.worker = worker
        self._begun: list[Job] = []
        self._ended: list[str] = []
        self._shown: dict[str, tuple[RunnerJob, Execution]] = {}
        self._away_until = 0.0

    def began(self, job: Job) -> None:
        """A job was started; shown at the next `tell`."""
        self._begun.append(job)

    def ended(self, job_id: str) -> None:
        """A run is over; shown at the next `tell`."""
        self._ended.append(job_id)

    def tell(self, wake: set[str], poke: str | None) -> None:
        """Send what is new, wake the workers of the queues in `wake`, push to the list `poke`, in one round trip."""
        begun, ended = self._begun, self._ended
        if not (begun or ended or wake or poke):
            return
        self._begun, self._ended = [], []
        if time.monotonic() < self._away_until:
            for job_id in ended:
                self._forget(job_id)
            return
        try:
            with carrying.client().pipeline(transaction=False) as pipeline:
                for job in begun:
                    self._show(job, pipeline)
                for job_id in ended:
                    self._hide(job_id, pipeline)
                state = WorkerStatus.BUSY if self._shown else WorkerStatus.IDLE
                if self.worker.get_state() != state:
                    self.worker.set_state(state, pipeline=pipeline)
                carrying.add_wakes(pipeline, wake)
                if poke:
                    pipeline.lpush(poke, 1)
                    pipeline.expire(poke, SHOWN_SECONDS)
                pipeline.execute()
        except RedisError as error:
            self._away_until = time.monotonic() + AWAY_SECONDS
            logger.debug("Redis does not show what runs: %s", error)

    def beat(self) -> None:
        """Keep what runs shown; raises RedisError."""
        with carrying.client().pipeline(transaction=False) as pipeline:
            self.worker.heartbeat(pipeline=pipeline)
            for job, execution in list(self._shown.values()):
                execution.heartbeat(job.started_job_registry, SHOWN_SECONDS, pipeline)
            pipeline.execute()

    def _show(self, job: Job, pipeline: Any) -> None:
        shown = carrying.rq_job(job, JobStatus.STARTED)
        shown.worker_name = self.worker.name
        shown.started_at = now()
        shown.save(pipeline=pipeline)
        pipeline.lrem(f"rq:queue:{job.queue}", 1, job.pk)
        execution = Execution.create(shown, SHOWN_SECONDS, pipeline, worker_name=self.worker.name)
        self.worker.executions[execution.id] = execution
        self._shown[job.pk] = (shown, execution)

    def _hide(self, job_id: str, pipeline: Any) -> None:
        if found := self._forget(job_id):
            job, execution = found
            self.worker.increment_successful_job_count(pipeline)
            self.worker.increment_total_working_time(now() - (job.started_at or now()), pipeline)
            execution.delete(job=job, pipeline=pipeline)
            pipeline.delete(job.key)

    def _forget(self, job_id: str) -> tuple[RunnerJob, Execution] | None:
        found = self._shown.pop(job_id, None)
        if found:
            self.worker.executions.pop(found[1].id, None)
        return found
