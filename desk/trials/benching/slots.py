"""What stands in the slots of a post's template, and what would be wrong there."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from hashlib import sha256
from typing import Any

from integrations.catalogs.base import Filters
from integrations.catalogs.offline import Offline
from integrations.providers.offline_text.phrases import escape, full_day

Facts = dict[str, Any]
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
MINUTES_OFF = (-31, -22, -17, -12, -9, -6, -4, 3, 5, 8, 11, 14, 19, 26, 35)
YEARS_OFF = (1, -1, 2, -2, 3, 5, -4, 7, -10, 10, -6)
RATINGS_OFF = (-2.1, -1.4, -0.9, -0.6, -0.4, 0.3, 0.5, 0.7)
VOTES_OFF = (7, 12, 31, 55, 120)  # percent
SWAPPED = "\0"  # marks a wrong name that is an actor's of the same film


@dataclass(frozen=True)
class Slot:
    """The right words; wrong makes others from any number, where errors are planted: of which kind they are then."""

    text: str
    kind: str = ""
    wrong: Callable[[int], str] | None = None


def roll(*purpose: object) -> int:
    """A large number, always the same for the same purpose."""
    return int.from_bytes(sha256("\n".join(map(str, purpose)).encode()).digest()[:8])


def slots(record: Facts, seed: str) -> dict[str, Slot]:
    """All that the record can fill. seed tells one post from another."""
    made = {"title": Slot(escape(record["name"]), "title", lambda n: misspelt(record["name"], n))}
    made |= _years(record) | _lengths(record) | _figures(record) | _counts(record) | _people(record, seed)
    for name, field in {"country": "countries", "language": "languages", "company": "production"}.items():
        if record.get(field):
            made[name] = Slot(record[field][0])
    if record.get("genres"):
        made["genre"] = Slot(record["genres"][0].lower())
    if record.get("networks"):
        made["network"] = Slot(record["networks"][0])
    if record.get("overview"):
        made["overview"] = Slot(record["overview"])
    made["voters"] = Slot("votes" if record.get("source") == "TMDb" else "reviews")
    return made


def _off(right: int, steps: Sequence[int], kind: str, say: Callable[[int], str] = str) -> Slot:
    """A number, and wrong ones some steps away."""
    return Slot(say(right), kind, lambda n: say(right + steps[n % len(steps)]))


# --- time -------------------------------------------------------------------------------------------------------------


def _years(record: Facts) -> dict[str, Slot]:
    made: dict[str, Slot] = {}
    year, last = record.get("year"), record.get("last_year")
    if year:
        made["year"] = Slot(str(year), "year", lambda n: str(other_year(year, n)))
        decades = [other for other in range(1890, year - 9, 10) if f"{other}s" not in record.get("overview", "")]
        decades = [other for other in decades if other != year // 10 * 10][-4:]
        made["decade"] = Slot(f"{year // 10 * 10}s", "decade", lambda n: f"{decades[n % len(decades)]}s")
    if year and last:
        made["last_year"] = _off(last, (1, 2, -1, 3) if last > year + 1 else (2, 3), "year")
    if released := record.get("release_date"):
        day = date.fromisoformat(released)
        made["date_dmy"] = Slot(full_day(day), "date", lambda n: f"{day.day} {day:%B} {other_year(day.year, n)}")
        made["date_mdy"] = _off(
            day.day, (6, 9, 13), "date", lambda number: f"{day:%B} {1 + (number - 1) % 28}, {day.year}"
        )
    return made


def other_year(year: int, number: int) -> int:
    """A year near the right one, or with two digits in the wrong order."""
    swapped = int(f"{str(year)[:2]}{str(year)[3]}{str(year)[2]}")
    if number % 5 == 0 and swapped != year and swapped < 2027:
        return swapped
    return year + YEARS_OFF[number % len(YEARS_OFF)]


def _lengths(record: Facts) -> dict[str, Slot]:
    minutes = record.get("runtime")
    if not minutes or minutes <= 60 or minutes % 60 < 2:
        return {}
    made = {"minutes": _off(minutes, MINUTES_OFF, "runtime"), "rough": _off(minutes, (60, 75, 50), "runtime", rough)}
    made["minutes_about"] = _off(round(minutes / 5) * 5, (20, 30, -25), "runtime")
    return made | {name: _off(minutes, MINUTES_OFF, "runtime", partial(clock, name)) for name in CLOCKS}


CLOCKS = {
    "hm": "{hours}h {minutes}m",
    "clock": "{hours} hour{s} and {minutes} minutes",
    "clock_de": "{hours} Stunde{n} und {minutes} Minuten",
    "clock_fr": "{hours} h {minutes:02}",
}


def clock(name: str, minutes: int) -> str:
    """A running time in hours and minutes; one of CLOCKS."""
    hours = max(1, minutes // 60)
    many = hours > 1
    return CLOCKS[name].format(hours=hours, minutes=max(2, minutes % 60), s="s" if many else "", n="n" if many else "")


def rough(minutes: int) -> str:
    """A running time in words, to the half hour."""
    halves = round(minutes / 30)
    words = {2: "an hour", 3: "an hour and a half", 4: "two hours", 5: "two and a half hours", 6: "three hours"}
    near = words.get(halves, f"{halves / 2:g} hours")
    difference = minutes - halves * 30
    return near if abs(difference) < 3 else f"{'just over' if difference > 0 else 'just under'} {near}"


# --- numbers ----------------------------------------------------------------------------------------------------------


def _figures(record: Facts) -> dict[str, Slot]:
    made: dict[str, Slot] = {}
    rating, votes = record.get("rating"), record.get("rating_count")
    if rating is not None:
        made["rating"] = Slot(f"{rating:.1f}", "rating", lambda n: f"{_other_rating(rating, n):.1f}")
        made["rating_comma"] = _with_comma(made["rating"])
    if votes:
        steps = [max(3, votes * percent // 100) for percent in VOTES_OFF]
        for name, mark in {"votes": ",", "votes_dot": ".", "votes_space": " "}.items():
            made[name] = _off(votes, steps, "count", lambda number, mark=mark: f"{number:,}".replace(",", mark))  # type: ignore[misc]
        step = 10 ** max(1, len(str(votes)) - 2)
        for name, rounded in {"votes_floor": votes // step * step, "votes_ceil": -(-votes // step) * step}.items():
            made[name] = _off(rounded, (rounded,), "count", lambda number: f"{number:,}")
    return made


def _other_rating(rating: float, number: int) -> float:
    if rating >= 9.4:
        return rating - 0.5 - number % 4 / 5
    return float(min(9.9, max(1, rating + RATINGS_OFF[number % len(RATINGS_OFF)])))


def _with_comma(slot: Slot) -> Slot:
    assert slot.wrong
    wrong = slot.wrong
    return Slot(slot.text.replace(".", ","), slot.kind, lambda n: wrong(n).replace(".", ","))


def _counts(record: Facts) -> dict[str, Slot]:
    made: dict[str, Slot] = {}
    oscars = re.fullmatch(r"Won (\d+) Oscars?\. Nominated for (\d+) Oscars?\.", record.get("awards", ""))
    if oscars and int(oscars[1]) > 1:
        for name, number in zip(("wins", "noms"), map(int, oscars.groups()), strict=True):
            made[name] = _off(number, (1, 2, 3), "count")
            made[f"{name}_words"] = _off(number, (1, 2, 3), "count", in_words)
    for name in ("seasons", "episodes"):
        if record.get(name):
            made[name] = _off(record[name], (1, 2, 3, 4, 5), "count")
    if record.get("seasons", 0) > 1:
        made["seasons_words"] = _off(record["seasons"], (1, 2, 3), "count", in_words)
    return made


def in_words(number: int) -> str:
    """Small numbers in words."""
    return NUMBERS[number] if number < len(NUMBERS) else str(number)


# --- names ------------------------------------------------------------------------------------------------------------


def _people(record: Facts, seed: str) -> dict[str, Slot]:
    made: dict[str, Slot] = {}
    for role, field in {"director": "directors", "writer": "writers", "creator": "creators"}.items():
        holders = record.get(field) or []
        if holders and (role == "writer" or (len(holders) == 1 and " " in holders[0])):
            made[role] = _person(record, seed, holders[0], is_star=False)
            made[f"{role}_last"] = _surname(record, seed, holders[0])
    stars = [name for name in record.get("cast") or [] if " " in name]
    for number, name in enumerate(stars[:4], 1):
        made[f"star{number if number > 1 else ''}"] = _person(record, seed, name, is_star=True)
    if stars:
        made["star_last"] = _surname(record, seed, stars[0])
    return made


def _person(record: Facts, seed: str, name: str, *, is_star: bool) -> Slot:
    """A whole name. Wrong: somebody else's, misspelt, with another given name, an actor's in a maker's place."""

    def wrong(number: int) -> str:
        match number % 4:
            case 1:
                return misspelt(name, number)
            case 2:
                return f"{stranger(record, seed, number).split()[0]} {name.split()[-1]}"
            case 3 if not is_star and (others := _actors_only(record)):
                return f"{SWAPPED}{others[number % len(others)]}"
        return stranger(record, seed, number)

    return Slot(name, "name", wrong)


def _surname(record: Facts, seed: str, name: str) -> Slot:
    """A surname alone. Wrong: misspelt, or somebody else's."""
    last = name.split()[-1]
    return Slot(
        last,
        "name",
        lambda n: misspelt(last, n) if n % 3 == 1 and len(last) > 3 else stranger(record, seed, n).split()[-1],
    )


def _actors_only(record: Facts) -> list[str]:
    makers = {name for field in ("directors", "writers", "creators") for name in record.get(field) or []}
    return [name for name in record.get("cast") or [] if name not in makers and " " in name][:6]


def stranger(record: Facts, seed: str, number: int) -> str:
    """Somebody of another film, with no word of the name in the record's names."""
    fields = ("directors", "writers", "creators", "cast")
    own = {word for field in fields for name in record.get(field) or [] for word in name.split()}
    people = everybody()
    places = (roll("stranger", record["ref"], seed, number, step) % len(people) for step in range(200))
    return next(people[place] for place in places if not own & set(people[place].split()))


@cache
def everybody() -> list[str]:
    """The makers and the first of the cast of all films of the offline catalog."""
    titles = Offline().titles("discover", "movie", Filters(), date(2026, 1, 1))
    names = {name for title in titles for name in [*title.directors, *title.writers, *title.cast[:6]]}
    return sorted(name for name in names if 2 <= len(name.split()) <= 3)


def misspelt(name: str, number: int) -> str:
    """The name with two letters of its longest word swapped, one left out, or one doubled."""
    word = max(re.findall(r"[^\W\d_]+", name), key=len)
    for step in range(number, number + 40):
        place = 1 + step % max(1, len(word) - 2)
        before, letter, behind = word[:place], word[place : place + 1], word[place + 1 :]
        spoilt = (f"{before}{behind[:1]}{letter}{behind[1:]}", f"{before}{behind}", f"{before}{letter}{letter}{behind}")
        if spoilt[step % 3] != word:
            return name.replace(word, spoilt[step % 3], 1)
    return f"{name}x"
