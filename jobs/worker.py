"""The worker process: one loop that claims jobs for free slots, threads and child processes that run them.

It is rq's worker for django-rq's pages; what it does to a job is decided by the database. Beside the loop, the listener
waits at Redis for word of new jobs and the keeper renews leases in the database. They, and runs that end, put letters
into the loop's mailbox; only the loop decides.
"""

import ctypes
import json
import logging
import os
import queue
import signal
import socket
import threading
import time
from contextlib import suppress
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import Error, connection, connections
from redis.exceptions import RedisError
from rq.serializers import JSONSerializer
from rq.worker import Worker as RQWorker
from rq.worker.base import WorkerStatus

from config.faultpoints import faultpoint
from jobs import children, claiming, ending, limits, presence, reconciling, steering, table
from jobs.carrying import IdQueue, RunnerJob
from jobs.keeping import Keeper
from jobs.listening import Listener
from jobs.models import Job
from jobs.running import Completed, Run, carry_out
from jobs.serving import Serving
from jobs.settling import settle
from jobs.showing import Showcase
from jobs.threads import Threads

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
THREADS_BESIDE = 2  # the loop and the keeper, each with a database connection


class Worker(RQWorker):
    """Runs the jobs of its queues, each queue up to its concurrency, `WORKER_SLOTS` in all."""

    def __init__(self, queues: Any, *args: Any, **kwargs: Any) -> None:
        kwargs.update(serializer=JSONSerializer, job_class=RunnerJob, queue_class=IdQueue, worker_ttl=45)
        kwargs["name"] = kwargs.get("name") or f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:6]}"
        self.runs: set[Run] = set()  # a job twice, when its lease was lost and it came back
        self.stopping = threading.Event()
        self.mail: queue.SimpleQueue[tuple[str, str, Any]] = queue.SimpleQueue()
        self.look_at = 0.0
        super().__init__(queues, *args, **kwargs)
        names = self.queue_names()
        self.serving = Serving(names, settings.WORKER_SLOTS)
        self.threads = Threads(connections.close_all)
        self.showcase = Showcase(self)
        self.listener = Listener(self.name, self.connection, self._heard, self._appear)
        self.keeper = Keeper(
            self.name, names, self.runs, stopping=self.stopping, facts=self.facts, stuck=self._leave_stuck
        )

    # -- the loop -----------------------------------------------------------------------------------

    def work(self, burst: bool = False, max_jobs: int | None = None, *args: Any, **kwargs: Any) -> bool:  # type: ignore[override]
        """Serve the queues until SIGTERM or SIGINT, with `burst` until they are empty; says whether a job was taken."""
        self._begin()
        taken = 0
        try:
            while not self.stopping.is_set():
                try:
                    self._look()
                    taken += self._fill(max_jobs - taken if max_jobs else None)
                except Error as error:
                    logger.warning("The database does not answer; the worker waits", extra={"error": str(error)})
                    connection.close()
                    self.stopping.wait(LOOK_SECONDS)
                poke = self.listener.listen_to(self.serving.to_hear())
                self.showcase.tell(self.serving.to_wake(), poke)
                if self._is_over(burst, max_jobs, taken):
                    break
                self._read_mail(self._rest())
        finally:
            self._finish()
        return bool(taken)

    def _begin(self) -> None:
        share_arenas()
        presence.seen(self.name, "worker", self.queue_names())  # a database that cannot be opened now ends it here
        limits.ensure(self.queue_names())
        self._install_signal_handlers()
        logger.info("Pressroom worker started", extra={"worker": self.name, "pid": os.getpid()})
        logger.info("Processing jobs from %s", ", ".join(self.queue_names()))
        self.keeper.start()
        self.listener.start()
        until = time.monotonic() + 1.0
        while not self.listener.connected and time.monotonic() < until:
            time.sleep(0.01)
        kwargs = self.connection.connection_pool.connection_kwargs
        where = kwargs.get("path") or f"{kwargs.get('host')}:{kwargs.get('port')}"
        known = self.listener.connected
        logger.info("Connected to Redis at %s" if known else "Redis at %s does not answer yet", where)
        logger.info("Workers initialized and ready to process jobs")

    def _look(self) -> None:
        """See in the database which queues have something to start: word may be lost, and delayed jobs come due."""
        if time.monotonic() < min(self.look_at, self.serving.due_at):
            return
        self.look_at = time.monotonic() + LOOK_SECONDS
        outlook = limits.look(self.queue_names())
        if outlook.due_in <= 0:
            reconciling.release_due()
            outlook = limits.look(self.queue_names())
        self.serving.see(outlook)

    def _rest(self) -> float:
        """Seconds until there is something to do without a letter."""
        if not self.listener.connected:
            return LOOK_SECONDS
        return self.serving.rest(self.look_at)

    def _heard(self, name: str) -> None:
        self.mail.put(("heard", name, None))

    def _fill(self, most: int | None) -> int:
        """Claim jobs for all free slots and start them; returns how many. Nothing is started while Redis is away."""
        started = 0
        while self.listener.connected and not self.stopping.is_set() and (most is None or started < most):
            name, room = self.serving.next_queue()
            if not room:
                break
            if most is not None:
                room = min(room, most - started)
            taken = claiming.claim_next(name, room, self.name)
            self.serving.served(name, asked=room, got=len(taken.jobs), again_in=taken.again_in)
            if not taken.jobs and taken.again_in is None:
                self.look_at = 0.0  # nothing to start yet: word came of a delayed job
            for job in taken.jobs:
                self._start(job)
            started += len(taken.jobs)
        return started

    def _start(self, job: Job) -> None:
        faultpoint("job.taken")
        run = Run(job, self.stopping)
        self.runs.add(run)
        self.showcase.began(job)
        try:
            self.threads.start(self._run, run)
        except RuntimeError:  # no more threads are to be had
            logger.exception("%s cannot be started; its lease runs out and another worker takes it", job.pk)
            self._ended(run)

    def _run(self, run: Run) -> None:
        """In a thread: carry out one job, here or in a child process."""
        is_over = True
        try:
            if table.queues()[run.job.queue].in_child:
                children.run_beside(run)
            else:
                is_over = carry_out(run, self._completed)
        except Exception:
            logger.exception("The run of %s broke off; the reconciler returns it", run.id)
        finally:
            if is_over:
                self._ended(run)

    def _completed(self, run: Run, end: Completed) -> None:
        self.mail.put(("completed", run.job.queue, (run, end)))

    def _ended(self, run: Run) -> None:
        self.mail.put(("ended", run.job.queue, run))

    def _read_mail(self, seconds: float) -> None:
        """Wait for a letter, then read all there are; the ends of jobs that completed are written together."""
        completed: list[tuple[Run, Completed]] = []
        ended: list[Run] = []
        with suppress(queue.Empty):
            letter = self.mail.get(timeout=seconds)
            while True:
                what, name, of = letter
                if what == "completed":
                    completed.append(of)
                elif what == "ended":
                    ended.append(of)
                elif what == "heard" and name:
                    self.serving.heard(name)
                elif what == "heard":
                    self.look_at = 0.0  # Redis is back: whatever came while nobody listened
                letter = self.mail.get_nowait()
        if completed:
            settle(completed)
        for run in ended + [run for run, _end in completed]:
            self.runs.discard(run)
            self.serving.freed(run.job.queue)
            self.showcase.ended(run.id)

    def _is_over(self, burst: bool, max_jobs: int | None, taken: int) -> bool:
        if max_jobs and taken >= max_jobs:
            return True
        return burst and not self.runs and self.listener.connected and not self.serving.has_work

    def facts(self) -> dict[str, Any]:
        """What `manage.py queues` shows of this worker."""
        return {
            "busy": len(self.runs),
            "slots": self.serving.slots,
            "threads": self.threads.count,
            "children": children_of(self.runs),
            "connections": self.threads.count + children_of(self.runs) + THREADS_BESIDE + self.keeper.is_tidying,
            "memoryMb": _memory_mb(),
            "connected": self.listener.connected,
        }

    # -- what others see and ask ----------------------------------------------------------------------

    def _appear(self) -> None:
        """Register with rq, again after Redis lost everything, and keep what runs shown; raises RedisError."""
        if not self.connection.hexists(self.key, "birth"):
            self.connection.delete(self.key)
            self.register_birth()
            self.set_state(WorkerStatus.BUSY if self.runs else WorkerStatus.IDLE)
        if self.pubsub_thread is None or not self.pubsub_thread.is_alive():
            self.subscribe()  # at first, and again when Redis was away for too long for it
        self.showcase.beat()

    def _install_signal_handlers(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, _frame: Any) -> None:
        if self.stopping.is_set() and number == signal.SIGINT:
            os._exit(130)
        self._stop()

    def _stop(self) -> None:
        self.stopping.set()
        self.mail.put(("stop", "", None))

    def _leave_stuck(self, run: Run) -> None:
        if not self.stopping.is_set():
            logger.error("%s is stuck past its deadline; the worker drains and ends", run.id)
            self._stop()

    def request_stop(self, signum: Any, frame: Any) -> None:
        """Stop as on SIGTERM: also rq's shutdown command comes here."""
        self._stop()

    def handle_payload(self, message: Any) -> None:
        """Obey the commands of django-rq's pages: stop a job, shut down. Stopping is cancelling in the ledger.

        Nothing that comes here may end the thread that listens.
        """
        try:
            self._obey(json.loads(message["data"]))
        except Exception:
            logger.exception("A command to %s cannot be obeyed; it is passed over", self.name)
        finally:
            connection.close()

    def _obey(self, payload: dict[str, Any]) -> None:
        if payload.get("command") == "stop-job":
            job = Job.objects.filter(pk=payload.get("job_id")).first()
            if job:
                steering.stop_from_rq(job)
        elif payload.get("command") == "shutdown":
            self._stop()

    # -- the end --------------------------------------------------------------------------------------

    def _finish(self) -> None:
        """Take nothing more, let runs end or go back within the grace time, and leave."""
        self.stopping.set()
        logger.info("Worker %s stops; %s jobs in hand", self.name, len(self.runs))
        until = time.monotonic() + settings.WORKER_GRACE_SECONDS
        while self.runs and time.monotonic() < until:
            self._read_mail(0.2)
        left = list(self.runs)
        connection.close()  # this thread's is as old as the worker; the server may have been restarted since
        try:
            for run in left:
                ending.hand_back(run.job)
                run.gone.set()
            presence.gone(self.name)
        except Error as error:
            logger.warning("The database does not answer; leases run out by themselves", extra={"error": str(error)})
        self.keeper.done.set()
        self.listener.done.set()
        self.showcase.tell(self.serving.hungry, None)  # others shall hear the word that came to this one
        all_ended = self.threads.close(seconds=2.0)
        self.keeper.join(timeout=2.0)
        try:
            self.register_death()
            self.unsubscribe()
        except RedisError:
            logger.debug("Redis is away")
        logger.info("Worker %s ended", self.name)
        if left or not all_ended:
            logging.shutdown()
            os._exit(0)


def share_arenas() -> None:
    """Let the threads share two arenas of malloc instead of keeping one each (M_ARENA_MAX), where there are some."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").mallopt(-8, 2)


def children_of(runs: set[Run]) -> int:
    """How many of the runs are in a child process, which has a database connection of its own."""
    return sum(table.queues()[run.job.queue].in_child for run in list(runs))


def _memory_mb() -> int:
    """The resident memory of this process, in MB; 0 where it cannot be told (Linux only)."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 2**20
    except OSError:
        return 0
