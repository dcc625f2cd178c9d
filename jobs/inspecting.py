"""All queues, workers and schedulers at a glance, and why jobs wait: for the command line (`queues`, `doctor`)."""

from typing import Any

from django.utils import timezone
from redis.exceptions import RedisError

from jobs import carrying, counting, health, presence, reasons, table
from jobs.models import Process, State

STATES = tuple(state.value for state in State)


def everything() -> dict[str, Any]:
    """What `manage.py queues --json` prints: {queues, workers, schedulers, events}; times are in seconds.

    A queue's `inRedis` is None while Redis is away, `oldestWaitingSeconds` 0 where nothing waits.
    """
    workers = presence.alive("worker")
    redis = carrying.is_reachable()
    return {
        "queues": queues(workers, redis),
        "workers": [_worker(process) for process in workers],
        "schedulers": [_process(process) for process in presence.alive("scheduler")],
        "events": counting.events(None),
    }


def queues(workers: list[Process], redis: bool) -> list[dict[str, Any]]:
    """One line for each queue in table order, over all workspaces; `redis` says whether Redis answers."""
    oldest, there = counting.oldest_waiting(), _lengths(redis)
    return [
        {
            **line,
            "oldestWaitingSeconds": round(oldest.get(line["name"], 0.0), 1),
            "waitingFor": _waiting_for(line, workers, redis),
            "limits": _limits(line["name"]),
            "workers": sum(line["name"] in process.queues for process in workers),
            "inRedis": there.get(line["name"]),
        }
        for line in counting.stats(None)
    ]


def why_waiting(line: dict[str, Any], workers: list[Process], redis: bool) -> reasons.Reason:
    """Why the next job of a queue does not start; `line` is its line of jobs.counting, `workers` are the live ones."""
    return reasons.of_queue(line["name"], line["active"], workers, redis)


def _waiting_for(line: dict[str, Any], workers: list[Process], redis: bool) -> str:
    return why_waiting(line, workers, redis).sentence if line["waiting"] or line["paused"] else ""


def _limits(name: str) -> dict[str, Any]:
    rate = table.rate(name)
    return {
        "concurrency": table.concurrency(name),
        "rate": {"max": rate.most, "seconds": rate.seconds} if rate else None,
        "globalConcurrency": table.global_concurrency(name),
    }


def _lengths(redis: bool) -> dict[str, int]:
    try:
        return carrying.lengths(table.queues()) if redis else {}
    except RedisError:
        return {}


def _process(process: Process) -> dict[str, Any]:
    seen = (timezone.now() - process.seen_at).total_seconds()
    named = {"name": process.name, "host": process.host, "pid": process.pid}
    return {**named, "startedAt": process.started_at.isoformat(), "seenSecondsAgo": max(0.0, round(seen, 1))}


def _worker(process: Process) -> dict[str, Any]:
    """A worker; what it has not told yet (its first five seconds) is None."""
    told = ("busy", "slots", "threads", "connections", "memoryMb", "connected")
    return {**_process(process), "queues": process.queues, **{name: process.facts.get(name) for name in told}}


# -- for a terminal --------------------------------------------------------------------------------


def as_text(found: dict[str, Any]) -> str:
    """What `everything` found, as tables of about 100 columns."""
    parts = [_grid(QUEUE_HEAD, [_queue_cells(line) for line in found["queues"]])]
    # Why it waits is a sentence: below the table, which stays narrow.
    reasons: dict[str, list[str]] = {}
    for line in found["queues"]:
        reasons.setdefault(line["waitingFor"], []).append(line["name"])
    reasons.pop("", None)
    if reasons:
        parts.append("\n".join(f"{', '.join(names)}: {sentence}" for sentence, names in reasons.items()))
    if found["workers"]:
        parts.append(_grid(WORKER_HEAD, [_worker_cells(line) for line in found["workers"]], left=(0, 1, 3)))
    else:
        parts.append(health.NO_WORKER)
    if found["schedulers"]:
        told = [f"{one['name']} (seen {_span(one['seenSecondsAgo'])} ago)" for one in found["schedulers"]]
        parts.append(f"Scheduler: {', '.join(told)}")
    else:
        parts.append(health.NO_SCHEDULER)
    return "\n\n".join(parts)


QUEUE_HEAD = ["queue", "waiting", "active", "delayed", "failed", "completed", "oldest", "rate", "each", "state"]
WORKER_HEAD = ["worker", "host", "pid", "queues", "busy", "threads", "db", "MB", "seen", "redis"]


def _queue_cells(line: dict[str, Any]) -> list[str]:
    limit, rate = line["limits"], line["limits"]["rate"]
    per = "" if not rate else f"{rate['max']}/min" if rate["seconds"] == 60 else f"{rate['max']}/{rate['seconds']:g}s"
    return [
        line["name"],
        *(str(line[state] or "·") for state in ("waiting", "active", "delayed", "failed", "completed")),
        _span(line["oldestWaitingSeconds"]) if line["waiting"] else "",
        per,
        "/".join(str(most) for most in (limit["concurrency"], limit["globalConcurrency"]) if most),
        "paused" if line["paused"] else "waits" if line["waitingFor"] else "",
    ]


def _worker_cells(line: dict[str, Any]) -> list[str]:
    def told(name: str) -> str:
        return "?" if line[name] is None else str(line[name])

    return [
        line["name"],
        line["host"],
        str(line["pid"]),
        _served(line["queues"]),
        f"{told('busy')}/{told('slots')}",
        told("threads"),
        told("connections"),
        told("memoryMb"),
        _span(line["seenSecondsAgo"]),
        {True: "yes", False: "no", None: "?"}[line["connected"]],
    ]


def _served(names: list[str]) -> str:
    everything = table.queues()
    if len(names) == 1:
        return names[0]
    return "all" if set(everything) <= set(names) else f"{len(names)} of {len(everything)}"


def _span(seconds: float) -> str:
    """A time in one short word: 8s, 12m, 3h, 2d."""
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "m")):
        if seconds >= size:
            return f"{seconds / size:.0f}{unit}"
    return f"{seconds:.0f}s"


def _grid(head: list[str], rows: list[list[str]], left: tuple[int, ...] = (0,)) -> str:
    """A table with columns as wide as what is in them; those of `left` begin on the left."""
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    lines = [
        "  ".join(
            f"{cell:{'<' if n in left else '>'}{width}}"
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in [head, *rows]
    ]
    return "\n".join(line.rstrip() for line in lines)
