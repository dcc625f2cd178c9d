"""System checks of what the environment says about queues: a wrong name or number is said at start, not passed over."""

from difflib import get_close_matches
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from config.schedule import CLOCKS
from jobs import table

# What QUEUE_LIMITS may say of a queue -> the smallest number; 0 lifts the limit of the table.
LEAST = {"concurrency": 1, "per_minute": 0, "max": 0, "duration": 1, "global_concurrency": 0}
EXAMPLE = 'QUEUE_LIMITS={"blog-generation": {"concurrency": 3, "per_minute": 10}}'


@register(Tags.security)  # the tag of all checks of the environment: `manage.py up` runs only those
def queue_limits(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """QUEUE_LIMITS is an object of queues, each with limits that are whole numbers."""
    limits = settings.QUEUE_LIMITS
    if not isinstance(limits, dict):
        return [
            Error(f"QUEUE_LIMITS is {_shown(limits)}, not a JSON object.", hint=f"Write {EXAMPLE}.", id="jobs.E001")
        ]
    found: list[CheckMessage] = []
    for name, wanted in limits.items():
        if name not in table.queues():
            msg = f"QUEUE_LIMITS names {_shown(name)}, and there is no such queue."
            found.append(Error(msg, hint=_queues_like(name), id="jobs.E002"))
        elif not isinstance(wanted, dict):
            hint = f'Write {{"{name}": {{"concurrency": 3}}}}: limits are {", ".join(LEAST)}.'
            found.append(Error(f"QUEUE_LIMITS gives {name} {_shown(wanted)}, not limits.", hint=hint, id="jobs.E003"))
        else:
            found += _of_queue(name, wanted)
    return found


@register(Tags.security)
def concurrency_variables(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """QUEUE_CONCURRENCY, the queues' own variables and WORKER_SLOTS are at least 1."""
    variables = {**settings.QUEUE_VARIABLES, "WORKER_SLOTS": settings.WORKER_SLOTS}
    return [
        Error(
            f"{name} is {_shown(value)}: it must be a whole number from 1 up.",
            hint=f"Write {name}=2, or leave it out. To run no jobs on this machine, set ENABLE_WORKERS=false.",
            id="jobs.E005",
        )
        for name, value in variables.items()
        if not _is_whole(value, 1)
    ]


@register(Tags.security)
def clocks(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Every clock of config/schedule.py rings a task of config/queues.py."""
    known = {task for queue in table.queues().values() for task in queue.tasks.values()}
    return [
        Error(
            f"The clock {clock.name} rings {clock.task}, which is in no queue.",
            hint="Add the task to a queue in config/queues.py, or correct config/schedule.py.",
            id="jobs.E006",
        )
        for clock in CLOCKS
        if clock.task not in known
    ]


def _of_queue(name: str, wanted: dict[str, Any]) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    for key, value in wanted.items():
        if key not in LEAST:
            hint = f"Write one of {', '.join(LEAST)}."
            found.append(Error(f"QUEUE_LIMITS has no limit {_shown(key)}: see {name}.", hint=hint, id="jobs.E003"))
        elif not _is_whole(value, LEAST[key]):
            msg = (
                f"QUEUE_LIMITS sets {key} of {name} to {_shown(value)}: it must be a whole number from {LEAST[key]} up."
            )
            hint = f'Write "{key}": {max(LEAST[key], 3)}, without quotes round the number, or leave it out.'
            found.append(Error(msg, hint=hint, id="jobs.E004"))
    if "duration" in wanted and "max" not in wanted:
        hint = f'Write {{"{name}": {{"max": 10, "duration": 60}}}}: 10 starts in any 60 seconds.'
        found.append(Error(f"QUEUE_LIMITS gives {name} a duration without a max.", hint=hint, id="jobs.E003"))
    # BullMQ's limiter says max and duration too, in milliseconds.
    if not found and (seconds := wanted.get("duration", 0)) and seconds % 1000 == 0:
        msg = f"QUEUE_LIMITS gives {name} a duration of {seconds} seconds, that is {seconds / 60:.0f} minutes."
        found.append(Warning(msg, hint="If you mean milliseconds, write seconds: 60 is a minute.", id="jobs.W001"))
    return found


def _is_whole(value: Any, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _queues_like(name: str) -> str:
    close = get_close_matches(name, table.queues(), 1)
    return (f"Do you mean {close[0]}? " if close else "") + f"There are {', '.join(table.queues())}."


def _shown(value: Any) -> str:
    """A value as it stands in an error, shortened."""
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
