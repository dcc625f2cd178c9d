"""The model list, and the ledger of calls: every request to a provider, committed before it is sent."""

from datetime import date
from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Case, Sum, When
from django.utils import timezone

from accounts.models import Tenant
from jobs.models import Job


class ListedModelQuerySet(models.QuerySet["ListedModel"]):
    def for_text(self) -> "ListedModelQuerySet":
        return self.filter(kind=ListedModel.Kind.TEXT)


class ListedModel(models.Model):
    """A model we know: seeded from ai/data/models.csv. Prices are USD per million tokens on `priced_at`."""

    class Kind(models.TextChoices):
        TEXT = "text", "Text"
        IMAGE = "image", "Images"
        TRANSCRIPTION = "transcription", "Transcription"

    class Status(models.TextChoices):
        ACTIVE = "active", "Active"
        DEPRECATED = "deprecated", "Deprecated"
        RETIRED = "retired", "Retired"

    provider = models.CharField(max_length=30)
    model_id = models.CharField("id", max_length=100, unique=True)
    label = models.CharField(max_length=100)
    blurb = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.TEXT)
    context_tokens = models.PositiveIntegerField(null=True)
    output_tokens = models.PositiveIntegerField(null=True)
    usd_in_per_m = models.DecimalField("USD per million tokens in", max_digits=12, decimal_places=6, null=True)
    usd_out_per_m = models.DecimalField("USD per million tokens out", max_digits=12, decimal_places=6, null=True)
    priced_at = models.DateField()
    status = models.CharField(max_length=12, choices=Status, default=Status.ACTIVE)
    retires_at = models.DateField(null=True)
    successor = models.CharField(max_length=100, blank=True)
    note = models.CharField(max_length=200, blank=True)

    objects = ListedModelQuerySet.as_manager()

    class Meta:
        verbose_name = "AI model"
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return self.label

    def prices(self) -> str:
        """The prices in words for people: "2 / 10", or a dash when they are not known."""
        if self.usd_in_per_m is None or self.usd_out_per_m is None:
            return "–"
        return " / ".join(f"{price:f}".rstrip("0").rstrip(".") for price in (self.usd_in_per_m, self.usd_out_per_m))

    def is_retired(self, today: date) -> bool:
        """Whether it can be asked for no more."""
        return self.status == self.Status.RETIRED or (self.retires_at is not None and self.retires_at <= today)


class CallQuerySet(models.QuerySet["Call"]):
    def for_tenant(self, tenant: Tenant | None) -> "CallQuerySet":
        return self.filter(tenant=tenant)

    def spent_usd(self) -> Decimal:
        """What these calls cost: settled ones their cost, those in flight what is reserved."""
        cost = Case(When(state=Call.State.SENT, then="reserved_usd"), default="cost_usd")
        return self.aggregate(total=Sum(cost))["total"] or Decimal(0)

    def of_step(self, origin: str, step: str) -> "CallQuerySet":
        """The calls for one step of one request row, oldest first."""
        return self.filter(origin=origin, step=step).order_by("pk")


class Call(models.Model):
    """One request to a provider. An answer that is stored is never asked for again."""

    class State(models.TextChoices):
        SENT = "sent", "In flight"
        ANSWERED = "answered", "Answered"
        FAILED = "failed", "Failed"
        LOST = "lost", "Lost"  # the process died while it was in flight; billed as reserved
        LATE = "late", "Late"  # answered after its job had gone on without it; billed, not used

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="calls")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="calls")
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="calls")
    fence = models.PositiveIntegerField(default=0)
    origin = models.CharField(max_length=80, help_text="The request row, as blog.Batch:5.")
    step = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State, default=State.SENT)
    repeat_of = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="repeats")

    provider = models.CharField(max_length=30)
    model_requested = models.CharField(max_length=100)
    model_used = models.CharField(max_length=100, blank=True)
    key_owner = models.CharField(max_length=10, help_text="Whose key paid: user, tenant, server or none.")
    prompt_name = models.CharField(max_length=60)
    prompt_version = models.PositiveSmallIntegerField()
    inputs = models.JSONField(help_text="System text, prompt and facts as they were sent.")
    parameters = models.JSONField(default=dict)
    content_hash = models.CharField(max_length=64)

    raw_answer = models.TextField(blank=True)
    finish = models.CharField(max_length=20, blank=True)
    rejected = models.CharField(max_length=200, blank=True, help_text="Why the answer could not be used.")
    request_id = models.CharField(max_length=120, blank=True)
    error_code = models.CharField(max_length=60, blank=True)
    error = models.TextField(blank=True)
    input_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(default=0)
    usd_in_per_m = models.DecimalField("USD per million tokens in", max_digits=12, decimal_places=6, default=0)
    usd_out_per_m = models.DecimalField("USD per million tokens out", max_digits=12, decimal_places=6, default=0)
    reserved_usd = models.DecimalField("reserved (USD)", max_digits=14, decimal_places=8, default=0)
    cost_usd = models.DecimalField("cost (USD)", max_digits=14, decimal_places=8, default=0)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    objects = CallQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [
            models.Index(fields=["origin", "step"], name="call_of_step"),
            models.Index(fields=["tenant", "-created_at"], name="call_of_tenant"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["origin", "step"], condition=models.Q(state="sent"), name="one_call_in_flight_per_step"
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.model_requested} {self.step}"
