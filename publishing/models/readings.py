"""What platforms say of posts and accounts, day by day: each day has what was read last on it."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from publishing.models.accounts import Account
from publishing.models.publications import Publication


class Reading(models.Model):
    """The numbers of one post on one day: running totals, as the platform tells them."""

    publication = models.ForeignKey(Publication, on_delete=models.CASCADE, related_name="readings")
    day = models.DateField(help_text="In the workspace's zone.")
    values = models.JSONField(default=dict)
    read_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["day"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["publication", "day"], name="reading_once_a_day")]

    def __str__(self) -> str:
        return f"{self.publication_id} on {self.day}"


class Audience(models.Model):
    """How many follow an account on one day."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="audiences")
    day = models.DateField(help_text="In the workspace's zone.")
    followers = models.PositiveBigIntegerField()

    class Meta:
        ordering: ClassVar = ["day"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["account", "day"], name="audience_once_a_day")]

    def __str__(self) -> str:
        return f"{self.account_id} on {self.day}"
