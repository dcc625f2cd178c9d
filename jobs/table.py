"""The queue table of config/queues.py, with what the environment changes in it, and the tasks in it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from config.queues import QUEUES, Queue


@dataclass(frozen=True)
class TaskLine:
    """A task as the table has it: `path` is its dotted path, `kind` the first part of its jobs' ids."""

    path: str
    kind: str
    queue: Queue


@cache
def queues() -> dict[str, Queue]:
    """The queues by name, in table order."""
    return {queue.name: queue for queue in QUEUES}


@cache
def _lines() -> dict[str, TaskLine]:
    return {path: TaskLine(path, kind, queue) for queue in QUEUES for kind, path in queue.tasks.items()}


def line(path: str) -> TaskLine:
    """The line of a task; raises ImproperlyConfigured when the table does not have it."""
    try:
        return _lines()[path]
    except KeyError:
        raise ImproperlyConfigured(f"the task {path} has no line in config/queues.py: add it to a queue") from None


def function(path: str) -> Callable[..., Any]:
    """The function of a task, imported at first use; only tasks of the table are ever imported."""
    module, _, name = line(path).path.rpartition(".")
    return getattr(import_module(module), name)


def concurrency(name: str) -> int:
    """Jobs of a queue at once in one process.

    QUEUE_LIMITS wins, then the queue's own variables, then QUEUE_CONCURRENCY, then the table.
    """
    limit = settings.QUEUE_LIMITS.get(name, {}).get("concurrency")
    if limit is not None:
        return int(limit)
    for variable in (*queues()[name].variables, "QUEUE_CONCURRENCY"):
        if variable in settings.QUEUE_VARIABLES:
            return int(settings.QUEUE_VARIABLES[variable])
    return queues()[name].concurrency


def retry_delay(queue: Queue, attempt: int, jitter: float) -> float:
    """Seconds to wait after `attempt` tries: the table's back-off, then doubling, an hour at most.

    jitter in 0..1 adds up to a fifth to the doubled ones.
    """
    if attempt <= len(queue.backoff):
        return float(queue.backoff[attempt - 1])
    doubled = queue.backoff[-1] * 2 ** (attempt - len(queue.backoff))
    return float(min(doubled, 3600)) * (1 + jitter / 5)
