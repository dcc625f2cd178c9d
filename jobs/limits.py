"""What a queue may start now: pause, rate over all workers, global cap. Decided before a job is claimed.

Every claim locks the row of its queue (SQLite: the database), so that these are exact whoever else claims. The rate is
a sliding log of starts by the database's clock: no window of its length, wherever it begins, holds more.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.functions import Now

from accounts.models import User
from config.queues import Queue
from jobs import table
from jobs.models import Job, QueueState, Start, State, from_now
from jobs.serving import Outlook

# A start is granted some milliseconds before the task's first line runs: windows are held a little longer than asked,
# so that what a vendor sees keeps the limit too.
GUARD_SECONDS, GUARD_SHARE = 0.25, 0.01
# How long to stay away from a queue that is at its cap or paused, unless something wakes us before.
LOOK_AGAIN_SECONDS = 1.0


@dataclass(frozen=True)
class Allowance:
    """How many jobs may start now; when it is fewer than asked, `again_in` seconds says when to ask again, and why."""

    jobs: int
    again_in: float = 0.0
    reason: str = ""


def ensure(names: list[str]) -> None:
    """Make the rows of queues that are new in the table."""
    there = set(QueueState.objects.filter(name__in=names).values_list("name", flat=True))
    new = [QueueState(name=name) for name in names if name not in there]
    QueueState.objects.bulk_create(new, ignore_conflicts=True)


def look(names: list[str]) -> Outlook:
    """Which of the queues have waiting jobs and are not paused, and when the next delayed job comes due: one query."""
    waiting = Job.objects.filter(queue=OuterRef("name"), state=State.WAITING)
    following = Job.objects.filter(state=State.DELAYED, queue__in=names).order_by("run_at").values("run_at")[:1]
    rows = (
        QueueState.objects.filter(name__in=names)
        .annotate(waits=Exists(waiting), following=Subquery(following), now=Now())
        .values_list("name", "paused_at", "waits", "following", "now")
    )
    outlook = Outlook()
    for name, paused_at, waits, due_at, now in rows:
        if waits and not paused_at:
            outlook.waiting.add(name)
        if due_at:
            outlook.due_in = (due_at - now).total_seconds()
    return outlook


def lock(queue: str) -> QueueState:
    """The row of a queue, held until the transaction ends; made if it is missing."""
    row = QueueState.objects.select_for_update().filter(name=queue).first()
    if row is None:
        ensure([queue])
        row = QueueState.objects.select_for_update().get(name=queue)
    return row


def allowance(queue: Queue, state: QueueState, asked: int) -> Allowance:
    """How many of `asked` jobs may start now; call it while `state` is locked."""
    if state.paused_at:
        return Allowance(0, LOOK_AGAIN_SECONDS, f"{queue.name} is paused by {state.paused_by}")
    jobs = asked
    cap = table.global_concurrency(queue.name)
    if cap is not None:
        active = Job.objects.filter(queue=queue.name, state=State.ACTIVE).count()
        jobs = min(jobs, cap - active)
        if jobs <= 0:
            return Allowance(0, LOOK_AGAIN_SECONDS, f"{active} jobs run at once, the most for {queue.name}")
    if rate := table.rate(queue.name):
        free, again_in = _left(queue.name, rate)
        if free < jobs:
            return Allowance(max(0, free), again_in, f"{queue.name} starts at most {rate}")
    return Allowance(jobs)


def note_starts(queue: Queue, count: int) -> None:
    """Remember that jobs were started, where the queue has a rate."""
    if table.rate(queue.name):
        Start.objects.bulk_create([Start(queue=queue.name) for _each in range(count)])


def waiting_because(queue: str) -> str:
    """Why the next job of a queue may not start now, as a sentence; empty when it may."""
    state = QueueState.objects.filter(name=queue).first() or QueueState(name=queue)
    allowed = allowance(table.queues()[queue], state, 1)
    if allowed.jobs:
        return ""
    when = "" if state.paused_at else f"; the next one in {max(1, round(allowed.again_in))} s"
    return f"{allowed.reason}{when}."


def pause(queue: str, by: User | str) -> bool:
    """Start no more jobs of a queue; those that run go on. False when it was paused before."""
    ensure([queue])
    return bool(QueueState.objects.filter(name=queue, paused_at=None).update(paused_at=Now(), paused_by=str(by)[:150]))


def resume(queue: str) -> bool:
    """Start jobs of a queue again; False when it was not paused. Wake the workers with jobs.carrying.wake."""
    return bool(QueueState.objects.filter(name=queue).exclude(paused_at=None).update(paused_at=None, paused_by=""))


def paused() -> set[str]:
    """The queues that are paused."""
    return set(QueueState.objects.exclude(paused_at=None).values_list("name", flat=True))


def forget_old_starts() -> None:
    """Delete starts that no rate looks back to any more."""
    old = Q(pk__in=[])
    for name in table.queues():
        rate = table.rate(name)
        old |= Q(queue=name, at__lt=from_now(-2 * window(rate))) if rate else Q(queue=name)
    Start.objects.filter(old).delete()


def window(rate: table.Rate) -> float:
    """The seconds a start counts: the rate's own and the guard."""
    return rate.seconds + GUARD_SECONDS + GUARD_SHARE * rate.seconds


def _left(queue: str, rate: table.Rate) -> tuple[int, float]:
    """How many jobs the rate leaves now, and the seconds until it leaves one more."""
    counted = Start.objects.filter(queue=queue, at__gt=from_now(-window(rate)))
    free = rate.most - counted.count()
    # What must leave the window before one more may start: the most-th newest.
    oldest = counted.order_by("-at").annotate(now=Now()).values_list("at", "now")[rate.most - 1 : rate.most].first()
    if oldest is None:
        return free, 0.0
    at, now = oldest
    return free, max(0.0, (at + timedelta(seconds=window(rate)) - now).total_seconds())
