"""The ledger of what leaves the house: one text on one account, every attempt, and what holds it back."""

import hashlib
import json
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils import timezone
from ulid import ULID

from accounts.models import Tenant
from jobs.models import Job
from media.models import MediaFile
from publishing.models.accounts import Account, Stop


def new_key() -> str:
    """What a publication is known by, at platforms too."""
    return str(ULID()).lower()


class PublicationQuerySet(models.QuerySet["Publication"]):
    def for_tenant(self, tenant: Tenant | None) -> "PublicationQuerySet":
        return self.filter(tenant=tenant)

    def free(self) -> "PublicationQuerySet":
        """Those that neither a hold, nor the switch of their workspace, nor a pause of their account keeps here."""
        return self.filter(
            ~Exists(Hold.objects.filter(publication=OuterRef("pk"), released_at=None)),
            ~Exists(Stop.objects.filter(tenant=OuterRef("tenant"))),
            Exists(Account.objects.active().filter(pk=OuterRef("account"))),
        )

    def may_leave(self, job: str = "") -> "PublicationQuerySet":
        """Those that nothing forbids to be sent now; a job that put one off itself comes back at its own time."""
        return self.free().filter(
            Q(not_before=None) | Q(not_before__lte=Now()) | (Q(job=job) if job else Q(pk__in=[])),
            state=Publication.State.SCHEDULED,
            scheduled_at__lte=Now(),
        )

    def due(self) -> "PublicationQuerySet":
        """Scheduled ones whose time has come."""
        past = Q(not_before=None) | Q(not_before__lte=Now())
        return self.filter(past, state=Publication.State.SCHEDULED, scheduled_at__lte=Now())

    def deserted(self) -> "PublicationQuerySet":
        """Those whose job has ended, or is not even there, while they were being sent."""
        alive = Job.objects.open().filter(pk=OuterRef("job"))
        return self.filter(~Exists(alive), state=Publication.State.SENDING)

    def locked(self) -> "PublicationQuerySet":
        """The same, once nobody else changes them; in a transaction.

        On PostgreSQL a statement that waits for a row sees that row anew, but its holds as they were before it waited:
        so whoever looks at both takes the row first.
        """
        list(self.select_for_update(of=("self",)).order_by().values_list("pk"))
        return self

    def out(self) -> "PublicationQuerySet":
        """Those that are out, as far as we know, and that the platform can be asked about."""
        return self.filter(state=Publication.State.PUBLISHED, taken_off_at=None).exclude(remote_id="")

    def unresolved(self) -> "PublicationQuerySet":
        """Those of which nobody knows whether they are out."""
        return self.filter(state=Publication.State.UNCONFIRMED)


class Publication(models.Model):
    """One text on one account. `content` is a snapshot: what it was made of may change, this does not."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        NEEDS_APPROVAL = "needs_approval", "Needs approval"
        SCHEDULED = "scheduled", "Scheduled"
        SENDING = "sending", "Sending"
        PUBLISHED = "published", "Published"
        REFUSED = "refused", "Refused"
        UNCONFIRMED = "unconfirmed", "Unconfirmed"
        CANCELLED = "cancelled", "Cancelled"
        EXPIRED = "expired", "Too late"

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="publications")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="publications"
    )
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="publications")
    key = models.CharField(max_length=26, unique=True, default=new_key, editable=False)
    state = models.CharField(max_length=15, choices=State, default=State.DRAFT, editable=False)
    note = models.CharField(max_length=500, blank=True, editable=False, help_text="Why it is in this state.")

    content = models.JSONField(default=dict, editable=False)
    content_hash = models.CharField(max_length=64, editable=False)
    media = models.ManyToManyField(MediaFile, blank=True, related_name="publications")
    origin = models.CharField(max_length=80, blank=True, editable=False, help_text="What it was made of: blog.Post:5.")
    schedule = models.CharField(max_length=100, blank=True, editable=False, help_text="The caller's plan.")
    idempotency_key = models.CharField(  # noqa: DJ001  (NULL is no key; an empty text would be one)
        max_length=200, null=True, editable=False
    )
    body_hash = models.CharField(max_length=64, blank=True, editable=False)
    is_test = models.BooleanField(default=False, editable=False)
    replaces = models.ForeignKey(
        "self", null=True, on_delete=models.CASCADE, related_name="replacements", editable=False,
        help_text="The published one whose words this changes.",
    )  # fmt: skip

    follows = models.OneToOneField(
        "self", null=True, on_delete=models.CASCADE, related_name="follower", editable=False,
        help_text="The part of a thread before this one, or the post that this one comments.",
    )  # fmt: skip

    approval_message = models.CharField(max_length=1000, blank=True, help_text="A word to those who approve it.")
    approval_due_at = models.DateTimeField(null=True, blank=True, help_text="By when they should decide.")
    scheduled_at = models.DateTimeField("at", null=True, blank=True)
    not_before = models.DateTimeField(null=True, editable=False, help_text="When it is tried again.")
    round = models.PositiveIntegerField(default=1, editable=False, help_text="How often a person let it go.")
    job = models.CharField(max_length=140, blank=True, editable=False, help_text="The job that sends it.")
    prepared = models.JSONField(default=dict, editable=False, help_text="What is uploaded already.")
    published_at = models.DateTimeField(null=True, editable=False)
    remote_id = models.CharField(max_length=300, blank=True, editable=False)
    url = models.CharField(max_length=500, blank=True, editable=False)
    version = models.CharField(max_length=100, blank=True, editable=False)
    taken_off_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = PublicationQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "schedule", "account"],
                condition=~Q(schedule="") & ~Q(state__in=["cancelled", "refused", "expired"]),
                name="one_publication_per_schedule_and_account",
            ),
            models.UniqueConstraint(fields=["tenant", "idempotency_key"], name="one_publication_per_key"),
            models.UniqueConstraint(
                fields=["replaces"],
                condition=Q(state__in=["draft", "needs_approval", "scheduled", "sending", "unconfirmed"]),
                name="one_open_update_per_publication",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["state", "scheduled_at"], name="publication_due"),
            models.Index(fields=["tenant", "-created_at"], name="publication_of_tenant"),
        ]

    def __str__(self) -> str:
        words = self.content.get("title") or self.content.get("text") or "Publication"
        return f"{words[:77]}…" if len(words) > 78 else str(words)

    @property
    def is_fixed(self) -> bool:
        """Whether its words cannot be changed any more: it is out, or may be."""
        return self.state in (self.State.SENDING, self.State.PUBLISHED, self.State.UNCONFIRMED)

    @property
    def is_there(self) -> bool:
        """Whether it is out, as far as we know, and the platform told us what it calls it."""
        return bool(self.state == self.State.PUBLISHED and self.remote_id and not self.taken_off_at)

    @property
    def may_be_there(self) -> bool:
        """Whether a call got no answer, and nobody has found out since what became of it."""
        return self.attempts.open_questions().exists()

    def set_content(self, content: dict[str, Any]) -> None:
        """Take a new snapshot; what was uploaded for another one is forgotten. The caller saves."""
        self.content = content
        self.content_hash = hash_of(content)
        self.prepared = {}


def hash_of(content: dict[str, Any]) -> str:
    """The SHA-256 of a snapshot, in hex."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


class AttemptQuerySet(models.QuerySet["Attempt"]):
    def open_questions(self) -> "AttemptQuerySet":
        """Those of which nobody knows whether they published it."""
        return self.filter(state__in=(Attempt.State.ARMED, Attempt.State.UNKNOWN))


class Attempt(models.Model):
    """One call that publishes: the intent is committed before it, what became of it after."""

    class State(models.TextChoices):
        ARMED = "armed", "Under way"
        PUBLISHED = "published", "Published"
        NOT_SENT = "not_sent", "Nothing was sent"
        REFUSED = "refused", "Refused"
        UNKNOWN = "unknown", "Outcome unknown"
        ABSENT = "absent", "Not there"

    publication = models.ForeignKey(Publication, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.ARMED)
    request_hash = models.CharField(max_length=64)
    job = models.CharField(max_length=140, blank=True)
    code = models.CharField(max_length=60, blank=True)
    words = models.CharField(max_length=500, blank=True)
    remote_id = models.CharField(max_length=300, blank=True)
    url = models.CharField(max_length=500, blank=True)
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    objects = AttemptQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["publication", "number"], name="attempt_number_once"),
            models.UniqueConstraint(fields=["publication"], condition=Q(state="armed"), name="one_attempt_under_way"),
        ]

    def __str__(self) -> str:
        return f"Attempt {self.number}: {self.get_state_display()}"


class Hold(models.Model):
    """A reason why a publication may not go out. It belongs to one content: another content is held anew."""

    class Kind(models.TextChoices):
        APPROVAL = "approval", "Approval"
        GROUNDING = "grounding", "Facts"
        ALT_TEXT = "alt_text", "Alt text"
        REPEAT = "repeat", "Repeat"
        VOICE = "voice", "Voice"

    publication = models.ForeignKey(Publication, on_delete=models.CASCADE, related_name="holds")
    kind = models.CharField(max_length=10, choices=Kind)
    content_hash = models.CharField(max_length=64)
    reason = models.CharField(max_length=500)
    opened_at = models.DateTimeField(default=timezone.now)
    released_at = models.DateTimeField(null=True)
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    release_note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering: ClassVar = ["opened_at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["publication", "kind", "content_hash"], name="one_hold_per_content"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.reason}"
