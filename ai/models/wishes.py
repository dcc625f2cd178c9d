"""What people and workspaces wish: a model, what to ask when it fails, and words of their own for a prompt."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Tenant
from ai.models.catalogue import ListedModel


class Preference(models.Model):
    """The models that a person or a workspace prefers: the first, and those asked when it fails."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="ai_preference"
    )
    tenant = models.OneToOneField(Tenant, null=True, on_delete=models.CASCADE, related_name="ai_preference")
    model = models.ForeignKey(
        ListedModel, to_field="model_id", null=True, on_delete=models.PROTECT, related_name="preferences"
    )
    on_errors = models.JSONField(default=list, help_text="After which errors the next model is asked; see ai/chain.py.")

    class Meta:
        verbose_name = "preferred model"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(user=None, tenant__isnull=False) | Q(user__isnull=False, tenant=None),
                name="preference_has_one_owner",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user or self.tenant}"


class Fallback(models.Model):
    """One model of a chain: asked when all before it failed."""

    preference = models.ForeignKey(Preference, on_delete=models.CASCADE, related_name="fallbacks")
    position = models.PositiveSmallIntegerField()
    model = models.ForeignKey(ListedModel, to_field="model_id", on_delete=models.PROTECT, related_name="fallbacks")

    class Meta:
        verbose_name = "fallback model"
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["preference", "position"], name="one_model_per_place_in_chain")
        ]

    def __str__(self) -> str:
        return f"{self.preference}: {self.model_id}"


class PromptEditionQuerySet(models.QuerySet["PromptEdition"]):
    def for_tenant(self, tenant: Tenant | None) -> "PromptEditionQuerySet":
        return self.filter(tenant=tenant)


class PromptEdition(models.Model):
    """A workspace's own words for a prompt. Editions are added, never changed: calls name the one they used."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="prompt_editions")
    name = models.CharField("prompt", max_length=60)
    number = models.PositiveSmallIntegerField(editable=False)
    based_on = models.PositiveSmallIntegerField(
        help_text="The version of ours that it was written from.", editable=False
    )
    system = models.TextField("rules", help_text="The stable part: who writes, how, and what is forbidden.")
    text = models.TextField("task", help_text="The part that changes with every text. Variables stand in {braces}.")
    is_active = models.BooleanField("in use", default=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = PromptEditionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["name", "-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "name", "number"], name="prompt_edition_once"),
            models.UniqueConstraint(
                fields=["tenant", "name"], condition=Q(is_active=True), name="one_prompt_edition_in_use"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}, edition {self.number}"
