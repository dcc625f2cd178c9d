"""A person's own jobs."""

from typing import Any

from django.http import HttpRequest
from ninja import Router

from accounts.api_errors import ApiError
from accounts.authentication import require
from accounts.models import Role
from jobs import steering
from jobs.api.shapes import JobOut, JobPage, PageNumber, PageSize, describe, page_of
from jobs.models import Job, State

router = Router(tags=["jobs"])


def own_job(request: HttpRequest, job_id: str) -> Job:
    """The caller's own job in their workspace; anything else is 404."""
    own = Job.objects.for_tenant(request.tenant).filter(user=request.user)
    job = None if "\x00" in job_id else own.filter(pk=job_id).first()
    if job is None:
        raise ApiError(404, "not_found", "There is no job of yours with this id.")
    return job


@router.get("/jobs/user", response=JobPage, exclude_unset=True, url_name="own_jobs", summary="Your jobs, newest first")
def list_own(request: HttpRequest, page: PageNumber = 1, pageSize: PageSize = 50, state: State | None = None) -> Any:
    """What you started in this workspace, in one state if you name it."""
    jobs = Job.objects.for_tenant(request.tenant).filter(user=request.user)
    return page_of(jobs.filter(state=state) if state else jobs, page, pageSize)


@router.get(
    "/jobs/user/{job_id}",
    response=JobOut,
    exclude_unset=True,
    url_name="own_job",
    summary="One of your jobs, with its log",
)
def read_own(request: HttpRequest, job_id: str) -> Any:
    """Its state, progress, result and the newest lines of its log; 404 for anybody else's."""
    return describe(own_job(request, job_id))


@router.post(
    "/jobs/user/{job_id}/cancel", response=JobOut, exclude_unset=True, url_name="cancel_own", summary="Cancel your job"
)
def cancel_own(request: HttpRequest, job_id: str) -> Any:
    """A job that waits ends at once, one that runs at its next step; 409 when it has ended already."""
    require(request, Role.EDITOR)
    return describe(cancel(request, own_job(request, job_id)))


def cancel(request: HttpRequest, job: Job) -> Job:
    """Ask for the end of a job; 409 when it has ended already."""
    if job.ended:
        raise ApiError(409, "ended", f"The job has ended already: it is {job.state}.")
    return steering.cancel(job, request.user)
