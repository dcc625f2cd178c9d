"""How money and models read for people: amounts, shares, prices, lifecycles, charts."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from accounts import keys
from ai.estimating import Estimate
from ai.models import Call, ListedModel, Price
from ai.models.catalogue import in_words
from ai.spending import OTHER, Day, Report
from jobs.overview import spell

KEY_OWNERS = {
    "user": "The person's own key",
    "tenant": "The workspace's key",
    "server": "The server's key",
    "none": "No key needed",
}
COST_SOURCES = {
    "usage": "Reported tokens times the price",
    "vendor": "Reported by the vendor",
    "reserved": "Nobody reported it: what was reserved is counted",
}
# One colour for each series of a chart (static/ai/money.css has the same for the legend), the last one for the rest.
COLOURS = ("primary-600", "blue-500", "green-500", "orange-500", "yellow-500", "primary-300")
GREY = "#9ca3af"
CHART_OPTIONS: dict[str, Any] = {
    "animation": False,
    "maintainAspectRatio": False,
    "interaction": {"mode": "index", "intersect": False},
    "plugins": {"legend": {"display": False}},
    "scales": {
        "x": {"stacked": True, "grid": {"display": False}, "ticks": {"color": GREY, "maxRotation": 0}},
        "y": {"stacked": True, "beginAtZero": True, "border": {"display": False}, "ticks": {"color": GREY}},
    },
}


def usd(amount: Decimal) -> str:
    """An amount in USD for people, never rounded to nothing: 1,234.50, 0.0123, 0.000004, 0."""
    if not amount:
        return "0"
    if abs(amount) >= 1:
        return f"{amount:,.2f}"
    if abs(amount) >= Decimal("0.01"):
        return f"{amount:.4f}"
    return f"{amount:.8f}".rstrip("0").rstrip(".")


def estimate(found: Estimate, at_once: Estimate | None = None) -> str:
    """An estimate in a sentence for people; `at_once` is that of the usual lane, for one in the cheaper lane."""
    calls = f"{found.calls} call" if found.calls == 1 else f"{found.calls} calls"
    takes = "within a day" if at_once else f"about {spell(found.seconds)}"
    if not found.high:
        return f"{calls}, no cost, {takes}."
    instead = f"; at once it would be likely {at_once.likely:.4f} USD" if at_once else ""
    return (
        f"{calls}, about {found.input_tokens + found.output_tokens:,} tokens, {takes}: likely {found.likely:.4f} USD "
        f"(from {found.low:.4f}, at most {found.high:.4f} when each answer is taken at the first try){instead}."
    )


def number(count: int) -> str:
    """A number of tokens or calls for people: 12,345, 436 k or 1.23 M."""
    if count >= 1_000_000:
        return f"{count / 1_000_000:,.2f}\N{NO-BREAK SPACE}M"
    return f"{count / 1000:.0f}\N{NO-BREAK SPACE}k" if count >= 100_000 else f"{count:,}"


def label(dimension: str, name: str) -> str:
    """The name of a part of ai/spending.py for people."""
    match dimension:
        case "provider":
            return keys.LABELS.get(name, name.capitalize())
        case "person":
            return name or "Nobody (a clock)"
        case "key_owner":
            return KEY_OWNERS.get(name, name)
    return name


@dataclass(frozen=True)
class Series:
    """One colour of a chart."""

    name: str
    label: str
    colour: str


def series(report: Report, days: list[Day], by: str) -> list[Series]:
    """What a chart of days shows, the largest first, the rest last."""
    shown = {name for day in days for name in day.parts}
    found = [part.name for part in report.parts(by) if part.name in shown and part.name != OTHER]
    named = [Series(name, label(by, name), colour) for name, colour in zip(found, COLOURS, strict=False)]
    return [*named, Series(OTHER, "Other", "base-400")] if OTHER in shown else named


def chart(report: Report, days: list[Day], shown: list[Series]) -> dict[str, Any]:
    """The days as Chart.js wants them, in Unfold's colours: stacked bars in USD, or in calls where all was free."""
    return {
        "labels": [f"{day.day:%-d %b}" for day in days],
        "datasets": [
            {
                "label": one.label,
                "data": [float(report.measure(day.parts[one.name])) if one.name in day.parts else 0 for day in days],
                "backgroundColor": f"var(--color-{one.colour})",
                "maxBarThickness": 24,
            }
            for one in shown
        ],
    }


@dataclass(frozen=True)
class Life:
    """Where a model stands: words, and the look of its badge (a state that has a colour in static/desk/admin.css)."""

    words: str
    look: str
    successor: str = ""

    @property
    def is_over(self) -> bool:
        return self.words.startswith("Retired")


def life(model: ListedModel, today: date) -> Life:
    """Active, deprecated with the days that are left, or retired; with the model to use instead."""
    if model.is_retired(today):
        since = f" since {model.retires_at:%-d %b %Y}" if model.retires_at else ""
        return Life(f"Retired{since}", "", model.successor)
    if model.retires_at:
        left = (model.retires_at - today).days
        days = f"{left} day{'' if left == 1 else 's'} left"
        return Life(f"Deprecated, {days}", "failed" if left <= 7 else "warning", model.successor)
    if model.status == ListedModel.Status.DEPRECATED:
        return Life("Deprecated", "warning", model.successor)
    return Life("Active", "success")


def price_words(price: Price | None) -> str:
    """ "2 / 10", "free", or "unknown"."""
    if price is None:
        return "unknown"
    return str(price) if price.usd_in or price.usd_out else "free"


def batch_words(price: Price | None) -> str:
    """The price of the cheaper lane, "" where there is none."""
    if price is None or price.usd_batch_in is None or price.usd_batch_out is None:
        return ""
    return in_words(price.usd_batch_in, price.usd_batch_out)


def lot_words(call: Call) -> str:
    """How the lot of a call in the cheaper lane stands; "" for others."""
    lot = call.lot
    return f"{lot.label}: {lot.get_state_display().lower()}, {lot.done} of {lot.total} done" if lot else ""
