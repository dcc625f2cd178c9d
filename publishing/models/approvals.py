"""Approval: who has to agree before something leaves, and what they said."""

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Brand, Tenant
from publishing.models.publications import Publication


class Channels(models.TextChoices):
    """How people are asked. Who has no phone number is asked by mail."""

    EMAIL = "email", "Mail"
    WHATSAPP = "whatsapp", "WhatsApp"
    BOTH = "both", "Both"


class ApprovalRule(models.Model):
    """Who agrees to what a brand publishes, or to blog posts; without either, to what has no rule of its own."""

    class Need(models.TextChoices):
        NONE = "none", "Nobody"
        ONE = "one", "One of them"
        ALL = "all", "All of them"

    class Origin(models.TextChoices):
        ANY = "", "Everything"
        BLOG = "blog", "Blog posts"

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="approval_rules")
    brand = models.ForeignKey(Brand, null=True, blank=True, on_delete=models.CASCADE, related_name="approval_rules")
    origin = models.CharField("of", max_length=10, choices=Origin, default=Origin.ANY, blank=True)
    need = models.CharField("who has to agree", max_length=5, choices=Need, default=Need.ONE)
    in_order = models.BooleanField("one after the other", default=False, help_text="In the order of their names.")
    approvers = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="approval_rules")
    valid_hours = models.PositiveIntegerField(
        "links work for (hours)", default=72, validators=[MinValueValidator(1), MaxValueValidator(24 * 90)]
    )
    channels = models.CharField("ask by", max_length=10, choices=Channels, default=Channels.EMAIL)
    remind_hours = models.PositiveIntegerField(
        "remind after (hours)", default=24, validators=[MaxValueValidator(24 * 90)], help_text="0: never."
    )
    escalate_hours = models.PositiveIntegerField(
        "ask an owner after (hours)",
        default=0,
        validators=[MaxValueValidator(24 * 90)],
        help_text="When nobody has decided by then, owners of the workspace may decide alone. 0: never.",
    )

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "brand"],
                name="one_rule_per_brand",
                violation_error_message="This brand has a rule already. Change that one.",
            ),
            models.UniqueConstraint(
                fields=["tenant", "origin"],
                condition=Q(brand=None),
                name="one_rule_without_brand",
                violation_error_message="There is a rule for this already. Change that one.",
            ),
            models.CheckConstraint(
                condition=Q(brand=None) | Q(origin=""),
                name="brand_or_origin",
                violation_error_message="A rule is for a brand, or for blog posts, not for both.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject}: {self.get_need_display().lower()}"

    @property
    def subject(self) -> str:
        """What it is about, in words."""
        if self.brand:
            return str(self.brand)
        return str(self.get_origin_display()) if self.origin else "Everything that has no rule of its own"


class Approval(models.Model):
    """One round: a content is shown to its approvers. Another content is another round."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        APPROVED = "approved", "Approved"
        CHANGES = "changes", "Changes wanted"
        WITHDRAWN = "withdrawn", "Withdrawn"

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="approvals")
    publication = models.ForeignKey(Publication, on_delete=models.CASCADE, related_name="approvals")
    content_hash = models.CharField(max_length=64)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", help_text="Who asked."
    )
    need = models.CharField(max_length=5, choices=ApprovalRule.Need)
    in_order = models.BooleanField(default=False)
    message = models.CharField(max_length=1000, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    channels = models.CharField(max_length=10, choices=Channels, default=Channels.EMAIL)
    valid_hours = models.PositiveIntegerField(default=72)
    valid_until = models.DateTimeField()
    remind_hours = models.PositiveIntegerField(default=24)
    escalate_at = models.DateTimeField(null=True, help_text="When owners are asked, if nobody has decided.")
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-created_at", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["publication"], condition=Q(state="open"), name="one_open_approval_per_publication"
            ),
        ]

    def __str__(self) -> str:
        return f"Approval of {self.publication}"


class Ask(models.Model):
    """One approver in one round. Only the digest of the secret in their link is stored."""

    class State(models.TextChoices):
        WAITING = "waiting", "Not asked yet"
        ASKED = "asked", "Asked"
        APPROVED = "approved", "Approved"
        CHANGES = "changes", "Wants changes"

    approval = models.ForeignKey(Approval, on_delete=models.CASCADE, related_name="asks")
    approver = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="asks")
    place = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    digest = models.CharField(max_length=64, blank=True)
    tap_digest = models.CharField(max_length=64, blank=True, help_text="Of the secret in its buttons.")
    comment = models.TextField(blank=True, max_length=4000)
    via = models.CharField(max_length=10, blank=True, help_text="link, page, api or whatsapp.")
    is_escalation = models.BooleanField(default=False, help_text="An owner who decides alone: nobody else answered.")
    asked_at = models.DateTimeField(null=True)
    remind_at = models.DateTimeField(null=True)
    reminders = models.PositiveSmallIntegerField(default=0)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["place", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["approval", "approver"], name="asked_once_a_round"),
            models.UniqueConstraint(fields=["digest"], condition=~Q(digest=""), name="ask_digest_once"),
            models.UniqueConstraint(fields=["tap_digest"], condition=~Q(tap_digest=""), name="ask_tap_digest_once"),
        ]

    def __str__(self) -> str:
        return f"{self.approver}: {self.get_state_display()}"


class Comment(models.Model):
    """What somebody says about a publication, without deciding anything."""

    publication = models.ForeignKey(Publication, on_delete=models.CASCADE, related_name="comments")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    text = models.TextField(max_length=4000)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["created_at", "pk"]

    def __str__(self) -> str:
        return self.text[:80]
