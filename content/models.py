"""How a brand speaks: what people say about it, and what was measured on its own texts."""

from typing import Any, ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from accounts.models import Brand, Tenant


class VoiceQuerySet(models.QuerySet["Voice"]):
    def for_tenant(self, tenant: Tenant | None) -> "VoiceQuerySet":
        return self.filter(tenant=tenant)


class Voice(models.Model):
    """The voice of one brand. `fingerprint` is made of its samples and of its published posts (content/voice.py)."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="voices")
    brand = models.OneToOneField(Brand, on_delete=models.CASCADE, related_name="voice")
    description = models.TextField(max_length=4000, blank=True, help_text="Who speaks, and what about.")
    tone = models.CharField(max_length=200, blank=True, help_text="In a few words: warm, dry, to the point.")
    audience = models.CharField(max_length=400, blank=True, help_text="Whom it speaks to.")
    dos = models.TextField("do", max_length=4000, blank=True, help_text="One on each line.")
    donts = models.TextField("do not", max_length=4000, blank=True, help_text="One on each line.")
    banned = models.TextField("banned words", max_length=4000, blank=True, help_text="One on each line.")
    required = models.TextField("required words", max_length=4000, blank=True, help_text="One on each line.")
    samples = models.TextField(
        "sample texts", max_length=60_000, blank=True, help_text="Its own texts. A line of --- begins another one."
    )
    hashtag_groups = models.JSONField(default=dict, blank=True, help_text='Names and tags: {"films": ["silent"]}.')
    links = models.JSONField(default=list, blank=True, help_text='Addresses that it names: ["https://example.com"].')
    platforms = models.JSONField(default=list, blank=True, help_text='Where it posts: ["bluesky", "linkedin"].')
    approvers = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="voices_to_approve")
    gate = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text="A text that is farther away than this is held back. Empty: none is.",
    )  # fmt: skip
    fingerprint = models.JSONField(default=dict, editable=False)
    measured_at = models.DateTimeField(null=True, editable=False)

    objects = VoiceQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["brand__name"]

    def __str__(self) -> str:
        return f"The voice of {self.brand}"

    @property
    def banned_words(self) -> list[str]:
        """The words that its texts must not have."""
        return lines_of(self.banned)

    @property
    def required_words(self) -> list[str]:
        """The words of which its texts have at least one."""
        return lines_of(self.required)

    @property
    def texts(self) -> int:
        """Of how many texts the fingerprint was made."""
        found: dict[str, Any] = self.fingerprint
        return int(found.get("texts", 0))


def lines_of(text: str) -> list[str]:
    """The lines of a text that are not empty."""
    return [line.strip() for line in text.splitlines() if line.strip()]
