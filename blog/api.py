"""Ordering blog posts over the API (the doors of the first system)."""

from typing import Any

from django.http import HttpRequest
from ninja import Header, Router, Status

from accounts.api_errors import ApiError
from accounts.authentication import check_own, require
from accounts.incoming import OwnIn
from accounts.models import Role
from accounts.schemas import CamelOut
from blog import batches
from blog.models import Batch
from blog.orders import Order
from integrations.errors import InvalidKey, ModelGone, Unsupported
from jobs.accepting import KeyReused
from jobs.api import JobOut, describe, own_job
from jobs.models import Job

router = Router(tags=["blog"])


class OrderIn(Order, OwnIn):
    """An order as it comes over the API."""

    def order(self) -> Order:
        """The order alone."""
        return Order(**self.model_dump(exclude={"tenant_id", "user_id"}))


class Accepted(CamelOut):
    """The order is accepted; ask for the job by its id."""

    job_id: str
    batch_id: int
    state: str


@router.post(
    "/admin/blog/auto-generate", response={202: Accepted}, url_name="auto_generate", summary="Order blog posts"
)
def auto_generate(
    request: HttpRequest, payload: OrderIn, idempotency_key: str | None = Header(None, max_length=200)
) -> Any:
    require(request, Role.EDITOR)
    check_own(request, payload)
    try:
        batch, job = batches.start(
            payload.order(), tenant=request.tenant, user=request.user, key=idempotency_key or None
        )
    except KeyReused as error:
        raise ApiError(409, "key_reused", str(error)) from None
    except (ModelGone, InvalidKey, Unsupported) as error:
        raise ApiError(
            422, "invalid", "The model cannot be used.", [{"field": "model", "problem": str(error)}]
        ) from None
    return Status(202, {"job_id": job.pk, "batch_id": batch.pk, "state": job.state})


@router.get("/admin/blog/auto-generate/status", response=JobOut, exclude_unset=True, summary="How your batch is doing")
def status(request: HttpRequest, jobId: str | None = None) -> Any:
    return describe(_job(request, jobId))


@router.post(
    "/admin/blog/auto-generate/stop", response=JobOut, exclude_unset=True, summary="Stop after the post in hand"
)
def stop(request: HttpRequest, jobId: str | None = None) -> Any:
    require(request, Role.EDITOR)
    job = _job(request, jobId)
    batch = batches.batch_of(job)
    asked = batches.stop(batch, by=request.user.username)
    if asked is None and job.ended:
        raise ApiError(409, "ended", f"The job has ended already: it is {job.state}.")
    return describe(asked or job)


def _job(request: HttpRequest, job_id: str | None) -> Job:
    """The named job of the caller, else the job of their newest batch."""
    if job_id:
        job = own_job(request, job_id)
        if job.task != batches.GENERATE:
            raise ApiError(404, "not_found", "There is no batch of yours with this job id.")
        return job
    batch = Batch.objects.for_tenant(request.tenant).filter(user=request.user).first()
    newest = batch.job if batch else None
    if newest is None:
        raise ApiError(404, "not_found", "You have no batch yet. Start one with POST /api/admin/blog/auto-generate.")
    return newest
