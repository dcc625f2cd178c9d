"""The wall: what was published on offline accounts, and the faults that it shows on demand."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from publishing.models.accounts import Account


class WallPost(models.Model):
    """A post on the wall. Where the account knows a post by its key, none is there twice."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="wall_posts")
    key = models.CharField(max_length=40)
    unique_key = models.CharField(  # noqa: DJ001  (NULL may be there many times: a blind account knows no keys)
        max_length=40, null=True, help_text="The key again, where the account knows posts by it."
    )
    content = models.JSONField()
    version = models.PositiveIntegerField(default=1, help_text="How often its words were written.")
    views = models.PositiveIntegerField(default=0, help_text="How often its page was opened.")
    deleted_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "unique_key"], name="wall_key_once"),
        ]

    def __str__(self) -> str:
        return str(self.content.get("title") or self.content.get("text") or "")[:80]


class WallFault(models.Model):
    """What the wall does with the next posts instead of taking them well."""

    class Kind(models.TextChoices):
        LOST = "lost", "Takes it, and its answer is lost"
        BUSY = "busy", "Answers that it is busy (429, come back in 2 s)"
        EXPIRED = "expired", "Answers that the credentials have expired"
        REFUSED = "refused", "Refuses the post"
        CUT = "cut", "Takes nothing, and its answer is cut"
        AWAY = "away", "Cannot be reached"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="wall_faults")
    kind = models.CharField(max_length=10, choices=Kind)
    times = models.PositiveSmallIntegerField(default=1)

    class Meta:
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.times} x)"
