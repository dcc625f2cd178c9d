"""Webhooks out: where a workspace wants to hear of events, and each event that is told there."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from ulid import ULID

from accounts.encryption import Secret, seal, unseal
from accounts.models import Tenant


class Event(models.TextChoices):
    """What can be told; a test is sent by a button alone."""

    JOB_COMPLETED = "job.completed", "A job completed"
    JOB_FAILED = "job.failed", "A job failed"
    PUBLISHED = "publication.published", "Something was published"
    UNCONFIRMED = "publication.unconfirmed", "Nobody knows whether something is published"
    ASKED = "approval.requested", "An approval was asked for"
    DECIDED = "approval.decided", "An approval was decided"


TEST = "pressroom.test"


class EndpointQuerySet(models.QuerySet["Endpoint"]):
    def for_tenant(self, tenant: Tenant | None) -> "EndpointQuerySet":
        return self.filter(tenant=tenant)


class Endpoint(models.Model):
    """An address of a workspace that events are posted to, signed with its own secret."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="webhook_endpoints")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    url = models.CharField("address", max_length=500, help_text="Public https; the secret is made for you.")
    events = models.JSONField(default=list)
    sealed = Secret(editable=False)
    is_on = models.BooleanField("on", default=True)
    note = models.CharField(max_length=300, blank=True, editable=False, help_text="What the last delivery came to.")
    last_ok_at = models.DateTimeField(null=True, editable=False)
    failing_since = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = EndpointQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "url"], name="endpoint_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["tenant", "is_on"], name="endpoint_on")]

    def __str__(self) -> str:
        return self.url

    @property
    def owner(self) -> dict[str, Any]:
        return {"webhook": "endpoint", "tenant": self.tenant_id}

    def set_secret(self, secret: str) -> None:
        """Seal it; the caller saves."""
        self.sealed = seal(secret, **self.owner)  # type: ignore[assignment]

    def reveal(self) -> str:
        """The secret in clear, just before a call; raises WrongKey when it cannot be opened."""
        return unseal(self.sealed, **self.owner)


def new_webhook_id() -> str:
    """What a delivery is known by at its receiver: the same each time it is sent."""
    return f"msg_{ULID()}".lower()


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def without_job(self) -> "DeliveryQuerySet":
        """Those that nobody sends yet."""
        return self.filter(state=Delivery.State.WAITING, job="")


class Delivery(models.Model):
    """One event for one endpoint. `body` is what is posted, to the byte."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DELIVERED = "delivered", "Delivered"
        FAILED = "failed", "Not delivered"

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="deliveries")
    event = models.CharField(max_length=30)
    key = models.CharField(max_length=200, help_text="Names the event, so that it is told once.")
    webhook_id = models.CharField(max_length=40, unique=True, default=new_webhook_id)
    body = models.TextField()
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    job = models.CharField(max_length=140, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    note = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    delivered_at = models.DateTimeField(null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]
        verbose_name_plural = "deliveries"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["endpoint", "key"], name="told_once_per_endpoint"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["job"], condition=models.Q(state="waiting"), name="delivery_without_job"),
        ]

    def __str__(self) -> str:
        return f"{self.event} to {self.endpoint}"
