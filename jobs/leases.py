"""Things that only one process does at a time: a lease in the database, by its clock."""

from datetime import timedelta

from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from jobs.models import Lease, from_now


def take(name: str, holder: str, seconds: float, *, renew: bool = True) -> bool:
    """Whether `holder` may do it, for `seconds` from now; without `renew` nobody may again before they are over."""
    Lease.objects.get_or_create(name=name, defaults={"until": timezone.now() - timedelta(days=1)})
    free = Q(until__lt=Now())
    if renew:
        free |= Q(holder=holder)
    return bool(Lease.objects.filter(free, name=name).update(holder=holder, until=from_now(seconds)))
