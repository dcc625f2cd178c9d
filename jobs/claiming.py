"""Claiming a job and holding it: leases and fences, all by the database's clock."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import DateTimeField, ExpressionWrapper, F
from django.db.models.functions import Coalesce, Now

from jobs import table
from jobs.models import Job, JobEvent, State


def from_now(seconds: float) -> ExpressionWrapper:
    """The database's time in `seconds` from now."""
    return ExpressionWrapper(Now() + timedelta(seconds=seconds), output_field=DateTimeField())


def claim(job_id: str, worker: str) -> Job | None:
    """Take a due job: one conditional UPDATE. None means that there is nothing to take (a duplicate delivery)."""
    queue_name = Job.objects.filter(pk=job_id).values_list("queue", flat=True).first()
    if queue_name is None or queue_name not in table.queues():
        return None
    with transaction.atomic():
        taken = (
            Job.objects.due()
            .filter(pk=job_id)
            .update(
                state=State.ACTIVE,
                fence=F("fence") + 1,
                attempt=F("attempt") + 1,
                lease_until=from_now(settings.JOB_LEASE_SECONDS),
                deadline_at=from_now(table.queues()[queue_name].timeout),
                worker=worker,
                step_saved=False,
                waiting_for="",
                started_at=Coalesce(F("started_at"), Now()),
            )
        )
        if not taken:
            return None
        job = Job.objects.select_related("tenant", "user").get(pk=job_id)
        JobEvent.objects.create(
            job=job, kind=JobEvent.Kind.STARTED, fence=job.fence, message=f"Attempt {job.attempt} on {worker}"
        )
    return job


def held(job_id: str, fence: int) -> Any:
    """The row of a run that still holds its job; empty when the lease is lost."""
    return Job.objects.filter(pk=job_id, fence=fence, state=State.ACTIVE)


def renew(runs: dict[str, int]) -> dict[str, bool]:
    """Renew the leases of all runs of a process (id -> fence) in one statement.

    Returns for each whether it should stop: True when a cancel is requested or the lease is lost.
    """
    if not runs:
        return {}
    Job.objects.filter(pk__in=runs, state=State.ACTIVE, fence__in=set(runs.values())).update(
        lease_until=from_now(settings.JOB_LEASE_SECONDS)
    )
    rows = {row.pk: row for row in Job.objects.filter(pk__in=runs).only("pk", "state", "fence", "cancel_requested_at")}
    return {
        pk: pk not in rows
        or rows[pk].state != State.ACTIVE
        or rows[pk].fence != fence
        or rows[pk].cancel_requested_at is not None
        for pk, fence in runs.items()
    }
