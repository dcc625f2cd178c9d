"""Changing when a job runs: its level while it waits, and "run now" for one that was put off."""

from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from accounts.models import Tenant
from jobs.accepting import deliver
from jobs.models import Job, JobEvent, Level, State


class NotOpen(Exception):
    """Only a job that waits or is delayed can be moved."""


def change_level(job: Job, level: int, *, by: str) -> Job:
    """Give a job that waits or is delayed another Level; raises NotOpen when it runs or has ended."""
    level = Level(level)
    with transaction.atomic():
        if not _open(job).update(priority=level):
            raise NotOpen(_why_not(job))
        JobEvent.objects.create(job=job, kind=JobEvent.Kind.LOG, message=f"Level {level.label} set by {by}")
    job.refresh_from_db()
    return job


def run_now(job: Job, *, by: str) -> Job:
    """Let a delayed job start as soon as its queue may; raises NotOpen when it is not delayed."""
    with transaction.atomic():
        moved = _open(job).filter(state=State.DELAYED)
        if not moved.update(state=State.WAITING, run_at=Now(), waiting_for=""):
            raise NotOpen(_why_not(job))
        JobEvent.objects.create(job=job, kind=JobEvent.Kind.LOG, message=f"Run now, asked by {by}")
        transaction.on_commit(lambda: deliver([job]))
    job.refresh_from_db()
    return job


def run_what_waits_for(words: str, tenant: Tenant) -> int:
    """Let the delayed jobs of a workspace whose reason begins with `words` look again now; returns how many."""
    moved = []
    for job in Job.objects.filter(tenant=tenant, state=State.DELAYED, waiting_for__startswith=words):
        if _open(job).filter(state=State.DELAYED).update(state=State.WAITING, run_at=Now(), waiting_for=""):
            moved.append(job)
    transaction.on_commit(lambda: deliver(moved))
    return len(moved)


def _open(job: Job) -> Any:
    return Job.objects.filter(pk=job.pk, state__in=(State.WAITING, State.DELAYED))


def _why_not(job: Job) -> str:
    job.refresh_from_db()
    return f"{job.pk} is {job.get_state_display().lower()}: there is nothing to move"
