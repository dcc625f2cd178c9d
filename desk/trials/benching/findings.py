"""What a measurement found, and how it is said."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Finding:
    """One measurement on one database.

    holds is None where there is no target, or where it was measured too small to tell; what is not exact never holds.
    figures are in the units that their names say, shares between 0 and 1.
    """

    name: str
    database: str
    target: str
    holds: bool | None
    lines: list[str]
    figures: dict[str, Any] = field(default_factory=dict)

    def as_text(self) -> str:
        """For people: a headline, what was measured, the target."""
        verdict = {True: "holds", False: "DOES NOT HOLD", None: "measured too small to tell"}[self.holds]
        target = [f"target: {self.target}: {verdict}"] if self.target else []
        return "\n".join([f"{self.name} ({self.database})", *(f"  {line}" for line in [*self.lines, *target])])

    def as_json(self) -> dict[str, Any]:
        """The same for programs."""
        return asdict(self)


def verdict(*, exact: bool, fast: bool, quick: bool) -> bool | None:
    """What is wrong fails at any size; how fast it is, a quick run does not say."""
    if not exact:
        return False
    return None if quick else fast


def percentile(values: Iterable[float], share: float) -> float:
    """The value that `share` (0 to 1) of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def most_in_window(moments: Iterable[float], seconds: float) -> int:
    """The most moments that lie in any stretch of `seconds`, wherever it begins."""
    ordered, first, most = sorted(moments), 0, 0
    for number, moment in enumerate(ordered):
        while moment - ordered[first] >= seconds:
            first += 1
        most = max(most, number - first + 1)
    return most


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[str]:
    """Lines of a table; numbers are set to the right and rounded to what can be trusted."""
    cells = [list(head), *([_cell(value) for value in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    return [
        "  ".join(text.ljust(width) if not column else text.rjust(width) for column, (text, width) in enumerate(pairs))
        for pairs in (list(zip(row, widths, strict=True)) for row in cells)
    ]


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
    return "-" if value is None else str(value)
