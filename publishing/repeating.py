"""Wall times become moments: occurrences of rules that repeat, and the next free slot of an account.

A wall time that the change to summer time leaves out is moved behind the gap (02:30 becomes 03:30); one that comes
twice in autumn is the first of both. So every day that is meant has one moment, and no two days share one.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.utils import timezone

from publishing import ordering, scheduling, telling
from publishing.models import Account, Publication, Repeat, Slot
from publishing.models.schedules import zone_of
from publishing.orders import PublicationOrder

AHEAD = timedelta(days=2)
WEEK = timedelta(days=7)
SEARCHED_WEEKS = 26
TAKEN = ("needs_approval", "scheduled", "sending", "published", "unconfirmed")


def moment_of(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The moment, in UTC, that a wall time on a day means in a zone; whole minutes."""
    wall = datetime.combine(day, at.replace(second=0, microsecond=0, fold=0), zone)
    # In the gap of spring zoneinfo takes the offset before it, which is the wall clock behind the gap. fold=0 is the
    # first of two in autumn.
    return wall.astimezone(UTC)


def days(repeat: Repeat) -> Iterator[date]:
    """The days that a rule means, from its first on."""
    monday = repeat.starts_on - timedelta(days=repeat.starts_on.weekday())
    while repeat.until is None or monday <= repeat.until:
        for weekday in sorted(set(repeat.weekdays)):
            day = monday + timedelta(days=weekday)
            if day >= repeat.starts_on and (repeat.until is None or day <= repeat.until):
                yield day
        if monday > date.max - repeat.every_weeks * WEEK - WEEK or not repeat.weekdays:
            return
        monday += repeat.every_weeks * WEEK


def occurrences(repeat: Repeat, after: datetime, count: int = 10) -> list[datetime]:
    """The next `count` moments of a rule after a moment, in UTC."""
    found: list[datetime] = []
    zone = repeat.zone
    for day in days(repeat):
        moment = moment_of(day, repeat.at, zone)
        if moment > after and (not found or moment > found[-1]):  # a zone may leave out a whole day
            found.append(moment)
        if len(found) == count:
            break
    return found


def any_to_plan() -> bool:
    """Whether some rule has a time ahead that nobody has planned yet."""
    return _to_plan().exists()


def _to_plan() -> QuerySet[Repeat]:
    soon = timezone.now() + AHEAD - timedelta(hours=1)
    return Repeat.objects.filter(Q(planned_until=None) | Q(planned_until__lt=soon), is_active=True)


def any_work() -> bool:
    """Whether the clock of this room has anything to do."""
    return scheduling.any_due() or any_to_plan()


def plan_ahead() -> int:
    """Make the publications of the next two days; each time of a rule is one publication, however often this runs."""
    made = 0
    for repeat in _to_plan().select_related("account__brand", "tenant", "user"):
        with scheduling.undisturbed(repeat):
            now, until = timezone.now(), timezone.now() + AHEAD
            for moment in occurrences(repeat, max(now, repeat.planned_until or now), 50):
                if moment > until:
                    break
                made += _plan(repeat, moment)
            Repeat.objects.filter(pk=repeat.pk).update(planned_until=until)
    return made


def _plan(repeat: Repeat, moment: datetime) -> bool:
    schedule = f"repeat-{repeat.pk}-{moment:%Y%m%dT%H%MZ}"
    if Publication.objects.filter(tenant=repeat.tenant, schedule=schedule).exists():
        return False  # also one that somebody cancelled
    origin = f"publishing.Repeat:{repeat.pk}"
    wish = {"account_id": repeat.account_id, "text": repeat.text, "scheduled_at": moment}
    try:
        order = PublicationOrder.model_validate(wish)
        ordering.publish(order, tenant=repeat.tenant, user=repeat.user, origin=origin, schedule=schedule)
    except ValueError as error:  # what the platform would refuse, and a text that is none
        telling.not_planned(repeat, f"{moment.astimezone(repeat.zone):%a %-d %b %Y, %H:%M %Z}", error)
        return False
    return True


def next_free(account: Account, after: datetime | None = None) -> datetime | None:
    """The next slot of an account at which nothing is planned; None where it has no slots, or all are taken."""
    after = after or timezone.now()
    zone, slots = zone_of(account), list(Slot.objects.filter(account=account))
    rows = Publication.objects.filter(account=account, state__in=TAKEN, scheduled_at__gte=after)
    taken = set(rows.values_list("scheduled_at", flat=True))
    today = after.astimezone(zone).date() - timedelta(days=1)
    for offset in range(SEARCHED_WEEKS * 7):
        day = today + timedelta(days=offset)
        moments = sorted(moment_of(day, slot.at, zone) for slot in slots if slot.weekday == day.weekday())
        for moment in moments:
            if moment > after and moment not in taken:
                return moment
    return None
