"""Opening an account: its row becomes an object that speaks to the platform."""

from typing import Any

from django.conf import settings

from integrations.channels import channels
from integrations.platforms import platforms
from integrations.platforms.base import Limits, Platform
from publishing import walls
from publishing.models import Account
from publishing.models.accounts import CHANNELS

ALIASES = {"twitter": "x"}


def platform_class(name: str) -> type[Platform]:
    """The class of a platform or channel, by its name or the name people know it by; raises Unsupported."""
    if name in CHANNELS:
        return channels.get(name)
    return platforms.get(ALIASES.get(name, name))


def open_platform(account: Account) -> Platform:
    """The platform with this account's credentials; needs no network. Raises WrongKey and Unsupported."""
    kind = platform_class(account.platform)
    return kind(account.reveal(), session=account.session, **_options(account))


def keep_session(account: Account, platform: Platform) -> None:
    """Store what the platform's class keeps between calls, if that has changed."""
    if platform.session != platform.opened_session:
        account.set_session(platform.session)
        account.save(update_fields=["sealed_session"])


def _options(account: Account) -> dict[str, Any]:
    if account.platform == "offline":
        return {"wall": walls.WallOf(account), "limits": _limits(account)}
    other = settings.PLATFORM_BASE_URLS.get(account.platform, "")
    return {
        "base_url": account.base_url or other,
        "allow_hosts": settings.OUTBOUND_ALLOW_HOSTS,
        "trusted_urls": [other] if other else [],
        "limits": _limits(account),
        "version": settings.PLATFORM_VERSIONS.get(account.platform, ""),
    }


def _limits(account: Account) -> Limits | None:
    return Limits.from_json(account.limits) if account.limits else None
