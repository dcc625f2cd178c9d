"""Signing in at platforms: apps that we registered at instances, and people on their way there and back."""

import json
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.encryption import Secret, seal, unseal
from accounts.models import Tenant
from publishing.models.accounts import Account


class InstanceApp(models.Model):
    """Our app at one instance (Mastodon): everybody of this Pressroom signs in there by it."""

    platform = models.CharField(max_length=30)
    base_url = models.CharField(max_length=300)
    redirect_uri = models.CharField(max_length=300)
    sealed = Secret(editable=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["platform", "base_url", "redirect_uri"], name="instance_app_once"),
        ]

    def __str__(self) -> str:
        return f"{self.platform} at {self.base_url}"

    @property
    def owner(self) -> dict[str, Any]:
        return {"app": self.platform, "at": self.base_url}

    def set_client(self, client_id: str, secret: str) -> None:
        """Seal what the instance gave us; the caller saves."""
        self.sealed = seal(json.dumps([client_id, secret]), **self.owner)  # type: ignore[assignment]

    def client(self) -> tuple[str, str]:
        """Its id and secret, in clear."""
        client_id, secret = json.loads(unseal(self.sealed, **self.owner))
        return client_id, secret


class AuthorisationQuerySet(models.QuerySet["Authorisation"]):
    def for_tenant(self, tenant: Tenant | None) -> "AuthorisationQuerySet":
        return self.filter(tenant=tenant)


class Authorisation(models.Model):
    """One person on the way to a platform and back. Only the digest of the state is stored; it is good once."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="authorisations")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="authorisations")
    platform = models.CharField(max_length=30)
    base_url = models.CharField(max_length=300, blank=True)
    account = models.ForeignKey(
        Account, null=True, on_delete=models.CASCADE, related_name="authorisations",
        help_text="The one that is connected anew.",
    )  # fmt: skip
    digest = models.CharField(max_length=64, unique=True)
    sealed = Secret(editable=False, null=True, help_text="The PKCE verifier; later what may be connected.")
    granted = models.JSONField(default=list)
    missing = models.JSONField(default=list)
    created_at = models.DateTimeField(default=timezone.now)
    used_at = models.DateTimeField(null=True, help_text="When the platform sent the person back.")
    ended_at = models.DateTimeField(null=True, help_text="When an account was connected.")

    objects = AuthorisationQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"{self.user} at {self.platform}"

    @property
    def owner(self) -> dict[str, Any]:
        return {"authorisation": self.digest, "tenant": self.tenant_id}

    def set_secret(self, content: Any) -> None:
        """Seal what is kept; the caller saves."""
        self.sealed = seal(json.dumps(content), **self.owner)  # type: ignore[assignment]

    def secret(self) -> Any:
        """What is kept, in clear."""
        return json.loads(unseal(self.sealed, **self.owner))
