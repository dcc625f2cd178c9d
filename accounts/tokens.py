"""API tokens: made once, shown once, stored as a digest."""

import secrets
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import ApiToken, Tenant, User, digest

PREFIX = "prt_"
SHOWN = 12


def issue(
    user: User, tenant: Tenant, name: str, *, expires_at: datetime | None = None, by: User | str | None = None
) -> tuple[ApiToken, str]:
    """Make a token of one person in one workspace; returns its row and the secret, which is not kept."""
    secret = PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        token = ApiToken.objects.create(
            user=user,
            tenant=tenant,
            name=name,
            prefix=secret[:SHOWN],
            digest=digest(secret),
            expires_at=expires_at,
        )
        audit.record(by or user, "token.created", tenant=tenant, target=token.name, user=user.username)
    return token, secret


def find(secret: str) -> ApiToken | None:
    """The token with this secret, if it may be used now: not revoked, not expired, its person active."""
    if not secret.startswith(PREFIX):
        return None
    token = ApiToken.objects.select_related("user", "tenant").filter(digest=digest(secret), revoked_at=None).first()
    if token is None or not token.user.is_active:
        return None
    if token.expires_at is not None and token.expires_at <= timezone.now():
        return None
    return token


def revoke(token: ApiToken, by: User) -> bool:
    """Make a token useless from now on; False when it was revoked before."""
    with transaction.atomic():
        if not ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now()):
            return False
        audit.record(by, "token.revoked", tenant=token.tenant, target=token.name, user=token.user.username)
    return True
