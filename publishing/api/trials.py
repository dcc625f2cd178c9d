"""The test doors of this room: the seeds' payloads as real jobs on the wall."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from ninja import Router, Status

from accounts.authentication import check_own, require
from accounts.models import Role
from accounts.schemas import CamelOut
from publishing import ordering, trying
from publishing.api.answers import invalid
from publishing.orders import DispatchOrder, NotifyOrder, WhatsAppOrder

router = Router(tags=["publishing"])


class Tried(CamelOut):
    """A test that was accepted: the first job, and the publications that it is about."""

    job_id: str | None
    state: str
    publication_ids: list[int]


class TriedMessage(CamelOut):
    """A test that was accepted: its job and its message."""

    job_id: str
    state: str
    message_id: int


@router.post("/queue/test/publish/dispatch", response={202: Tried}, summary="Test the queue publish.dispatch")
def try_dispatch(request: HttpRequest, payload: DispatchOrder) -> Any:
    """The seed's payload as real jobs on the wall, marked as tests; credentials in it are dropped."""
    return tried(request, payload, lambda who: trying.dispatch(payload, **who))


@router.post("/queue/test/approval/notify", response={202: Tried}, summary="Test the queue approval.notify")
def try_notify(request: HttpRequest, payload: NotifyOrder) -> Any:
    """The seed's payload: a draft on the wall whose approvers are asked."""
    return tried(request, payload, lambda who: [trying.notify(payload, **who)])


@router.post("/queue/test/whatsapp/send", response={202: TriedMessage}, summary="Test the queue whatsapp-messages")
def try_whatsapp(request: HttpRequest, payload: WhatsAppOrder) -> Any:
    """The seed's payload as a real job on the offline channel: it reaches nobody's phone."""
    require(request, Role.OWNER)
    check_own(request, payload)
    try:
        message, job = trying.whatsapp(payload, tenant=request.tenant, user=request.user)
    except ordering.BadOrder as error:
        raise invalid("The test cannot be taken.", error.problems) from None
    return Status(202, {"job_id": job.pk, "state": job.state, "message_id": message.pk})


def tried(request: HttpRequest, payload: Any, what: Callable[[dict[str, Any]], list[Any]]) -> Any:
    require(request, Role.OWNER)
    check_own(request, payload)
    try:
        made = what({"tenant": request.tenant, "user": request.user})
    except ordering.BadOrder as error:
        raise invalid("The test cannot be taken.", error.problems) from None
    job = next((job for publication_of, job in made if job), None)
    state = job.state if job else made[0][0].state
    rows = [row.pk for row, _job in made]
    return Status(202, {"job_id": job.pk if job else None, "state": state, "publication_ids": rows})
