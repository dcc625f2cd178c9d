"""The clocks of config/schedule.py. Any process may ring them: one planned time makes one job."""

import logging
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from croniter import croniter
from django.conf import settings
from django.db import Error
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.module_loading import import_string

from config.schedule import CLOCKS, Clock
from jobs.accepting import AlreadyAccepted, enqueue
from jobs.models import ClockState, Lease

logger = logging.getLogger(__name__)


# A tick that is later than this counts as missed.
LATE_SECONDS = 60


def next_time(clock: Clock, after: datetime) -> datetime:
    """The first time after `after` that the cron line means in TIME_ZONE; returned in UTC.

    A time that the change to summer time leaves out is moved behind the gap. One that comes twice in autumn is rung the
    first time only, unless the line means every hour.
    """
    zone = ZoneInfo(settings.TIME_ZONE)
    every_hour = clock.cron.split()[1].startswith("*")
    walls = croniter(clock.cron, after.astimezone(zone).replace(tzinfo=None) - timedelta(hours=1, minutes=1))
    again: list[datetime] = []
    while True:
        wall = walls.get_next(datetime)
        # In the gap of spring, zoneinfo takes the offset before it: that is the wall clock after the gap.
        planned = wall.replace(tzinfo=zone).astimezone(UTC)
        if every_hour:
            again.append(wall.replace(tzinfo=zone, fold=1).astimezone(UTC))
        if planned > after:
            return min([planned, *(moment for moment in again if moment > after)])


def run_due(now: datetime | None = None) -> int:
    """Enqueue the jobs of all clocks that are due and plan their next time; returns how many.

    A missed time is made up for once, however many were missed, or skipped where the schedule says so.
    """
    now = now or _database_time()
    rung = 0
    for clock in CLOCKS:
        try:
            rung += _look_at(clock, now)
        except Error:
            raise
        except Exception:  # its cron line is none: the others ring all the same
            logger.exception("The clock %s cannot be kept; correct its line in config/schedule.py", clock.name)
    return rung


def _look_at(clock: Clock, now: datetime) -> int:
    """Ring one clock if it is due and plan its next time; returns how many jobs came of it."""
    state, _made = ClockState.objects.get_or_create(
        name=clock.name, defaults={"cron": clock.cron, "next_at": next_time(clock, now)}
    )
    if state.cron != clock.cron:
        ClockState.objects.filter(pk=clock.name).update(cron=clock.cron, next_at=next_time(clock, now))
        return 0
    if state.next_at > now:
        return 0
    rung, late = 0, (now - state.next_at).total_seconds()
    if clock.missed == "skip" and late > LATE_SECONDS:
        logger.warning("The clock %s is skipped: it is %.0f s late", clock.name, late)
    else:
        rung = _ring(clock, state.next_at, late)
    ClockState.objects.filter(pk=clock.name, next_at=state.next_at).update(
        next_at=next_time(clock, now), last_at=state.next_at
    )
    return rung


def _ring(clock: Clock, planned: datetime, late: float) -> int:
    try:
        if clock.only_if and not import_string(clock.only_if)():
            return 0
        enqueue(clock.task, tenant=None, key=f"{clock.name}:{planned.isoformat()}")
    except AlreadyAccepted:
        logger.info("The clock %s was rung by another process", clock.name)
        return 0
    except Error:
        raise
    except Exception:  # its task is in no queue
        logger.exception("The clock %s cannot be rung; it is tried again at its next time", clock.name)
        return 0
    if late > LATE_SECONDS:
        logger.warning("The clock %s is made up for: it is %.0f s late", clock.name, late)
    return 1


def _database_time() -> datetime:
    """Now, by the clock that all processes share."""
    return Lease.objects.annotate(now=Now()).values_list("now", flat=True).first() or timezone.now()
