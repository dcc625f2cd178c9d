"""The queue table of config/queues.py, with what the environment changes in it, and the tasks in it."""

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from config.queues import QUEUES, Queue
from jobs.declaring import Task, Unrunnable


@dataclass(frozen=True)
class TaskLine:
    """A task as the table has it: `path` is its dotted path, `kind` the first part of its jobs' ids."""

    path: str
    kind: str
    queue: Queue


@dataclass(frozen=True)
class Rate:
    """At most `most` starts in any `seconds`, over all workers."""

    most: int
    seconds: float

    def __str__(self) -> str:
        return f"{self.most} a minute" if self.seconds == 60 else f"{self.most} in {self.seconds:g} s"


@cache
def queues() -> dict[str, Queue]:
    """The queues by name, in table order."""
    return {queue.name: queue for queue in QUEUES}


@cache
def _lines() -> dict[str, TaskLine]:
    return {path: TaskLine(path, kind, queue) for queue in QUEUES for kind, path in queue.tasks.items()}


class UnknownTask(ImproperlyConfigured, Unrunnable):
    """The table has no such task, or what it names is none; it is not imported."""

    may_be_newer = True


def line(path: str) -> TaskLine:
    """The line of a task; raises UnknownTask."""
    try:
        return _lines()[path]
    except KeyError:
        raise UnknownTask(f"the task {path} has no line in config/queues.py: add it to a queue") from None


def task(path: str) -> Task[Any]:
    """A task, imported at first use; only tasks of the table are ever imported. Raises UnknownTask."""
    module, _, name = line(path).path.rpartition(".")
    found = getattr(import_module(module), name)
    if not isinstance(found, Task):
        raise UnknownTask(f"{path} is no task: put @task above it")
    return found


def _limit(name: str, what: str) -> Any:
    return settings.QUEUE_LIMITS.get(name, {}).get(what)


def concurrency(name: str) -> int:
    """Jobs of a queue at once in one process.

    QUEUE_LIMITS wins, then the queue's own variables, then QUEUE_CONCURRENCY, then the table.
    """
    limit = _limit(name, "concurrency")
    if limit is not None:
        return int(limit)
    for variable in (*queues()[name].variables, "QUEUE_CONCURRENCY"):
        if variable in settings.QUEUE_VARIABLES:
            return int(settings.QUEUE_VARIABLES[variable])
    return queues()[name].concurrency


def rate(name: str) -> Rate | None:
    """How often jobs of a queue may start: `per_minute`, or `max` in `duration` seconds, of QUEUE_LIMITS or the table.

    0 in QUEUE_LIMITS lifts the table's limit.
    """
    if (most := _limit(name, "max")) is not None:
        return Rate(int(most), float(_limit(name, "duration") or 60)) if most else None
    per_minute = _limit(name, "per_minute")
    if per_minute is None:
        per_minute = queues()[name].per_minute
    return Rate(int(per_minute), 60.0) if per_minute else None


def global_concurrency(name: str) -> int | None:
    """Jobs of a queue at once over all workers; None is no limit."""
    limit = _limit(name, "global_concurrency")
    return (int(limit) or None) if limit is not None else queues()[name].global_concurrency


def retry_delay(queue: Queue, attempt: int, jitter: float) -> float:
    """Seconds to wait after `attempt` tries: the table's back-off, then doubling, an hour at most.

    jitter in 0..1 adds up to a fifth to the doubled ones.
    """
    if attempt <= len(queue.backoff):
        return float(queue.backoff[attempt - 1])
    doubled = queue.backoff[-1] * 2 ** (attempt - len(queue.backoff))
    return float(min(doubled, 3600)) * (1 + jitter / 5)
