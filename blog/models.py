"""Batches and the posts they make."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify

from accounts.models import Tenant
from ai import grounding
from ai.languages import Language
from ai.models import Call, ListedModel, PromptEdition
from ai.paying import PaidWork
from integrations.catalogs.base import MEDIA_TYPES, SOURCES


def public_tenant() -> Tenant | None:
    """The workspace whose blog is at /blog/: BLOG_TENANT, else the first one; None when there is none."""
    if settings.BLOG_TENANT:
        return Tenant.objects.filter(slug=settings.BLOG_TENANT).first()
    return Tenant.objects.order_by("pk").first()


class Length(models.TextChoices):
    SHORT = "short", "Short (about 150 words)"
    MEDIUM = "medium", "Medium (about 300 words)"
    LONG = "long", "Long (about 500 words)"


class Tone(models.TextChoices):
    NEUTRAL = "neutral", "Neutral"
    FRIENDLY = "friendly", "Friendly"
    ENTHUSIASTIC = "enthusiastic", "Enthusiastic"
    CRITICAL = "critical", "Critical"


@dataclass(frozen=True)
class Kept:
    """Where a batch stands that stopped: posts kept, posts to do, and what was paid and is not paid again, in USD."""

    posts: int
    to_do: int
    paid_usd: Decimal

    def __str__(self) -> str:
        posts = "1 post is kept" if self.posts == 1 else f"{self.posts} posts are kept"
        text = f"{posts}, {self.to_do} to do."
        return f"{text} {self.paid_usd:.4f} USD are paid and not paid again." if self.paid_usd else text


class BatchQuerySet(models.QuerySet["Batch"]):
    def for_tenant(self, tenant: Tenant | None) -> "BatchQuerySet":
        return self.filter(tenant=tenant)

    def needing_model(self) -> "BatchQuerySet":
        """Those that still have something to write."""
        return self.exclude(state__in=[Batch.State.COMPLETED, Batch.State.CANCELLED, Batch.State.FAILED])


class Batch(PaidWork, models.Model):
    """A wish for posts; its jobs write them, and what they made hangs on it."""

    counted_as: ClassVar = ("unfinished batch", "unfinished batches")  # those that still need their model

    class Mode(models.TextChoices):
        BATCH = "batch", "Batch: the posts, then stop"
        CONTINUOUS = "continuous", "Continuous: small batches until stopped"

    class State(models.TextChoices):
        """The states of a job, and `paused`: it needs a person, then Resume."""

        WAITING = "waiting", "Waiting"
        ACTIVE = "active", "Active"
        DELAYED = "delayed", "Delayed"
        PAUSED = "paused", "Paused"
        COMPLETED = "completed", "Completed"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="batches")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="batches")
    model = models.ForeignKey(
        ListedModel,
        to_field="model_id",
        db_column="model",
        on_delete=models.PROTECT,
        related_name="batches",
        verbose_name="AI model",
    )
    fallbacks = models.JSONField(default=list, editable=False, help_text="Models asked when it fails: see ai/chain.py.")
    on_errors = models.JSONField(default=list, editable=False, help_text="After which kinds of error.")
    prompt_edition = models.ForeignKey(
        PromptEdition, null=True, on_delete=models.PROTECT, related_name="batches", editable=False
    )
    lane = models.CharField(
        "speed", max_length=6, choices=Call.Lane, default=Call.Lane.NOW, help_text="Cheaper costs half, as a rule."
    )
    mode = models.CharField(max_length=10, choices=Mode, default=Mode.BATCH)
    source = models.CharField("content source", max_length=20, choices=list(SOURCES.items()), default="popular")
    media_type = models.CharField(max_length=10, choices=list(MEDIA_TYPES.items()), default="movie")
    count = models.PositiveSmallIntegerField(
        default=5, validators=[MinValueValidator(1), MaxValueValidator(50)], help_text="New posts, 1 to 50."
    )
    min_rating = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(0), MaxValueValidator(10)], help_text="0 to 10."
    )
    year_from = models.PositiveSmallIntegerField(null=True, blank=True)
    year_to = models.PositiveSmallIntegerField(null=True, blank=True)
    include_adult = models.BooleanField("adult content", default=False)
    language = models.CharField(max_length=10, choices=Language, default=Language.EN)
    length = models.CharField(max_length=10, choices=Length, default=Length.MEDIUM)
    tone = models.CharField(max_length=15, choices=Tone, default=Tone.FRIENDLY)
    publish = models.BooleanField("publish at once", default=False, help_text="Else the posts are drafts.")
    max_usd = models.DecimalField(
        "spending ceiling (USD)",
        max_digits=8,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text="All calls of the batch together stay below it. Empty: no ceiling.",
    )
    priority = models.SmallIntegerField(default=0, editable=False)
    key_owner = models.CharField(max_length=10, default="none", editable=False)
    catalog = models.CharField(max_length=30, default="offline", editable=False)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING, editable=False)
    note = models.CharField(max_length=300, blank=True, editable=False, help_text="What the person should know.")
    stop_requested_at = models.DateTimeField(null=True, editable=False)
    previous = models.OneToOneField(
        "self", null=True, on_delete=models.SET_NULL, editable=False, related_name="next", help_text="Continuous mode."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = BatchQuerySet.as_manager()

    class Meta:
        verbose_name = "AI Auto-Generate"
        verbose_name_plural = "AI Auto-Generate"
        ordering: ClassVar = ["-created_at", "-pk"]
        indexes: ClassVar = [models.Index(fields=["tenant", "-created_at"], name="batch_of_tenant")]

    def __str__(self) -> str:
        return f"Batch {self.pk}: {self.count} × {self.get_source_display()}, {self.get_media_type_display()}"

    def kept(self) -> "Kept":
        """What a resume does not do again."""
        states = list(self.picks.values_list("state", flat=True))
        written, failed = states.count(Pick.State.WRITTEN), states.count(Pick.State.FAILED)
        used = Call.objects.filter(origin=self.origin, state=Call.State.ANSWERED, rejected="")
        return Kept(written, max(0, self.count - written - failed), used.spent_usd())

    def tally(self) -> dict[str, Any]:
        """What was made so far, as the job's result names it."""
        picks = list(self.picks.values_list("state", "post_id", "ref"))
        return {
            "batchId": self.pk,
            "postIds": [post for state, post, _ref in picks if state == Pick.State.WRITTEN],
            "failed": [ref for state, _post, ref in picks if state == Pick.State.FAILED],
        }


class PostQuerySet(models.QuerySet["Post"]):
    def for_tenant(self, tenant: Tenant | None) -> "PostQuerySet":
        return self.filter(tenant=tenant)

    def published(self) -> "PostQuerySet":
        """What the public sees, newest first."""
        return self.filter(state=Post.State.PUBLISHED).order_by("-published_at", "-pk")

    def contradicted(self) -> "PostQuerySet":
        """Those that say something else than their record."""
        return self.filter(grounding__contradicted__gt=0)


CHECKED = ("title", "body", "excerpt", "seo_title", "seo_description")  # texts of a post that state facts


class Post(models.Model):
    """A blog post, with the source record it was written from."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        PUBLISHED = "published", "Published"

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="posts")
    batch = models.ForeignKey(Batch, null=True, on_delete=models.SET_NULL, related_name="posts", editable=False)
    film = models.CharField(max_length=120, blank=True, editable=False, help_text="The catalog's reference.")
    title = models.CharField(max_length=200)
    slug = models.SlugField(max_length=220, blank=True, help_text="Part of the address; made from the title if empty.")
    excerpt = models.TextField(blank=True, max_length=500)
    body = models.TextField(help_text="Markdown.")
    html = models.TextField(editable=False)
    seo_title = models.CharField("SEO title", max_length=70, blank=True)
    seo_description = models.CharField("SEO description", max_length=170, blank=True)
    snapshot = models.JSONField("source record", default=dict, editable=False)
    grounding = models.JSONField("facts", default=dict, editable=False, help_text="See ai.grounding.check_all.")
    call = models.ForeignKey(Call, null=True, on_delete=models.SET_NULL, related_name="posts", editable=False)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT, editable=False)
    published_at = models.DateTimeField(null=True, editable=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="posts", editable=False
    )
    language = models.CharField(max_length=10, choices=Language, default=Language.EN)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = PostQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "slug"], name="slug_once_per_tenant"),
            models.UniqueConstraint(fields=["batch", "film"], name="film_once_per_batch"),
            models.UniqueConstraint(
                fields=["tenant", "film"], condition=~models.Q(film=""), name="film_once_per_tenant"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["tenant", "state", "-published_at"], name="post_of_tenant")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The public address, in the blog of its workspace."""
        if self.tenant_id == getattr(public_tenant(), "pk", None):
            return reverse("blog:post", args=[self.slug])
        return reverse("blog:tenant-post", args=[self.tenant.slug, self.slug])

    def check_facts(self) -> None:
        """Match what the texts say with the source record; the caller saves."""
        texts = {name: getattr(self, name) for name in CHECKED}
        self.grounding = grounding.check_all(texts, self.snapshot)

    @property
    def is_checked(self) -> bool:
        """Whether its facts were checked, by the check as it is now."""
        return bool(self.grounding.get("version") == grounding.VERSION)

    @property
    def contradictions(self) -> list[dict[str, Any]]:
        """The claims that the record contradicts, each once."""
        if not self.is_checked:
            self.check_facts()
        found: dict[tuple[str, str, str], dict[str, Any]] = {}
        for claim in (claim for part in self.grounding["parts"].values() for claim in part):
            if claim["verdict"] == "contradicted":
                found.setdefault((claim["kind"], claim["text"], claim["says"]), claim)
        return list(found.values())

    def publish(self) -> None:
        """Show the post in public; the caller saves."""
        self.state = self.State.PUBLISHED
        self.published_at = self.published_at or timezone.now()

    def unpublish(self) -> None:
        """Make it a draft again; the caller saves."""
        self.state = self.State.DRAFT
        self.published_at = None

    def choose_slug(self) -> None:
        """Give the post a slug that is free in its workspace, from the slug it has or its title; the caller saves."""
        base = slugify(self.slug or self.title)[:200] or "post"
        taken = set(
            Post.objects.filter(tenant=self.tenant_id, slug__startswith=base)
            .exclude(pk=self.pk)
            .values_list("slug", flat=True)
        )
        candidates = (base if number == 1 else f"{base}-{number}" for number in range(1, len(taken) + 2))
        self.slug = next(slug for slug in candidates if slug not in taken)


class Revision(models.Model):
    """A text that a post had and that another one took the place of."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="revisions")
    title = models.CharField(max_length=200)
    excerpt = models.TextField(blank=True)
    body = models.TextField()
    seo_title = models.CharField(max_length=70, blank=True)
    seo_description = models.CharField(max_length=170, blank=True)
    call = models.ForeignKey(
        Call, null=True, on_delete=models.SET_NULL, related_name="revisions", help_text="The call that wrote it."
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", help_text="Who replaced it."
    )
    why = models.CharField(max_length=200, help_text="What took its place.")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = "earlier text"
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return self.title


class Pick(models.Model):
    """A film that a batch chose: reserved before the call, so that two batches never write about the same one."""

    class State(models.TextChoices):
        PICKED = "picked", "To do"
        WRITTEN = "written", "Written"
        FAILED = "failed", "Failed"

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="picks")
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    ref = models.CharField(max_length=120)
    name = models.CharField(max_length=300)
    snapshot = models.JSONField()
    state = models.CharField(max_length=10, choices=State, default=State.PICKED)
    post = models.OneToOneField(Post, null=True, on_delete=models.CASCADE, related_name="pick")
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["batch", "ref"], name="pick_once_per_batch"),
            models.UniqueConstraint(
                fields=["tenant", "ref"], condition=~models.Q(state="failed"), name="pick_once_per_tenant"
            ),
        ]

    def __str__(self) -> str:
        return self.name
