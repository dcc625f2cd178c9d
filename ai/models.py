"""The ledger of calls: every request to a provider, committed before it is sent."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.models import Tenant
from jobs.models import Job


class CallQuerySet(models.QuerySet["Call"]):
    def for_tenant(self, tenant: Tenant | None) -> "CallQuerySet":
        return self.filter(tenant=tenant)

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
