"""What may be spent, and which keys are being spared."""

from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Tenant


class BudgetQuerySet(models.QuerySet["Budget"]):
    def bearing_on(self, tenant: Tenant, user: object) -> "BudgetQuerySet":
        """The budgets that a call of this person in this workspace must stay below, in the order of locking."""
        return self.filter(Q(user=None) | Q(user=user), tenant=tenant).order_by("pk")


class Budget(models.Model):
    """The most that a workspace, or one person in it, may spend in a day or a month, by the workspace's clock."""

    class Period(models.TextChoices):
        DAY = "day", "Each day"
        MONTH = "month", "Each month"

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="budgets")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="budgets",
        verbose_name="person",
        help_text="Empty: the whole workspace together.",
    )
    period = models.CharField(max_length=5, choices=Period, default=Period.MONTH)
    limit_usd = models.DecimalField(
        "limit (USD)",
        max_digits=10,
        decimal_places=2,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(1_000_000))],
        help_text="0 forbids every call that costs something.",
    )

    objects = BudgetQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "user", "period"],
                name="one_budget_per_person_and_period",
                violation_error_message="This person has a budget for this period already: change that one.",
            ),
            models.UniqueConstraint(
                fields=["tenant", "period"],
                condition=Q(user=None),
                name="one_budget_per_workspace_and_period",
                violation_error_message="The workspace has a budget for this period already: change that one.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.limit_usd} USD {self.get_period_display().lower()} for {self.user or 'the workspace'}"

    def bounds(self, now: datetime) -> tuple[datetime, datetime]:
        """When the period that `now` lies in began, and when the next one begins, by the workspace's clock."""
        zone = self.tenant.zone
        first = now.astimezone(zone).date()
        if self.period == self.Period.MONTH:
            first = first.replace(day=1)
            after = (first + timedelta(days=32)).replace(day=1)
        else:
            after = first + timedelta(days=1)
        return datetime.combine(first, time.min, zone), datetime.combine(after, time.min, zone)


class Cooldown(models.Model):
    """A key that a vendor does not serve for now: it is left alone until then, and tried by one call afterwards."""

    provider = models.CharField(max_length=30)
    key_hash = models.CharField(max_length=64, help_text="Of the key, so that it can be told apart and not read.")
    failures = models.PositiveIntegerField(default=0, help_text="In a row.")
    until = models.DateTimeField(null=True)
    probe_until = models.DateTimeField(null=True, help_text="Until then one call tries whether it works again.")
    reason = models.CharField(max_length=300, blank=True)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["provider", "key_hash"], name="one_cooldown_per_key")]

    def __str__(self) -> str:
        return f"{self.provider} until {self.until}"
