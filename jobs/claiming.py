"""Claiming jobs and holding them: leases and fences, all by the database's clock."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Now

from jobs import limits, table, turns
from jobs.models import Job, JobEvent, JobQuerySet, State, from_now


@dataclass
class Taken:
    """What a claim got. `again_in` is set when a limit kept it from taking more: seconds until the next try."""

    jobs: list[Job] = field(default_factory=list)
    again_in: float | None = None


def claim(job_id: str, worker: str) -> Job | None:
    """Take this job if it is due: one conditional UPDATE. None means that there is nothing to take.

    Limits and order are not asked: a worker takes its jobs with `claim_next`.
    """
    queue = Job.objects.filter(pk=job_id).values_list("queue", flat=True).first()
    if queue is None or queue not in table.queues():
        return None
    with transaction.atomic():
        taken = _activate(Job.objects.due().filter(pk=job_id), queue, worker, [job_id])
        return taken[0] if taken else None


def claim_next(queue: str, count: int, worker: str) -> Taken:
    """Take the next jobs of a queue, `count` at most, as its limits and its order allow."""
    line = table.queues()[queue]
    with transaction.atomic():
        state = limits.lock(queue)
        allowed = limits.allowance(line, state, count)
        if not allowed.jobs:
            return Taken(again_in=allowed.again_in)
        turns_before = dict(state.turns)
        ids = turns.next_ids(state, allowed.jobs)
        if not ids:
            return Taken()
        jobs = _activate(Job.objects.filter(pk__in=ids, state=State.WAITING), queue, worker, ids)
        limits.note_starts(line, len(jobs))
        if state.turns != turns_before:
            state.save(update_fields=["turns"])
        is_held_back = len(jobs) == allowed.jobs < count
        return Taken(jobs, limits.allowance(line, state, 1).again_in if is_held_back else None)


def _activate(rows: JobQuerySet, queue: str, worker: str, ids: list[str]) -> list[Job]:
    """Make jobs active in the hands of `worker`, in the order of `ids`; another one may have been faster with some."""
    taken = rows.update(
        state=State.ACTIVE,
        fence=F("fence") + 1,
        attempt=F("attempt") + 1,
        lease_until=from_now(settings.JOB_LEASE_SECONDS),
        deadline_at=from_now(table.queues()[queue].timeout),
        worker=worker,
        step_saved=False,
        waiting_for="",
        started_at=Coalesce(F("started_at"), Now()),
    )
    if not taken:
        return []
    mine = Job.objects.select_related("tenant", "user").filter(pk__in=ids, state=State.ACTIVE, worker=worker)
    jobs = sorted(mine, key=lambda job: ids.index(job.pk))
    JobEvent.objects.bulk_create(
        JobEvent(job=job, kind=JobEvent.Kind.STARTED, fence=job.fence, message=f"Attempt {job.attempt} on {worker}")
        for job in jobs
    )
    return jobs


def held(job_id: str, fence: int) -> JobQuerySet:
    """The row of a run that still holds its job; empty when the lease is lost."""
    return Job.objects.filter(pk=job_id, fence=fence, state=State.ACTIVE)


def renew(runs: Iterable[str], worker: str) -> None:
    """Renew the leases of the jobs that this worker still holds, of those it has in hand, in one statement."""
    if not (ids := list(runs)):
        return
    with transaction.atomic():
        mine = Job.objects.filter(pk__in=ids, state=State.ACTIVE, worker=worker)
        # In the order of ids, as everybody who locks several jobs does.
        held = list(mine.select_for_update().order_by("pk").values_list("pk", flat=True))
        Job.objects.filter(pk__in=held).update(lease_until=from_now(settings.JOB_LEASE_SECONDS))


def held_fences(ids: Iterable[str]) -> dict[str, int]:
    """The fences of those of the jobs that are active; a run with another fence has lost its job."""
    return dict(Job.objects.filter(pk__in=ids, state=State.ACTIVE).values_list("pk", "fence"))


def overdue() -> Q:
    """Active jobs past their deadline, or cancelled and not ended in time."""
    return Q(state=State.ACTIVE) & (Q(deadline_at__lt=Now()) | Q(cancel_by__lt=Now()))
