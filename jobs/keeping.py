"""The keeper of a worker: renews leases, says that the worker is there, puts right what others left.

It talks to the database; Redis may hang without holding it up, and what may take a while has a thread of its own.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import Error, connection

from jobs import presence, reconciling
from jobs.claiming import held_fences, renew
from jobs.running import Run

logger = logging.getLogger(__name__)

WATCH_SECONDS = 1.0
RENEW_SECONDS = 5.0  # a quarter of the lease where that is less
STUCK_SECONDS = 60


class Keeper(threading.Thread):
    """Keeps the runs in `runs` until `done`; `stuck` is called with a run far past its deadline."""

    def __init__(
        self,
        name: str,
        queues: list[str],
        runs: set[Run],
        *,
        stopping: threading.Event,
        facts: Callable[[], dict[str, Any]],
        stuck: Callable[[Run], object],
    ) -> None:
        super().__init__(name="keeper", daemon=True)
        self.worker, self.queues, self.runs = name, queues, runs
        self.stopping, self.facts, self.stuck = stopping, facts, stuck
        self.done = threading.Event()
        self._renewed = self._reconciled = 0.0
        self._tidier = threading.Thread(target=self._tidy)

    @property
    def is_tidying(self) -> bool:
        """Whether the thread that tidies up runs; it has a database connection of its own."""
        return self._tidier.is_alive()

    def run(self) -> None:
        while not self.done.wait(WATCH_SECONDS):
            try:
                self._keep(time.monotonic())
            except Error as error:
                logger.warning("The database does not answer; the worker goes on", extra={"error": str(error)})
                connection.close()
                # When it is back every lease has run out: all workers renew theirs before anyone returns jobs.
                self._renewed, self._reconciled = 0.0, time.monotonic()
            except Exception:
                logger.exception("The keeper of %s stumbled; it goes on", self.worker)
            for run in list(self.runs):
                if run.remaining() < -STUCK_SECONDS:
                    self.stuck(run)
        connection.close()

    def _tidy(self) -> None:
        """In a thread of its own, which ends with it."""
        try:
            reconciling.tidy(self.worker)
        except Error as error:
            logger.warning("The database does not answer; tidying up waits", extra={"error": str(error)})
        except Exception:
            logger.exception("Tidying up stumbled; it is tried again")
        finally:
            connection.close()

    def _keep(self, tick: float) -> None:
        if tick - self._renewed >= min(RENEW_SECONDS, settings.JOB_LEASE_SECONDS / 4):
            self._renewed = tick
            renew({run.id for run in list(self.runs)}, self.worker)
            presence.seen(self.worker, "worker", self.queues, self.facts())
        if runs := list(self.runs):
            reconciling.end_overdue([run.id for run in runs])
            held = held_fences({run.id for run in runs})
            for run in runs:
                if held.get(run.id) != run.fence:
                    run.gone.set()
        if not self.stopping.is_set() and tick - self._reconciled >= reconciling.EVERY_SECONDS:
            self._reconciled = tick
            if reconciling.reconcile(self.worker) and not self.is_tidying:
                self._tidier = threading.Thread(target=self._tidy, name="tidier", daemon=True)
                self._tidier.start()
