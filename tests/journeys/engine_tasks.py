"""Tasks that note when they ran."""

import os
import time

from jobs.declaring import Payload, task
from jobs.running import Run


class Note(Payload):
    """How long to stay."""

    seconds: float = 0.0
    if "TRIAL_NEXT" in os.environ:
        colour: str = ""


@task
def note(run: Run, wish: Note) -> dict[str, float]:
    """Say when it began and ended."""
    began = time.time()
    time.sleep(wish.seconds)
    return {"began": began, "ended": time.time()}


@task
def note_limited(run: Run, wish: Note) -> dict[str, float]:
    """The same, in another queue."""
    return note(run, wish)


if "TRIAL_NEXT" in os.environ:

    @task
    def note_afresh(run: Run, wish: Note) -> dict[str, float]:
        """A task that the version before does not have."""
        return note(run, wish)
