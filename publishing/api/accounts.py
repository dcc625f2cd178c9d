"""Accounts over the API: connecting one, asking its platform."""

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
from publishing import connecting
from publishing.api.answers import invalid, page_of
from publishing.models import Account

router = Router(tags=["publishing"])


class AccountIn(CamelIn):
    """A new account; the credentials are stored encrypted and never shown."""

    platform: str = Field(max_length=30)
    name: str = Field(min_length=1, max_length=100)
    base_url: str = Field("", max_length=300)
    credentials: dict[str, str] = Field(default_factory=dict, max_length=20)


class AccountOut(CamelOut):
    """An account, without its credentials. delivery says how sure it is that a post is there once."""

    id: int
    platform: str
    name: str
    base_url: str
    state: Account.State
    delivery: Account.Delivery
    remote_name: str
    remote_url: str
    limits: dict[str, Any]
    health: str
    checked_at: str | None
    expires_at: str | None


class AccountPage(CamelOut):
    """A page of accounts."""

    items: list[AccountOut]
    total: int
    page: int
    page_size: int


@router.get("/accounts", response=AccountPage, url_name="accounts", summary="The workspace's accounts on platforms")
def list_accounts(request: HttpRequest, page: PageNumber = 1, pageSize: PageSize = 50) -> Any:
    rows = Account.objects.for_tenant(request.tenant)
    return page_of(rows, page, pageSize, account_shape)


@router.post("/accounts", response={201: AccountOut}, summary="Connect an account")
def connect(request: HttpRequest, payload: AccountIn) -> Any:
    """No network is used: POST .../check asks the platform."""
    require(request, Role.OWNER)
    try:
        account = connecting.connect(request.tenant, request.user, **payload.model_dump())
    except connecting.BadAccount as error:
        raise invalid("The account cannot be connected.", error.problems) from None
    return Status(201, account_shape(account))


@router.post("/accounts/{int:account_id}/check", response=AccountOut, summary="Ask the platform about an account")
def check(request: HttpRequest, account_id: int) -> Any:
    """Publishes nothing; what the platform said is in health."""
    require(request, Role.EDITOR)
    rows = Account.objects.for_tenant(request.tenant)
    account = rows.filter(pk=account_id).first() if account_id < 2**63 else None
    if account is None:
        raise ApiError(404, "not_found", "There is no such account in your workspace.")
    connecting.check(account)
    return account_shape(account)


def account_shape(row: Account) -> dict[str, Any]:
    names = ("id", "platform", "name", "base_url", "state", "delivery", "remote_name", "remote_url", "limits", "health")
    times = {name: iso(getattr(row, name)) for name in ("checked_at", "expires_at")}
    return {name: getattr(row, name) for name in names} | times
