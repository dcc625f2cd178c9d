"""The clocks of config/schedule.py. Any process may ring them: one planned time makes one job."""

import logging
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from croniter import croniter
from django.conf import settings
from django.utils import timezone

from config.schedule import CLOCKS, Clock
from jobs.accepting import AlreadyAccepted, enqueue
from jobs.models import ClockState

logger = logging.getLogger(__name__)


def next_time(clock: Clock, after: datetime) -> datetime:
    """The first time after `after` that the cron line means in TIME_ZONE; returned in UTC."""
    local = after.astimezone(ZoneInfo(settings.TIME_ZONE))
    return croniter(clock.cron, local).get_next(datetime).astimezone(UTC)


def run_due(now: datetime | None = None) -> int:
    """Enqueue the jobs of all clocks that are due and plan their next time; returns how many.

    A missed time is made up for once, however many were missed.
    """
    now = now or timezone.now()
    rung = 0
    for clock in CLOCKS:
        state, _made = ClockState.objects.get_or_create(
            name=clock.name, defaults={"cron": clock.cron, "next_at": next_time(clock, now)}
        )
        if state.cron != clock.cron:
            ClockState.objects.filter(pk=clock.name).update(cron=clock.cron, next_at=next_time(clock, now))
            continue
        if state.next_at > now:
            continue
        try:
            enqueue(clock.task, tenant=None, key=f"{clock.name}:{state.next_at.isoformat()}")
            rung += 1
        except AlreadyAccepted:
            logger.info("The clock %s was rung by another process", clock.name)
        ClockState.objects.filter(pk=clock.name, next_at=state.next_at).update(
            next_at=next_time(clock, now), last_at=state.next_at
        )
    return rung
