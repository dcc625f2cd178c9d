"""The queues as people see them: numbers, limits in words, why nothing starts; and the workers that serve them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from accounts.models import Tenant
from config.queues import Keep, Queue
from jobs import counting, limits, presence, table
from jobs.models import Process, QueueState, State

DAYS = 14
GREY = "#9ca3af"
CHART_OPTIONS: dict[str, Any] = {
    "animation": False,
    "maintainAspectRatio": False,
    "interaction": {"mode": "index", "intersect": False},
    "plugins": {"legend": {"display": False}},
    "scales": {
        "x": {"grid": {"display": False}, "ticks": {"color": GREY}},
        "y": {"beginAtZero": True, "border": {"display": False}, "ticks": {"precision": 0, "color": GREY}},
    },
}
# The order in which people read a queue: what is to come, what runs, what became of it.
SHOWN = (State.WAITING, State.ACTIVE, State.DELAYED, State.COMPLETED, State.FAILED, State.CANCELLED)
WORKER_COLUMNS = ("Worker", "Host", "Queues", "Busy", "Database connections", "Memory", "Seen")
UNITS = (("day", 86400), ("h", 3600), ("min", 60), ("s", 1))


@dataclass(frozen=True)
class QueueLine:
    """One queue: its numbers in SHOWN's order, and whether and why its next job may not start now."""

    name: str
    counts: dict[State, int]
    oldest: str
    is_paused: bool
    why: str

    @property
    def about(self) -> str:
        """What waits in it, in a few words."""
        return about(self.name)

    @property
    def limit(self) -> str:
        """Its limits in words."""
        return limit_words(self.name)

    @property
    def label(self) -> str:
        """Its state, in a word or two."""
        return "Paused" if self.is_paused else "Held up" if self.why else "Running"

    @property
    def look(self) -> str:
        """How its state's badge looks: the name of a state that has a colour, or none."""
        return "paused" if self.label != "Running" else "active" if self.counts[State.ACTIVE] else ""

    def as_json(self) -> dict[str, Any]:
        """What a page that stays open asks for again."""
        return {
            **{state.value: number for state, number in self.counts.items()},
            "oldest": self.oldest,
            "label": self.label,
            "look": self.look,
            "why": self.why,
            "paused": self.is_paused,
            "running": not self.is_paused,
        }


def lines(tenant: Tenant | None, zone: ZoneInfo) -> list[QueueLine]:
    """All queues in table order, with the numbers of a workspace, or of all for None; moments are told in `zone`."""
    return _lines(counting.stats(tenant), tenant, zone)


def line(queue: str, tenant: Tenant | None, zone: ZoneInfo) -> QueueLine:
    """One queue."""
    return _lines([counting.stats_of(queue, tenant)], tenant, zone)[0]


def _lines(numbers: list[dict[str, Any]], tenant: Tenant | None, zone: ZoneInfo) -> list[QueueLine]:
    oldest = counting.oldest_waiting(tenant)
    paused = {state.name: state for state in QueueState.objects.exclude(paused_at=None)}
    served = {name for process in presence.alive("worker") for name in process.queues}

    def why(name: str, waiting: int) -> str:
        if state := paused.get(name):
            return f"by {state.paused_by} since {moment(state.paused_at, zone)}" if state.paused_at else ""
        if not waiting:
            return ""
        return limits.waiting_because(name) if name in served else "No worker serves it."

    return [
        QueueLine(
            name=one["name"],
            counts={state: one[state.value] for state in SHOWN},
            oldest=spell(oldest[one["name"]]) if one["name"] in oldest else "-",
            is_paused=one["name"] in paused,
            why=why(one["name"], one[State.WAITING.value]),
        )
        for one in numbers
    ]


def summary(shown: Iterable[QueueLine]) -> str:
    """All queues in a sentence, which a screen reader may say when it changes."""
    shown = list(shown)
    total = {state: sum(one.counts[state] for one in shown) for state in SHOWN}
    told = f"{total[State.WAITING]} waiting, {total[State.ACTIVE]} active, {total[State.DELAYED]} delayed"
    told += f", {total[State.FAILED]} failed"
    paused = ", ".join(one.name for one in shown if one.is_paused)
    return f"{told}; paused: {paused}." if paused else f"{told}."


def about(queue: str) -> str:
    """What waits in a queue, in a few words."""
    return table.queues()[queue].words or ", ".join(table.queues()[queue].tasks)


def limit_words(queue: str) -> str:
    """How many jobs of a queue run at once and how often they start: "2 at once per worker, 10 a minute"."""
    words = [f"{table.concurrency(queue)} at once per worker"]
    if (most := table.global_concurrency(queue)) is not None:
        words.append(f"{most} at once over all workers")
    if rate := table.rate(queue):
        words.append(str(rate))
    return ", ".join(words)


def limits_of(queue: Queue) -> dict[str, str]:
    """Everything that decides when a queue's jobs run and how long they stay: label -> words."""
    most, rate = table.global_concurrency(queue.name), table.rate(queue.name)
    backoff = ", ".join(spell(seconds) for seconds in queue.backoff)
    return {
        "Tasks": ", ".join(queue.tasks.values()) or "none yet",
        "At once": f"{table.concurrency(queue.name)} in each worker",
        "At once over all workers": str(most) if most is not None else "no limit",
        "Rate": f"{rate}, over all workers" if rate else "no limit",
        "One try takes": f"{spell(queue.timeout)} at most",
        "Tries": f"{queue.attempts}, the next after {backoff}",
        "Put off": f"{spell(queue.patience)} at most, then it fails",
        "Runs in": "a process of its own" if queue.in_child else "a thread of the worker",
        "Completed jobs stay": keep_words(queue.completed),
        "Failed and cancelled jobs stay": keep_words(queue.failed),
        "Variables": ", ".join(("QUEUE_LIMITS", *queue.variables, "QUEUE_CONCURRENCY")),
    }


def keep_words(keep: Keep) -> str:
    """How long ended jobs stay: "1 day, the newest 1000 at most"."""
    time = spell(keep.seconds) if keep.seconds is not None else ""
    count = f"the newest {keep.count}" if keep.count is not None else ""
    if time and count:
        return f"{time}, {count} at most"
    return time or count or "for ever"


def workers(queue: str | None = None) -> list[dict[str, str]]:
    """The live workers, or those that serve a queue, in words: WORKER_COLUMNS -> text."""
    found = sorted(presence.alive("worker"), key=lambda process: process.name)
    return [_worker_words(process) for process in found if queue is None or queue in process.queues]


def _worker_words(process: Process) -> dict[str, str]:
    facts, seconds = process.facts, (timezone.now() - process.seen_at).total_seconds()
    is_serving_all = set(table.queues()) <= set(process.queues)
    memory = facts.get("memoryMb")
    words = (
        process.name if facts.get("connected", True) else f"{process.name} (cannot reach Redis)",
        process.host,
        "all" if is_serving_all else ", ".join(process.queues),
        f"{facts['busy']} of {facts['slots']} slots" if "slots" in facts else "-",
        str(facts.get("connections", "-")),
        f"{memory:.0f} MB" if memory is not None else "-",
        f"{spell(seconds)} ago" if seconds >= 1 else "just now",
    )
    return dict(zip(WORKER_COLUMNS, words, strict=True))


def chart(days: list[dict[str, Any]]) -> dict[str, Any]:
    """The days of counting.per_day as Chart.js wants them, in Unfold's colours."""
    bars = {"maxBarThickness": 20, "borderRadius": 4}
    colours = {"completed": "var(--color-green-500)", "failed": "var(--color-red-500)"}
    return {
        "labels": [f"{day['day']:%-d %b}" for day in days],
        "datasets": [
            {"label": name.capitalize(), "data": [day[name] for day in days], "backgroundColor": colour, **bars}
            for name, colour in colours.items()
        ],
    }


def moment(at: datetime, zone: ZoneInfo) -> str:
    """A moment where the people are: "22 Nov 2026, 14:03 CET"."""
    return f"{at.astimezone(zone):%-d %b %Y, %H:%M %Z}"


def spell(seconds: float) -> str:
    """A span of time in its two largest units: "12 s", "3 min", "2 h 5 min", "1 day"."""
    left, words = max(0, round(seconds)), []
    for name, size in UNITS:
        number, left = divmod(left, size)
        if number:
            words.append(f"{number} {name}{'s' if name == 'day' and number > 1 else ''}")
        elif words:
            break
    return " ".join(words[:2]) or "0 s"
