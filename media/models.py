"""The library of pictures, video and sound, and the wishes that fill it: drawings, processings, transcripts."""

from pathlib import PurePosixPath
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from ulid import ULID

from accounts.models import Brand, Tenant
from ai.models import Call, ListedModel
from ai.paying import PaidWork
from jobs.models import OPEN, State

LONGEST_ALT = 500


class Kind(models.TextChoices):
    IMAGE = "image", "Picture"
    VIDEO = "video", "Video"
    AUDIO = "audio", "Sound"


class Source(models.TextChoices):
    UPLOAD = "upload", "Uploaded"
    GENERATED = "generated", "Generated"
    DERIVED = "derived", "Made of another"


class Tag(models.Model):
    """A word to find files by."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="media_tags")
    name = models.CharField(max_length=60)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["tenant", "name"], name="media_tag_once")]

    def __str__(self) -> str:
        return self.name


class MediaFileQuerySet(models.QuerySet["MediaFile"]):
    def for_tenant(self, tenant: Tenant | None) -> "MediaFileQuerySet":
        return self.filter(tenant=tenant)

    def ready(self) -> "MediaFileQuerySet":
        """Those that were looked at and can be used."""
        return self.filter(state=MediaFile.State.READY)


class MediaFile(models.Model):
    """One file of the library. What is made of it names it as its parent."""

    class State(models.TextChoices):
        CHECKING = "checking", "Being looked at"
        READY = "ready", "Ready"
        REFUSED = "refused", "Refused"

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="media")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="media")
    kind = models.CharField(max_length=10, choices=Kind)
    title = models.CharField(max_length=200)
    file = models.FileField(max_length=300, editable=False)
    state = models.CharField(max_length=10, choices=State, default=State.READY, editable=False)
    note = models.CharField(max_length=300, blank=True, editable=False, help_text="Why it was refused.")
    source = models.CharField(max_length=10, choices=Source, default=Source.UPLOAD, editable=False)
    mime = models.CharField(max_length=60, editable=False)
    upload_key = models.CharField(  # noqa: DJ001  (NULL is no key; an empty text would be one)
        max_length=200, null=True, editable=False, help_text="The Idempotency-Key that it was uploaded with."
    )
    upload_hash = models.CharField(max_length=64, blank=True, editable=False)
    checksum = models.CharField("SHA-256", max_length=64, blank=True, editable=False)
    bytes = models.PositiveBigIntegerField(default=0, editable=False)
    width = models.PositiveIntegerField(null=True, editable=False, help_text="Pixels.")
    height = models.PositiveIntegerField(null=True, editable=False)
    seconds = models.FloatField(null=True, editable=False)
    facts = models.JSONField(default=dict, editable=False, help_text="What the look at it found.")
    alt_text = models.CharField(max_length=LONGEST_ALT, blank=True, help_text="What it shows, for who cannot see it.")
    tags = models.ManyToManyField(Tag, blank=True, related_name="media")
    parent = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="made", editable=False)
    variant = models.CharField(max_length=40, blank=True, editable=False, help_text="What was made of the parent.")
    prompt = models.TextField(blank=True, editable=False)
    call = models.ForeignKey(Call, null=True, on_delete=models.SET_NULL, related_name="media", editable=False)
    brand = models.ForeignKey(Brand, null=True, on_delete=models.SET_NULL, related_name="media", editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = MediaFileQuerySet.as_manager()

    class Meta:
        verbose_name = "file"
        verbose_name_plural = "files"
        ordering: ClassVar = ["-created_at", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["parent", "variant"], condition=~Q(variant=""), name="variant_once"),
            models.UniqueConstraint(fields=["tenant", "upload_key"], name="one_upload_per_key"),
        ]
        indexes: ClassVar = [models.Index(fields=["tenant", "-created_at"], name="media_of_tenant")]

    def __str__(self) -> str:
        return self.title

    @property
    def url(self) -> str:
        """Where members get it, another one for another content; "" while there is none."""
        if not self.file:
            return ""
        name = PurePosixPath(str(self.file.name))
        return reverse("media:file", args=[self.pk, f"{name.stem}-{self.checksum[:8]}{name.suffix}"])

    def get_absolute_url(self) -> str:
        """Its page in the library."""
        return reverse("admin:media_mediafile_change", args=[self.pk])

    @property
    def thumbnail(self) -> "MediaFile | None":
        """A small picture of it."""
        made: Any = self.made.all()
        small = {one.variant: one for one in made if one.state == self.State.READY}
        found = small.get("thumbnail") or small.get("poster")
        return found or (self if self.kind == Kind.IMAGE and self.state == self.State.READY else None)


def new_name(tenant: Tenant, suffix: str) -> str:
    """Where an upload is stored: nothing of what a person called it becomes part of a path."""
    return f"{tenant.pk}/uploads/{ULID()}{suffix}".lower()


class OrderQuerySet(models.QuerySet[Any]):
    def for_tenant(self, tenant: Tenant | None) -> "OrderQuerySet":
        return self.filter(tenant=tenant)

    def needing_model(self) -> "OrderQuerySet":
        """Those that are not done."""
        return self.filter(state__in=OPEN)


class Order(models.Model):
    """What every wish of this room has: whose it is, its state through its job, and whether it is a test."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="%(class)ss")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="%(class)ss")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING, editable=False)
    note = models.CharField(max_length=300, blank=True, editable=False, help_text="Why it failed.")
    is_test = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrderQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering: ClassVar = ["-created_at", "-pk"]

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    def stored_as(self, what: str) -> str:
        """Where a file is stored that is made for it: the same each time, so that a second try leaves no orphan."""
        return f"{self.tenant_id}/{self._meta.model_name}-{self.pk}/{what}"


class Style(models.TextChoices):
    REALISTIC = "realistic", "Realistic"
    CARTOON = "cartoon", "Cartoon"
    ABSTRACT = "abstract", "Abstract"
    MINIMALIST = "minimalist", "Minimalist"


class Drawing(PaidWork, Order):
    """A wish for a picture."""

    counted_as: ClassVar = ("unfinished picture", "unfinished pictures")

    prompt = models.TextField(max_length=4000, help_text="What the picture shows.")
    text = models.CharField("words on the card", max_length=300, blank=True, help_text="Empty: the prompt.")
    style = models.CharField(max_length=12, choices=Style, default=Style.REALISTIC)
    width = models.PositiveSmallIntegerField(default=1080)
    height = models.PositiveSmallIntegerField(default=1080)
    brand = models.ForeignKey(Brand, null=True, blank=True, on_delete=models.SET_NULL, related_name="drawings")
    colours = models.JSONField(default=list, editable=False)
    fonts = models.JSONField(default=list, editable=False)
    model = models.ForeignKey(
        ListedModel,
        to_field="model_id",
        db_column="model",
        on_delete=models.PROTECT,
        related_name="drawings",
        verbose_name="AI model",
    )
    key_owner = models.CharField(max_length=10, default="none", editable=False)
    fallbacks: Any = ()
    on_errors: Any = ()
    media = models.OneToOneField(
        MediaFile, null=True, on_delete=models.SET_NULL, related_name="drawing", editable=False
    )
    about = models.CharField(max_length=80, blank=True, editable=False, help_text="The row it is for, as blog.Post:5.")

    def __str__(self) -> str:
        return self.text or self.prompt[:80]


class Processing(Order):
    """A wish to look at a video or sound file, and to make others of it."""

    media = models.ForeignKey(MediaFile, null=True, on_delete=models.CASCADE, related_name="processings")
    source_url = models.URLField(max_length=2000, blank=True, help_text="Where it is fetched from first.")
    wanted = models.JSONField(default=list, help_text="Names of variants; poster and sound come first.")

    def __str__(self) -> str:
        return f"Processing of {self.media or self.source_url}"


class Transcript(PaidWork, Order):
    """The words of a recording, with times."""

    counted_as: ClassVar = ("unfinished transcript", "unfinished transcripts")

    media = models.ForeignKey(MediaFile, null=True, on_delete=models.CASCADE, related_name="transcripts")
    source_url = models.URLField(max_length=2000, blank=True)
    language = models.CharField(max_length=10, default="en")
    engine = models.CharField(max_length=30, default="whisper", help_text="Of integrations/transcribers.")
    model = models.ForeignKey(
        ListedModel, to_field="model_id", db_column="model", null=True, on_delete=models.PROTECT,
        related_name="transcripts", verbose_name="AI model",
    )  # fmt: skip
    key_owner = models.CharField(max_length=10, default="none", editable=False)
    fallbacks: Any = ()
    on_errors: Any = ()
    text = models.TextField(blank=True, editable=False)
    segments = models.JSONField(default=list, editable=False, help_text="A list of {start, end (seconds), text}.")
    cues = models.JSONField(default=list, editable=False, help_text="A list of {start, end (ms), text}, as edited.")
    edition = models.PositiveIntegerField(default=0, editable=False)
    pieces = models.JSONField(default=dict, editable=False, help_text="What is transcribed so far, by piece.")

    def __str__(self) -> str:
        return f"Transcript of {self.media or self.source_url}"
