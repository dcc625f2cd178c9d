"""A folder of its own for the files of a run, gone after it however it ends: done, failed, cancelled or killed."""

import logging
import shutil
from pathlib import Path

from django.conf import settings

from jobs.claiming import held

logger = logging.getLogger(__name__)


def root() -> Path:
    """Where all these folders are."""
    return Path(settings.VAR_DIR) / "work"


def of(job_id: str, fence: int) -> Path:
    """The folder of a run; it may not be there."""
    return root() / f"{job_id}.{fence}"


def make(job_id: str, fence: int) -> Path:
    """The folder of a run, for nobody else's eyes."""
    folder = of(job_id, fence)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def remove(job_id: str, fence: int) -> None:
    """Remove the folder of a run that has ended."""
    shutil.rmtree(of(job_id, fence), ignore_errors=True)


def sweep() -> int:
    """Remove the folders of runs that are no more, such as those of a worker that was killed; returns how many."""
    gone = 0
    for folder in root().iterdir() if root().is_dir() else ():
        job_id, _dot, fence = folder.name.rpartition(".")
        if not fence.isdigit() or not held(job_id, int(fence)).exists():
            shutil.rmtree(folder, ignore_errors=True)
            gone += not folder.exists()
    if gone:
        logger.info("Removed %s folders of runs that are no more", gone)
    return gone
