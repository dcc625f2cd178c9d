"""The one who orders jobs in a trial: a process of its own with the trial's settings, told by lines of JSON.

`python -m desk.trials.ordering` reads one object a line from stdin and answers each with one. Jobs are accepted as the
product accepts them: `Task.enqueue` inside a transaction.
"""

import json
import sys
import time
from datetime import timedelta
from typing import Any

import django


def fill(errand: str, payloads: list[dict[str, Any]], *, shut: bool = False) -> dict[str, Any]:
    """Accept a job for each payload, in one transaction; with `shut` the queue is paused before, until `open_queue`.

    Returns {"ids", "at"}: at is when they were committed, seconds of this machine's clock.
    """
    from django.db import transaction

    from desk.trials import errands
    from jobs import limits

    task = getattr(errands, errand)
    if shut:
        limits.pause(f"trial-{errand}", by="the trial")
    with transaction.atomic():
        ids = [task.enqueue(task.payload(**payload), tenant=None).pk for payload in payloads]
        stamp: list[float] = []
        transaction.on_commit(lambda: stamp.append(time.time()))
    return {"ids": ids, "at": stamp[0]}


def open_queue(errand: str) -> dict[str, Any]:
    """Let the jobs of a queue start. Returns {"at"}: when."""
    from jobs import carrying, limits

    at = time.time()
    limits.resume(f"trial-{errand}")
    carrying.wake(f"trial-{errand}")
    return {"at": at}


def drip(errand: str, count: int, every: float) -> dict[str, Any]:
    """Accept one job each `every` seconds. Returns {"committed": {id: when}}, before Redis is told."""
    from django.db import transaction

    from desk.trials import errands

    task = getattr(errands, errand)
    committed: dict[str, float] = {}
    stamp: list[float] = []
    begun = time.monotonic()
    for number in range(count):
        time.sleep(max(0.0, begun + number * every - time.monotonic()))
        with transaction.atomic():
            transaction.on_commit(lambda: stamp.append(time.time()))
            job = task.enqueue(tenant=None)
        committed[job.pk] = stamp[-1]
    return {"committed": committed}


def at_times(errand: str, count: int, first: float, every: float) -> dict[str, Any]:
    """Accept jobs for a time: the first in `first` seconds, the others `every` seconds apart.

    Returns {"due": {id: when}}.
    """
    from django.db import transaction
    from django.utils import timezone

    from desk.trials import errands

    task = getattr(errands, errand)
    now = timezone.now()
    times = [now + timedelta(seconds=first + number * every) for number in range(count)]
    with transaction.atomic():
        return {"due": {task.enqueue(tenant=None, run_at=when).pk: when.timestamp() for when in times}}


def notices(count: int) -> dict[str, Any]:
    """Make notices for the rows of the errands to change. Returns {"ids"}."""
    from accounts.models import Notice, User

    user = User.objects.order_by("pk")[0]
    return {"ids": [Notice.objects.create(user=user, subject="A notice", key=f"of-{n}").pk for n in range(count)]}


def results(ids: list[str]) -> dict[str, Any]:
    """What became of jobs: {"jobs": {id: {state, result, attempt, started, ended}}}.

    started and ended are how many such events the ledger has.
    """
    from django.db.models import Count, Q

    from jobs.models import ENDED, Job

    found: dict[str, Any] = {}
    for first in range(0, len(ids), 500):
        rows = Job.objects.filter(pk__in=ids[first : first + 500]).annotate(
            begun=Count("events", filter=Q(events__kind="started")),
            over=Count("events", filter=Q(events__kind__in=ENDED)),
        )
        for job in rows:
            found[job.pk] = {
                "state": job.state,
                "result": job.result,
                "attempt": job.attempt,
                "started": job.begun,
                "ended": job.over,
            }
    return {"jobs": found}


def starts(ids: list[str]) -> dict[str, Any]:
    """When the ledger says that jobs were started last, by the database's clock: {"at": {id: seconds}}."""
    from jobs.models import JobEvent

    rows = JobEvent.objects.filter(job__in=ids, kind="started").order_by("pk").values_list("job_id", "at")
    return {"at": {job_id: at.timestamp() for job_id, at in rows}}


def facts() -> dict[str, Any]:
    """What the workers say of themselves: {"workers": [facts]}."""
    from jobs import presence

    return {"workers": [process.facts for process in presence.alive("worker")]}


DOES = {does.__name__: does for does in (fill, open_queue, drip, at_times, notices, results, starts, facts)}


def listen() -> None:
    """Do what the lines say until there are no more."""
    for line in sys.stdin:
        wish = json.loads(line)
        answer = DOES[wish.pop("do")](**wish)
        sys.stdout.write(f"{json.dumps(answer)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    django.setup()
    listen()
