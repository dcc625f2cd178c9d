"""The providers with their keys and addresses: how the settings reach integrations/providers."""

from typing import Any

from django.conf import settings

from accounts import keys
from accounts.models import Tenant
from integrations.errors import InvalidKey, Unsupported
from integrations.providers import providers
from integrations.providers.base import Provider

WHOSE = {"user": "your own", "tenant": "the workspace's", "server": "the server's", "none": "none needed"}


def open_provider(name: str, key: keys.Found | None = None) -> Provider:
    """The provider with a key, at the address the operator set. Raises Unsupported for an unknown name."""
    vendor = providers.get(name)
    options: dict[str, Any] = {}
    if base_url := settings.VENDOR_BASE_URLS.get(name):
        options["base_url"] = base_url
    if name == "gemini" and settings.GEMINI_API_VERSION:
        options["api_version"] = settings.GEMINI_API_VERSION
    if vendor.is_language_model:
        options["allow_hosts"] = frozenset(settings.OUTBOUND_ALLOW_HOSTS)
    if vendor.needs_base_url and key:
        options |= {"base_url": key.base_url, "json_mode": key.json_mode or "schema"}
    return vendor(key.secret if key else "", **options)  # type: ignore[no-any-return]


def state_for(user: Any, tenant: Tenant | None) -> list[dict[str, Any]]:
    """For the settings page: every provider that is reached with a key, where to get one, and whose would be used."""
    rows = []
    for name in providers:
        vendor = providers.get(name)
        if vendor.is_language_model:
            whose = _whose(user, tenant, name)
            rows.append({"name": name, "label": vendor.label, "key_url": vendor.key_url, "whose": whose})
    return rows


def _whose(user: Any, tenant: Tenant | None, name: str) -> str:
    try:
        found = keys.find(user, tenant, name)
    except InvalidKey:
        return "an unreadable (enter it again)"
    return WHOSE[found.whose] if found else ""


def check(name: str, user: Any, tenant: Tenant | None) -> str:
    """Ask the vendor whether the key that would be used works; returns whose it is, in words.

    Raises the errors of integrations/errors.py, InvalidKey also when there is no key.
    """
    if name not in providers or not providers.get(name).is_language_model:
        raise Unsupported("there is no key to test for this provider")
    found = keys.find(user, tenant, name)
    if found is None:
        raise InvalidKey("there is no key yet: enter one, save, then test")
    open_provider(name, found).check_key()
    return WHOSE[found.whose]
