"""Events of jobs for our own code to hook on: completed, failed, error, progress. Plain functions, no signals.

The functions stand in config/hooks.py (JOB_EVENTS). How often each happened is in the metrics (jobs/counting.py).
"""

import logging

from django.db import transaction
from django.utils.module_loading import import_string

from config.hooks import JOB_EVENTS
from jobs.models import Job

logger = logging.getLogger(__name__)


def emit(name: str, job: Job) -> None:
    """Call the functions of an event with the job, once the open transaction has committed; their errors are logged."""
    for path in JOB_EVENTS[name]:
        transaction.on_commit(lambda path=path: _call(path, name, job))  # type: ignore[misc]


def _call(path: str, name: str, job: Job) -> None:
    try:
        import_string(path)(job)
    except Exception:
        logger.exception("The hook %s stumbled over the event %s of %s", path, name, job.pk)
