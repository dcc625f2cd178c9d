"""What a run of chaos found, and how it is said."""

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Report:
    """One run. engine is "pressroom" or "stock rq"; broken has a sentence for each invariant that does not hold.

    states counts the accepted jobs by their last state; lost ones have none, or are not final. Times are in seconds.
    """

    engine: str
    database: str
    seed: int
    workers: int
    accepted: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    states: dict[str, int] = field(default_factory=dict)
    lost: int = 0
    duplicates: int = 0
    latency_max_seconds: float = 0.0
    drain_seconds: float = 0.0
    seconds: float = 0.0
    figures: dict[str, Any] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether every invariant does; the control is there to break them."""
        return not self.broken

    def as_json(self) -> dict[str, Any]:
        """For programs, in the API's spelling."""
        return {_camel(name): value for name, value in asdict(self).items()} | {"holds": self.holds}

    def as_text(self) -> str:
        """For people."""
        faults = ", ".join(f"{count} {kind}" for kind, count in sorted(self.faults.items(), key=lambda row: -row[1]))
        states = ", ".join(f"{count} {state}" for state, count in sorted(self.states.items()))
        longest = f"; longest from accept to end {self.latency_max_seconds:.1f} s" if self.latency_max_seconds else ""
        lines = [
            f"{self.engine} on {self.database}, seed {self.seed}, {self.workers} workers",
            f"  {self.accepted} jobs accepted, {sum(self.faults.values())} faults, {self.seconds:.0f} s: {faults}",
            f"  {states or 'none ended'}; lost {self.lost}, done twice {self.duplicates}",
            f"  drained {self.drain_seconds:.1f} s after the last fault{longest}",
            *(f"  {name}: {value}" for name, value in self.figures.items()),
            *(f"  BROKEN {sentence}" for sentence in self.broken),
        ]
        return "\n".join(lines)


@dataclass
class RowReport:
    """A row of the chaos table that was run by itself."""

    row: int
    name: str
    database: str
    seconds: float = 0.0
    figures: dict[str, Any] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether it came as the table says."""
        return not self.broken

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return asdict(self) | {"holds": self.holds}

    def as_text(self) -> str:
        """For people."""
        lines = [f"Row {self.row} on {self.database}: {self.name}: {'holds' if self.holds else 'BROKEN'}"]
        lines += [f"  {name}: {value}" for name, value in self.figures.items()]
        return "\n".join([*lines, *(f"  BROKEN {sentence}" for sentence in self.broken)])


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(other.capitalize() for other in others)
