"""The worker process: threads that run jobs, one loop that fetches ids, one watch that keeps leases.

It is rq's worker for django-rq's pages (registration, running jobs, heartbeat); what it does to a job is decided by
the database (jobs/running.py). Redis may go away for any time: running jobs end, and the worker waits for it.
"""

import json
import logging
import os
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import Error, connection
from redis.exceptions import RedisError
from rq.job import Job as RQJob
from rq.serializers import JSONSerializer
from rq.utils import now
from rq.worker import Worker as RQWorker
from rq.worker.base import WorkerStatus

from jobs import ending, presence, reconciling, table
from jobs.carrying import IdQueue, RefusedJob, RunnerJob
from jobs.claiming import renew
from jobs.models import Job
from jobs.running import Run, work

logger = logging.getLogger(__name__)

WATCH_SECONDS = 1.0
RENEW_SECONDS = 5.0
POP_SECONDS = 1
STUCK_SECONDS = 60


class Worker(RQWorker):
    """Runs the jobs of its queues in threads, each queue up to its concurrency, `WORKER_SLOTS` in all."""

    def __init__(self, queues: Any, *args: Any, **kwargs: Any) -> None:
        kwargs.update(
            serializer=JSONSerializer,
            job_class=RunnerJob,
            queue_class=IdQueue,
            worker_ttl=45,
            job_monitoring_interval=30,
        )
        kwargs["name"] = kwargs.get("name") or f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:6]}"
        self.runs: dict[str, Run] = {}
        self.busy: dict[str, int] = {}
        self.freed = threading.Condition()
        self.stopping = threading.Event()
        self.done = threading.Event()
        self.births = 0
        super().__init__(queues, *args, **kwargs)

    # -- the loop ---------------------------------------------------------------------------------

    def work(self, burst: bool = False, max_jobs: int | None = None, *args: Any, **kwargs: Any) -> bool:  # type: ignore[override]
        """Serve the queues until SIGTERM or SIGINT, with `burst` until they are empty; says whether a job was taken."""
        self._say_hello()
        self._install_signal_handlers()
        watch = threading.Thread(target=self._watch, name="watch", daemon=True)
        watch.start()
        slots = min(settings.WORKER_SLOTS, sum(table.concurrency(queue.name) for queue in self.queues))
        taken = 0
        with_threads = ThreadPoolExecutor(slots, thread_name_prefix="job")
        try:
            while not self.stopping.is_set():
                open_queues = self._queues_with_room(slots)
                if not open_queues:
                    self._wait_for_room()
                    continue
                popped = self._pop(open_queues)
                if popped:
                    taken += 1
                    self._count(popped[0], +1)
                    with_threads.submit(self._run, *popped)
                elif burst and not self.busy_count:
                    break
                if max_jobs and taken >= max_jobs:
                    break
        finally:
            self._finish(with_threads, watch)
        return bool(taken)

    def _say_hello(self) -> None:
        names = ", ".join(self.queue_names())
        presence.seen(self.name, "worker", self.queue_names())  # a database that cannot be opened now ends it here
        logger.info("Pressroom worker started", extra={"worker": self.name, "pid": os.getpid()})
        logger.info("Processing jobs from %s", names)
        self._appear()
        kwargs = self.connection.connection_pool.connection_kwargs
        where = kwargs.get("path") or f"{kwargs.get('host')}:{kwargs.get('port')}"
        logger.info("Connected to Redis at %s" if self.births else "Redis at %s does not answer yet", where)
        logger.info("Workers initialized and ready to process jobs")

    def _queues_with_room(self, slots: int) -> list[Any]:
        with self.freed:
            if sum(self.busy.values()) >= slots:
                return []
            return [q for q in self.queues if self.busy.get(q.name, 0) < table.concurrency(q.name)]

    def _wait_for_room(self) -> None:
        with self.freed:
            self.freed.wait(timeout=0.5)

    def _pop(self, queues: list[Any]) -> tuple[str, str] | None:
        """The next (queue name, job id), or None after a moment; survives a Redis that is away."""
        names = {queue.key.encode(): queue.name for queue in queues}
        try:
            popped: Any = self.connection.blpop([queue.key for queue in queues], timeout=POP_SECONDS)
        except RedisError as error:
            logger.warning("Redis does not answer; the worker waits for it", extra={"error": str(error)})
            self.stopping.wait(1.0)
            return None
        return (names[popped[0]], popped[1].decode()) if popped else None

    @property
    def busy_count(self) -> int:
        with self.freed:
            return sum(self.busy.values())

    def _count(self, queue: str, change: int) -> None:
        with self.freed:
            self.busy[queue] = self.busy.get(queue, 0) + change
            self.freed.notify_all()

    # -- one job, in a thread -----------------------------------------------------------------------

    def _run(self, queue: str, job_id: str) -> None:
        shown = None
        try:
            if job_id.startswith("tick-"):
                self._forget(job_id)
                reconciling.clocks.run_due()
                reconciling.push_due()
                return
            shown = self._show(job_id)
            work(job_id, worker=self.name, stopping=self.stopping, runs=self.runs)
        except RefusedJob as error:
            logger.error("Refused %s: it was not put into Redis by Pressroom", job_id, extra={"error": str(error)})
            self._forget(job_id)
        except Exception:
            logger.exception("The run of %s broke off; the reconciler returns it", job_id)
        finally:
            self._hide(queue, shown)
            self._count(queue, -1)

    def _show(self, job_id: str) -> tuple[RQJob, Any] | None:
        """Let django-rq's pages see the running job; raises RefusedJob for a forged one."""
        try:
            job = RunnerJob.fetch(job_id, connection=self.connection)
            _ = job.func
            execution = self.prepare_execution(job)
            self.prepare_job_execution(job)
            job.started_at = now()
            self.set_state(WorkerStatus.BUSY)
            return job, execution
        except RefusedJob:
            raise
        except Exception as error:  # rq's bookkeeping is for display only
            logger.debug("rq does not show %s: %s", job_id, error)
            return None

    def _hide(self, queue: str, shown: tuple[RQJob, Any] | None) -> None:
        if shown is None:
            return
        job, execution = shown
        try:
            with self.connection.pipeline() as pipeline:
                self.increment_successful_job_count(pipeline)
                self.increment_total_working_time(now() - (job.started_at or now()), pipeline)
                self.cleanup_execution(job, pipeline, execution)
                pipeline.delete(job.key)
                pipeline.execute()
            if self.busy_count <= 1:
                self.set_state(WorkerStatus.IDLE)
        except RedisError as error:
            logger.debug("rq still shows %s: %s", job.id, error)
        finally:
            self.executions.pop(execution.id, None)

    def _forget(self, job_id: str) -> None:
        try:
            self.connection.delete(f"rq:job:{job_id}")
        except RedisError:
            logger.debug("Redis is away")

    # -- the watch: leases, presence, reconciler ------------------------------------------------------

    def _watch(self) -> None:
        renewed = reconciled = 0.0
        while not self.done.wait(WATCH_SECONDS):
            tick = time.monotonic()
            try:
                if tick - renewed >= RENEW_SECONDS:
                    renewed = tick
                    self._renew()
                    presence.seen(self.name, "worker", self.queue_names())
                    self._appear()
                if not self.stopping.is_set():
                    if tick - reconciled >= reconciling.EVERY_SECONDS:
                        reconciled = tick
                        reconciling.reconcile(self.name)
                    else:
                        reconciling.push_due()
            except Error as error:
                logger.warning("The database does not answer; the worker goes on", extra={"error": str(error)})
                connection.close()
                # When it is back every lease has run out: all workers renew theirs before anyone returns jobs.
                renewed, reconciled = 0.0, tick
            except Exception:
                logger.exception("The watch of %s stumbled; it goes on", self.name)
            self._leave_when_stuck()
        connection.close()

    def _renew(self) -> None:
        runs = dict(self.runs)
        for job_id, stop in renew({job_id: run.fence for job_id, run in runs.items()}).items():
            if stop:
                runs[job_id].should_stop.set()

    def _appear(self) -> None:
        """Register with rq, again after Redis lost everything, and keep the running jobs shown."""
        try:
            if not self.connection.hexists(self.key, "birth"):
                self.connection.delete(self.key)
                self.register_birth()
                self.set_state(WorkerStatus.BUSY if self.busy_count else WorkerStatus.IDLE)
                self.births += 1
                if self.births == 1:
                    self.subscribe()
            self.heartbeat()
            for execution in list(self.executions.values()):
                self.maintain_heartbeats(execution.job, execution)
        except RedisError as error:
            logger.debug("Redis is away: %s", error)

    def _leave_when_stuck(self) -> None:
        overdue = [run for run in list(self.runs.values()) if run.remaining() < -STUCK_SECONDS]
        if overdue and not self.stopping.is_set():
            logger.error("%s is stuck past its deadline; the worker drains and ends", overdue[0].id)
            self.stopping.set()

    # -- the end --------------------------------------------------------------------------------------

    def _install_signal_handlers(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, _frame: Any) -> None:
        if self.stopping.is_set() and number == signal.SIGINT:
            os._exit(130)
        self.stopping.set()

    def request_stop(self, signum: Any, frame: Any) -> None:
        """Stop as on SIGTERM: also rq's shutdown command comes here."""
        self.stopping.set()

    def handle_payload(self, message: Any) -> None:
        """Obey the commands of django-rq's pages: stop a job, shut down. Stopping is cancelling in the ledger."""
        payload = json.loads(message["data"])
        if payload.get("command") == "stop-job":
            job = Job.objects.filter(pk=payload.get("job_id")).first()
            if job:
                ending.request_cancel(job, by="the django-rq page")
            connection.close()
        elif payload.get("command") == "shutdown":
            self.stopping.set()

    def _finish(self, pool: ThreadPoolExecutor, watch: threading.Thread) -> None:
        """Take nothing more, let runs end or go back within the grace time, and leave."""
        logger.info("Worker %s stops; %s jobs in hand", self.name, self.busy_count)
        until = time.monotonic() + settings.WORKER_GRACE_SECONDS
        while self.busy_count and time.monotonic() < until:
            with self.freed:
                self.freed.wait(timeout=0.2)
        left = dict(self.runs)
        connection.close()  # this thread's is as old as the worker; the server may have been restarted since
        try:
            for run in left.values():
                ending.hand_back(run.job)
            presence.gone(self.name)
        except Error as error:
            logger.warning("The database does not answer; leases run out by themselves", extra={"error": str(error)})
        self.done.set()
        pool.shutdown(wait=not left, cancel_futures=True)
        watch.join(timeout=2)
        try:
            self.register_death()
            self.unsubscribe()
        except RedisError:
            logger.debug("Redis is away")
        logger.info("Worker %s ended", self.name)
        if left:
            logging.shutdown()
            os._exit(0)
