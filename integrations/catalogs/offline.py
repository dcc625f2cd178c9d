"""The catalog that needs nothing: 320 films from Wikidata and a hand-written list of series."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar

from integrations.catalogs.base import Catalog, Filters, Title, check_known

DATA = Path(__file__).parent / "data"
ENOUGH_REVIEWS = 40  # a rating from fewer reviews is not ranked


class Offline(Catalog):
    """Films and series from two files in the repository; no network, no key."""

    name: ClassVar[str] = "offline"
    label: ClassVar[str] = "Offline catalog (320 films, 84 series)"
    attribution: ClassVar[str] = "Films: Wikidata, CC0 1.0. Series and summaries: written for Pressroom, CC0 1.0."

    def titles(self, source: str, media_type: str, filters: Filters, today: date) -> Iterator[Title]:
        """Yield the titles of a source, best first, filtered, each once. Only "trending" depends on `today`.

        Raises KeyError for an unknown source or media type.
        """
        check_known(source, media_type)
        return filter(filters.accept, ORDERS[source](_load(media_type), today))

    def explain(self, source: str, media_type: str, today: date) -> str:
        """Say how this catalog understands the source. Raises KeyError for an unknown source or media type."""
        check_known(source, media_type)
        if media_type == "movie":
            return FILM_SENTENCES[source]
        return f"{SERIES_SENTENCES[source]} {NO_SERIES_RATINGS}"


# --- the orders -------------------------------------------------------------------------------------------------
# sorted() is stable: what ties, keeps the order of the file. That order is the editors' for series.


def most_reviewed(titles: tuple[Title, ...], today: date) -> list[Title]:
    """Most reviews first; series, which have none, in the editors' order."""
    return sorted(titles, key=lambda title: -(title.rating_count or 0))


def best_rated(titles: tuple[Title, ...], today: date) -> list[Title]:
    """Best rating first, where enough reviews stand behind it; where nothing is rated, the order of the file."""
    rated = [title for title in titles if title.rating is not None]
    ranked = [title for title in rated if (title.rating_count or 0) >= ENOUGH_REVIEWS]
    return sorted(ranked, key=lambda title: (-(title.rating or 0), -(title.rating_count or 0))) if rated else [*titles]


def newest(titles: tuple[Title, ...], today: date) -> list[Title]:
    """Newest first; within a year, those with a known day before those without."""
    return sorted(titles, key=lambda title: (title.year or 0, title.release_date), reverse=True)


def daily_shuffle(titles: tuple[Title, ...], today: date) -> list[Title]:
    """Another order each day, the same all day long, on every machine."""

    def place(title: Title) -> bytes:
        return sha256(f"{today.isoformat()} {title.media_type} {title.ref}".encode()).digest()

    return sorted(titles, key=place)


ORDERS: dict[str, Callable[[tuple[Title, ...], date], list[Title]]] = {
    "popular": most_reviewed,
    "top_rated": best_rated,
    "trending": daily_shuffle,
    "now_playing": newest,
    "upcoming": newest,
    "on_the_air": newest,
    "airing_today": newest,
    "discover": most_reviewed,
}

FILM_SENTENCES = {
    "popular": "The offline catalog counts reviews: the films with the most come first.",
    "top_rated": f"The best-rated films of the offline catalog come first; {ENOUGH_REVIEWS} reviews are required.",
    "trending": "The offline catalog knows no trends: its films come in an order that is shuffled anew each day.",
    "now_playing": "The offline catalog has no cinema listings: the newest of its films come first.",
    "upcoming": "The offline catalog has no announced films: the newest of its films come first.",
    "on_the_air": "Films are not on the air: the newest films of the offline catalog come first.",
    "airing_today": "The offline catalog has no TV listings: the newest of its films come first.",
    "discover": "All films of the offline catalog that pass the filters, those with the most reviews first.",
}
SERIES_SENTENCES = {
    "popular": "The offline catalog has no audience figures: its series come in an order that its editors chose.",
    "top_rated": "The offline catalog cannot rank series: they come in an order that its editors chose.",
    "trending": "The offline catalog knows no trends: its series come in an order that is shuffled anew each day.",
    "now_playing": "Series do not run in cinemas: those of the offline catalog that began last come first.",
    "upcoming": "The offline catalog has no announced series: those that began last come first.",
    "on_the_air": "The offline catalog has no TV listings: the series that began last come first.",
    "airing_today": "The offline catalog has no TV listings for today: the series that began last come first.",
    "discover": "All series of the offline catalog that pass the filters, in an order that its editors chose.",
}
NO_SERIES_RATINGS = "Its series carry no ratings, so none of them passes a minimum rating."


# --- the data ---------------------------------------------------------------------------------------------------


@cache
def _load(media_type: str) -> tuple[Title, ...]:
    """Read the file of a media type, once per process."""
    return _films() if media_type == "movie" else _series()


def _films() -> tuple[Title, ...]:
    data = _read("films.json")
    return tuple(_film(record, data["overviews"]) for record in data["films"])


def _film(record: dict[str, Any], overviews: dict[str, str]) -> Title:
    return Title(
        ref=f"movie:{record['imdb_id']}",
        media_type="movie",
        name=record["title"],
        year=int(record["release_date"][:4]),
        release_date=_known_day(record["release_date"]),
        runtime=record["runtime"],
        genres=record["genres"],
        directors=record["directors"],
        writers=record.get("writers", []),
        cast=record["cast"],
        countries=record["countries"],
        languages=record["languages"],
        production=record.get("production", []),
        rating=record["critic_rating"],
        rating_count=record["critic_reviews"],
        awards=_plausible_awards(record.get("awards", "")),
        overview=overviews.get(record["imdb_id"], ""),
        source="Wikidata, CC0 1.0",
    )


def _series() -> tuple[Title, ...]:
    data = _read("series.json")
    return tuple(_one_series(record, data["source"]) for record in data["series"])


def _one_series(record: dict[str, Any], source: str) -> Title:
    facts = {name: value for name, value in record.items() if name != "slug"}
    return Title(ref=f"tv:{record['slug']}", media_type="tv", source=source, **facts)


def _read(name: str) -> dict[str, Any]:
    return json.loads((DATA / name).read_text(encoding="utf-8"))


def _known_day(release_date: str) -> str:
    """Wikidata writes 1 January where only the year is known; such a day is left out."""
    return "" if release_date.endswith("-01-01") else release_date


def _plausible_awards(line: str) -> str:
    """Leave out a line that contradicts itself: more wins than nominations."""
    counts = re.fullmatch(r"Won (\d+) Oscars?\. Nominated for (\d+) Oscars?\.", line)
    return "" if counts and int(counts[1]) > int(counts[2]) else line
