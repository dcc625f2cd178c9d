"""Whose jobs a caller sees over the API: those of their workspace, a superuser those of all."""

from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.api_errors import ApiError
from accounts.authentication import require
from accounts.models import Role, Tenant
from jobs import table
from jobs.counting import jobs_of
from jobs.models import Job

LONGEST_ID = 140


def tenant_of(request: HttpRequest) -> Tenant | None:
    """The workspace whose jobs the caller sees; None is all of them, and those of nobody."""
    return None if request.user.is_superuser else request.tenant


def jobs_in(request: HttpRequest, queue: str) -> QuerySet[Job]:
    """The jobs of a queue that the caller sees; 404 for a queue that is not in the table."""
    return jobs_of(tenant_of(request)).filter(queue=known(queue))


def known(queue: str) -> str:
    """The name of a queue; 404 with those there are."""
    if queue not in table.queues():
        raise ApiError(404, "not_found", f"There is no such queue. There are: {', '.join(table.queues())}.")
    return queue


def job_in(request: HttpRequest, queue: str, job_id: str) -> Job:
    """A job of a queue that the caller sees; 404 for everything else."""
    rows = jobs_in(request, queue).select_related("tenant", "user")
    fits = "\x00" not in job_id and len(job_id) <= LONGEST_ID
    job = rows.filter(pk=job_id).first() if fits else None
    if job is None:
        raise ApiError(404, "not_found", f"There is no job with this id in {queue}.")
    return job


def require_hand_on(request: HttpRequest, job: Job) -> None:
    """Editors act on what they started, owners on everything in the workspace, superusers on all; else 403."""
    if not request.user.is_superuser:
        require(request, Role.EDITOR if job.user_id == request.user.pk else Role.OWNER)
