"""When things go out: the slots of an account, and rules that repeat."""

from typing import ClassVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from accounts.models import Tenant
from publishing.models.accounts import Account


class Weekday(models.IntegerChoices):
    """As Python counts them."""

    MONDAY = 0, "Monday"
    TUESDAY = 1, "Tuesday"
    WEDNESDAY = 2, "Wednesday"
    THURSDAY = 3, "Thursday"
    FRIDAY = 4, "Friday"
    SATURDAY = 5, "Saturday"
    SUNDAY = 6, "Sunday"


def zone_of(account: Account) -> ZoneInfo:
    """In which zone the wall times of an account are meant: its brand's, else the workspace's."""
    return account.brand.zone if account.brand else account.tenant.zone


class Slot(models.Model):
    """A time of the week when an account likes to publish, in the zone of its brand or workspace."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="slots")
    weekday = models.PositiveSmallIntegerField(choices=Weekday)
    at = models.TimeField(help_text="In the zone of the brand, else of the workspace.")

    class Meta:
        ordering: ClassVar = ["weekday", "at"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["account", "weekday", "at"], name="slot_once")]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()}, {self.at:%H:%M}"


class Repeat(models.Model):
    """A text that goes out again and again: each week, or every few weeks, on some days at one time."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="repeats")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="repeats")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="repeats")
    text = models.TextField(max_length=20_000)
    weekdays = models.JSONField(default=list, help_text="0 is Monday.")
    every_weeks = models.PositiveSmallIntegerField(
        "every ... weeks", default=1, validators=[MinValueValidator(1), MaxValueValidator(52)]
    )
    at = models.TimeField()
    starts_on = models.DateField()
    until = models.DateField(null=True, blank=True, help_text="The last day. Empty: for ever.")
    is_active = models.BooleanField("active", default=True)
    planned_until = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering: ClassVar = ["-created_at"]

    def __str__(self) -> str:
        return self.text[:77] + ("…" if len(self.text) > 77 else "")

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which its time is meant."""
        return zone_of(self.account)
