"""Accounts: connecting one, looking whether it still works, pausing it."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import audit
from accounts.models import Tenant
from integrations.addresses import Guard
from integrations.errors import InvalidKey, OutsideError, PermanentError
from integrations.platforms.base import Platform, Profile
from publishing import refreshing
from publishing.models import Account
from publishing.opening import platform_class


class BadAccount(ValueError):
    """An account that cannot be made as it was entered: {field: what is wrong with it}."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__("; ".join(problems.values()))
        self.problems = problems


def connect(
    tenant: Tenant, user: Any, *, platform: str, name: str, credentials: dict[str, str], base_url: str = ""
) -> Account:
    """Store an account with its credentials encrypted; no network is used: `check` looks at it. Raises BadAccount."""
    try:
        kind = platform_class(platform)
    except PermanentError as error:
        raise BadAccount({"platform": str(error)}) from None
    given = credentials_for(kind, credentials)
    base_url = address_for(kind, base_url)
    account = Account(tenant=tenant, platform=kind.name, name=name.strip()[:100], base_url=base_url)
    account.nightly_numbers = not kind.metrics_cost
    try:
        account.delivery = str(kind(given, base_url=base_url).delivery)
    except PermanentError as error:
        raise BadAccount({"credentials": str(error)}) from None
    account.set_credentials(given)
    account.expires_at = refreshing.ends_at(given)
    try:
        with transaction.atomic():
            account.save(force_insert=True)
            audit.record(user, "account.connected", tenant=tenant, target=account, platform=account.platform)
    except IntegrityError:
        raise BadAccount({"name": f"There is an account “{account.name}” on {kind.label} already."}) from None
    return account


def credentials_for(kind: Any, given: dict[str, str]) -> dict[str, str]:
    """The fields that a platform has, white space removed; raises BadAccount for missing and unknown ones."""
    known = {field.name: field for field in kind.credentials}
    problems = {name: f"{kind.label} has no field {name}." for name in given if name not in known}
    cleaned = {name: str(value).strip() for name, value in given.items() if name in known and str(value).strip()}
    for name, field in known.items():
        if field.required and name not in cleaned:
            problems[name] = f"{kind.label} needs {name} ({field.label})."
    if "expiresAt" in cleaned and refreshing.ends_at(cleaned) is None:
        problems["expiresAt"] = "expiresAt is no time. Write it as 2026-12-31T23:59:00Z, or leave it out."
    if problems:
        raise BadAccount({f"credentials.{name}": problem for name, problem in problems.items()})
    return cleaned


def address_for(kind: Any, base_url: str) -> str:
    """The address of an instance as it is stored; raises BadAccount where it is none."""
    base_url = base_url.strip().rstrip("/")
    if kind.needs_base_url and not base_url:
        raise BadAccount(
            {"baseUrl": f"{kind.label} needs the address of the instance or site, as https://example.org."}
        )
    if base_url:
        try:
            Guard().read(base_url)
        except OutsideError as error:
            raise BadAccount({"baseUrl": str(error)}) from None
    return base_url


def check(account: Account) -> bool:
    """Ask the platform whose account this is, and note what it says; publishes nothing. Returns whether it works.

    What somebody changes meanwhile stays: a pause, and above all new credentials, of which this check says nothing.
    """
    platform = None
    found: dict[str, Any] = {"checked_at": timezone.now()}
    is_well, is_broken = False, False

    def ask(opened: Platform) -> Profile:
        nonlocal platform
        platform = opened
        return opened.check()

    try:
        profile = refreshing.asked(account, ask)
    except InvalidKey as error:
        found["health"], is_broken = str(error)[:300], True
    except OutsideError as error:
        found["health"] = str(error)[:300]
    else:
        is_well = True
        found |= {
            "remote_id": profile.remote_id[:200], "remote_name": profile.name[:200], "remote_url": profile.url[:500],
            "health": profile.note[:300],
        }  # fmt: skip
        if not found["health"] and (other := _same_account(account, profile.remote_id)):
            found["health"] = f"It is connected a second time, {other}: what is planned on both is published twice."[
                :300
            ]
        if profile.expires_at:
            found["expires_at"] = profile.expires_at
        if profile.limits:
            found["limits"] = profile.limits.as_json()
    with transaction.atomic():
        row = Account.objects.select_for_update(of=("self",)).get(pk=account.pk)
        if platform is None or row.reveal() == platform.given:
            if row.state in (Account.State.ACTIVE, Account.State.BROKEN) and (is_well or is_broken):
                found["state"] = Account.State.ACTIVE if is_well else Account.State.BROKEN
            Account.objects.filter(pk=account.pk).update(**found)
    account.refresh_from_db()
    return is_well


def _same_account(account: Account, remote_id: str) -> str:
    """Where else the same account of a platform is connected, in words; "" where it is not."""
    if account.platform == "offline" or not remote_id:
        return ""
    same = Account.objects.connected().filter(
        platform=account.platform, base_url=account.base_url, remote_id=remote_id[:200]
    )
    other = same.exclude(pk=account.pk).first()
    if other is None:
        return ""
    return f"as “{other}”" if other.tenant_id == account.tenant_id else "in another workspace"


def change_credentials(account: Account, user: Any, credentials: dict[str, str]) -> None:
    """Take new credentials; the account publishes again. Raises BadAccount."""
    given = credentials_for(platform_class(account.platform), credentials)
    account.set_credentials(given)
    account.expires_at, account.renewing_until = refreshing.ends_at(given), None
    if account.state in (Account.State.BROKEN, Account.State.DISCONNECTED):
        account.state = Account.State.ACTIVE
    account.health = ""
    with transaction.atomic():
        account.save()
        audit.record(user, "account.credentials_changed", tenant=account.tenant, target=account)


def pause(account: Account, user: Any, *, paused: bool) -> None:
    """Let nothing of an account out, or let it publish again; what waits stays where it is."""
    account.state = Account.State.PAUSED if paused else Account.State.ACTIVE
    with transaction.atomic():
        account.save(update_fields=["state"])
        audit.record(user, "account.paused" if paused else "account.resumed", tenant=account.tenant, target=account)
