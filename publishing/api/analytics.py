"""Numbers over the API: having them fetched, and reading those of a post."""

from typing import Any

from django.http import HttpRequest
from ninja import Header, Router, Status

from accounts.api_errors import ApiError
from accounts.authentication import check_own, require
from accounts.models import Role
from accounts.schemas import CamelOut
from jobs.accepting import KeyReused
from jobs.models import Job
from publishing import measuring
from publishing.api.answers import invalid, publication_of
from publishing.orders import NumbersOrder

router = Router(tags=["publishing"])
KEY = Header(None, max_length=200)


class Pulling(CamelOut):
    """The numbers are being fetched."""

    job_id: str
    state: str


class DayOut(CamelOut):
    """The running totals of one day, as the platform told them last on it."""

    day: str
    values: dict[str, int]


class NumbersOut(CamelOut):
    """The numbers of one post, day by day."""

    publication_id: int
    platform: str
    values: dict[str, int]
    days: list[DayOut]


@router.post("/analytics/pull", response={202: Pulling}, summary="Have the numbers of posts fetched")
def pull(request: HttpRequest, payload: NumbersOrder, idempotency_key: str | None = KEY) -> Any:
    """Of all posts, or of those that are named. What a platform does not tell is said in the job's result."""
    require(request, Role.EDITOR)
    return pulling(request, payload, key=idempotency_key or None)


@router.post("/queue/test/analytics/pull", response={202: Pulling}, summary="Test the queue analytics.pull")
def try_pull(request: HttpRequest, payload: NumbersOrder) -> Any:
    """The seed's payload as a real job that asks the wall alone."""
    require(request, Role.OWNER)
    return pulling(request, payload, is_test=True)


@router.get("/publications/{int:publication_id}/numbers", response=NumbersOut, summary="The numbers of one post")
def numbers(request: HttpRequest, publication_id: int) -> Any:
    row = publication_of(request, publication_id)
    days = [{"day": str(one.day), "values": one.values} for one in row.readings.all()]
    values = {name: value for one in days for name, value in one["values"].items()}
    return {"publication_id": row.pk, "platform": row.account.platform, "values": values, "days": days}


def pulling(request: HttpRequest, payload: NumbersOrder, *, is_test: bool = False, key: str | None = None) -> Any:
    check_own(request, payload)
    try:
        job: Job = measuring.order(payload, tenant=request.tenant, user=request.user, is_test=is_test, key=key)
    except measuring.BadNumbers as error:
        raise invalid("The numbers cannot be fetched.", error.problems) from None
    except KeyReused as error:
        raise ApiError(409, "key_reused", str(error)) from None
    return Status(202, {"job_id": job.pk, "state": job.state})
