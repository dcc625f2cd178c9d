"""Accounts and publications over the API."""

from collections.abc import Callable
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Header, Router, Status
from pydantic import AwareDatetime, Field

from accounts.api_errors import ApiError
from accounts.authentication import check_own, require
from accounts.incoming import CamelIn
from accounts.models import Role
from accounts.schemas import CamelOut
from jobs.accepting import KeyReused
from jobs.api.shapes import PageNumber, PageSize, iso
from jobs.models import Job
from publishing import approving, connecting, ordering, replacing, taking_off, trying
from publishing.models import Account, Approval, Hold, Publication
from publishing.orders import ContentIn, DispatchOrder, NotifyOrder, PublicationOrder

router = Router(tags=["publishing"])
KEY = Header(None, max_length=200)


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


class AttemptOut(CamelOut):
    """One call that publishes, and what became of it."""

    number: int
    state: str
    words: str
    started_at: str
    ended_at: str | None


class HoldOut(CamelOut):
    """Why it may not go out."""

    id: int
    kind: Hold.Kind
    reason: str
    opened_at: str


class PublicationOut(CamelOut):
    """One text on one account, with every attempt and what holds it back."""

    id: int
    account_id: int
    platform: str
    state: Publication.State
    note: str
    text: str
    title: str
    scheduled_at: str | None
    published_at: str | None
    remote_id: str
    url: str
    origin: str
    replaces: int | None
    taken_off_at: str | None
    attempts: list[AttemptOut]
    holds: list[HoldOut]


class PublicationPage(CamelOut):
    """A page of publications, newest first."""

    items: list[PublicationOut]
    total: int
    page: int
    page_size: int


class Accepted(CamelOut):
    """It is accepted. jobId is there where it goes out at once."""

    publication_id: int
    job_id: str | None
    state: Publication.State


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


class Tried(CamelOut):
    """A test that was accepted: the first job, and the publications that it is about."""

    job_id: str | None
    state: str
    publication_ids: list[int]


class ChangeIn(ContentIn):
    """Other words. Of what is out they become an update, at once or at a time."""

    scheduled_at: AwareDatetime | None = None


class RescheduleIn(CamelIn):
    """Another time; none is now."""

    scheduled_at: AwareDatetime | None = None


class ResolveIn(CamelIn):
    """What a person found on the account."""

    outcome: Literal["published", "send_again"]
    url: str = Field("", max_length=500, pattern=r"^(https?://\S+)?$")


@router.get("/accounts", response=AccountPage, url_name="accounts", summary="The workspace's accounts on platforms")
def list_accounts(request: HttpRequest, page: PageNumber = 1, pageSize: PageSize = 50) -> Any:
    rows = Account.objects.for_tenant(request.tenant)
    return _page(rows, page, pageSize, _account)


@router.post("/accounts", response={201: AccountOut}, summary="Connect an account")
def connect(request: HttpRequest, payload: AccountIn) -> Any:
    """No network is used: POST .../check asks the platform."""
    require(request, Role.OWNER)
    try:
        account = connecting.connect(request.tenant, request.user, **payload.model_dump())
    except connecting.BadAccount as error:
        raise _invalid("The account cannot be connected.", error.problems) from None
    return Status(201, _account(account))


@router.post("/accounts/{int:account_id}/check", response=AccountOut, summary="Ask the platform about an account")
def check(request: HttpRequest, account_id: int) -> Any:
    """Publishes nothing; what the platform said is in health."""
    require(request, Role.EDITOR)
    rows = Account.objects.for_tenant(request.tenant)
    account = rows.filter(pk=account_id).first() if account_id < 2**63 else None
    if account is None:
        raise ApiError(404, "not_found", "There is no such account in your workspace.")
    connecting.check(account)
    return _account(account)


@router.get("/publications", response=PublicationPage, url_name="publications", summary="What is or will be published")
def list_publications(
    request: HttpRequest, page: PageNumber = 1, pageSize: PageSize = 50, state: Publication.State | None = None
) -> Any:
    rows = Publication.objects.for_tenant(request.tenant)
    rows = rows.filter(state=state) if state else rows
    return _page(rows.select_related("account").prefetch_related("attempts", "holds"), page, pageSize, _publication)


@router.post("/publications", response={202: Accepted}, summary="Publish at once, at a time, or keep a draft")
def publish(request: HttpRequest, payload: PublicationOrder, idempotency_key: str | None = KEY) -> Any:
    """The same Idempotency-Key and body is the same publication."""
    require(request, Role.EDITOR)
    who = {"tenant": request.tenant, "user": request.user}
    return _act(lambda: ordering.publish(payload, **who, key=idempotency_key or None))


@router.get("/publications/{int:publication_id}", response=PublicationOut, summary="One publication with its story")
def read_publication(request: HttpRequest, publication_id: int) -> Any:
    return _publication(_row(request, publication_id))


@router.post("/publications/{int:publication_id}/cancel", response={202: Accepted}, summary="Never send it")
def cancel(request: HttpRequest, publication_id: int) -> Any:
    row = _changed(request, publication_id)

    def act() -> tuple[Publication, None]:
        ordering.cancel(row, request.user)
        return row, None

    return _act(act)


@router.post("/publications/{int:publication_id}/reschedule", response={202: Accepted}, summary="Another time, or now")
def reschedule(request: HttpRequest, publication_id: int, payload: RescheduleIn) -> Any:
    row = _changed(request, publication_id)
    return _act(lambda: (row, ordering.schedule(row, request.user, payload.scheduled_at)))


@router.post(
    "/publications/{int:publication_id}/resolve", response={202: Accepted}, summary="Clear up an unconfirmed one"
)
def resolve(request: HttpRequest, publication_id: int, payload: ResolveIn) -> Any:
    """After looking at the account: it is there ("published"), or it is not ("send_again")."""
    row = _changed(request, publication_id)
    return _act(lambda: (row, ordering.resolve(row, request.user, payload.outcome, payload.url)))


@router.post("/publications/{int:publication_id}/change", response={202: Accepted}, summary="Give it other words")
def change(request: HttpRequest, publication_id: int, payload: ChangeIn) -> Any:
    """What waits is changed, and has to be approved anew; for what is out the answer names its update."""
    row = _changed(request, publication_id)
    content = ContentIn.model_validate(payload.model_dump(exclude={"scheduled_at"}))
    return _act(lambda: replacing.change(row, request.user, content, moment=payload.scheduled_at))


@router.post("/publications/{int:publication_id}/take-off", response={202: Accepted}, summary="Take it off")
def take_off(request: HttpRequest, publication_id: int) -> Any:
    """Hidden where the platform keeps drafts, else deleted there; its story stays."""
    row = _changed(request, publication_id)
    return _act(lambda: (row, taking_off.take_off(row, request.user)))


@router.get("/approvals", response=ApprovalPage, url_name="approvals", summary="What was asked, and what came of it")
def list_approvals(
    request: HttpRequest, page: PageNumber = 1, pageSize: PageSize = 50, state: Approval.State | None = None
) -> Any:
    rows = Approval.objects.filter(tenant=request.tenant)
    rows = rows.filter(state=state) if state else rows
    return _page(rows.prefetch_related("asks__approver"), page, pageSize, _approval)


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
        raise _invalid("The decision cannot be taken.", {"comment": "Say what is to be changed."})
    try:
        return _approval(approving.decide(one, payload.decision, comment=payload.comment, via="api"))
    except approving.Decided as error:
        raise ApiError(409, "wrong_state", str(error)) from None


@router.post("/queue/test/publish/dispatch", response={202: Tried}, summary="Test the queue publish.dispatch")
def try_dispatch(request: HttpRequest, payload: DispatchOrder) -> Any:
    """The seed's payload as real jobs on the wall, marked as tests; credentials in it are dropped."""
    return _try(request, payload, lambda who: trying.dispatch(payload, **who))


@router.post("/queue/test/approval/notify", response={202: Tried}, summary="Test the queue approval.notify")
def try_notify(request: HttpRequest, payload: NotifyOrder) -> Any:
    """The seed's payload: a draft on the wall whose approvers are asked."""
    if payload.notification_type != "email":
        problem = "WhatsApp is not connected here yet. Send email."
        raise _invalid("The test cannot be taken.", {"notificationType": problem})
    return _try(request, payload, lambda who: [trying.notify(payload, **who)])


def _try(request: HttpRequest, payload: Any, what: Callable[[dict[str, Any]], list[Any]]) -> Any:
    require(request, Role.OWNER)
    check_own(request, payload)
    try:
        made = what({"tenant": request.tenant, "user": request.user})
    except ordering.BadOrder as error:
        raise _invalid("The test cannot be taken.", error.problems) from None
    job = next((job for _row, job in made if job), None)
    state = job.state if job else made[0][0].state
    rows = [row.pk for row, _job in made]
    return Status(202, {"job_id": job.pk if job else None, "state": state, "publication_ids": rows})


def _act(what: Callable[[], tuple[Publication, Job | None]]) -> Any:
    try:
        row, job = what()
    except KeyReused as error:
        raise ApiError(409, "key_reused", str(error)) from None
    except ordering.WrongState as error:
        raise ApiError(409, "wrong_state", str(error)) from None
    except ordering.BadOrder as error:
        raise _invalid("The publication cannot be taken.", error.problems) from None
    row.refresh_from_db()
    return Status(202, {"publication_id": row.pk, "job_id": job.pk if job else None, "state": row.state})


def _invalid(message: str, problems: dict[str, str]) -> ApiError:
    return ApiError(422, "invalid", message, [{"field": name, "problem": text} for name, text in problems.items()])


def _row(request: HttpRequest, pk: int) -> Publication:
    rows = Publication.objects.for_tenant(request.tenant).select_related("account")
    row = rows.filter(pk=pk).first() if pk < 2**63 else None
    if row is None:
        raise ApiError(404, "not_found", "There is no such publication in your workspace.")
    return row


def _changed(request: HttpRequest, pk: int) -> Publication:
    require(request, Role.EDITOR)
    return _row(request, pk)


def _page(rows: Any, page: int, size: int, shape: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    start = (page - 1) * size
    items = [shape(row) for row in rows[start : start + size]]
    return {"items": items, "total": rows.count(), "page": page, "page_size": size}


def _approval(row: Approval) -> dict[str, Any]:
    names = ("id", "publication_id", "state", "need", "message")
    asks = [
        {"approver": one.approver.get_username(), "state": one.state, "comment": one.comment}
        | {"decided_at": iso(one.decided_at)}
        for one in row.asks.all()
    ]
    return {name: getattr(row, name) for name in names} | {"due_at": iso(row.due_at), "asks": asks}


def _account(row: Account) -> dict[str, Any]:
    names = ("id", "platform", "name", "base_url", "state", "delivery", "remote_name", "remote_url", "limits", "health")
    times = {name: iso(getattr(row, name)) for name in ("checked_at", "expires_at")}
    return {name: getattr(row, name) for name in names} | times


def _publication(row: Publication) -> dict[str, Any]:
    names = ("id", "account_id", "state", "note", "remote_id", "url", "origin")
    attempts = [
        {"number": one.number, "state": one.state, "words": one.words}
        | {"started_at": iso(one.started_at), "ended_at": iso(one.ended_at)}
        for one in row.attempts.all()
    ]
    holds = [
        {"id": one.pk, "kind": one.kind, "reason": one.reason, "opened_at": iso(one.opened_at)}
        for one in row.holds.all()
        if one.released_at is None
    ]
    words = {name: row.content.get(name, "") for name in ("text", "title")}
    times = {name: iso(getattr(row, name)) for name in ("scheduled_at", "published_at", "taken_off_at")}
    more = {"platform": row.account.platform, "replaces": row.replaces_id, "attempts": attempts, "holds": holds}
    return {name: getattr(row, name) for name in names} | words | times | more
