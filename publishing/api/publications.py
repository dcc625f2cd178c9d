"""Publications over the API: sending, changing, taking off, and what people say about them."""

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Header, Router, Status
from pydantic import AwareDatetime, Field

from accounts.authentication import require
from accounts.incoming import CamelIn
from accounts.models import Role
from accounts.schemas import CamelOut
from jobs.api.shapes import PageNumber, PageSize, iso
from publishing import commenting, ordering, replacing, taking_off
from publishing.api.answers import Accepted, acted, changed, invalid, page_of, publication_of
from publishing.models import Comment, Hold, Publication
from publishing.orders import ContentIn, PublicationOrder

router = Router(tags=["publishing"])
KEY = Header(None, max_length=200)


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
    thread: list[str]
    title: str
    scheduled_at: str | None
    published_at: str | None
    remote_id: str
    url: str
    origin: str
    replaces: int | None
    follows: int | None
    taken_off_at: str | None
    attempts: list[AttemptOut]
    holds: list[HoldOut]


class PublicationPage(CamelOut):
    """A page of publications, newest first."""

    items: list[PublicationOut]
    total: int
    page: int
    page_size: int


class CommentOut(CamelOut):
    """What somebody said."""

    id: int
    user: str
    text: str
    created_at: str


class CommentPage(CamelOut):
    """A page of comments, the oldest first."""

    items: list[CommentOut]
    total: int
    page: int
    page_size: int


class CommentIn(CamelIn):
    """What is said; it decides nothing."""

    text: str = Field(min_length=1, max_length=4000)


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


@router.get("/publications", response=PublicationPage, url_name="publications", summary="What is or will be published")
def list_publications(
    request: HttpRequest, page: PageNumber = 1, pageSize: PageSize = 50, state: Publication.State | None = None
) -> Any:
    rows = Publication.objects.for_tenant(request.tenant)
    rows = rows.filter(state=state) if state else rows
    return page_of(
        rows.select_related("account").prefetch_related("attempts", "holds"), page, pageSize, publication_shape
    )


@router.post("/publications", response={202: Accepted}, summary="Publish at once, at a time, or keep a draft")
def publish(request: HttpRequest, payload: PublicationOrder, idempotency_key: str | None = KEY) -> Any:
    """The same Idempotency-Key and body is the same publication."""
    require(request, Role.EDITOR)
    who = {"tenant": request.tenant, "user": request.user}
    return acted(lambda: ordering.publish(payload, **who, key=idempotency_key or None))


@router.get("/publications/{int:publication_id}", response=PublicationOut, summary="One publication with its story")
def read_publication(request: HttpRequest, publication_id: int) -> Any:
    return publication_shape(publication_of(request, publication_id))


@router.post("/publications/{int:publication_id}/cancel", response={202: Accepted}, summary="Never send it")
def cancel(request: HttpRequest, publication_id: int) -> Any:
    row = changed(request, publication_id)

    def act() -> tuple[Publication, None]:
        ordering.cancel(row, request.user)
        return row, None

    return acted(act)


@router.post("/publications/{int:publication_id}/reschedule", response={202: Accepted}, summary="Another time, or now")
def reschedule(request: HttpRequest, publication_id: int, payload: RescheduleIn) -> Any:
    row = changed(request, publication_id)
    return acted(lambda: (row, ordering.schedule(row, request.user, payload.scheduled_at)))


@router.post(
    "/publications/{int:publication_id}/resolve", response={202: Accepted}, summary="Clear up an unconfirmed one"
)
def resolve(request: HttpRequest, publication_id: int, payload: ResolveIn) -> Any:
    """After looking at the account: it is there ("published"), or it is not ("send_again")."""
    row = changed(request, publication_id)
    return acted(lambda: (row, ordering.resolve(row, request.user, payload.outcome, payload.url)))


@router.post("/publications/{int:publication_id}/change", response={202: Accepted}, summary="Give it other words")
def change(request: HttpRequest, publication_id: int, payload: ChangeIn) -> Any:
    """What waits is changed, and has to be approved anew; for what is out the answer names its update."""
    row = changed(request, publication_id)
    content = ContentIn.model_validate(payload.model_dump(exclude={"scheduled_at"}))
    return acted(lambda: replacing.change(row, request.user, content, moment=payload.scheduled_at))


@router.post("/publications/{int:publication_id}/take-off", response={202: Accepted}, summary="Take it off")
def take_off(request: HttpRequest, publication_id: int) -> Any:
    """Hidden where the platform keeps drafts, else deleted there; its story stays."""
    row = changed(request, publication_id)
    return acted(lambda: (row, taking_off.take_off(row, request.user)))


@router.get("/publications/{int:publication_id}/comments", response=CommentPage, summary="What was said about it")
def list_comments(request: HttpRequest, publication_id: int, page: PageNumber = 1, pageSize: PageSize = 50) -> Any:
    rows = publication_of(request, publication_id).comments.select_related("user")
    return page_of(rows, page, pageSize, comment_shape)


@router.post("/publications/{int:publication_id}/comments", response={201: CommentOut}, summary="Say something")
def comment(request: HttpRequest, publication_id: int, payload: CommentIn) -> Any:
    """Its author, its approvers and whoever said something before get a notice."""
    require(request, Role.REVIEWER)
    row = publication_of(request, publication_id)
    try:
        return Status(201, comment_shape(commenting.comment(row, request.user, payload.text)))
    except ValueError as error:
        raise invalid("The comment cannot be taken.", {"text": str(error)}) from None


def comment_shape(row: Comment) -> dict[str, Any]:
    user = row.user.get_username() if row.user else ""
    return {"id": row.pk, "user": user, "text": row.text, "created_at": iso(row.created_at)}


def publication_shape(row: Publication) -> dict[str, Any]:
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
    more = {"platform": row.account.platform, "replaces": row.replaces_id, "follows": row.follows_id}
    more |= {"thread": row.content.get("thread", []), "attempts": attempts, "holds": holds}
    return {name: getattr(row, name) for name in names} | words | times | more
