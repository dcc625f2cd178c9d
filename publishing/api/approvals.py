"""Approvals over the API: the box, and a decision."""

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from accounts.api_errors import ApiError
from accounts.authentication import require
from accounts.incoming import CamelIn
from accounts.models import Role
from accounts.schemas import CamelOut
from jobs.api.shapes import PageNumber, PageSize, iso
from publishing import approving
from publishing.api.answers import invalid, page_of
from publishing.models import Approval

router = Router(tags=["publishing"])


class AskOut(CamelOut):
    """An approver in a round."""

    approver: str
    state: str
    comment: str
    decided_at: str | None


class ApprovalOut(CamelOut):
    """A round: a content that waits for leave, or what came of it."""

    id: int
    publication_id: int
    state: Approval.State
    need: str
    message: str
    due_at: str | None
    asks: list[AskOut]


class ApprovalPage(CamelOut):
    """A page of rounds, newest first."""

    items: list[ApprovalOut]
    total: int
    page: int
    page_size: int


class DecideIn(CamelIn):
    """An approver's decision; changes need a comment."""

    decision: Literal["approve", "changes"]
    comment: str = Field("", max_length=4000)


@router.get("/approvals", response=ApprovalPage, url_name="approvals", summary="What was asked, and what came of it")
def list_approvals(
    request: HttpRequest, page: PageNumber = 1, pageSize: PageSize = 50, state: Approval.State | None = None
) -> Any:
    rows = Approval.objects.filter(tenant=request.tenant)
    rows = rows.filter(state=state) if state else rows
    return page_of(rows.prefetch_related("asks__approver"), page, pageSize, approval_shape)


@router.post("/approvals/{int:approval_id}/decide", response=ApprovalOut, summary="Approve, or ask for changes")
def decide(request: HttpRequest, approval_id: int, payload: DecideIn) -> Any:
    """Only who was asked decides, once."""
    require(request, Role.REVIEWER)
    rows = Approval.objects.filter(tenant=request.tenant)
    approval = rows.filter(pk=approval_id).first() if approval_id < 2**63 else None
    if approval is None:
        raise ApiError(404, "not_found", "There is no such approval in your workspace.")
    one = approval.asks.filter(approver=request.user).select_related("approval__publication").first()
    if one is None:
        raise ApiError(403, "role", "You are not among those who are asked here.")
    if payload.decision == "changes" and not payload.comment.strip():
        raise invalid("The decision cannot be taken.", {"comment": "Say what is to be changed."})
    try:
        return approval_shape(approving.decide(one, payload.decision, comment=payload.comment, via="api"))
    except approving.Decided as error:
        raise ApiError(409, "wrong_state", str(error)) from None


def approval_shape(row: Approval) -> dict[str, Any]:
    names = ("id", "publication_id", "state", "need", "message")
    asks = [
        {"approver": one.approver.get_username(), "state": one.state, "comment": one.comment}
        | {"decided_at": iso(one.decided_at)}
        for one in row.asks.all()
    ]
    return {name: getattr(row, name) for name in names} | {"due_at": iso(row.due_at), "asks": asks}
