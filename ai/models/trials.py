"""Calls made again, to see what another model or other words would have made of them."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.models import Tenant
from ai.models.calls import Call
from ai.models.catalogue import ListedModel
from jobs.models import Job, request_ref


class TrialQuerySet(models.QuerySet["Trial"]):
    def for_tenant(self, tenant: Tenant | None) -> "TrialQuerySet":
        return self.filter(tenant=tenant)


class Trial(models.Model):
    """Some calls made again on one model: a replay of one call, or the last N before a switch to a successor."""

    class Words(models.TextChoices):
        SAME = "same", "The same words"
        CURRENT = "current", "The prompt as it is today"

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="trials")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="trials")
    model = models.ForeignKey(ListedModel, to_field="model_id", on_delete=models.PROTECT, related_name="trials")
    instead_of = models.ForeignKey(
        ListedModel,
        to_field="model_id",
        null=True,
        on_delete=models.PROTECT,
        related_name="trials_before_switch",
        help_text="The model that this one may replace.",
    )
    words = models.CharField(max_length=8, choices=Words, default=Words.SAME)
    key_owner = models.CharField(max_length=10, default="none")
    created_at = models.DateTimeField(default=timezone.now)

    objects = TrialQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"Trial {self.pk} on {self.model_id}"

    @property
    def origin(self) -> str:
        """How calls and jobs name it."""
        return request_ref(self)

    @property
    def job(self) -> Job | None:
        """The newest job that carries it out; None when its row is gone."""
        return Job.objects.filter(tenant=self.tenant_id, request=self.origin).order_by("-created_at").first()


class TrialItem(models.Model):
    """One call and what came of it the second time."""

    trial = models.ForeignKey(Trial, on_delete=models.CASCADE, related_name="items")
    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="tried_again")
    answer = models.ForeignKey(Call, null=True, on_delete=models.SET_NULL, related_name="answer_to")
    problem = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["trial", "call"], name="call_once_per_trial")]

    def __str__(self) -> str:
        return f"{self.call} in {self.trial}"

    @property
    def facts(self) -> dict[str, Any]:
        """The source record of the text."""
        return self.call.record
