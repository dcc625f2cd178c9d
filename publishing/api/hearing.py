"""The way in for WhatsApp: no token of ours, but the app's signature over every byte."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from accounts.api_errors import ApiError
from accounts.encryption import WrongKey
from publishing import hearing
from publishing.models import Account

router = Router(tags=["webhooks"])
PATH = "/webhooks/whatsapp/{int:account_id}"


@router.get(PATH, auth=None, include_in_schema=False)
def verify(request: HttpRequest, account_id: int) -> HttpResponse:
    """Meta asks once whether the address is ours: the challenge goes back to who knows the verify token."""
    account, ask = _account(account_id), request.GET
    if ask.get("hub.mode") != "subscribe" or not _safely(hearing.knows, account, ask.get("hub.verify_token", "")):
        raise ApiError(403, "signature", "The verify token is another one than that of the account.")
    return HttpResponse(ask.get("hub.challenge", "")[:200], content_type="text/plain")


@router.post(PATH, auth=None, summary="What WhatsApp tells")
def hear(request: HttpRequest, account_id: int) -> dict[str, Any]:
    """Statuses and answers, signed with the app's secret. What is not understood is passed over."""
    account, body = _account(account_id), request.body
    if not _safely(hearing.is_ours, account, body, request.headers.get("X-Hub-Signature-256", "")):
        raise ApiError(403, "signature", "The signature does not fit: another app secret, or another body.")
    return {"heard": hearing.hear(account, body)}


def _account(pk: int) -> Account:
    rows = Account.objects.filter(platform="whatsapp").select_related("tenant")
    account = rows.filter(pk=pk).first() if pk < 2**63 else None
    if account is None:
        raise ApiError(404, "not_found", "There is no such WhatsApp account.")
    return account


def _safely(look: Any, account: Account, *given: Any) -> bool:
    """False too where the account's credentials cannot be opened."""
    try:
        return bool(look(account, *given))
    except WrongKey:
        return False
