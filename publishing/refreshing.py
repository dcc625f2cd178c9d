"""Renewing credentials, by one at a time: where a platform rotates them, two at once would lose the account.

Whoever renews takes the account for a while (`renewing_until`), calls the platform outside of any transaction, and
stores what came back only where the account still has the credentials that were used. Others wait for that.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from integrations.errors import InvalidKey, OutsideError, Overloaded
from integrations.platforms.base import Platform
from jobs.models import from_now
from jobs.running import insist, lease_seconds
from publishing import telling
from publishing.models import Account
from publishing.opening import can_sign_in, grant_kind, keep_session, open_grant, open_platform

TAKEN_SECONDS = 90.0  # longer than the call may take
WAIT_SECONDS = 45.0
PAUSE = 0.2
# How long before their end credentials are renewed: by a call that needs them, and by the daily look.
SOON = timedelta(minutes=5)
DAYS_BEFORE = timedelta(days=20)


def opened(account: Account) -> Platform:
    """The platform with credentials that hold a while longer. Raises what open_platform and the platform raise."""
    if account.expires_at and account.expires_at < timezone.now() + SOON and can_renew(account):
        renew(account)
    return open_platform(account)


def can_renew(account: Account) -> bool:
    """Whether its credentials are renewed without a person."""
    if not can_sign_in(account.platform) or grant_kind(account.platform).needs_base_url:
        return False
    return open_grant(account.platform).can_renew(account.reveal())


def asked(account: Account, ask: Callable[[Platform], Any]) -> Any:
    """What `ask` gets from the platform. Where its token does not hold and can be renewed, it is asked once more.

    Only for what may be asked twice. Raises what the platform raises.
    """
    platform = opened(account)
    try:
        return ask(platform)
    except InvalidKey:
        if not can_renew(account):
            raise
    finally:
        keep_session(account, platform)
    renew(account, platform.given)
    return ask(open_platform(account))


def renew_old(account: Account) -> None:
    """Where the credentials end within weeks: renew them now, so that a day or two of trouble does no harm."""
    if account.expires_at and account.expires_at < timezone.now() + DAYS_BEFORE and can_renew(account):
        renew(account)


def renew(account: Account, used: dict[str, str] | None = None) -> None:
    """Give an account new credentials, unless somebody has since `used` were read. Raises the errors of errors.py.

    InvalidKey means that only a person can connect it anew; the account is marked so.
    """
    used = account.reveal() if used is None else used
    if not _take(account, used):
        account.refresh_from_db()
        return
    try:
        new = open_grant(account.platform).renew(used)
    except InvalidKey as error:
        _leave(account)
        with transaction.atomic():
            broken(account, str(error), used)
        raise
    except OutsideError:
        _leave(account)
        raise
    insist(lambda: _store(account, used, new), lease_seconds())
    account.refresh_from_db()


def _take(account: Account, used: dict[str, str]) -> bool:
    """Whether this process is the one that renews; False where it was done meanwhile."""
    until = time.monotonic() + WAIT_SECONDS
    while True:
        with transaction.atomic():
            row = Account.objects.select_for_update(of=("self",)).get(pk=account.pk)
            if row.reveal() != used:
                return False
            if Account.objects.renewed_by_nobody().filter(pk=row.pk).update(renewing_until=from_now(TAKEN_SECONDS)):
                return True
        if time.monotonic() > until:
            raise Overloaded(f"The credentials of “{account}” are being renewed. It is tried again.")
        time.sleep(PAUSE)


def _leave(account: Account) -> None:
    Account.objects.filter(pk=account.pk).update(renewing_until=None)


def _store(account: Account, used: dict[str, str], new: dict[str, str]) -> None:
    """Keep what came back, in one step; what a person entered meanwhile stays."""
    with transaction.atomic():
        row = Account.objects.select_for_update(of=("self",)).get(pk=account.pk)
        if row.reveal() == used:
            row.set_credentials(new)
            row.expires_at, row.renewed_at = ends_at(new), Now()
        row.renewing_until = None
        row.save(update_fields=["sealed", "sealed_session", "expires_at", "renewed_at", "renewing_until"])


def ends_at(credentials: dict[str, str]) -> datetime | None:
    """When credentials end, as they say themselves (ISO 8601, or seconds since 1970); None where they do not."""
    text = credentials.get("expiresAt", "")
    try:
        moment = datetime.fromtimestamp(int(text), UTC) if text.isdigit() else datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def broken(account: Account, words: str, used: dict[str, str] | None = None) -> None:
    """Its credentials do not hold, as a call has shown: it is used no more, and owners hear of it; in a transaction.

    Where the call used others than it has now, somebody has entered new ones since: of those it says nothing.
    """
    row = Account.objects.select_for_update(of=("self",)).get(pk=account.pk)
    if used is not None and row.reveal() != used:
        account.refresh_from_db()
        return
    rows = Account.objects.filter(pk=account.pk, state=Account.State.ACTIVE)
    if rows.update(state=Account.State.BROKEN, health=words[:300]):
        account.refresh_from_db()
        telling.broken(account)
