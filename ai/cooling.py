"""Sparing a key that a vendor does not serve for now: a cooldown per (provider, key), ended by one call that tries."""

import hashlib
import hmac
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

from ai.models import Cooldown
from integrations.errors import OutsideError, Overloaded, RateLimited

BUSY_IN_A_ROW = 3  # so many failures of a busy vendor open the cooldown
FIRST_SECONDS, LONGEST_SECONDS = 30.0, 600.0


class Cooling(Exception):
    """The key is spared until `until`; the text says why."""

    def __init__(self, reason: str, until: datetime) -> None:
        super().__init__(reason)
        self.reason = reason
        self.until = until


def key_hash(secret: str) -> str:
    """What tells keys apart without telling them."""
    return hmac.new(settings.SECRET_KEY.encode(), secret.encode(), hashlib.sha256).hexdigest()


def admit(provider: str, secret: str, seconds: float) -> bool:
    """Whether the key has failed lately and this call is the one that tries it again.

    `seconds` is how long the call may take. Raises Cooling while the key is spared, or while another call tries it.
    """
    row = Cooldown.objects.filter(provider=provider, key_hash=key_hash(secret)).first()
    if row is None or row.until is None:
        return row is not None
    now = timezone.now()
    if row.until > now:
        raise Cooling(row.reason, row.until)
    free = Q(probe_until=None) | Q(probe_until__lte=now)
    mine = Cooldown.objects.filter(free, pk=row.pk, until=row.until)
    if not mine.update(probe_until=now + timedelta(seconds=seconds)):
        raise Cooling(f"{row.reason} One call tries whether it works again.", now + timedelta(seconds=5))
    return True


def forgo(provider: str, secret: str) -> None:
    """The call that was to try the key is not made after all: let another one try."""
    Cooldown.objects.filter(provider=provider, key_hash=key_hash(secret)).update(probe_until=None)


def served(provider: str, secret: str) -> None:
    """The vendor answered: the key is as good as any."""
    Cooldown.objects.filter(provider=provider, key_hash=key_hash(secret)).delete()


def failed(provider: str, secret: str, error: OutsideError) -> None:
    """Note a failure that is about the vendor's health or its limits; others say that it is there and answers."""
    if not isinstance(error, Overloaded | RateLimited):
        served(provider, secret)
        return
    row, _new = Cooldown.objects.get_or_create(provider=provider, key_hash=key_hash(secret))
    Cooldown.objects.filter(pk=row.pk).update(failures=F("failures") + 1)
    row.refresh_from_db()
    until = _until(row.failures, error)
    if until is None:
        return
    Cooldown.objects.filter(pk=row.pk).update(
        until=until, probe_until=None, reason=str(error)[:300], changed_at=timezone.now()
    )


def _until(failures: int, error: OutsideError) -> datetime | None:
    asked = float(getattr(error, "retry_after", 0.0))
    if isinstance(error, RateLimited) or asked:
        return timezone.now() + timedelta(seconds=asked)
    if failures < BUSY_IN_A_ROW:
        return None
    seconds = min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** (failures - BUSY_IN_A_ROW))
    return timezone.now() + timedelta(seconds=seconds)
