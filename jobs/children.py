"""Jobs that need a processor: each in a child process of its own, with limits of time and memory.

The worker's thread waits beside it. The child calls the task and writes its end itself; the worker renews its lease,
passes SIGTERM on, kills it when the job is not its own any more, and notes it as crashed when it dies before its end.
"""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from typing import Any

from django.conf import settings

from config.faultpoints import faultpoint
from jobs import ending, table, workdirs
from jobs.claiming import held
from jobs.models import Job
from jobs.running import Run, carry_out, drop_stale_connections, insist

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.1
MEMORY_MB = 1024 * 1024


def run_beside(this: Run) -> None:
    """Start the child of a claimed job and wait for its end."""
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "runchild", this.id, str(this.fence)]
    child = subprocess.Popen(  # noqa: S603  (our own command line)
        [*command, f"{this.remaining():.0f}"], stdin=subprocess.DEVNULL, start_new_session=True
    )
    told = False
    try:
        while child.poll() is None:
            if this.gone.is_set():
                _kill(child)
            elif this.stopping.is_set() and not told:
                told = True
                child.terminate()
            time.sleep(LOOK_SECONDS)
    finally:
        if child.poll() is None:
            _kill(child)
        workdirs.remove(this.id, this.fence)
    if child.returncode and not this.gone.is_set():
        _note_crash(this, child.returncode)


def be_child(job_id: str, fence: int, seconds: float) -> bool:
    """Carry out a job that the parent process has claimed; False when it is not to be had any more."""
    parent = os.getppid()
    job = held(job_id, fence).select_related("tenant", "user").first()
    if job is None:
        return False
    _limit_memory(table.queues()[job.queue].memory_mb)
    this = Run(job, threading.Event(), seconds)
    signal.signal(signal.SIGTERM, lambda *_signal: this.stopping.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_die_with, args=(parent,), daemon=True).start()
    faultpoint("child.started")
    carry_out(this)
    return True


def _die_with(parent: int) -> None:
    """End this process as soon as the worker is gone: its job is another one's then."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def _limit_memory(megabytes: int) -> None:
    try:
        import resource
    except ImportError:  # not on Windows
        return
    limit = megabytes * MEMORY_MB
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _kill(child: "subprocess.Popen[Any]") -> None:
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        logger.debug("The child %s has ended already", child.pid)
    child.wait()


def _note_crash(this: Run, code: int) -> None:
    """The child ended without writing the job's end."""
    how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
    if code == -signal.SIGKILL:
        how += " (out of memory?)"
    drop_stale_connections()
    job: Any = insist(lambda: held(this.id, this.fence).select_related("tenant", "user").first(), 10)
    if isinstance(job, Job):
        insist(lambda: ending.lost(job, f"The process of the job {how}", delayed=True), 10)
