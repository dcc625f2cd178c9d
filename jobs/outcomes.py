"""How a run ends before its task returns. None of these is an Exception, so that no `except Exception` swallows them.

Outcome
├── Wait         put off; uses no attempt
├── Cancelled    somebody asked for the end
├── HandedBack   the worker is stopping; another one goes on
└── LeaseLost    another worker has the job, or it has ended: stop, write nothing
"""

from datetime import datetime


class Outcome(BaseException):
    """The run ends here."""


class Wait(Outcome):
    """Put the job off until a time, or for so many seconds by the database's clock; `reason` is shown to people."""

    def __init__(self, reason: str, until: datetime | float) -> None:
        super().__init__(reason)
        self.reason = reason
        self.until = until


class Cancelled(Outcome):
    """Cancelled at a checkpoint; `result` says what was finished before."""


class HandedBack(Outcome):
    """The worker process stops; the job goes back to its queue."""


class LeaseLost(Outcome):
    """This run is not the job's any more."""
