"""Voices: whether a brand's own texts are nearer to its voice than those of other brands (voices.json)."""

import json
from collections.abc import Iterator
from pathlib import Path

from content import voice
from desk.trials.benching.findings import Finding, table

TEXTS = Path(__file__).with_name("voices.json")
LEAST_ORDERED, LEAST_NEAREST = 0.9, 0.8


def measure() -> Iterator[Finding]:
    """Each text is measured against voices that were made without it."""
    brands: dict[str, list[str]] = json.loads(TEXTS.read_text())
    voices = {name: voice.fingerprint(texts) for name, texts in brands.items()}
    rows, ordered, nearest, count = [], [], 0, 0
    for name, texts in brands.items():
        own = []
        for number, text in enumerate(texts):
            without = voice.fingerprint(texts[:number] + texts[number + 1 :])
            away = {other: points(text, without if other == name else voices[other]) for other in brands}
            own.append(away[name])
            nearest, count = nearest + (min(away, key=lambda other: away[other]) == name), count + 1
        others = [points(text, voices[name]) for other, theirs in brands.items() if other != name for text in theirs]
        share = sum(mine < theirs for mine in own for theirs in others) / (len(own) * len(others))
        ordered.append(share)
        rows.append(
            (name, len(texts), f"{sum(own) / len(own):.1f}", f"{sum(others) / len(others):.1f}", f"{share:.1%}")
        )
    mean, right = sum(ordered) / len(ordered), nearest / count
    lines = table(["brand", "texts", "own, away", "others, away", "own nearer"], rows)
    lines += [
        f"own nearer than another's: {mean:.1%} of all pairs; the own voice is the nearest of all for {right:.1%}"
    ]
    yield Finding(
        "voices",
        f"{len(brands)} brands",
        f"at least {LEAST_ORDERED:.0%} of the pairs, and {LEAST_NEAREST:.0%} of the texts",
        mean >= LEAST_ORDERED and right >= LEAST_NEAREST,
        lines,
        {"pairs": round(mean, 4), "nearest": round(right, 4), "brands": len(brands), "texts": count},
    )


def points(text: str, known: dict[str, object]) -> float:
    """How far a text is from a voice."""
    found = voice.distance(text, known)
    assert found
    return found.points
