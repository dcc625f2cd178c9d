"""Opening an account: its row becomes an object that speaks to the platform, or that signs in there."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from integrations.channels import channels
from integrations.errors import Unsupported
from integrations.grants import grants
from integrations.grants.base import Client, Grant
from integrations.platforms import platforms
from integrations.platforms.base import Limits, Platform
from publishing import walls
from publishing.models import Account, InstanceApp
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
    return {**_way_out(account.platform, account.base_url), "limits": _limits(account)}


def _way_out(platform: str, base_url: str) -> dict[str, Any]:
    """Where a platform is reached: an instance's address passes the guard, an operator's needs no allow-listing."""
    other = settings.PLATFORM_BASE_URLS.get(platform, "")
    return {
        "base_url": base_url or other,
        "allow_hosts": settings.OUTBOUND_ALLOW_HOSTS,
        "trusted_urls": [other] if other else [],
        "version": settings.PLATFORM_VERSIONS.get(platform, ""),
    }


# -- signing in -------------------------------------------------------------------------------------------------------


def can_sign_in(platform: str) -> bool:
    """Whether accounts of this platform are connected by signing in."""
    return platform in grants


def grant_kind(platform: str) -> type[Grant]:
    """The class that knows how to sign in at a platform; raises Unsupported."""
    return grants.get(platform)


def redirect_uri(platform: str) -> str:
    """Where people come back to; an app has to know it."""
    return f"{settings.SITE_URL}/admin/connect/{platform}/callback"


def instance_apps(platform: str, base_url: str) -> QuerySet[InstanceApp]:
    """Our app at an instance, if we have one there."""
    return InstanceApp.objects.filter(platform=platform, base_url=base_url, redirect_uri=redirect_uri(platform))


def open_grant(platform: str, base_url: str = "", client: Client | None = None) -> Grant:
    """Signing in at a platform or instance, with our app there; needs no network. Raises Unsupported without one."""
    kind, urls = grant_kind(platform), settings.PLATFORM_SIGN_IN_URLS.get(platform, ("", ""))
    if client is None and kind.needs_base_url:
        row = instance_apps(platform, base_url).first()
        if row is None:
            raise Unsupported(f"{base_url} does not know Pressroom any more. Connect the account anew.")
        client = Client(*row.client())
    elif client is None:
        client = Client(*settings.PLATFORM_CLIENTS.get(platform, ("", "")))
    options = _way_out(platform, base_url)
    options["trusted_urls"] = [*options["trusted_urls"], *([urls[1]] if urls[1] else [])]
    return kind(client, redirect_uri=redirect_uri(platform), authorise_url=urls[0], token_url=urls[1], **options)


def _limits(account: Account) -> Limits | None:
    return Limits.from_json(account.limits) if account.limits else None
