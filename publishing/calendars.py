"""The calendar: which publications are on which day, by the workspace's clock; queries only."""

import calendar
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from accounts.models import Tenant
from publishing.models import Publication

WEEK = timedelta(days=7)
MOST_LISTED = 500
EARLIEST, LATEST = date(2000, 1, 1), date(2099, 12, 1)


@dataclass
class Day:
    """One day with its publications, the earliest first. is_other is one of the month before or after."""

    day: date
    is_today: bool
    is_other: bool
    rows: list[Publication] = field(default_factory=list)


@dataclass(frozen=True)
class Page:
    """What is looked at: a month, a week or a list of a month, that has `on` in it."""

    view: str
    on: date
    zone: ZoneInfo

    @property
    def first(self) -> date:
        """The first day that is shown: a Monday, but for a list."""
        if self.view == "week":
            return self.on - timedelta(days=self.on.weekday())
        first = self.on.replace(day=1)
        return first if self.view == "list" else first - timedelta(days=first.weekday())

    @property
    def last(self) -> date:
        """The last day that is shown."""
        if self.view == "week":
            return self.first + timedelta(days=6)
        last = self.on.replace(day=calendar.monthrange(self.on.year, self.on.month)[1])
        return last if self.view == "list" else last + timedelta(days=6 - last.weekday())

    @property
    def title(self) -> str:
        """What is looked at, in words."""
        if self.view == "week":
            return f"{self.first:%-d %b} – {self.last:%-d %b %Y}"
        return f"{self.on:%B %Y}"

    @property
    def before(self) -> date:
        """A day of the page before this one."""
        return self.first - WEEK if self.view == "week" else self.on.replace(day=1) - timedelta(days=1)

    @property
    def after(self) -> date:
        """A day of the page after this one."""
        if self.view == "week":
            return self.first + WEEK
        return self.on.replace(day=calendar.monthrange(self.on.year, self.on.month)[1]) + timedelta(days=1)

    def moments(self) -> tuple[datetime, datetime]:
        """The first moment, and the first one after it."""
        start = datetime.combine(self.first, time.min, self.zone)
        return start, datetime.combine(self.last + timedelta(days=1), time.min, self.zone)


def rows_of(tenant: Tenant, page: Page, **filters: Any) -> QuerySet[Publication]:
    """What is planned for, or was sent in, these days; tests and parts that follow another are left out."""
    start, end = page.moments()
    rows = Publication.objects.for_tenant(tenant).filter(scheduled_at__gte=start, scheduled_at__lt=end)
    return _chosen(rows, **filters).order_by("scheduled_at", "pk")


def without_time(tenant: Tenant, **filters: Any) -> QuerySet[Publication]:
    """Drafts that have no time yet."""
    rows = Publication.objects.for_tenant(tenant).filter(scheduled_at=None, state=Publication.State.DRAFT)
    return _chosen(rows, **filters).order_by("-pk")


def _chosen(rows: QuerySet[Publication], **filters: Any) -> QuerySet[Publication]:
    chosen = {name: value for name, value in filters.items() if value}
    rows = rows.filter(is_test=False, follows=None, **chosen)
    if "state" not in chosen:
        rows = rows.exclude(state=Publication.State.CANCELLED)
    return rows.select_related("account", "tenant", "user")


def days_of(page: Page, rows: QuerySet[Publication], today: date) -> list[Day]:
    """Every day that is shown, with its publications."""
    count = (page.last - page.first).days + 1
    month = page.on.month
    days = [page.first + timedelta(days=number) for number in range(count)]
    found = {day: Day(day, day == today, page.view == "month" and day.month != month) for day in days}
    for row in rows:
        assert row.scheduled_at
        found[row.scheduled_at.astimezone(page.zone).date()].rows.append(row)
    return list(found.values())


def weeks_of(days: list[Day]) -> list[list[Day]]:
    """The days in rows of seven."""
    return [days[start : start + 7] for start in range(0, len(days), 7)]
