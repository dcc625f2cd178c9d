"""Accounts looked after by a clock: each is asked once a day, so people hear of a dead token before a post does."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from integrations.errors import InvalidKey, OutsideError, TemporaryError
from jobs.running import Run
from publishing import connecting, refreshing, telling
from publishing.models import Account

EVERY = timedelta(hours=20)
WARN_DAYS = 7


def any_due() -> bool:
    """Whether there is an account to look at."""
    return _due().exists()


def tend(run: Run) -> dict[str, Any]:
    """Check what was not checked for a day, and tell owners what ended or ends soon; returns the figures."""
    rows = list(_due().select_related("tenant"))
    found = {"checked": len(rows), "broken": 0, "endSoon": 0}
    for number, account in enumerate(rows):
        run.checkpoint("checking", 100 * number // len(rows), f"Checking {account}")
        try:
            renew_and_check(account)
        except OutsideError as error:  # its credentials cannot be opened, or its platform is gone
            Account.objects.filter(pk=account.pk).update(health=str(error)[:300], checked_at=timezone.now())
            continue
        if account.state == Account.State.BROKEN:
            found["broken"] += 1
            telling.broken(account)
        elif ends_soon(account):
            found["endSoon"] += 1
            telling.expires(account)
    return found


def ends_soon(account: Account) -> bool:
    """Whether its credentials end within a week, and only a person can do something about it."""
    soon = timezone.now() + timedelta(days=WARN_DAYS)
    return account.expires_at is not None and account.expires_at < soon and not refreshing.can_renew(account)


def renew_and_check(account: Account) -> None:
    """Renew what ends within weeks, where that can be done without a person; then ask the platform."""
    with suppress(TemporaryError, InvalidKey):  # the check says what is wrong
        refreshing.renew_old(account)
    connecting.check(account)


def _due() -> QuerySet[Account]:
    """Those that publish; the wall is always there."""
    old = Q(checked_at=None) | Q(checked_at__lt=timezone.now() - EVERY)
    return Account.objects.active().filter(old).exclude(platform="offline").order_by("pk")
