"""Writing the ends of many jobs at once: what a worker's threads finished meanwhile shares one transaction.

A commit for each job would be most of the engine's cost, and SQLite's writers would wait for each other. Only completed
jobs come here; what failed, waits or was cancelled is written by its own thread.
"""

import logging

from jobs import ending
from jobs.running import Completed, Run, insist, lease_seconds, write_end

logger = logging.getLogger(__name__)


def settle(runs: list[tuple[Run, Completed]]) -> None:
    """Write the ends of these runs in one transaction; where that fails, one by one: none keeps another from its end.

    While the database is locked or away this tries as long as a lease lasts. What cannot be written then is logged, and
    the reconciler returns the job.
    """
    ends = [ending.End(run.job, end.result, run.take_progress()) for run, end in runs]
    try:
        insist(lambda: ending.complete_all(ends), lease_seconds())
    except Exception as error:
        logger.warning("%s ends are written one by one", len(ends), extra={"error": str(error)})
        for end in ends:
            _settle_alone(end)


def _settle_alone(end: ending.End) -> None:
    try:
        write_end(end.job, lambda: ending.complete(end.job, end.result, **end.progress))
    except Exception:
        logger.exception("The end of %s cannot be written; the reconciler returns it", end.job.pk)
