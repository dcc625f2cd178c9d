"""How a brand sounds, and how far a text is from that. Deterministic: the same texts give the same figures.

A fingerprint is made of the brand's own texts: for each feature their mean and how much they differ among themselves,
and the wording as the frequencies of runs of four letters (character n-grams, the usual measure of stylometry:
Stamatatos 2009). A text's distance is the weighted mean of its features' distances: 0 is as the brand's own texts are,
100 three times as far off as they are from each other.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean, pstdev
from typing import Any

from ai import statistics
from ai.statistics import HASHTAG, LINK

FEWEST = 3  # texts, below which nothing is said
GRAM = 4  # letters
MOST_GRAMS = 3000
FARTHEST = 3.0  # deviations
# Feature: its weight, the least deviation that counts as one, and how it is said. Weights add up to 1.
FEATURES: dict[str, tuple[float, float, str]] = {
    "sentence_length": (0.14, 3.0, "words a sentence"),
    "grade": (0.12, 6.0, "reading grade (LIX)"),
    "word_length": (0.06, 0.4, "letters a word"),
    "first_person": (0.10, 0.02, "first person (I, we), of a hundred words"),
    "second_person": (0.10, 0.02, "second person (you), of a hundred words"),
    "emoji": (0.08, 0.02, "emoji, for a hundred words"),
    "hashtags": (0.04, 0.04, "hashtags, for a hundred words"),
    "exclamations": (0.04, 0.2, "exclamation marks a sentence"),
    "questions": (0.02, 0.2, "question marks a sentence"),
}
WORDING = 0.30
SHARES = ("first_person", "second_person", "emoji", "hashtags")
LEAST_LIKENESS = 0.05  # the deviation of wording that counts as one at least


@dataclass(frozen=True)
class Reason:
    """One part of a distance: how much of it, and what the text has beside what the brand has."""

    feature: str
    points: float
    words: str


@dataclass(frozen=True)
class Distance:
    """How far a text is from a voice: 0 to 100, the sum of its parts, the largest first."""

    points: float
    parts: tuple[Reason, ...]

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """The three largest."""
        return self.parts[:3]


def fingerprint(texts: Sequence[str]) -> dict[str, Any]:
    """The voice of some texts, as it is stored; {} where there are too few."""
    if len(texts) < FEWEST:
        return {}
    measured = [asdict(statistics.measure(text)) for text in texts]
    features = {}
    for name in FEATURES:
        values = [float(one[name]) for one in measured]
        features[name] = {"mean": round(fmean(values), 4), "deviation": round(pstdev(values), 4)}
    bags = [grams(text) for text in texts]
    together = sum(bags, Counter())
    own = [cosine(bag, together - bag) for bag in bags]
    return {
        "texts": len(texts),
        "features": features,
        "grams": dict(together.most_common(MOST_GRAMS)),
        "likeness": {"mean": round(fmean(own), 4), "deviation": round(pstdev(own), 4)},
    }


def distance(text: str, voice: Mapping[str, Any]) -> Distance | None:
    """How far a text is from a voice; None where the voice has no fingerprint, or the text no words."""
    found = statistics.measure(text)
    if not voice or not found.words:
        return None
    parts = [_feature(name, float(asdict(found)[name]), voice["features"][name]) for name in FEATURES]
    parts.append(_wording(text, voice))
    parts.sort(key=lambda part: (-part.points, part.feature))
    return Distance(round(sum(part.points for part in parts), 1), tuple(parts))


def _feature(name: str, value: float, known: Mapping[str, float]) -> Reason:
    weight, least, words = FEATURES[name]
    off = abs(value - known["mean"]) / max(least, known["deviation"])
    factor = 100 if name in SHARES else 1
    said = f"{value * factor:.1f} {words}; the brand has {known['mean'] * factor:.1f}"
    return Reason(name, round(100 * weight * min(1.0, off / FARTHEST), 1), said)


def _wording(text: str, voice: Mapping[str, Any]) -> Reason:
    alike, known = cosine(grams(text), Counter(voice["grams"])), voice["likeness"]
    off = max(0.0, known["mean"] - alike) / max(LEAST_LIKENESS, known["deviation"])
    said = f"its wording is {100 * alike:.0f} % like the brand's; the brand's own texts are {100 * known['mean']:.0f} %"
    return Reason("wording", round(100 * WORDING * min(1.0, off / FARTHEST), 1), said)


def grams(text: str) -> "Counter[str]":
    """The runs of letters of a text, within and around its words; links count nothing."""
    plain = HASHTAG.sub(" ", LINK.sub(" ", text)).lower()
    line = f" {' '.join(statistics.words(plain))} "
    return Counter(line[start : start + GRAM] for start in range(max(0, len(line) - GRAM + 1)))


def cosine(one: Mapping[str, int], other: Mapping[str, int]) -> float:
    """How alike two bags are, 0 to 1; counts are damped, so that no single run decides."""
    if not one or not other:
        return 0.0
    shared = sum((1 + math.log(one[key])) * (1 + math.log(other[key])) for key in one.keys() & other.keys())
    lengths = [math.sqrt(sum((1 + math.log(count)) ** 2 for count in bag.values())) for bag in (one, other)]
    return shared / (lengths[0] * lengths[1])
