"""rq-scheduler as a wake-up call: it keeps one tick for each clock and rings the clocks when one is due.

The schedule itself is in the database (jobs/clocks.py); a tick that comes twice, late or never harms nothing.
"""

import logging
import os
import signal
import socket
import time
from typing import Any

from django.db import Error as DatabaseError
from django.db import connection as database
from django_rq.queues import DjangoScheduler
from redis.exceptions import RedisError
from rq.exceptions import NoSuchJobError

from config.schedule import CLOCKS
from jobs import alerts, clocks, leases, presence
from jobs.carrying import RUNNER, IdQueue, RunnerJob, take_out

logger = logging.getLogger(__name__)

ALERT_SECONDS = 60


class Ticker(DjangoScheduler):
    """The scheduler of `manage.py rqscheduler`."""

    queue_class = IdQueue
    job_class = RunnerJob

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.process_name = f"{socket.gethostname()}-{os.getpid()}-scheduler"

    def run(self, burst: bool = False) -> None:
        """Tick until SIGTERM or SIGINT; a Redis that is away ends nothing."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        presence.seen(self.process_name, "scheduler", [])  # a database that cannot be opened now ends it here
        logger.info("Pressroom scheduler started", extra={"clocks": [clock.name for clock in CLOCKS]})
        try:
            while True:
                self._look_around()
                try:
                    if not self.connection.exists(self.key):
                        self.register_birth()
                    if self.acquire_lock():
                        self.enqueue_jobs()
                        self.remove_lock()
                    self.heartbeat()
                except RedisError as error:
                    logger.warning("Redis does not answer; the scheduler waits for it", extra={"error": str(error)})
                if burst:
                    break
                time.sleep(self._interval)
        finally:
            self._leave()

    def enqueue_jobs(self) -> Any:
        """Register missing or changed ticks (also after Redis lost everything), then push those that are due."""
        for clock in CLOCKS:
            tick = f"tick-{clock.name}"
            if tick not in self or self._cron_of(tick) != clock.cron:
                self.cron(clock.cron, RUNNER, args=[tick], id=tick, queue_name="maintenance", use_local_timezone=True)
        ticks = super().enqueue_jobs()
        if due := [job.id for job in ticks]:
            # rq-scheduler has put them into the queue, where no worker would know what to do with them.
            take_out("maintenance", due)
            clocks.run_due()
        return ticks

    def _cron_of(self, tick: str) -> str | None:
        try:
            return RunnerJob.fetch(tick, connection=self.connection).meta.get("cron_string")
        except NoSuchJobError:
            return None

    def _look_around(self) -> None:
        """Say that the scheduler is there, and look after what no worker can tell: that there is none."""
        try:
            presence.seen(self.process_name, "scheduler", [])
            if leases.take("alerts", self.process_name, ALERT_SECONDS, renew=False):
                alerts.look()
        except DatabaseError as error:
            logger.warning("The database does not answer", extra={"error": str(error)})
            database.close()

    def _stop(self, *_signal: Any) -> None:
        raise SystemExit(0)

    def _leave(self) -> None:
        try:
            self.remove_lock()
            self.register_death()
            presence.gone(self.process_name)
        except (RedisError, DatabaseError):
            logger.debug("Redis or the database is away")
