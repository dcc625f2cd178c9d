"""What every catalog of films and series promises."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, ClassVar

SOURCES = {
    "popular": "Popular",
    "top_rated": "Top rated",
    "trending": "Trending",
    "now_playing": "Now playing",
    "upcoming": "Upcoming",
    "on_the_air": "On the air",
    "airing_today": "Airing today",
    "discover": "Discover",
}
MEDIA_TYPES = {"movie": "Movies", "tv": "TV shows"}


@dataclass(frozen=True)
class Title:
    """One film or series, with the facts that a post may use. Unknown facts are None or empty.

    ref is unique over media types and catalogs ("movie:tt0032551"); rating is 0-10 from
    `rating_count` reviews or votes; runtime is in minutes (of an episode for a series). poster is a full https URL,
    shown by reference beside poster_credit.
    """

    ref: str
    media_type: str
    name: str
    year: int | None = None
    release_date: str = ""
    runtime: int | None = None
    genres: list[str] = field(default_factory=list)
    directors: list[str] = field(default_factory=list)
    creators: list[str] = field(default_factory=list)
    writers: list[str] = field(default_factory=list)
    cast: list[str] = field(default_factory=list)
    countries: list[str] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    production: list[str] = field(default_factory=list)
    networks: list[str] = field(default_factory=list)
    seasons: int | None = None
    episodes: int | None = None
    last_year: int | None = None
    rating: float | None = None
    rating_count: int | None = None
    awards: str = ""
    overview: str = ""
    adult: bool = False
    source: str = ""
    tagline: str = ""
    keywords: list[str] = field(default_factory=list)
    status: str = ""
    imdb_id: str = ""
    poster: str = ""
    poster_credit: str = ""

    def facts(self) -> dict[str, Any]:
        """The known facts as JSON data, without what is empty: the snapshot kept with a post."""
        return {name: value for name, value in asdict(self).items() if value not in (None, "", [], False)}


@dataclass(frozen=True)
class Filters:
    """Which titles pass: rating 0-10, years inclusive."""

    min_rating: float | None = None
    year_from: int | None = None
    year_to: int | None = None
    include_adult: bool = False

    def accept(self, title: Title) -> bool:
        """Whether the title passes. A title without the fact a filter asks for does not pass."""
        if self.min_rating is not None and (title.rating is None or title.rating < self.min_rating):
            return False
        if self.year_from is not None and (title.year is None or title.year < self.year_from):
            return False
        if self.year_to is not None and (title.year is None or title.year > self.year_to):
            return False
        return self.include_adult or not title.adult


class Catalog(ABC):
    """A source of films and series. Abilities are class attributes, asked before use.

    attribution is shown wherever the catalog's data is, with logo_text (the words that stand for its logo) linked to
    homepage; terms is what the person who sets the key has to know.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    needs_key: ClassVar[bool] = False
    attribution: ClassVar[str] = ""
    logo_text: ClassVar[str] = ""
    homepage: ClassVar[str] = ""
    terms: ClassVar[str] = ""

    @abstractmethod
    def titles(self, source: str, media_type: str, filters: Filters, today: date) -> Iterator[Title]:
        """Yield the titles of a source, best first, filtered, each once; the caller stops when it has enough.

        Every source answers for both media types. A title may still lack facts: `complete` adds them. Raises KeyError
        for an unknown source or media type, and the errors of integrations/errors.py while it is read.
        """

    @abstractmethod
    def explain(self, source: str, media_type: str, today: date) -> str:
        """One sentence that says how this catalog understands the source, shown with the batch."""

    def complete(self, title: Title) -> Title | None:
        """The title with all facts, asked for once it is chosen; None where the catalog no longer has it.

        New facts can matter to a filter: ask `Filters.accept` again. Raises the errors of integrations/errors.py.
        """
        return title

    def check_key(self) -> None:  # noqa: B027
        """Ask, free of charge, whether the key works. Raises InvalidKey; a catalog without a key is always fine."""


def check_known(source: str, media_type: str) -> None:
    """Raise KeyError, naming what there is, unless both are known."""
    if source not in SOURCES:
        raise KeyError(f"unknown source: {source!r}; there are {', '.join(SOURCES)}")
    if media_type not in MEDIA_TYPES:
        raise KeyError(f"unknown media type: {media_type!r}; there are {', '.join(MEDIA_TYPES)}")
