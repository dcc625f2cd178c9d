"""A catalog record (Title.facts()) arranged for questions: who, when, how long, how many, and what is in its texts."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ai.facts.words import fold, is_common

PEOPLE = ("directors", "creators", "writers", "cast")
TEXTS = ("overview", "tagline", "awards", "keywords", "status", "source")
NAMES = ("name", *PEOPLE, "production", "networks", "countries", "languages", "genres", "keywords")
LABELS = {"name": "title", "production": "production companies", "rating_count": "votes", "last_year": "last year"}
SUFFIXES = {"jr", "sr", "ii", "iii", "iv"}
# Other ways to say a country, also in the languages of posts. The record has it in English.
_USA = (
    "america, usa, us, united states, united states of america, the states, vereinigte staaten, états-unis, estados "
    "unidos, stati uniti, verenigde staten, stany zjednoczone, eeuu"
)
_UK = (
    "uk, britain, great britain, england, united kingdom, großbritannien, vereinigtes königreich, royaume-uni, reino "
    "unido, regno unito, verenigd koninkrijk, wielka brytania"
)
_GERMANY = "west germany, deutschland, allemagne, alemania, germania, alemanha, duitsland, niemcy"
COUNTRIES = {
    name: tuple(other.strip() for other in others.split(","))
    for name, others in {
        "united states": _USA,
        "united states of america": _USA,
        "united kingdom": _UK,
        "france": "frankreich, francia, frança, frankrijk, francja",
        "germany": _GERMANY,
        "west germany": f"germany, {_GERMANY}",
        "italy": "italien, italie, italia, itália, italië, włochy",
        "spain": "spanien, espagne, españa, spagna, espanha, spanje, hiszpania",
        "japan": "japon, japón, giappone, japão, japonia",
        "canada": "kanada, canadá",
        "australia": "australien, australie, austrália, australië",
        "sweden": "schweden, suède, suecia, svezia, suécia, zweden, szwecja",
        "denmark": "dänemark, danemark, dinamarca, danimarca, denemarken, dania",
        "poland": "polen, pologne, polonia, polônia, polska",
        "the netherlands": "holland, netherlands, niederlande, pays-bas, países bajos, paesi bassi, nederland, "
        "holandia",
        "netherlands": "holland, niederlande, pays-bas, países bajos, paesi bassi, nederland, holandia",
        "austria": "österreich, autriche, áustria, oostenrijk",
        "switzerland": "schweiz, suisse, suiza, svizzera, suíça, zwitserland, szwajcaria",
        "belgium": "belgien, belgique, bélgica, belgio, belgië, belgia",
        "ireland": "irland, irlande, irlanda, ierland, irlandia",
        "mexico": "mexiko, mexique, méxico, messico, meksyk",
        "brazil": "brasilien, brésil, brasil, brasile, brazilië, brazylia",
        "india": "indien, inde, índia, indie",
        "russia": "soviet union, russland, russie, rusia, rússia, rusland, rosja",
        "soviet union": "ussr, russia, sowjetunion, urss, sovjet-unie",
        "czech republic": "czechia, czechoslovakia, tschechien",
        "people's republic of china": "china, chine, cina, chiny",
        "south korea": "korea, südkorea, corée du sud, corea del sur, corea del sud, coreia do sul, zuid-korea",
    }.items()
}
_TOKEN = re.compile(r"[^\W_]+(?:['\-.,][^\W_]+)*")
_CAPITALS = re.compile(
    r"[A-ZÀ-ÖØ-ÞĀ-Ž][\w'’\-]*(?:(?: |(?<!\w\w)\. ?)(?:(?:of|the|de|la|von|van|and|&) ){0,2}[A-ZÀ-ÖØ-ÞĀ-Ž][\w'’\-]*)*"
)
_YEAR = re.compile(r"\b(?:1[89]|2[01])\d\d\b")
_NUMBER = re.compile(r"\d+(?:[.,]\d{3})*")


def tokens(text: str) -> tuple[str, ...]:
    """The folded words of a name: "George R.R. Martin, Jr." -> george, r, r, martin, jr."""
    words = (word.removesuffix("'s") for word in _TOKEN.findall(fold(text)))
    return tuple(part for word in words for part in _initials(word))


def _initials(word: str) -> list[str]:
    """Initials that are written together come apart: "r.r" -> r, r."""
    parts = word.split(".")
    return parts if len(parts) > 1 and all(len(part) == 1 for part in parts) else [word.replace(".", "")]


@dataclass(frozen=True)
class Person:
    """A name of the record, as it stands there, with the fields it stands in."""

    name: str
    words: tuple[str, ...]
    fields: tuple[str, ...]

    @property
    def surname(self) -> str:
        """The last word that is no "Jr."."""
        kept = [word for word in self.words if word not in SUFFIXES]
        return (kept or list(self.words))[-1]

    @property
    def given(self) -> str:
        """The first word."""
        return self.words[0]


@dataclass
class Source:
    """What the record knows. phrases: folded words -> the field they stand in and the name as it is written there."""

    record: Mapping[str, Any]
    people: list[Person] = field(default_factory=list)
    phrases: dict[tuple[str, ...], tuple[str, str]] = field(default_factory=dict)
    by_word: dict[str, list[Person]] = field(default_factory=dict)
    texts: str = ""
    folded: str = ""

    def list(self, name: str) -> list[str]:
        """A field that holds names; an empty list where there is none."""
        value = self.record.get(name)
        return (
            [str(part) for part in value if part] if isinstance(value, list | tuple) else [str(value)] if value else []
        )

    def number(self, name: str) -> float | None:
        """A field that holds a number."""
        value = self.record.get(name)
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None

    @property
    def released(self) -> date | None:
        """The day of release, where the record has the whole of it."""
        try:
            return date.fromisoformat(str(self.record.get("release_date") or ""))
        except ValueError:
            return None

    @property
    def year(self) -> int | None:
        """The year of release, or the first one of a series."""
        if (known := self.number("year")) is not None:
            return int(known)
        return self.released.year if self.released else None

    @property
    def last_year(self) -> int | None:
        """The year in which a series ended."""
        known = self.number("last_year")
        return None if known is None else int(known)

    @property
    def is_series(self) -> bool:
        """Whether the record is that of a series."""
        return self.record.get("media_type") == "tv"

    @property
    def title(self) -> str:
        """The name of the film or series."""
        return str(self.record.get("name") or "")

    def has_year(self, year: int) -> bool:
        """Whether one of the record's texts names the year."""
        return str(year) in _YEAR.findall(self.texts)

    def numbers(self) -> set[float]:
        """The numbers in the record's texts."""
        return {float(re.sub(r"[.,]", "", number)) for number in _NUMBER.findall(self.texts)}

    def says(self, text: str) -> bool:
        """Whether the record's texts have these very words."""
        words = " ".join(tokens(text))
        return bool(words) and f" {words} " in self.folded

    def oscars(self) -> tuple[int, int] | None:
        """Wins and nominations, where the record counts Oscars; a missing part is 0."""
        line = " ".join(self.list("awards"))
        won = re.search(r"\bwon (\d+) (?:oscar|academy award)", line, re.IGNORECASE)
        nominated = re.search(r"\bnominated for (\d+) (?:oscar|academy award)", line, re.IGNORECASE)
        if not won and not nominated:
            return None
        wins, nominations = (int(found[1]) if found else 0 for found in (won, nominated))
        return wins, nominations


def source_of(record: Mapping[str, Any]) -> Source:
    """Arrange a record. Unknown fields and values of a wrong kind are passed over."""
    made = Source(record)
    made.texts = "\n".join(text for name in TEXTS for text in made.list(name))
    made.folded = f" {' '.join(tokens(made.texts))} "
    fields: dict[str, list[str]] = {}
    for role in PEOPLE:
        for name in made.list(role):
            fields.setdefault(name, []).append(role)
    made.people = [Person(name, words, tuple(roles)) for name, roles in fields.items() if (words := tokens(name))]
    for person in made.people:
        for word in {*person.words, *(word[0] for word in person.words)}:
            made.by_word.setdefault(word, []).append(person)
    for words, entry in _phrases(made):
        if words:
            made.phrases.setdefault(words, entry)
    return made


def _phrases(source: Source) -> Iterator[tuple[tuple[str, ...], tuple[str, str]]]:
    for variant in title_variants(source.title):
        yield tokens(variant), ("name", source.title)
    for person in source.people:
        yield person.words, (person.fields[0], person.name)
    for name in ("production", "networks", "countries", "languages", "genres", "keywords"):
        for value in source.list(name):
            yield tokens(value), (name, value)
            yield tokens(re.sub(r"^The ", "", value)), (name, value)
            for other in COUNTRIES.get(fold(value), ()) if name == "countries" else ():
                yield tokens(other), (name, value)
            if name in ("production", "networks"):
                yield (
                    tokens(re.sub(r"\b(?:Studios?|Pictures|Productions?|Entertainment|Films?|Company)\b", "", value)),
                    (name, value),
                )
    for name in ("overview", "tagline", "source"):
        for value in source.list(name):
            for name_in_text in capitals(value):
                yield tokens(name_in_text), (name, name_in_text)


def capitals(text: str) -> Iterator[str]:
    """What has a capital in a text for another reason than to begin a sentence; rows of such words, and each of "
    "them."""
    for found in _CAPITALS.finditer(text):
        words = found.group().split(" ")
        if re.search(r"(?:^|[.!?…][\"”’)]*\s+)\Z", text[: found.start()][-6:]) and is_common(fold(words[0])):
            words = words[1:]
        if words:
            yield " ".join(words)
        yield from (word for word in words if len(words) > 1 and word[0].isupper() and len(word) > 2)


def title_variants(title: str) -> list[str]:
    """A title, and how people shorten it: without its article, what stands before or behind a colon or a dash."""
    parts = [title, *(part for part in re.split(r"\s*[:–—]\s+|\s+-\s+", title) if len(part) > 3)] if title else []
    return [
        *parts,
        *(short for part in parts if (short := re.sub(r"^(?:The|An?) ", "", part)) != part and len(short) > 3),
    ]


def shown(values: list[str], most: int = 4) -> str:
    """Names in a row, the rest counted."""
    rest = len(values) - most
    return ", ".join(values[:most]) + (f" and {rest} more" if rest > 0 else "")
