"""What a check finds, and what several checks look at."""

from dataclasses import dataclass, field

from jobs.models import Process
from jobs.probing import Server

OK, NOTE, FAIL = "ok", "note", "fail"


@dataclass(frozen=True)
class Finding:
    """What is the case, in a sentence; `cure` is the one next step, empty where there is nothing to do."""

    status: str
    sentence: str
    cure: str = ""


def ok(sentence: str) -> Finding:
    """It is as it should be."""
    return Finding(OK, sentence)


def note(sentence: str, cure: str) -> Finding:
    """It works, and somebody should know."""
    return Finding(NOTE, sentence, cure)


def fail(sentence: str, cure: str) -> Finding:
    """It does not work, or loses something sooner or later."""
    return Finding(FAIL, sentence, cure)


@dataclass
class Seen:
    """What one examination has seen so far; `server` and `workers` are there once their checks have run."""

    server: Server = field(default_factory=lambda: Server("", trouble="it was not asked"))
    workers: list[Process] = field(default_factory=list)


def counted(number: int, one: str, many: str = "") -> str:
    """ "1 job", "2 jobs"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
