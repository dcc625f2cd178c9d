"""What a check finds: claims with their verdicts, and the report over them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

Kind = Literal["name", "title", "year", "date", "runtime", "rating", "count", "money"]
Verdict = Literal["supported", "contradicted", "not_in_source"]
VERDICTS: tuple[Verdict, ...] = ("supported", "contradicted", "not_in_source")


@dataclass(frozen=True)
class Claim:
    """One thing that a text says, at text[start:end], in characters.

    field is the record's field it was matched with ("" where there is none), says what stands there, in words.
    """

    start: int
    end: int
    text: str
    kind: Kind
    verdict: Verdict
    field: str = ""
    says: str = ""


@dataclass(frozen=True)
class Report:
    """The claims of a text in their order, none overlapping another. whole: the text was read to its end."""

    claims: tuple[Claim, ...] = ()
    whole: bool = True

    @property
    def score(self) -> int | None:
        """The share of supported claims, 0-100, rounded down; None where nothing was checked."""
        return score(self.counts)

    @property
    def counts(self) -> dict[str, int]:
        """How many claims there are of each verdict."""
        return count(claim.verdict for claim in self.claims)

    @property
    def contradictions(self) -> list[Claim]:
        """The claims that the record contradicts."""
        return [claim for claim in self.claims if claim.verdict == "contradicted"]

    def as_json(self) -> dict[str, Any]:
        """The same as JSON data: {"score", "counts", "whole", "claims": [...]}."""
        return {
            "score": self.score,
            "counts": self.counts,
            "whole": self.whole,
            "claims": [asdict(claim) for claim in self.claims],
        }


def count(verdicts: Iterable[str]) -> dict[str, int]:
    """How many there are of each verdict, zeros included."""
    found = Counter(verdicts)
    return {verdict: found[verdict] for verdict in VERDICTS}


def score(counts: dict[str, int]) -> int | None:
    """The share of supported ones among all, 0-100, rounded down: one contradiction in a thousand is not 100."""
    total = sum(counts.values())
    return 100 * counts["supported"] // total if total else None
