"""Accepting wishes of this room: the wish and its job in one transaction, and what the end of a job means."""

from typing import Any

from django.conf import settings
from django.db import transaction

from accounts import keys
from accounts.models import Brand, Tenant
from ai import choosing
from ai.models import ListedModel
from integrations.addresses import Guard
from integrations.errors import Unsupported
from integrations.transcribers import languages, transcribers
from integrations.transcribers.base import Transcriber
from jobs import accepting
from jobs.models import ENDED, Job, State
from media.models import Drawing, MediaFile, Order, Processing, Transcript
from media.orders import PictureOrder, TranscriptOrder, VideoOrder

DRAW, ILLUSTRATE = "media.tasks.draw", "media.tasks.illustrate"
PROCESS, TRANSCRIBE = "media.tasks.process", "media.tasks.transcribe"
TABLES: dict[str, type[Order]] = {DRAW: Drawing, ILLUSTRATE: Drawing, PROCESS: Processing, TRANSCRIBE: Transcript}
CARDS, LOCAL = "offline-cards", "whisper"
RESUMABLE = (State.FAILED, State.CANCELLED)


class NoSuchBrand(LookupError):
    """The workspace has no brand of this name."""


def draw(
    order: PictureOrder,
    *,
    tenant: Tenant,
    user: Any,
    key: str | None = None,
    is_test: bool = False,
    about: str = "",
) -> tuple[Drawing, Job]:
    """Accept an order for a picture. about names the row it is for (blog.Post:5): it goes into media-generation then.

    A test is drawn by the offline writer whatever it asks for. Raises NoSuchBrand, KeyReused, ModelGone and InvalidKey.
    """
    task = ILLUSTRATE if about else DRAW
    body = order.model_dump(mode="json")
    if job := accepting.earlier(task, tenant, key, body):
        return row_of(job), job  # type: ignore[return-value]
    brand = _brand(tenant, order.brand_id)
    model = CARDS if is_test else choosing.known(order.model or CARDS, ListedModel.Kind.IMAGE).model_id
    drawing = Drawing(
        tenant=tenant,
        user=user,
        is_test=is_test,
        prompt=order.prompt,
        text=order.text,
        style=order.style,
        width=order.dimensions.width,
        height=order.dimensions.height,
        brand=brand,
        colours=order.brand_colors or (brand.colours if brand else []),
        fonts=order.brand_fonts or (brand.fonts if brand else []),
        model_id=model,
        key_owner=choosing.key_owner(model, user, tenant, ListedModel.Kind.IMAGE),
        about=about,
    )
    return _accept(drawing, task, key, body)  # type: ignore[return-value]


def _brand(tenant: Tenant, name: str | int | None) -> Brand | None:
    if name in (None, ""):
        return None
    brand = Brand.objects.for_tenant(tenant).named(name or "").first()
    if brand is None:
        raise NoSuchBrand(f"There is no brand “{str(name)[:60]}” in this workspace. Brands are listed under Workspace.")
    return brand


def process(media: MediaFile, order: VideoOrder, *, user: Any, key: str | None = None) -> tuple[Processing, Job]:
    """Accept an order for what is made of a video or sound file. Raises KeyReused and Unsupported."""
    if media.kind == "image":
        raise Unsupported("A picture has no variants of this kind. Choose a video.")
    if media.state == MediaFile.State.REFUSED:
        raise Unsupported(f"This file was refused: {media.note} Upload another one.")
    if media.kind == "audio" and order.variants and media.state == MediaFile.State.READY:
        raise Unsupported("This is sound alone: there is no picture to cut. Choose a video.")
    wanted = [shape if shape == "subtitled" else f"{shape}-{order.fit}" for shape in order.variants]
    body = {"media": media.pk, "wanted": wanted}
    if job := accepting.earlier(PROCESS, media.tenant, key, body):
        return row_of(job), job  # type: ignore[return-value]
    row = Processing(tenant=media.tenant, user=user, media=media, wanted=wanted)
    return _accept(row, PROCESS, key, body)  # type: ignore[return-value]


def fetch(url: str, order: VideoOrder, *, tenant: Tenant, user: Any, key: str | None = None) -> tuple[Processing, Job]:
    """Accept an order for a video at an address. Raises KeyReused, and AddressRefused for what is no web address."""
    Guard(settings.OUTBOUND_ALLOW_HOSTS).read(url)
    wanted = [f"{shape}-{order.fit}" for shape in order.variants if shape != "subtitled"]
    body = {"url": url, "wanted": wanted}
    if job := accepting.earlier(PROCESS, tenant, key, body):
        return row_of(job), job  # type: ignore[return-value]
    row = Processing(tenant=tenant, user=user, source_url=url, wanted=wanted)
    return _accept(row, PROCESS, key, body)  # type: ignore[return-value]


def transcribe(
    media: MediaFile, order: TranscriptOrder, *, user: Any, key: str | None = None
) -> tuple[Transcript, Job]:
    """Accept an order for the words of a recording: by OpenAI where it is asked for, else on this machine.

    Raises KeyReused, InvalidKey, ModelGone and Unsupported (a picture; a language that this machine does not know).
    """
    if media.kind == "image":
        raise Unsupported("Nobody speaks in a picture. Choose a video or sound.")
    if media.state == MediaFile.State.REFUSED:
        raise Unsupported(f"This file was refused: {media.note} Upload another one.")
    row = Transcript(tenant=media.tenant, user=user, media=media)
    return _transcribe(row, order, key, {"media": media.pk, **order.model_dump(mode="json")})


def transcribe_from(
    url: str, order: TranscriptOrder, *, tenant: Tenant, user: Any, key: str | None = None
) -> tuple[Transcript, Job]:
    """The same for a recording at an address, which comes into the library. Raises as `transcribe` and `fetch`."""
    Guard(settings.OUTBOUND_ALLOW_HOSTS).read(url)
    row = Transcript(tenant=tenant, user=user, source_url=url)
    return _transcribe(row, order, key, {"url": url, **order.model_dump(mode="json")})


def _transcribe(
    row: Transcript, order: TranscriptOrder, key: str | None, body: dict[str, Any]
) -> tuple[Transcript, Job]:
    if job := accepting.earlier(TRANSCRIBE, row.tenant, key, body):
        return row_of(job), job  # type: ignore[return-value]
    row.language, row.engine = order.language, order.engine or _engine(order.language, row.user, row.tenant)
    hearing = recogniser(row.engine)
    if hearing.languages is not None and (code := languages.code(row.language)) not in hearing.languages:
        raise hearing.other_language(code)
    if hearing.needs_key:
        row.model_id = hearing.models()[0].id
        row.key_owner = choosing.key_owner(row.model_id, row.user, row.tenant, ListedModel.Kind.TRANSCRIPTION)
    return _accept(row, TRANSCRIBE, key, body)  # type: ignore[return-value]


def recogniser(engine: str) -> Transcriber:
    """A transcriber without a key, for what it can do; that of this machine with the weights of SPEECH_MODEL_DIR."""
    return transcribers.get(engine)(model_folder=settings.SPEECH_MODEL_DIR if engine == LOCAL else "")


def _engine(language: str, user: Any, tenant: Tenant) -> str:
    """This machine for English and for weights of one's own; OpenAI for other languages where there is a key."""
    if language.split("-")[0] == "en" or settings.SPEECH_MODEL_DIR or keys.find(user, tenant, "openai") is None:
        return LOCAL
    return "openai"


def _accept(row: Order, task: str, key: str | None, body: Any) -> tuple[Order, Job]:
    try:
        with transaction.atomic():
            row.save()
            return row, enqueue(row, task, row.user, key=key, body=body)
    except accepting.AlreadyAccepted as again:
        return row_of(again.job), again.job


def enqueue(row: Order, task: str, user: Any, **how: Any) -> Job:
    """Write the job of a wish; `how` is passed on to jobs.accepting.enqueue."""
    return accepting.enqueue(task, tenant=row.tenant, user=user, request=row, payload={"order_id": row.pk}, **how)


def row_of(job: Job) -> Order:
    """The wish that a job carries out; raises KeyReused where it was deleted."""
    row = TABLES[job.task]._default_manager.filter(tenant=job.tenant, pk=job.payload["order_id"]).first()
    if row is None:
        raise accepting.KeyReused("what this Idempotency-Key made was deleted: send a new key")
    return row  # type: ignore[no-any-return]


def job_retried(job: Job) -> None:
    """Hook of config/hooks.py: the wish waits again. Only writes rows; raises NotRetryable where it was deleted."""
    if table := TABLES.get(job.task):
        rows = table._default_manager.filter(pk=job.payload["order_id"])
        if not rows.update(state=State.WAITING, note=""):
            raise accepting.NotRetryable("what this job was for was deleted: there is nothing to do")


def job_ended(job: Job) -> None:
    """Hook of config/hooks.py: give the wish the state that its job ended with. Only writes rows."""
    table = TABLES.get(job.task)
    if table is not None and job.state in ENDED:
        changes: dict[str, Any] = {"state": job.state, "note": (job.failed_reason or "")[:300]}
        table._default_manager.filter(pk=job.payload["order_id"]).update(**changes)


def begin(row: Order, run: Any) -> None:
    """Note on a wish that it is being carried out."""
    with run.owned(saves_step=False):
        type(row)._default_manager.filter(pk=row.pk).update(state=State.ACTIVE, note="")
