"""A person pauses, resumes or clears a queue, cancels or retries a job: it is done, and it is in the audit trail."""

from django.db import transaction

from accounts import audit
from accounts.models import Tenant, User
from jobs import accepting, carrying, clearing, ending, limits
from jobs.models import Job, State


def pause(queue: str, by: User | str) -> bool:
    """Start no more jobs of a queue, in all workspaces; those that run go on. False when it was paused before."""
    with transaction.atomic():
        changed = limits.pause(queue, by)
        if changed:
            audit.record(by, "queue.paused", target=queue)
    return changed


def resume(queue: str, by: User | str) -> bool:
    """Start jobs of a queue again and wake the workers; False when it was not paused."""
    with transaction.atomic():
        changed = limits.resume(queue)
        if changed:
            audit.record(by, "queue.resumed", target=queue)
    carrying.wake(queue)
    return changed


def clear(queue: str, tenant: Tenant | None, state: State | None, by: User | str) -> dict[str, int]:
    """Clear a queue of one workspace, or of all for None: jobs in `state`, or all but those that run.

    Returns how many of each state were cleared, as jobs.clearing.clear does.
    """
    scope = "workspace" if tenant else "all workspaces"
    told = {"target": queue, "scope": scope, "state": state.value if state else "all"}
    # Clearing a long queue takes a while and may be broken off: who asked for it stands in the trail all the same.
    audit.record(by, "queue.clear_asked", tenant=tenant, **told)
    cleared = clearing.clear(queue, tenant, state=state, by=str(by))
    audit.record(by, "queue.cleared", tenant=tenant, cleared=cleared, **told)
    return cleared


def cancel(job: Job, by: User) -> Job:
    """Ask for the end of a job, as jobs.ending.request_cancel does; returns the job as it is then."""
    if not job.ended and job.cancel_requested_at is None:
        audit.record(by, "job.cancel_asked", tenant=job.tenant, target=job.pk)
    return ending.request_cancel(job, by=by.get_username())


def stop_from_rq(job: Job) -> Job:
    """The Stop button of django-rq's page, which says not who pressed it: only superusers see it."""
    if not job.ended and job.cancel_requested_at is None:
        audit.record("the django-rq page", "job.cancel_asked", tenant=job.tenant, target=job.pk)
    return ending.request_cancel(job, by="the django-rq page")


def retry(job: Job, by: User) -> Job:
    """A new job for one that failed or was cancelled, as jobs.accepting.retry; raises NotRetryable."""
    with transaction.atomic():
        new = accepting.retry(job, by)
        audit.record(by, "job.retried", tenant=job.tenant, target=job.pk, retried_as=new.pk)
    return new
