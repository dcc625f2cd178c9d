"""Endpoints for webhooks out, over the API; for owners."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import Field

from accounts.api_errors import ApiError
from accounts.authentication import require
from accounts.incoming import CamelIn
from accounts.models import Role
from accounts.schemas import CamelOut
from jobs.api.shapes import PageNumber, PageSize, iso
from publishing import delivering
from publishing.api.answers import invalid, page_of
from publishing.models import Delivery, Endpoint

router = Router(tags=["webhooks"])


class EndpointIn(CamelIn):
    """Where events are to be posted, and which."""

    url: str = Field(min_length=1, max_length=500)
    events: list[str] = Field(max_length=20)


class EndpointOut(CamelOut):
    """An endpoint, without its secret."""

    id: int
    url: str
    events: list[str]
    is_on: bool
    note: str
    last_ok_at: str | None
    failing_since: str | None


class EndpointMade(EndpointOut):
    """A new endpoint with its secret, which is shown this once."""

    secret: str


class EndpointPage(CamelOut):
    """A page of endpoints."""

    items: list[EndpointOut]
    total: int
    page: int
    page_size: int


class DeliveryOut(CamelOut):
    """One event for one endpoint."""

    id: int
    event: str
    webhook_id: str
    state: Delivery.State
    attempts: int
    note: str
    created_at: str
    delivered_at: str | None


class DeliveryPage(CamelOut):
    """A page of deliveries, newest first."""

    items: list[DeliveryOut]
    total: int
    page: int
    page_size: int


@router.get("/webhooks/endpoints", response=EndpointPage, summary="Where events are posted")
def list_endpoints(request: HttpRequest, page: PageNumber = 1, pageSize: PageSize = 50) -> Any:
    require(request, Role.OWNER)
    return page_of(Endpoint.objects.for_tenant(request.tenant), page, pageSize, endpoint_shape)


@router.post("/webhooks/endpoints", response={201: EndpointMade}, summary="Post events to an address")
def add(request: HttpRequest, payload: EndpointIn) -> Any:
    """The answer has the secret, this once."""
    require(request, Role.OWNER)
    try:
        row, secret = delivering.add(request.tenant, request.user, payload.url, payload.events)
    except delivering.BadEndpoint as error:
        raise invalid("The endpoint cannot be made.", error.problems) from None
    return Status(201, endpoint_shape(row) | {"secret": secret})


@router.delete("/webhooks/endpoints/{int:endpoint_id}", response={204: None}, summary="Post nothing there any more")
def remove(request: HttpRequest, endpoint_id: int) -> Any:
    delivering.remove(_row(request, endpoint_id), request.user)
    return Status(204, None)


@router.post("/webhooks/endpoints/{int:endpoint_id}/test", response={202: DeliveryOut}, summary="Post a test event")
def test(request: HttpRequest, endpoint_id: int) -> Any:
    return Status(202, delivery_shape(delivering.send_test(_row(request, endpoint_id), request.user)))


@router.get("/webhooks/endpoints/{int:endpoint_id}/deliveries", response=DeliveryPage, summary="What was posted there")
def list_deliveries(request: HttpRequest, endpoint_id: int, page: PageNumber = 1, pageSize: PageSize = 50) -> Any:
    return page_of(_row(request, endpoint_id).deliveries.all(), page, pageSize, delivery_shape)


def _row(request: HttpRequest, pk: int) -> Endpoint:
    require(request, Role.OWNER)
    rows = Endpoint.objects.for_tenant(request.tenant).select_related("tenant")
    row = rows.filter(pk=pk).first() if pk < 2**63 else None
    if row is None:
        raise ApiError(404, "not_found", "There is no such endpoint in your workspace.")
    return row


def endpoint_shape(row: Endpoint) -> dict[str, Any]:
    names = ("id", "url", "events", "is_on", "note")
    times = {name: iso(getattr(row, name)) for name in ("last_ok_at", "failing_since")}
    return {name: getattr(row, name) for name in names} | times


def delivery_shape(row: Delivery) -> dict[str, Any]:
    names = ("id", "event", "webhook_id", "state", "attempts", "note")
    times = {name: iso(getattr(row, name)) for name in ("created_at", "delivered_at")}
    return {name: getattr(row, name) for name in names} | times
