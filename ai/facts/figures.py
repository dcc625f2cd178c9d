"""Numbers in a text: digits and words, what stands before and behind them, and how exactly they are meant."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from ai.facts.languages import ABOUT, NEAR, OVER, UNDER, Language, alternatives
from ai.facts.words import fold

BEFORE, BEHIND = 64, 56  # characters that are looked at on either side
_DIGITS = re.compile(
    r"(?<![\w.,/$€£#])\d{1,3}(?:[.,'\xa0\u202f]\d{3})+(?![\d])|(?<![\w.,])\d{1,12}(?:[.,]\d{1,3})?(?!\d)"
)
_SPACED = re.compile(r"(?<![\w.,])\d{1,3}(?: \d{3})+(?![\d.,]?\d)")
_SCALE = re.compile(
    r"\s?(?:(k)\b|(thousand|tausend|mille|mil|mila|duizend|tys\.?)\b|(m(?:illions?|io\.?|ln)?|millionen|millones|milioni|milhões|miljoen|milion(?:ów|y)?)\b)",
    re.IGNORECASE,
)
_WORDS = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_EN_ONES = "one|two|three|four|five|six|seven|eight|nine"
_EN_TEENS = "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
_EN_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_EN_BELOW = rf"(?:(?:{_EN_TENS})(?:[- ](?:{_EN_ONES})(?![- ]hundred))?|{_EN_TEENS}|{_EN_ONES})"
_ENGLISH = re.compile(
    rf"\b(?:(?:{_EN_BELOW}|a)[- ](?:hundred|thousand)(?:[- ](?:and[- ])?{_EN_BELOW})?|{_EN_BELOW})\b", re.IGNORECASE
)


@dataclass(frozen=True)
class Figure:
    """A number at text[start:end]. decimals: digits behind the point. grain: what it was rounded to (24,000 -> 1000).

    in_words: written out. begin: where the words begin that say how exactly it is meant ("about", "nearly").
    """

    start: int
    end: int
    value: float
    decimals: int = 0
    grain: float = 1
    in_words: bool = False
    how: str = ""
    begin: int = 0
    text: str = ""

    @property
    def before(self) -> str:
        """What goes before the number and its "about"."""
        return self.text[max(0, self.begin - BEFORE) : self.begin]

    @property
    def behind(self) -> str:
        """What follows the number."""
        return self.text[self.end : self.end + BEHIND]

    @property
    def is_whole(self) -> bool:
        """Whether it has nothing behind the point."""
        return self.value == int(self.value)

    def fits(self, true: float, *, slack: float = 0, share: float = 0.06) -> bool:
        """Whether the number, meant as it says, is right where the record has `true`.

        slack: what is always forgiven. share: how far off a rounded number ("about 500", "over 500") may be.
        """
        room = max(slack, share * self.value, self.grain / 2 if self.grain > 1 else 0)
        match self.how:
            case "about":
                return abs(true - self.value) <= room
            case "over":
                return self.value - slack <= true <= self.value + max(4 * room, self.grain)
            case "near":
                return self.value - max(3 * room, self.grain) <= true <= self.value + slack
            case "under":
                return self.value - max(6 * room, self.grain) <= true <= self.value + slack
        if self.grain > 1:
            return abs(true - self.value) <= max(slack, self.grain / 2)
        return abs(true - self.value) <= slack + 1e-9


def figures(text: str, language: Language) -> list[Figure]:
    """All numbers of a text in their order, none twice."""
    found: dict[int, Figure] = {}
    end = 0
    for figure in sorted(_all(text, language), key=lambda figure: (figure.start, -figure.end)):
        if figure.start >= end:
            found[figure.start] = figure
            end = figure.end
    return list(found.values())


def _all(text: str, language: Language) -> Iterator[Figure]:
    for pattern in (_DIGITS, _SPACED) if language.comma else (_DIGITS,):
        for found in pattern.finditer(text):
            value, decimals = read_digits(found.group(), comma=language.comma)
            end, grain = found.end(), 1.0
            scale = _SCALE.match(text, end)
            if scale and not re.match(r"\s?m\b", scale.group(), re.IGNORECASE):
                factor = 1e6 if scale.group(3) else 1e3
                value, end, grain = value * factor, scale.end(), factor / 10**decimals
                decimals = 0
            elif not decimals:
                grain = _grain(int(value))
            yield _figure(text, found.start(), end, value, decimals=decimals, grain=grain)
    for start, end, number in _in_words(text, language):
        yield _figure(text, start, end, number, in_words=True)


def _in_words(text: str, language: Language) -> Iterator[tuple[int, int, int]]:
    if language.code == "en":
        for found in _ENGLISH.finditer(text):
            yield *found.span(), _read_english(found.group().lower(), language.numbers)
        return
    for found in _WORDS.finditer(text):
        word = fold(found.group())
        if word in language.numbers:
            yield *found.span(), language.numbers[word]


def _read_english(words: str, numbers: dict[str, int]) -> int:
    total = 0
    for word in re.split(r"[- ]", words):
        if word == "hundred":
            total = 100 * max(total, 1)
        elif word == "thousand":
            total = 1000 * max(total, 1)
        else:
            total += numbers.get(word, 0)
    return total


def _figure(text: str, start: int, end: int, value: float, **more: object) -> Figure:
    how, begin = _how(text, start)
    return Figure(start, end, float(value), how=how, begin=begin, text=text, **more)  # type: ignore[arg-type]


def _how(text: str, start: int) -> tuple[str, int]:
    """How exactly a number is meant, by the words before it, and where these begin."""
    window = text[max(0, start - 24) : start]
    for how, pattern in (("near", NEAR), ("about", ABOUT), ("over", OVER), ("under", UNDER)):
        if found := alternatives(pattern, before=True).search(window):
            return how, start - len(window) + found.start()
    return "", start


@cache
def read_digits(digits: str, *, comma: bool) -> tuple[float, int]:
    """Return the value and the digits behind the point of "1,204", "8.9", "1.204", "8,9" or "1 204"."""
    groups = re.split(r"[.,'\s]", digits)
    if len(groups) == 1:
        return float(digits), 0
    mark = re.sub(r"\d", "", digits)[-1]
    if len(groups[-1]) == 3 and (len(groups) > 2 or mark != ("," if comma else ".")):
        return float("".join(groups)), 0
    return float(f"{''.join(groups[:-1])}.{groups[-1]}"), len(groups[-1])


def _grain(value: int) -> float:
    """What a large number looks rounded to (24,000 to 1,000), a tenth of it at most; 1 for the others."""
    grain = 1
    while value >= max(1000, grain * 100) and value % (grain * 10) == 0:
        grain *= 10
    return float(grain)
