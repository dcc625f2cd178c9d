"""Housekeeping of several rooms. Queue and limits stand in config/queues.py."""

from desk import housekeeping
from jobs.declaring import task
from jobs.running import Run


@task
def clean_up(run: Run) -> dict[str, object]:
    """The nightly clean-up."""
    return housekeeping.clean_up(run)
