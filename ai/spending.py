"""What calls cost in a span of days, summed by day, model, person, workspace, task and key owner: queries only."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import astuple, dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Q, Sum
from django.db.models.functions import TruncDate

from accounts.models import Tenant
from ai.models import Call, CallQuerySet
from ai.models.calls import HEARD
from ai.pricing import CENT_OF_LEDGER

OTHER = "(other)"  # the name of what is too small to be shown alone
# By what the sums of a Line may be put together.
DIMENSIONS = ("model", "provider", "person", "workspace", "task", "key_owner")
AMOUNTS = ("spent", "reserved", "assumed", "overrun_usd")
IN_FLIGHT = Q(state=Call.State.SENT)
OVER = ~IN_FLIGHT & Q(cost_usd__gt=F("reserved_usd"))
# Nobody reported what they cost: they were lost, or the vendor kept silent. What was reserved for them is counted.
ASSUMED = ~IN_FLIGHT & Q(cost_source="reserved")


@dataclass(frozen=True)
class Span:
    """Whole days by a clock, the first and the last included."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def days(self) -> list[date]:
        """Every day of it, oldest first."""
        return [self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1)]

    @property
    def begins(self) -> datetime:
        return datetime.combine(self.first, time.min, self.zone)

    @property
    def ends(self) -> datetime:
        """The first moment after it."""
        return datetime.combine(self.last + timedelta(days=1), time.min, self.zone)


@dataclass(frozen=True)
class Sums:
    """Calls put together; USD. `assumed` is the part of `spent` that nobody reported."""

    calls: int = 0
    in_flight: int = 0
    spent: Decimal = Decimal(0)
    reserved: Decimal = Decimal(0)
    assumed: Decimal = Decimal(0)
    tokens_in: int = 0
    tokens_cached: int = 0
    tokens_out: int = 0
    overruns: int = 0
    overrun_usd: Decimal = Decimal(0)

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))

    @property
    def usd(self) -> Decimal:
        """What is gone: spent, and reserved by calls in flight."""
        return self.spent + self.reserved

    @property
    def cached_percent(self) -> int:
        """How much of the tokens in came from the providers' caches."""
        return round(100 * self.tokens_cached / self.tokens_in) if self.tokens_in else 0


@dataclass(frozen=True)
class Line:
    """The calls of one day that have all the rest in common."""

    day: date
    provider: str
    model: str
    person: str
    workspace: str
    task: str
    key_owner: str
    sums: Sums


@dataclass(frozen=True)
class Part:
    """A share of the whole, such as a model: `percent` of the USD, or of the calls where nothing was charged."""

    name: str
    sums: Sums
    percent: int


@dataclass(frozen=True)
class Day:
    """One day: {name: sums} of the series that a chart shows."""

    day: date
    parts: dict[str, Sums]

    @property
    def total(self) -> Sums:
        return sum(self.parts.values(), Sums())


@dataclass(frozen=True)
class Report:
    """All sums of a span."""

    span: Span
    lines: list[Line]
    total: Sums = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "total", sum((line.sums for line in self.lines), Sums()))

    @property
    def is_free(self) -> bool:
        """Whether nothing was charged, so that calls are compared instead of USD."""
        return not self.total.usd

    def measure(self, sums: Sums) -> Decimal:
        """What shares and charts compare: USD, or calls where nothing was charged."""
        return Decimal(sums.calls) if self.is_free else sums.usd

    def parts(self, by: str) -> list[Part]:
        """The whole divided by one of DIMENSIONS, the largest first."""
        found: dict[str, Sums] = defaultdict(Sums)
        for line in self.lines:
            found[getattr(line, by)] += line.sums
        whole = self.measure(self.total)
        largest = sorted(found.items(), key=lambda item: (-self.measure(item[1]), -item[1].calls, item[0]))
        return [Part(name, sums, round(100 * self.measure(sums) / whole) if whole else 0) for name, sums in largest]

    def per_day(self, by: str, most: int = 6) -> list[Day]:
        """Every day of the span, divided by one of DIMENSIONS: the `most` largest parts, the rest together as OTHER."""
        largest = [part.name for part in self.parts(by)[:most]]
        days: dict[date, dict[str, Sums]] = {day: defaultdict(Sums) for day in self.span.days}
        for line in self.lines:
            name = getattr(line, by)
            days[line.day][name if name in largest else OTHER] += line.sums
        return [Day(day, dict(days[day])) for day in self.span.days]


def calls_in(tenant: Tenant | None, span: Span) -> CallQuerySet:
    """The calls of a workspace, or of all for None, that were sent in a span."""
    calls = Call.objects.filter(created_at__gte=span.begins, created_at__lt=span.ends)
    return calls if tenant is None else calls.for_tenant(tenant)


def report(tenant: Tenant | None, span: Span) -> Report:
    """Everything about a span, in one query."""
    return Report(span, list(lines(tenant, span)))


def lines(tenant: Tenant | None, span: Span, *, by_person: bool = True) -> Iterator[Line]:
    """The sums by day, model, person, workspace, task and key owner, oldest day first; "" for nobody."""
    names = ["day", "provider", "model_requested", "tenant__slug", "prompt_name", "key_owner"]
    if by_person:
        names.append("user__username")
    calls = calls_in(tenant, span).annotate(day=TruncDate("created_at", tzinfo=span.zone))
    row: dict[str, Any]
    for row in calls.order_by().values(*names).annotate(**_sums()).order_by(*names):
        yield Line(
            day=row["day"],
            provider=row["provider"],
            model=row["model_requested"],
            person=row.get("user__username") or "",
            workspace=row["tenant__slug"],
            task=row["prompt_name"],
            key_owner=row["key_owner"],
            sums=Sums(**{name: _number(name, row[name]) for name in _sums()}),
        )


def _sums() -> dict[str, Any]:
    """What is added up, under the names of the fields of Sums."""
    return {
        "calls": Count("pk"),
        "in_flight": Count("pk", filter=IN_FLIGHT),
        "spent": Sum("cost_usd", filter=~IN_FLIGHT),
        "reserved": Sum("reserved_usd", filter=IN_FLIGHT),
        "assumed": Sum("cost_usd", filter=ASSUMED),
        "tokens_in": Sum("input_tokens", filter=~Q(prompt_name__endswith=HEARD), default=0),
        "tokens_cached": Sum("cached_input_tokens"),
        "tokens_out": Sum("output_tokens"),
        "overruns": Count("pk", filter=OVER),
        "overrun_usd": Sum(F("cost_usd") - F("reserved_usd"), filter=OVER),
    }


def _number(name: str, value: Any) -> Any:
    """A sum as a number; SQLite adds decimals as floats, so amounts are rounded to the ledger's places."""
    return Decimal(value or 0).quantize(CENT_OF_LEDGER) if name in AMOUNTS else int(value or 0)
