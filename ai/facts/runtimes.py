"""Claims about how long it takes to watch."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ai.facts.figures import Figure
from ai.facts.languages import AND, HOURS, MINUTES, alternatives
from ai.facts.text import Found, Text

SHORTEST, LONGEST = 40, 330  # minutes; what a number may mean where nothing else says that it is the running time
_HOUR, _MINUTE = alternatives(HOURS), alternatives(MINUTES)
_JOINT = re.compile(rf"\s?(?:(?:{AND})\s)?\s?", re.IGNORECASE)
_HALF = re.compile(r"\s(?:and a half|et demie|y media|e mezza|e meia|en een half)|\s?½", re.IGNORECASE)
_FROM_HOURS = re.compile(
    rf"\s(?P<how>under|over|short of|shy of|more than|less than|past)\s(?P<number>one|two|three|four|an)\s{HOURS}",
    re.IGNORECASE,
)
_AN_HOUR = re.compile(
    r"\b(?:an|one)\shour\sand\s(?:a\s(?P<half>half)|(?P<minutes>\d{1,2}|[a-z]+(?:-[a-z]+)?)\sminutes?)", re.IGNORECASE
)
_CLOCK = re.compile(  # "2:16", "2h16"; not "8:16 pm"
    r"(?<![\d:.])(?P<hours>[0-4])(?::|\s?h\s?)(?P<minutes>[0-5]\d)(?::\d\d)?(?:\s?(?:h|min|m)\b)?"
    r"(?![\d:]|\s?(?:am|pm|a\.m|p\.m|uhr|o'clock))",
    re.IGNORECASE,
)
_TIME = (
    r"run(?:ning)?[- ]?times?|duration|laufzeit|länge|spielzeit|durée|duración|durata|duração|speelduur|lengte|"
    r"czas trwania"
)
_IS_LONG = re.compile(
    rf"\b(?:runs|lengths?|lasts?|clock(?:s|ing|ed)|dauert|dure|dura|duurt|trwa|{_TIME})\b[^.;]{{0,40}}\Z", re.IGNORECASE
)
_LONG_BEHIND = re.compile(
    r"[\s-]*(?:long|length|running[- ]time|runtime|lang|de duración|di durata|de duração|film|movie|picture|drama|"
    r"comedy|"
    r"thriller|western|masterpiece|epic|classic)\b",
    re.IGNORECASE,
)
_LABEL = re.compile(rf"\b(?:minutes|how long|{_TIME})\b", re.IGNORECASE)
# A part of it: "the last ten minutes", "a three-minute shot"
_PART = re.compile(
    r"\b(?:first|last|final|opening|closing|next|every|another|past|ersten|letzten|premières|dernières|primeros|"
    r"últimos|primi|ultimi|primeiros|eerste|laatste|pierwsze|ostatnie)\s+(?:\w+\s)?\Z",
    re.IGNORECASE,
)
_PART_BEHIND = re.compile(
    r"[\s-]*(?:\w+[\s-])?(?:scenes?|sequences?|shots?|takes?|monologues?|walk|drive|chase|ride|interview|featurette|"
    r"prologue|epilogue)\b|"
    r"[\s-]*(?:into|in(?=[,.;:]|\Z)|ago|away|before|break|old|earlier|from the|of (?:screen|footage))\b",
    re.IGNORECASE,
)
_EPISODE = re.compile(r"\b(?:episodes?|each|apiece|folgen?)\b", re.IGNORECASE)
_ROUNDED = re.compile(r"(?P<plus>[\s-]plus\b)|\sor so\b|,?\sgive or take\b|\sor thereabouts\b", re.IGNORECASE)


@dataclass(frozen=True)
class _Length:
    """A length in minutes, as it is written at start:end. exact: minutes are named. how: as that of a figure."""

    start: int
    end: int
    minutes: float
    exact: bool
    how: str = ""


def find(text: Text) -> Iterator[Found]:
    """Judge what is meant as a running time; other stretches of time are no claims."""
    for length in _lengths(text):
        if _is_runtime(text, length):
            yield _judge(text, length)


def _judge(text: Text, length: _Length) -> Found:
    true = text.source.number("runtime")
    if not true:
        return Found(length.start, length.end, "runtime", "not_in_source")
    if rounded := _ROUNDED.match(text.right(length.end)):
        length = replace(length, how="over" if rounded["plus"] else "about")
    verdict = "supported" if _fits(length, true) else "contradicted"
    return Found(length.start, length.end, "runtime", verdict, "runtime", f"{true:.0f} minutes")  # type: ignore[arg-type]


def _fits(length: _Length, true: float) -> bool:
    """Whether a length is right: to the minute where minutes are named, else to about ten."""
    difference = true - length.minutes
    match length.how:
        case "about":
            return abs(difference) <= (5 if length.exact else 20)
        case "over":
            return 0 <= difference <= (10 if length.exact else 45)
        case "near":
            return -(10 if length.exact else 25) <= difference <= 0
        case "under":
            return -(20 if length.exact else 60) <= difference <= 0
    return abs(difference) < 1 if length.exact else abs(difference) <= 12


def _is_runtime(text: Text, length: _Length) -> bool:
    left, right = text.left(length.start), text.right(length.end)
    if _PART.search(left) or _PART_BEHIND.match(right):
        return False
    if _IS_LONG.search(left) or _LONG_BEHIND.match(right) or _LABEL.search(text.label(length.start)):
        return True
    if text.source.is_series and not (_EPISODE.search(right[:24]) or text.source.number("runtime")):
        return False
    return SHORTEST <= length.minutes <= LONGEST and (length.exact or length.minutes > 60)


# --- reading lengths --------------------------------------------------------------------------------------------------


def _lengths(text: Text) -> Iterator[_Length]:
    """All stretches of time; the longer one first where two begin in the same words."""
    for found in _CLOCK.finditer(text.text):
        minutes = 60 * int(found["hours"]) + int(found["minutes"])
        yield _Length(*found.span(), minutes, exact=True)
    for found in _AN_HOUR.finditer(text.text):
        yield from _an_hour(text, found)
    by_start = {figure.start: figure for figure in text.figures}
    end = -1
    for figure in text.figures:
        if figure.start >= end and (made := _hours(figure, by_start) or _minutes(text, figure) or _alone(text, figure)):
            end = made.end
            yield made


def _an_hour(text: Text, found: re.Match[str]) -> Iterator[_Length]:
    """ "an hour and a half", "an hour and forty minutes"."""
    words = (found["minutes"] or "").lower()
    minutes = 30 if found["half"] else int(words) if words.isdigit() else text.language.numbers.get(words)
    if minutes:
        yield _Length(*found.span(), 60 + minutes, exact=not found["half"])


def _hours(figure: Figure, by_start: dict[int, Figure]) -> _Length | None:
    """ "2 hours", "2h 16m", "two and a half hours", "2.5 hours", "two hours and a half"."""
    text, value, end = figure.text, figure.value, figure.end
    if half := _HALF.match(text, end):
        value, end = value + 0.5, half.end()
    unit = _HOUR.match(text, end)
    if not unit or value > 24:
        return None
    minutes, end = 60 * value, unit.end()
    if value == int(value) and (half := _HALF.match(text, end)):
        return _Length(figure.start, half.end(), minutes + 30, exact=False, how=figure.how)
    joint = _JOINT.match(text, end)
    rest = by_start.get(joint.end() if joint else end)
    if rest and rest.value < 60 and (unit := _MINUTE.match(text, rest.end)):
        return _Length(figure.start, unit.end(), minutes + rest.value, exact=True, how=figure.how)
    return _Length(figure.start, end, minutes, exact=False, how=figure.how)


def _minutes(text: Text, figure: Figure) -> _Length | None:
    """ "136 minutes", "eight minutes under two hours"."""
    unit = _MINUTE.match(text.text, figure.end)
    if not unit or (unit.group().strip() == "m" and (figure.value < 60 or unit.group() != "m")):  # metres
        return None
    if hours := _FROM_HOURS.match(text.text, unit.end()):
        whole = 60 * text.language.numbers.get(hours["number"].lower(), 1)
        sign = 1 if hours["how"].lower() in ("over", "more than", "past") else -1
        return _Length(figure.start, hours.end(), whole + sign * figure.value, exact=True, how=figure.how)
    return _Length(figure.start, unit.end(), figure.value, exact=True, how=figure.how)


def _alone(text: Text, figure: Figure) -> _Length | None:
    """A number without a unit that answers "how many minutes", or stands in the row "Running time" of a table."""
    if not (SHORTEST <= figure.value <= LONGEST and text.is_alone(figure) and _LABEL.search(text.label(figure.start))):
        return None
    return _Length(figure.start, figure.end, figure.value, exact=True, how=figure.how)
