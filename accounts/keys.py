"""The AI providers' keys of people and workspaces: written, used, never shown again."""

from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts.models import ProviderKey, Tenant, User
from integrations.addresses import Guard
from integrations.errors import PermanentError, Unreachable

PROVIDERS = {"gemini": "Google Gemini", "openai": "OpenAI", "anthropic": "Anthropic", "openrouter": "OpenRouter"}
COMPATIBLE = "compatible"
LABELS = {**PROVIDERS, COMPATIBLE: "Your own server"}
JSON_MODES = {
    "schema": "by JSON schema (vLLM, Ollama, LM Studio)",
    "object": "as a JSON object, the schema in words",
    "prompt": "in words only",
}
LONGEST = 500
LONGEST_URL = 300
# Words of ALLOW_SERVER_KEYS: no workspace is meant by them.
RESERVED_SLUGS = ("first", "all", "none")


class BadKey(ValueError):
    """The text cannot be a key. The message says why and what to do."""


class BadAddress(ValueError):
    """The address of a server cannot be used. The message says why and what to do."""


@dataclass(frozen=True)
class Found:
    """A key in clear, whose it is ("user", "tenant" or "server"), and for a server of one's own how to reach it."""

    secret: str = field(repr=False)
    whose: str
    base_url: str = ""
    json_mode: str = ""


def save_key(owner: User | Tenant, provider: str, value: str) -> ProviderKey:
    """Store a key of a person or a workspace, white space around it removed.

    Raises BadKey for text with white space or control characters inside, that is too long or
    empty; KeyError for a provider we do not know.
    """
    secret = checked(value)
    if provider not in PROVIDERS:
        raise KeyError(f"unknown provider {provider!r}; there are {', '.join(PROVIDERS)}")
    with transaction.atomic():
        key = _row(owner, provider)
        key.set_secret(secret)
        key.save()
    return key


def save_server(owner: User | Tenant, base_url: str, secret: str | None, json_mode: str) -> ProviderKey:
    """Store how a server of one's own is reached: its address, its key, and how it is asked for JSON.

    An empty secret keeps the key there is, None removes it: such a server may need none. Raises BadAddress and BadKey.
    """
    address = checked_address(base_url)
    new = checked(secret) if secret and secret.strip() else secret
    if json_mode not in JSON_MODES:
        raise KeyError(f"unknown way {json_mode!r}; there are {', '.join(JSON_MODES)}")
    with transaction.atomic():
        key = _row(owner, COMPATIBLE)
        if new or new is None or key._state.adding:
            key.set_secret(new or "")
        key.base_url, key.json_mode = address, json_mode
        key.save()
    return key


def checked_address(base_url: str) -> str:
    """The address of a server without surrounding white space and final slash; raises BadAddress.

    Public https only, unless OUTBOUND_ALLOW_HOSTS lets it. The host is looked up, nothing is sent.
    """
    address = base_url.strip().rstrip("/")
    if not address or len(address) > LONGEST_URL or not address.isprintable() or " " in address:
        raise BadAddress(f"is no address of at most {LONGEST_URL} characters; enter one such as https://host/v1")
    guard = Guard(settings.OUTBOUND_ALLOW_HOSTS)
    try:
        guard.resolve(guard.read(address))
    except Unreachable:
        pass  # the server or this machine's network may be down: the test of the key says so
    except PermanentError as error:
        raise BadAddress(f"cannot be used: {error}") from None
    return address


def server_of(owner: User | Tenant) -> ProviderKey | None:
    """The row of an owner's own server, its key not opened."""
    return ProviderKey.objects.filter(**_owned_by(owner), provider=COMPATIBLE).defer("sealed").first()


def _row(owner: User | Tenant, provider: str) -> ProviderKey:
    """The row to write; the old value is not read: it may be one that no key opens any more."""
    found = ProviderKey.objects.filter(**_owned_by(owner), provider=provider).defer("sealed").first()
    return found or ProviderKey(**_owned_by(owner), provider=provider)


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


def find(user: User | None, tenant: Tenant | None, provider: str) -> Found | None:
    """The key to use: the person's own, else the workspace's, else the server's where ALLOW_SERVER_KEYS lets it.

    None when there is none; raises WrongKey when the stored one cannot be opened.
    """
    for kind in ("user", "tenant", "server"):
        if found := of(kind, user, tenant, provider):
            return found
    return None


def of(kind: str, user: User | None, tenant: Tenant | None, provider: str) -> Found | None:
    """The key of one owner ("user", "tenant" or "server"), or None; raises WrongKey."""
    if kind == "server":
        secret = settings.SERVER_KEYS.get(provider) if tenant and may_use_server_keys(tenant) else None
        return Found(secret, kind) if secret else None
    if kind == "user" and user and tenant and (not user.is_active or tenant.role_of(user) is None):
        return None  # somebody who has left pays for nothing here any more
    owner = user if kind == "user" else tenant
    key = ProviderKey.objects.filter(**_owned_by(owner), provider=provider).first() if owner else None
    return Found(key.reveal(), kind, key.base_url, key.json_mode) if key else None


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
