"""People, workspaces, roles, keys, tokens, the audit trail and notices."""

import hashlib
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.encryption import Secret, seal, unseal


class Role(models.TextChoices):
    """What a member may do, from least to most."""

    VIEWER = "viewer", "Viewer"
    REVIEWER = "reviewer", "Reviewer"
    EDITOR = "editor", "Editor"
    OWNER = "owner", "Owner"

    @property
    def rank(self) -> int:
        return list(Role).index(self)

    def includes(self, other: "Role") -> bool:
        """Whether this role may do what `other` may."""
        return self.rank >= other.rank


PHONE = r"^\+[1-9][0-9]{6,14}\Z"  # E.164


class User(AbstractUser):
    """A person who signs in. What they may do is decided by their role in a workspace."""

    class NoticeMail(models.TextChoices):
        NONE = "none", "Nothing"
        PROBLEMS = "problems", "Warnings and errors"
        ALL = "all", "Everything"

    notice_mail = models.CharField(
        "notices by mail", max_length=10, choices=NoticeMail, default=NoticeMail.PROBLEMS,
        help_text="What comes by mail besides the bell; many at once come as one mail.",
    )  # fmt: skip
    phone = models.CharField(
        max_length=16, blank=True, validators=[RegexValidator(PHONE, "Write it as +4366012345678, without spaces.")],
        help_text="For WhatsApp, with the country's code: +4366012345678.",
    )  # fmt: skip

    class Meta(AbstractUser.Meta):  # type: ignore[name-defined,misc]
        db_table = "accounts_user"


class TenantQuerySet(models.QuerySet["Tenant"]):
    def for_user(self, user: Any) -> "TenantQuerySet":
        """The workspaces a person may enter: all for a superuser."""
        return self if user.is_superuser else self.filter(memberships__user=user)


class Tenant(models.Model):
    """A workspace; every business row belongs to one."""

    name = models.CharField(max_length=100)
    slug = models.SlugField(unique=True, max_length=60)
    time_zone = models.CharField(max_length=60, default="UTC", help_text="An IANA name, such as Europe/Vienna.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = "workspace"
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        """The workspace's time zone."""
        return ZoneInfo(self.time_zone)

    def owners(self) -> "models.QuerySet[User]":
        """Its owners who may sign in, by name."""
        own = {"memberships__tenant": self, "memberships__role": Role.OWNER}
        return User.objects.filter(**own, is_active=True).order_by("username")

    def role_of(self, user: Any) -> Role | None:
        """The person's role here; a superuser is an owner everywhere; None for strangers."""
        if user.is_superuser:
            return Role.OWNER
        membership = self.memberships.filter(user=user).first()
        return Role(membership.role) if membership else None


class Membership(models.Model):
    """One person's role in one workspace."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role, default=Role.EDITOR)
    joined_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = "member"
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["tenant", "user"], name="one_membership")]

    def __str__(self) -> str:
        return f"{self.user} in {self.tenant}"


class Invitation(models.Model):
    """An offer to join a workspace, sent by mail; only the digest of its secret is stored."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=10, choices=Role, default=Role.EDITOR)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering: ClassVar = ["-created_at"]

    def __str__(self) -> str:
        return self.email


class ProviderKey(models.Model):
    """An AI provider's key of one person or one workspace, encrypted."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="provider_keys"
    )
    tenant = models.ForeignKey(Tenant, null=True, on_delete=models.CASCADE, related_name="provider_keys")
    provider = models.CharField(max_length=30)
    sealed = Secret(editable=False)
    last4 = models.CharField(max_length=4, editable=False, blank=True)
    base_url = models.CharField(max_length=300, blank=True, help_text="Where a server of one's own is reached.")
    json_mode = models.CharField(max_length=10, blank=True, help_text="How that server is asked for JSON.")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = "AI key"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(user=None) ^ Q(tenant=None), name="key_has_one_owner"),
            models.UniqueConstraint(fields=["user", "provider"], condition=~Q(user=None), name="one_key_per_user"),
            models.UniqueConstraint(
                fields=["tenant", "provider"], condition=~Q(tenant=None), name="one_key_per_tenant"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} …{self.last4}"

    @property
    def owner(self) -> dict[str, Any]:
        return {"provider": self.provider, "tenant": self.tenant_id, "user": self.user_id}

    def set_secret(self, secret: str) -> None:
        """Seal a key, surrounding white space removed; the caller saves."""
        secret = secret.strip()
        self.sealed = seal(secret, **self.owner)  # type: ignore[assignment]
        self.last4 = secret[-4:]

    def reveal(self) -> str:
        """The key in clear, just before a call; raises WrongKey when it cannot be opened."""
        return unseal(self.sealed, **self.owner)


class ApiToken(models.Model):
    """A bearer token of one user in one workspace; only its digest is stored."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="api_tokens")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(null=True, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = "API token"
        ordering: ClassVar = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class AuditTrailIsFixed(Exception):
    """Entries of the audit trail are added (accounts/audit.py), never changed or deleted."""


class AuditQuerySet(models.QuerySet["AuditEntry"]):
    def update(self, **values: Any) -> int:
        raise AuditTrailIsFixed(AuditTrailIsFixed.__doc__)

    def delete(self) -> tuple[int, dict[str, int]]:
        raise AuditTrailIsFixed(AuditTrailIsFixed.__doc__)


class AuditEntry(models.Model):
    """One thing somebody did. Entries form a hash chain: none can be changed or left out unseen."""

    number = models.PositiveBigIntegerField(primary_key=True)
    tenant = models.ForeignKey(Tenant, null=True, on_delete=models.DO_NOTHING, db_constraint=False)
    actor = models.CharField(max_length=150)
    action = models.CharField(max_length=60)
    target = models.CharField(max_length=200, blank=True)
    details = models.JSONField(default=dict)
    at = models.DateTimeField()
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    objects = AuditQuerySet.as_manager()

    class Meta:
        verbose_name = "audit entry"
        verbose_name_plural = "audit trail"
        ordering: ClassVar = ["-number"]

    def __str__(self) -> str:
        return f"#{self.number} {self.action} {self.target}".strip()

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AuditTrailIsFixed(AuditTrailIsFixed.__doc__)
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise AuditTrailIsFixed(AuditTrailIsFixed.__doc__)


class AuditHead(models.Model):
    """How long the chain is and how it ends: locked while an entry is added, so that none is cut off the end."""

    count = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="")

    def __str__(self) -> str:
        return f"{self.count} entries"


class BrandQuerySet(models.QuerySet["Brand"]):
    def for_tenant(self, tenant: Tenant | None) -> "BrandQuerySet":
        return self.filter(tenant=tenant)

    def named(self, name: str | int) -> "BrandQuerySet":
        """By id or slug, as the API takes it."""
        text = str(name)
        is_id = text.isascii() and text.isdigit() and len(text) < 19
        return self.filter(Q(slug=text) | Q(pk=int(text))) if is_id else self.filter(slug=text[:60].replace("\x00", ""))


class Brand(models.Model):
    """Who speaks: a name and a look. What it says, and how, belongs to the rooms that write for it."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="brands")
    name = models.CharField(max_length=100)
    slug = models.SlugField(max_length=60, help_text="How the API names it.")
    colours = models.JSONField(default=list, blank=True, help_text="Up to six, as #7a2ea6, the most important first.")
    fonts = models.JSONField(default=list, blank=True, help_text="Up to three names, the one for headings first.")
    time_zone = models.CharField(max_length=60, blank=True, help_text="An IANA name. Empty: the workspace's.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = BrandQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["tenant", "slug"], name="brand_slug_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        """The brand's time zone, else the workspace's."""
        return ZoneInfo(self.time_zone or self.tenant.time_zone)


class NoticeQuerySet(models.QuerySet["Notice"]):
    def unread(self) -> "NoticeQuerySet":
        return self.filter(read_at=None)


class Notice(models.Model):
    """Something a person should know: a row behind the bell."""

    class Level(models.TextChoices):
        INFO = "info", "Information"
        SUCCESS = "success", "Success"
        WARNING = "warning", "Warning"
        ERROR = "error", "Error"

    tenant = models.ForeignKey(Tenant, null=True, on_delete=models.CASCADE, related_name="notices")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices")
    level = models.CharField(max_length=10, choices=Level, default=Level.INFO)
    subject = models.CharField(max_length=200)
    body = models.TextField(blank=True)
    link = models.CharField(max_length=300, blank=True)
    key = models.CharField(max_length=200, help_text="Names the event, so that it is told once.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    read_at = models.DateTimeField(null=True, editable=False)
    mailed_at = models.DateTimeField(
        null=True, editable=False, help_text="When it was decided whether it goes by mail too."
    )

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "key"], name="told_once")]
        indexes: ClassVar = [
            models.Index(fields=["user"], condition=models.Q(mailed_at=None), name="notice_not_mailed"),
        ]

    def __str__(self) -> str:
        return self.subject


def digest(secret: str) -> str:
    """The SHA-256 of a random secret (token, invitation), as stored."""
    return hashlib.sha256(secret.encode()).hexdigest()
