"""How alike texts are: shingles, the same for every room and every run. No model, no net.

A text becomes the set of its runs of words (shingles); two sets are as alike as their Jaccard index: what they share of
what they have together (Broder 1997, "On the resemblance and containment of documents"). Containment says how much of
the shorter one is in the longer one: a hook that opens a long text is found by that.
"""

import hashlib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ai.statistics import HASHTAG, LINK, words

RUN = 3  # words in a shingle
# From here on two texts are near-duplicates; measured on the texts of tests/ai/test_originality.py.
ALIKE = 0.5


@dataclass(frozen=True)
class Match:
    """Another text that is like this one: its key, and how much (0 to 1)."""

    key: Any
    likeness: float


def shingles(text: str, run: int = RUN) -> frozenset[int]:
    """The shingles of a text, as numbers; links and the signs of hashtags count nothing, nor do case and accents."""
    plain = HASHTAG.sub(lambda found: found[0][1:], LINK.sub(" ", text))
    folded = unicodedata.normalize("NFKD", plain.casefold())
    found = words("".join(one for one in folded if not unicodedata.combining(one)))
    if not found:
        return frozenset()
    size = min(run, len(found))
    runs = (" ".join(found[start : start + size]) for start in range(len(found) - size + 1))
    return frozenset(int.from_bytes(hashlib.blake2b(one.encode(), digest_size=8).digest(), "big") for one in runs)


def likeness(one: frozenset[int], other: frozenset[int]) -> float:
    """How alike two texts are by their shingles: the Jaccard index, or the containment where that says more."""
    shared = len(one & other)
    if not shared:
        return 0.0
    smaller = min(len(one), len(other))
    contained = shared / smaller if smaller >= 5 else 0.0  # a few shared words are no repeat
    return max(shared / len(one | other), contained * 0.9)


def matches(text: str, others: Iterable[tuple[Any, str]], least: float = ALIKE) -> list[Match]:
    """The texts that are near-duplicates of this one, the nearest first."""
    mine = shingles(text)
    found = (Match(key, likeness(mine, shingles(other))) for key, other in others)
    return sorted((one for one in found if one.likeness >= least), key=lambda one: -one.likeness)


def score(text: str, others: Iterable[str]) -> int:
    """How original a text is beside others, 0 to 100: 100 less the likeness of the nearest one."""
    mine = shingles(text)
    nearest = max((likeness(mine, shingles(other)) for other in others), default=0.0)
    return round(100 * (1 - nearest))
