"""The AI providers' keys of people and workspaces: written, used, never shown again."""

from typing import Any

from django.conf import settings
from django.db import transaction

from accounts.models import ProviderKey, Tenant, User

PROVIDERS = {"gemini": "Google Gemini", "openai": "OpenAI", "anthropic": "Anthropic", "openrouter": "OpenRouter"}
LONGEST = 500
# Words of ALLOW_SERVER_KEYS: no workspace is meant by them.
RESERVED_SLUGS = ("first", "all", "none")


class BadKey(ValueError):
    """The text cannot be a key. The message says why and what to do."""


def save_key(owner: User | Tenant, provider: str, value: str) -> ProviderKey:
    """Store a key of a person or a workspace, white space around it removed.

    Raises BadKey for text with white space or control characters inside, that is too long or
    empty; KeyError for a provider we do not know.
    """
    secret = checked(value)
    if provider not in PROVIDERS:
        raise KeyError(f"unknown provider {provider!r}; there are {', '.join(PROVIDERS)}")
    with transaction.atomic():
        # The old value is not read: it may be one that no key opens any more.
        key = ProviderKey.objects.filter(**_owned_by(owner), provider=provider).defer("sealed").first()
        key = key or ProviderKey(**_owned_by(owner), provider=provider)
        key.set_secret(secret)
        key.save()
    return key


def checked(value: str) -> str:
    """The key without surrounding white space; raises BadKey."""
    secret = value.strip()
    if not secret:
        raise BadKey("is empty; enter the key, or leave the field out to keep the one there is")
    if not secret.isascii() or not secret.isprintable() or " " in secret:
        raise BadKey("holds white space or characters that no key has; copy it again, in one piece")
    if len(secret) > LONGEST:
        raise BadKey(f"is longer than {LONGEST} characters; copy only the key")
    return secret


def remove_key(owner: User | Tenant, provider: str) -> bool:
    """Delete a key; False when there was none."""
    return bool(ProviderKey.objects.filter(**_owned_by(owner), provider=provider).delete()[0])


def read_state(owner: User | Tenant) -> dict[str, dict[str, Any]]:
    """Per provider {"set": bool, "last4": str | None}; the keys themselves are not opened."""
    last4 = dict(ProviderKey.objects.filter(**_owned_by(owner)).values_list("provider", "last4"))
    return {provider: {"set": provider in last4, "last4": last4.get(provider)} for provider in PROVIDERS}


def find(user: User | None, tenant: Tenant | None, provider: str) -> tuple[str, str] | None:
    """The key to use and whose it is: (secret, "user" | "tenant" | "server").

    The person's own goes first, then the workspace's, then the server's where ALLOW_SERVER_KEYS lets this workspace.
    None when there is none; raises WrongKey when the stored one cannot be opened.
    """
    for kind in ("user", "tenant", "server"):
        if secret := of(kind, user, tenant, provider):
            return secret, kind
    return None


def of(kind: str, user: User | None, tenant: Tenant | None, provider: str) -> str | None:
    """The key of one owner ("user", "tenant" or "server"), or None; raises WrongKey."""
    if kind == "server":
        return settings.SERVER_KEYS.get(provider) if tenant and may_use_server_keys(tenant) else None
    if kind == "user" and user and tenant and (not user.is_active or tenant.role_of(user) is None):
        return None  # somebody who has left pays for nothing here any more
    owner = user if kind == "user" else tenant
    key = ProviderKey.objects.filter(**_owned_by(owner), provider=provider).first() if owner else None
    return key.reveal() if key else None


def may_use_server_keys(tenant: Tenant) -> bool:
    """Whether ALLOW_SERVER_KEYS lets a workspace use the server's keys: "first" (default), "all", "none", or slugs."""
    allowed = settings.ALLOW_SERVER_KEYS
    if allowed == ["none"]:
        return False
    if allowed == ["first"]:
        return Tenant.objects.order_by("pk").values_list("pk", flat=True).first() == tenant.pk
    return allowed == ["all"] or tenant.slug in set(allowed) - set(RESERVED_SLUGS)


def _owned_by(owner: User | Tenant) -> dict[str, Any]:
    return {"tenant": owner, "user": None} if isinstance(owner, Tenant) else {"user": owner, "tenant": None}
