"""Lessons, their sections, and the texts that sections had before."""

from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Subquery, Sum, Value
from django.db.models.functions import Cast, Coalesce, Concat
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify

from accounts.models import Tenant
from ai.languages import Language
from ai.models import Call, ListedModel, PromptEdition
from ai.paying import PaidWork
from jobs.models import OPEN, Job, State
from lessons.documents import EMPTY, SCHEMA_VERSION, Json, plain_text, to_html

# Silent reading of English non-fiction: the mean over 190 studies in Brysbaert (2019), doi:10.1016/j.jml.2019.104047
WORDS_PER_MINUTE = 238
LONGEST_TOPIC, LONGEST_CONTEXT, LONGEST_TITLE = 300, 20_000, 200


class Difficulty(models.TextChoices):
    INTRODUCTORY = "introductory", "Introductory"
    STANDARD = "standard", "Standard"
    ADVANCED = "advanced", "Advanced"


class Trigger(models.TextChoices):
    """What made somebody order a lesson."""

    CHAT = "chat", "A chat"
    MANUAL = "manual", "By hand"
    API = "api", "The API"
    SCHEDULE = "schedule", "A schedule"


class LessonQuerySet(models.QuerySet["Lesson"]):
    def for_tenant(self, tenant: Tenant | None) -> "LessonQuerySet":
        return self.filter(tenant=tenant)

    def needing_model(self) -> "LessonQuerySet":
        """Those that still have something to write. A finished one can be given another model by hand."""
        return self.exclude(state=State.COMPLETED)

    def with_progress(self) -> "LessonQuerySet":
        """With `total` sections, `written` (that have a text), `words` (of all), and `shown`: its standing."""
        name = Concat(Value(f"{Lesson._meta.label}:"), Cast(OuterRef("pk"), models.CharField()))
        open_job = Job.objects.filter(request=name, state__in=OPEN).values("state")[:1]
        sections = Section.objects.filter(lesson=OuterRef("pk")).order_by().values("lesson")

        def of_sections(found: Any, rows: Any = sections) -> Coalesce:
            return Coalesce(Subquery(rows.annotate(found=found).values("found")), 0)

        return self.annotate(  # subqueries: a search through sections would count them more than once
            total=of_sections(models.Count("pk")),
            written=of_sections(models.Count("pk"), sections.filter(document__isnull=False)),
            words=of_sections(Sum("words")),
            shown=Coalesce(Subquery(open_job), "state", output_field=models.CharField()),
        )


class Lesson(PaidWork, models.Model):
    """A wish for a lesson; its jobs write it, in stages: the outline, each section, the quiz, the review.

    Of each stage `_wanted` counts how often it was ordered, and `_done` how often it was done: a job does what is
    missing. Sections count for themselves.
    """

    counted_as: ClassVar = ("unfinished lesson", "unfinished lessons")  # those that still need their model

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="lessons")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="lessons")
    topic = models.CharField(max_length=LONGEST_TOPIC)
    difficulty = models.CharField(max_length=15, choices=Difficulty, default=Difficulty.STANDARD)
    trigger_source = models.CharField("ordered by", max_length=10, choices=Trigger, default=Trigger.MANUAL)
    context = models.TextField(blank=True, max_length=LONGEST_CONTEXT)
    language = models.CharField(max_length=10, choices=Language, default=Language.EN)
    audience = models.CharField(max_length=200, blank=True)
    section_count = models.PositiveSmallIntegerField("sections")
    order_hash = models.CharField(max_length=64, editable=False, help_text="The same wish of the same person.")

    model = models.ForeignKey(
        ListedModel,
        to_field="model_id",
        db_column="model",
        on_delete=models.PROTECT,
        related_name="lessons",
        verbose_name="AI model",
    )
    key_owner = models.CharField(max_length=10, default="none", editable=False)
    fallbacks = models.JSONField(default=list, editable=False, help_text="Models asked when it fails: see ai/chain.py.")
    on_errors = models.JSONField(default=list, editable=False, help_text="After which kinds of error.")
    editions = models.ManyToManyField(PromptEdition, related_name="lessons", editable=False)

    state = models.CharField(max_length=10, choices=State, default=State.WAITING, editable=False)
    note = models.CharField(max_length=300, blank=True, editable=False, help_text="Why it failed.")
    slug = models.SlugField(max_length=100, editable=False)
    title = models.CharField(max_length=LONGEST_TITLE, blank=True)
    objectives = models.JSONField(default=list, editable=False, help_text="A list of texts.")
    key_terms = models.JSONField(default=list, editable=False, help_text="A list of {term, meaning}.")
    quiz = models.JSONField(
        default=list, editable=False, help_text="A list of {question, options, answer (place, from 0), explanation}."
    )
    review = models.JSONField(null=True, editable=False, help_text="{summary, objectives, remarks}.")
    outline_wanted = models.PositiveSmallIntegerField(default=1, editable=False)
    outline_done = models.PositiveSmallIntegerField(default=0, editable=False)
    quiz_wanted = models.PositiveSmallIntegerField(default=1, editable=False)
    quiz_done = models.PositiveSmallIntegerField(default=0, editable=False)
    review_wanted = models.PositiveSmallIntegerField(default=1, editable=False)
    review_done = models.PositiveSmallIntegerField(default=0, editable=False)
    quiz_at = models.DateTimeField(null=True, editable=False)
    review_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = LessonQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at", "-pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["tenant", "slug"], name="lesson_slug_once")]
        indexes: ClassVar = [
            models.Index(fields=["tenant", "-created_at"], name="lesson_of_tenant"),
            models.Index(fields=["tenant", "order_hash"], name="lesson_wish"),
        ]

    def __str__(self) -> str:
        return self.title or self.topic

    def get_absolute_url(self) -> str:
        """The page for reading it."""
        return reverse("lessons:lesson", args=[self.slug])

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def standing(self) -> State:
        """The state of its open job, else its own: a job may be delayed, of which its lesson is not told."""
        shown = getattr(self, "shown", None) or self.jobs.open().values_list("state", flat=True).first()
        return State(shown or self.state)

    @property
    def is_whole(self) -> bool:
        """Whether each part of it was made once."""
        made = self.outline_done and self.quiz_done and self.review_done
        return bool(made) and not self.sections.filter(document=None).exists()

    @property
    def minutes(self) -> int:
        """The estimated reading time; 0 where nothing is written."""
        words = getattr(self, "words", None)
        if words is None:
            words = self.sections.aggregate(words=Sum("words", default=0))["words"]
        return -(-words // WORDS_PER_MINUTE)

    @property
    def text_language(self) -> str:
        """The language that the text is in: the offline writer knows English only."""
        return str(Language.EN if self.key_owner == "none" else self.language)

    @property
    def review_is_stale(self) -> bool:
        """Whether it is about texts or objectives that have changed since."""
        outline = (self.review or {}).get("outline", self.outline_done)
        return self.is_stale(self.review_at) or outline != self.outline_done

    @property
    def changed_at(self) -> datetime | None:
        """When a text of it changed last."""
        return self.sections.aggregate(last=models.Max("changed_at"))["last"]

    def is_stale(self, made_at: datetime | None) -> bool:
        """Whether what was made then (the quiz, the review) is about texts that have changed since."""
        changed = self.changed_at
        return made_at is not None and changed is not None and changed > made_at

    def choose_slug(self) -> None:
        """Give the lesson an address that is free in its workspace, from its topic; the caller saves."""
        base = slugify(self.topic)[:80].strip("-") or "lesson"
        rows = Lesson.objects.filter(tenant=self.tenant_id, slug__startswith=base).exclude(pk=self.pk)
        taken = set(rows.values_list("slug", flat=True))
        numbered = (base if number == 1 else f"{base}-{number}" for number in range(1, len(taken) + 2))
        self.slug = next(slug for slug in numbered if slug not in taken)


class SectionQuerySet(models.QuerySet["Section"]):
    def for_tenant(self, tenant: Tenant | None) -> "SectionQuerySet":
        return self.filter(tenant=tenant)

    def to_write(self) -> "SectionQuerySet":
        """Those that were ordered and are not done."""
        return self.filter(done__lt=F("wanted"))

    def written(self) -> "SectionQuerySet":
        """Those that have a text."""
        return self.filter(document__isnull=False)


class Section(models.Model):
    """One part of a lesson: a Tiptap document. One that a person edited is locked: no job writes over it."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="sections")
    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="sections")
    position = models.PositiveSmallIntegerField(editable=False)
    title = models.CharField(max_length=LONGEST_TITLE)
    brief = models.TextField(blank=True, editable=False, help_text="What the outline wants in it.")
    document = models.JSONField(null=True, help_text="Tiptap JSON of the StarterKit schema.")
    schema_version = models.PositiveSmallIntegerField(default=SCHEMA_VERSION, editable=False)
    text = models.TextField(blank=True, editable=False, help_text="Its words, for search.")
    words = models.PositiveIntegerField(default=0, editable=False)
    changes = models.JSONField(default=list, editable=False, help_text="What was mended in the model's answer.")
    is_locked = models.BooleanField("locked", default=False, editable=False)
    edition = models.PositiveIntegerField(default=0, editable=False, help_text="Counts the texts it had.")
    wanted = models.PositiveSmallIntegerField(default=1, editable=False)
    done = models.PositiveSmallIntegerField(default=0, editable=False)
    wish = models.CharField(max_length=500, blank=True, editable=False, help_text="What a person asked for.")
    outline = models.PositiveSmallIntegerField(default=1, editable=False, help_text="The outline it was written for.")
    call = models.ForeignKey(Call, null=True, on_delete=models.SET_NULL, related_name="sections", editable=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    changed_at = models.DateTimeField(null=True, editable=False)

    objects = SectionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["lesson", "position"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["lesson", "position"], name="position_once")]

    def __str__(self) -> str:
        return self.title

    @property
    def anchor(self) -> str:
        """Where it stands on the page of its lesson."""
        return f"section-{self.position}"

    @property
    def html(self) -> str:
        """Clean HTML below the section's own heading, for reading."""
        return to_html(self.document or EMPTY, below=1)

    def put(self, title: str, document: Json) -> None:
        """Give the section a valid document and what follows from it; the caller saves."""
        self.title, self.document, self.schema_version = title, document, SCHEMA_VERSION
        self.text = plain_text(document)
        self.words = len(self.text.split())
        self.edition += 1
        self.changed_at = timezone.now()

    def keep(self, author: Any, why: str) -> "Revision | None":
        """Keep the text that it has, before another takes its place; None where it has none."""
        if self.document is None:
            return None
        return Revision.objects.create(
            section=self,
            title=self.title,
            document=self.document,
            schema_version=self.schema_version,
            call=self.call,
            author=author,
            why=why[:200],
        )


class Revision(models.Model):
    """A text that a section had and that another one took the place of."""

    section = models.ForeignKey(Section, on_delete=models.CASCADE, related_name="revisions")
    title = models.CharField(max_length=LONGEST_TITLE)
    document = models.JSONField()
    schema_version = models.PositiveSmallIntegerField()
    call = models.ForeignKey(
        Call, null=True, on_delete=models.SET_NULL, related_name="earlier_sections", help_text="The call that wrote it."
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
