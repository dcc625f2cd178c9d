"""What the numbers say over a span of days: queries only. Platforms tell running totals, so the last one counts."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from accounts.models import Tenant
from ai.exporting import safe
from ai.spending import Span
from publishing.models import Audience, Publication, Reading

PER_DAY = 60  # a chart has no more days than this: of more, every second, third ... one


@dataclass
class Post:
    """One post with its last numbers; history is {day: values}."""

    publication: Publication
    history: dict[date, dict[str, int]] = field(default_factory=dict)

    @property
    def last(self) -> dict[str, int]:
        """The newest value of each number."""
        return {name: value for day in sorted(self.history) for name, value in self.history[day].items()}

    def at(self, day: date, metric: str) -> int:
        """A number as it was known at the end of a day; 0 before it was first read."""
        known = [when for when in self.history if when <= day and metric in self.history[when]]
        return self.history[max(known)][metric] if known else 0


@dataclass
class Report:
    """The posts that were published in a span, and what is known of them."""

    span: Span
    posts: list[Post]

    @property
    def metrics(self) -> list[str]:
        """Every number that is known of some post, the most common first."""
        counts: dict[str, int] = {}
        for post in self.posts:
            for name in post.last:
                counts[name] = counts.get(name, 0) + 1
        return sorted(counts, key=lambda name: (-counts[name], name))

    def total(self, metric: str) -> int:
        """The sum over all posts."""
        return sum(post.last.get(metric, 0) for post in self.posts)

    def days(self) -> list[date]:
        """The days of a chart."""
        days = self.span.days
        step = max(1, -(-len(days) // PER_DAY))
        return days[::-1][::step][::-1]

    def running(self, metric: str) -> dict[str, list[int]]:
        """{account: its total at the end of each day}."""
        found: dict[str, list[int]] = {}
        for post in self.posts:
            line = found.setdefault(str(post.publication.account), [0] * len(self.days()))
            for number, day in enumerate(self.days()):
                line[number] += post.at(day, metric)
        return found


def report(tenant: Tenant, span: Span, *, account: int = 0, brand: int = 0) -> Report:
    """The posts of a span by their time, with their numbers; those of one account or brand where it is named."""
    rows = (
        Publication.objects.for_tenant(tenant)
        .out()
        .filter(published_at__gte=span.begins, published_at__lt=span.ends, is_test=False)
    )
    rows = rows.filter(account=account) if account else rows
    rows = rows.filter(account__brand=brand) if brand else rows
    posts = {row.pk: Post(row) for row in rows.select_related("account").order_by("-published_at")}
    for reading in Reading.objects.filter(publication__in=rows.order_by().values("pk")):
        posts[reading.publication_id].history[reading.day] = reading.values
    return Report(span, list(posts.values()))


def history(publication: Publication) -> Post:
    """One post with its numbers."""
    found = {one.day: one.values for one in publication.readings.all()}
    return Post(publication, found)


def followers(tenant: Tenant, span: Span) -> list[dict[str, Any]]:
    """For each account that has them: followers at the end of the span, and how many more than at its beginning."""
    rows = Audience.objects.filter(account__tenant=tenant, day__lte=span.last).select_related("account")
    by_account: dict[Any, list[Audience]] = {}
    for row in rows.filter(day__gte=span.first - timedelta(days=31)).order_by("day"):
        by_account.setdefault(row.account, []).append(row)
    found = []
    for account, days in by_account.items():
        before = [one for one in days if one.day <= span.first] or days[:1]
        change = days[-1].followers - before[-1].followers
        found.append({"account": account, "followers": days[-1].followers, "change": change, "day": days[-1].day})
    return found


def as_csv(found: Report) -> Iterator[str]:
    """The lines of a CSV file: each post with its last numbers; safe to open in a spreadsheet."""
    columns = found.metrics
    yield _line(["publication", "account", "platform", "published", "title or text", "url", *columns])
    for post in found.posts:
        row, last = post.publication, post.last
        at = row.published_at.astimezone(found.span.zone).isoformat(timespec="minutes") if row.published_at else ""
        words = str(row)
        yield _line(
            [row.pk, row.account, row.account.platform, at, words, row.url, *(last.get(n, "") for n in columns)]
        )


def _line(cells: list[Any]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([safe(str(one) if not isinstance(one, int) else one) for one in cells])
    return out.getvalue()
