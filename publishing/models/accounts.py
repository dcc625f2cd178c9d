"""Accounts on platforms, with their encrypted credentials; and the switch that stops all of a workspace."""

import json
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from accounts.encryption import Secret, seal, unseal
from accounts.models import Brand, Tenant

CHANNELS = ("whatsapp",)  # of those that need an account


class AccountQuerySet(models.QuerySet["Account"]):
    def for_tenant(self, tenant: Tenant | None) -> "AccountQuerySet":
        return self.filter(tenant=tenant)

    def for_posts(self) -> "AccountQuerySet":
        """Those that posts go to: a channel reaches single people."""
        return self.exclude(platform__in=CHANNELS)

    def active(self) -> "AccountQuerySet":
        """Those that publish."""
        return self.filter(state=Account.State.ACTIVE)

    def connected(self) -> "AccountQuerySet":
        """Those that have credentials."""
        return self.exclude(state=Account.State.DISCONNECTED)

    def renewed_by_nobody(self) -> "AccountQuerySet":
        """Those whose credentials no process has in hand to renew them."""
        return self.filter(Q(renewing_until=None) | Q(renewing_until__lt=Now()))


class Account(models.Model):
    """One account on one platform. How sure it is that a text leaves once (`delivery`) is known before it is used."""

    class State(models.TextChoices):
        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused"
        BROKEN = "broken", "Needs new credentials"
        DISCONNECTED = "disconnected", "Disconnected"

    class Delivery(models.TextChoices):
        IDEMPOTENT = "idempotent", "Exactly once: a call that got no answer is made again"
        TWO_STEP = "two-step", "Exactly once: what became of a call is looked up"
        BLIND = "blind", "At most once: where no answer comes, you are asked to look"

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="publishing_accounts")
    platform = models.CharField(max_length=30)
    name = models.CharField(max_length=100, help_text="What you call it.")
    base_url = models.CharField("address", max_length=300, blank=True, help_text="Of the instance or site.")
    sealed = Secret(editable=False)
    sealed_session = Secret(editable=False, blank=True, default="")
    delivery = models.CharField("sent", max_length=12, choices=Delivery, editable=False)
    brand = models.ForeignKey(Brand, null=True, blank=True, on_delete=models.SET_NULL, related_name="accounts")
    state = models.CharField(max_length=12, choices=State, default=State.ACTIVE, editable=False)
    grace_minutes = models.PositiveIntegerField(
        "late by at most (minutes)", default=60, help_text="A post that is later than this is not sent: you are asked."
    )

    remote_id = models.CharField(max_length=200, blank=True, editable=False)
    remote_name = models.CharField(max_length=200, blank=True, editable=False)
    remote_url = models.CharField(max_length=500, blank=True, editable=False)
    limits = models.JSONField(default=dict, editable=False, help_text="As the platform told them; else our own.")
    health = models.CharField(max_length=300, blank=True, editable=False, help_text="What the last check said.")
    checked_at = models.DateTimeField("last checked", null=True, editable=False)
    expires_at = models.DateTimeField("credentials expire", null=True, editable=False)
    granted = models.JSONField(default=list, editable=False, help_text="Scopes that were granted at the sign-in.")
    missing = models.JSONField(default=list, editable=False, help_text="Scopes that were asked for, and refused.")
    nightly_numbers = models.BooleanField(
        "fetch numbers each night", default=True, help_text="Else they are fetched only when somebody wishes it."
    )
    numbers_after = models.DateTimeField(null=True, editable=False, help_text="Its limit: no numbers before that.")
    numbers_note = models.CharField(max_length=300, blank=True, editable=False, help_text="Of the last time.")
    renewing_until = models.DateTimeField(null=True, editable=False, help_text="While one process renews it.")
    renewed_at = models.DateTimeField("credentials renewed", null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = AccountQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["platform", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "platform", "name"], name="account_name_once"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def owner(self) -> dict[str, Any]:
        return {"account": self.platform, "tenant": self.tenant_id}

    def set_credentials(self, credentials: dict[str, str]) -> None:
        """Seal new credentials; a session made with the old ones is worth nothing. The caller saves."""
        self.sealed = seal(json.dumps(credentials, sort_keys=True), **self.owner)  # type: ignore[assignment]
        self.sealed_session = ""  # type: ignore[assignment]

    def reveal(self) -> dict[str, str]:
        """The credentials in clear, just before a call; raises WrongKey when they cannot be opened."""
        return dict(json.loads(unseal(self.sealed, **self.owner)))

    @property
    def session(self) -> str:
        """What the platform's class kept between calls, in clear."""
        return unseal(self.sealed_session, **self.owner) if self.sealed_session else ""

    def set_session(self, session: str) -> None:
        """Seal it; the caller saves."""
        self.sealed_session = seal(session, **self.owner) if session else ""  # type: ignore[assignment]


class Stop(models.Model):
    """While a workspace has one, nothing of it leaves the house."""

    tenant = models.OneToOneField(Tenant, on_delete=models.CASCADE, related_name="publishing_stop")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"Everything of {self.tenant} is stopped"
