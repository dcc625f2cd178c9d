"""Tasks for child processes: they say which process they are, then work, wait or misbehave."""

import os
import signal
import time
from pathlib import Path

from django.conf import settings

from jobs.declaring import Payload, task
from jobs.running import Run


class Work(Payload):
    """What to do for how long: "", "check" (at checkpoints), "sleep" (without), "die", "eat" memory."""

    do: str = ""
    seconds: float = 0.0


@task
def crunch(run: Run, work: Work) -> dict[str, int]:
    """Do it."""
    Path(settings.VAR_DIR, f"pid-{run.id}").write_text(str(os.getpid()))
    until = time.monotonic() + work.seconds
    match work.do:
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
        case "eat":
            return {"bytes": len(bytearray(2**30))}
        case "sleep":
            time.sleep(work.seconds)
        case "check":
            while time.monotonic() < until:
                run.checkpoint("crunch", 50)
                time.sleep(0.05)
    return {"pid": os.getpid()}


@task
def crunch_in_haste(run: Run, work: Work) -> dict[str, int]:
    """The same with little time."""
    return dict(crunch(run, work))
