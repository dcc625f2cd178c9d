"""System checks: what would only fail at first use is said at start."""

from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

LOCAL = {"localhost", "127.0.0.1", "::1"}


@register(Tags.security)
def fernet_keys(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Every key in FERNET_KEYS must be a Fernet key."""
    if not settings.FERNET_KEYS:
        return [Error("FERNET_KEYS is empty, so no key can be stored.", hint=MAKE_ONE, id="accounts.E002")]
    for position, key in enumerate(settings.FERNET_KEYS, 1):
        try:
            Fernet(key)
        except (ValueError, TypeError):
            return [Error(f"Entry {position} of FERNET_KEYS is not a Fernet key.", hint=MAKE_ONE, id="accounts.E001")]
    return []


MAKE_ONE = (
    "Make one with: python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())', "
    "or leave FERNET_KEYS unset and Pressroom keeps its own under VAR_DIR."
)


@register(Tags.security)
def debug_in_public(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """DEBUG shows the inside of Pressroom to everybody who finds an error."""
    host = urlsplit(settings.SITE_URL).hostname or ""
    if settings.DEBUG and host not in LOCAL:
        return [
            Warning(
                f"DEBUG is on, and SITE_URL ({settings.SITE_URL}) is not this computer.",
                hint="Set DEBUG=false: error pages show settings and source to every visitor.",
                id="accounts.W001",
            )
        ]
    return []


@register(Tags.security)
def site_url(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Links in mails are built from SITE_URL."""
    parts = urlsplit(settings.SITE_URL)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return [
            Error(
                f"SITE_URL ({settings.SITE_URL}) is not an address.",
                hint="Write it like https://pressroom.example.org: links in mails start with it.",
                id="accounts.E003",
            )
        ]
    return []
