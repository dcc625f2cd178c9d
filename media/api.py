"""The library over the API: upload, draw, make variants, and the test door of image.generate."""

from collections.abc import Callable
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from ninja import File, Form, Header, Router, Status
from ninja.files import UploadedFile
from pydantic import Field

from accounts.api_errors import ApiError
from accounts.authentication import check_own, require
from accounts.incoming import OwnIn
from accounts.models import Role
from accounts.schemas import CamelOut
from integrations.errors import InvalidKey, ModelGone, PermanentError, Unsupported
from jobs.accepting import KeyReused
from jobs.api.shapes import PageNumber, PageSize, iso
from jobs.models import Job
from media import ordering, uploading
from media.models import Kind, MediaFile, Source
from media.orders import PictureOrder, TranscriptOrder, VideoOrder

router = Router(tags=["media"])
KEY = Header(None, max_length=200)
FILE, TITLE, ALT = File(...), Form(""), Form("")


class MediaOut(CamelOut):
    """A file of the library; url is for members who are signed in. made are files made of it."""

    id: int
    kind: Kind
    title: str
    state: str
    note: str
    source: Source
    mime: str
    bytes: int
    width: int | None
    height: int | None
    seconds: float | None
    alt_text: str
    tags: list[str]
    variant: str
    parent_id: int | None
    url: str
    made: list["MediaOut"] | None = None
    created_at: str


class MediaPage(CamelOut):
    """A page of the library, newest first."""

    items: list[MediaOut]
    total: int
    page: int
    page_size: int


class Uploaded(CamelOut):
    """The file is in the library; video and sound are looked at by the job."""

    media_id: int
    job_id: str | None
    state: str


class Accepted(CamelOut):
    """The order is accepted; ask for the job by its id."""

    job_id: str
    state: str


class PictureIn(PictureOrder, OwnIn):
    """An order for a picture as it comes over the API."""

    post_id: str | int | None = Field(None, description="What it is for; it is drawn all the same.")

    def order(self) -> PictureOrder:
        """The order alone."""
        return PictureOrder.model_validate(self.model_dump(exclude={"tenant_id", "user_id", "post_id"}))


class VideoIn(VideoOrder):
    """An order for variants of a video as it comes over the API."""


class FetchIn(VideoOrder):
    """A video at an address."""

    video_url: str = Field(min_length=8, max_length=2000)


class TranscriptIn(TranscriptOrder, OwnIn):
    """An order for the words of a recording at an address."""

    video_url: str = Field(min_length=8, max_length=2000)


@router.get("/media", response=MediaPage, exclude_unset=True, url_name="media", summary="The library, newest first")
def list_media(
    request: HttpRequest, page: PageNumber = 1, pageSize: PageSize = 50, kind: Kind | None = None, q: str = ""
) -> Any:
    """What was uploaded or generated; what is made of a file is with that file."""
    rows = MediaFile.objects.for_tenant(request.tenant).filter(parent=None)
    if kind:
        rows = rows.filter(kind=kind)
    if q := q.replace("\x00", "").strip()[:200]:
        rows = rows.filter(Q(title__icontains=q) | Q(alt_text__icontains=q) | Q(tags__name__icontains=q)).distinct()
    start = (page - 1) * pageSize
    shown = rows.prefetch_related("tags")[start : start + pageSize]
    return {"items": [_media(row) for row in shown], "total": rows.count(), "page": page, "page_size": pageSize}


@router.get("/media/{int:media_id}", response=MediaOut, exclude_unset=True, summary="One file with what was made of it")
def read_media(request: HttpRequest, media_id: int) -> Any:
    row = _row(request, media_id)
    made = row.made.prefetch_related("tags").order_by("pk")
    return _media(row) | {"made": [_media(one) for one in made]}


@router.post("/media", response={201: Uploaded, 202: Uploaded}, summary="Upload a picture, a video or sound")
def upload(
    request: HttpRequest,
    file: UploadedFile = FILE,
    title: str = TITLE,
    altText: str = ALT,
    idempotency_key: str | None = KEY,
) -> Any:
    """By its content, not by its name; a picture is there at once, video and sound are looked at by a job."""
    require(request, Role.EDITOR)
    try:
        words = {"title": title, "alt_text": altText}
        who = {"tenant": request.tenant, "user": request.user}
        media, job = uploading.take(file, **who, **words, key=idempotency_key or None)
    except KeyReused as error:
        raise ApiError(409, "key_reused", str(error)) from None
    except PermanentError as error:
        raise ApiError(
            422, "invalid", "The file cannot be taken.", [{"field": "file", "problem": str(error)}]
        ) from None
    answer = {"media_id": media.pk, "job_id": job.pk if job else None, "state": media.state}
    return Status(202 if job else 201, answer)


@router.post("/media/images", response={202: Accepted}, url_name="draw", summary="Have a picture drawn")
def draw(request: HttpRequest, payload: PictureIn, idempotency_key: str | None = KEY) -> Any:
    require(request, Role.EDITOR)
    check_own(request, payload)
    return _draw(request, payload, idempotency_key, is_test=False)


@router.post("/media/videos", response={202: Accepted}, summary="Fetch a video from an address")
def fetch(request: HttpRequest, payload: FetchIn, idempotency_key: str | None = KEY) -> Any:
    """Public https only; at most LARGEST_UPLOAD_MB."""
    require(request, Role.EDITOR)
    who = {"tenant": request.tenant, "user": request.user}
    try:
        _order, job = ordering.fetch(payload.video_url, payload, **who, key=idempotency_key or None)
    except KeyReused as error:
        raise ApiError(409, "key_reused", str(error)) from None
    except PermanentError as error:
        raise ApiError(422, "invalid", str(error), [{"field": "videoUrl", "problem": str(error)}]) from None
    return Status(202, {"job_id": job.pk, "state": job.state})


@router.post("/media/transcripts", response={202: Accepted}, summary="Write down what is said at an address")
def transcribe_from(request: HttpRequest, payload: TranscriptIn, idempotency_key: str | None = KEY) -> Any:
    """The recording comes into the library. Public https only; at most LARGEST_UPLOAD_MB."""
    require(request, Role.EDITOR)
    check_own(request, payload)
    who = {"tenant": request.tenant, "user": request.user}
    return _transcribe(lambda: ordering.transcribe_from(payload.video_url, payload, **who, key=idempotency_key or None))


@router.post("/media/{int:media_id}/variants", response={202: Accepted}, summary="Make other shapes of a video")
def make_variants(request: HttpRequest, media_id: int, payload: VideoIn, idempotency_key: str | None = KEY) -> Any:
    require(request, Role.EDITOR)
    media = _row(request, media_id)
    try:
        _order, job = ordering.process(media, payload, user=request.user, key=idempotency_key or None)
    except KeyReused as error:
        raise ApiError(409, "key_reused", str(error)) from None
    except Unsupported as error:
        raise ApiError(422, "invalid", str(error)) from None
    return Status(202, {"job_id": job.pk, "state": job.state})


@router.post("/media/{int:media_id}/transcript", response={202: Accepted}, summary="Write down what is said")
def transcribe(request: HttpRequest, media_id: int, payload: TranscriptOrder, idempotency_key: str | None = KEY) -> Any:
    require(request, Role.EDITOR)
    media = _row(request, media_id)
    return _transcribe(lambda: ordering.transcribe(media, payload, user=request.user, key=idempotency_key or None))


def _transcribe(accept: Callable[[], tuple[Any, Job]]) -> Any:
    try:
        _transcript, job = accept()
    except KeyReused as error:
        raise ApiError(409, "key_reused", str(error)) from None
    except PermanentError as error:
        raise ApiError(422, "invalid", str(error)) from None
    return Status(202, {"job_id": job.pk, "state": job.state})


@router.post("/queue/test/image/generate", response={202: Accepted}, summary="Test the queue image.generate")
def try_image(request: HttpRequest, payload: PictureIn, idempotency_key: str | None = KEY) -> Any:
    """The seed's payload as a real job, drawn offline and marked as a test."""
    require(request, Role.OWNER)
    check_own(request, payload)
    return _draw(request, payload, idempotency_key, is_test=True)


def _draw(request: HttpRequest, payload: PictureIn, key: str | None, *, is_test: bool) -> Any:
    who = {"tenant": request.tenant, "user": request.user}
    try:
        _drawing, job = ordering.draw(payload.order(), **who, key=key or None, is_test=is_test)
    except KeyReused as error:
        raise ApiError(409, "key_reused", str(error)) from None
    except ordering.NoSuchBrand as error:
        raise ApiError(422, "invalid", "The brand is unknown.", [{"field": "brandId", "problem": str(error)}]) from None
    except (ModelGone, InvalidKey) as error:
        problem = [{"field": "model", "problem": str(error)}]
        raise ApiError(422, "invalid", "The model cannot be used.", problem) from None
    return Status(202, {"job_id": job.pk, "state": job.state})


def _row(request: HttpRequest, media_id: int) -> MediaFile:
    rows = MediaFile.objects.for_tenant(request.tenant)
    row = rows.filter(pk=media_id).first() if media_id < 2**63 else None
    if row is None:
        raise ApiError(404, "not_found", "There is no such file in your workspace.")
    return row


def _media(row: MediaFile) -> dict[str, Any]:
    names = ("id", "kind", "title", "state", "note", "source", "mime", "bytes", "width", "height", "seconds")
    more = {"tags": [tag.name for tag in row.tags.all()], "url": row.url, "created_at": iso(row.created_at)}
    return {name: getattr(row, name) for name in (*names, "alt_text", "variant", "parent_id")} | more
