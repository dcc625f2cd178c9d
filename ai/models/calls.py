"""The ledger of calls: every request to a provider, committed before it is sent."""

from decimal import Decimal
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Case, Sum, When
from django.utils import timezone

from accounts.models import Tenant
from jobs.models import Job


def usd_field(text: str, *, digits: int = 14, places: int = 8) -> models.DecimalField:
    """A column for an amount or a price in USD."""
    return models.DecimalField(text, max_digits=digits, decimal_places=places, default=0)


class LotQuerySet(models.QuerySet["Lot"]):
    def at_the_vendor(self) -> "LotQuerySet":
        """Those whose answers are still to come, and paid."""
        return self.filter(state__in=[Lot.State.SUBMITTING, Lot.State.WORKING])


class Lot(models.Model):
    """Calls that a provider answers within a day, for less: handed in once, looked at by a clock until it has ended."""

    class State(models.TextChoices):
        SUBMITTING = "submitting", "Being handed in"
        WORKING = "working", "At the provider"
        ENDED = "ended", "Ended"
        FAILED = "failed", "Failed"

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="lots")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="lots")
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="lots")
    origin = models.CharField(max_length=80, help_text="The request row, as blog.Batch:5.")
    provider = models.CharField(max_length=30)
    key_owner = models.CharField(max_length=10)
    label = models.CharField(max_length=60, unique=True, help_text="Our name for it at the provider.")
    remote_id = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=12, choices=State, default=State.SUBMITTING)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=500, blank=True)
    cancel_asked_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    checked_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = LotQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [models.Index(fields=["state"], name="lot_open")]

    def __str__(self) -> str:
        return self.label


class CallQuerySet(models.QuerySet["Call"]):
    def for_tenant(self, tenant: Tenant | None) -> "CallQuerySet":
        return self.filter(tenant=tenant)

    def spent_usd(self) -> Decimal:
        """What these calls cost: settled ones their cost, those in flight what is reserved."""
        return self.aggregate(total=Sum(self.spending()))["total"] or Decimal(0)

    @staticmethod
    def spending() -> Case:
        """The amount of one call, as an expression."""
        return Case(When(state=Call.State.SENT, then="reserved_usd"), default="cost_usd")

    def of_step(self, origin: str, step: str) -> "CallQuerySet":
        """The calls for one step of one request row, oldest first."""
        return self.filter(origin=origin, step=step).order_by("pk")


HEARD = ".transcript"  # how the names of prompts for transcribers end


class Call(models.Model):
    """One request to a provider. An answer that is stored is never asked for again."""

    class State(models.TextChoices):
        SENT = "sent", "In flight"
        ANSWERED = "answered", "Answered"
        FAILED = "failed", "Failed"
        LOST = "lost", "Lost"  # the process died while it was in flight; billed as reserved
        LATE = "late", "Late"  # answered after its job had gone on without it; billed, not used

    class Lane(models.TextChoices):
        NOW = "now", "At once"
        CHEAP = "cheap", "Cheaper, within a day"

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="calls")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="calls")
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="calls")
    fence = models.PositiveIntegerField(default=0)
    origin = models.CharField(max_length=80, help_text="The request row, as blog.Batch:5.")
    step = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State, default=State.SENT)
    repeat_of = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="repeats")
    instead_of = models.CharField(
        max_length=100, blank=True, help_text="The model that was asked for first, where the fallback chain moved on."
    )
    lane = models.CharField(max_length=6, choices=Lane, default=Lane.NOW)
    lot = models.ForeignKey(Lot, null=True, on_delete=models.SET_NULL, related_name="calls")

    provider = models.CharField(max_length=30)
    model_requested = models.CharField(max_length=100)
    model_used = models.CharField(max_length=100, blank=True)
    key_owner = models.CharField(max_length=10, help_text="Whose key paid: user, tenant, server or none.")
    prompt_name = models.CharField(max_length=60)
    prompt_version = models.PositiveSmallIntegerField()
    prompt_edition = models.PositiveSmallIntegerField(
        null=True, help_text="The workspace's own edition of the prompt, where it has one."
    )
    inputs = models.JSONField(help_text="System text, prompt and facts as they were sent.")
    parameters = models.JSONField(default=dict)
    content_hash = models.CharField(max_length=64)

    raw_answer = models.TextField(blank=True)
    finish = models.CharField(max_length=20, blank=True)
    rejected = models.CharField(max_length=200, blank=True, help_text="Why the answer could not be used.")
    repairs = models.CharField(max_length=200, blank=True, help_text="What was mended in the answer to read it.")
    request_id = models.CharField(max_length=120, blank=True)
    error_code = models.CharField(max_length=60, blank=True)
    error = models.TextField(blank=True)
    input_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(default=0)
    cached_input_tokens = models.PositiveIntegerField(default=0)
    cache_write_tokens = models.PositiveIntegerField(default=0)
    reasoning_tokens = models.PositiveIntegerField(default=0)
    usd_in_per_m = usd_field("USD per million tokens in", digits=12, places=6)
    usd_out_per_m = usd_field("USD per million tokens out", digits=12, places=6)
    priced_at = models.DateField("price of", null=True)
    reserved_usd = usd_field("reserved (USD)")
    cost_usd = usd_field("cost (USD)")
    cost_source = models.CharField(
        max_length=10, blank=True, help_text="Who says so: usage (tokens times price), vendor, or reserved."
    )
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    objects = CallQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [
            models.Index(fields=["origin", "step"], name="call_of_step"),
            models.Index(fields=["tenant", "-created_at"], name="call_of_tenant"),
            models.Index(fields=["user", "-created_at"], name="call_of_user"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["origin", "step"], condition=models.Q(state="sent"), name="one_call_in_flight_per_step"
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.model_requested} {self.step}"

    @property
    def is_heard(self) -> bool:
        """Whether it was sound to write down: then milliseconds of it stand where tokens stand in others."""
        return self.prompt_name.endswith(HEARD)

    @property
    def model_answered(self) -> str:
        """The model that really answered, else the one that was asked."""
        return self.model_used or self.model_requested

    @property
    def overrun_usd(self) -> Decimal:
        """How much more it cost than was reserved for it; 0 as a rule."""
        over = self.cost_usd - self.reserved_usd
        return over if self.state != self.State.SENT and over > 0 else Decimal(0)

    @property
    def seconds(self) -> float | None:
        """How long it took; None while it is in flight."""
        return (self.finished_at - self.created_at).total_seconds() if self.finished_at else None

    @property
    def prompt_used(self) -> str:
        """Name and version of its prompt, for people."""
        edition = f", edition {self.prompt_edition}" if self.prompt_edition else ""
        return f"{self.prompt_name}, version {self.prompt_version}{edition}"

    @property
    def record(self) -> dict[str, Any]:
        """The source record that the text was written from."""
        facts = self.inputs.get("facts") or {}
        title = facts.get("title")
        return title if isinstance(title, dict) else facts

    @property
    def subject(self) -> str:
        """What it is about: the film with its year, else the step that it was made for."""
        name, year = self.record.get("name"), self.record.get("year")
        return (f"{name} ({year})" if year else str(name)) if name else self.step
