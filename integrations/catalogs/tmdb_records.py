"""TMDb's records turned into titles. Whatever is missing, empty or of the wrong kind is unknown, never guessed."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from math import isfinite
from typing import Any

from integrations.catalogs.base import Title

SOURCE = "TMDb"
POSTERS = "https://image.tmdb.org/t/p/w500"
POSTER_CREDIT = "Poster from TMDB"
WRITING_JOBS = {"Writer", "Co-Writer", "Screenplay", "Teleplay", "Story"}
ENDED = {"Ended", "Canceled"}
LONGEST_NAME, LONGEST_TEXT, MOST_NAMES, MOST_KEYWORDS = 300, 4000, 300, 20


def title_from_list(record: Any, media_type: str) -> Title | None:
    """What a list says about one film or series; None where the record has no usable id or name."""
    if not isinstance(record, dict):
        return None
    number = count(record.get("id"))
    name = text(record.get("title" if media_type == "movie" else "name"), LONGEST_NAME)
    if number is None or not name:
        return None
    released = day(record.get("release_date" if media_type == "movie" else "first_air_date"))
    votes = count(record.get("vote_count"))
    poster = poster_url(record.get("poster_path"))
    return Title(
        ref=ref(media_type, number),
        media_type=media_type,
        name=name,
        year=int(released[:4]) if released else None,
        release_date=released,
        rating=score(record.get("vote_average")) if votes else None,
        rating_count=votes,
        overview=text(record.get("overview"), LONGEST_TEXT),
        adult=record.get("adult") is True,
        source=SOURCE,
        poster=poster,
        poster_credit=POSTER_CREDIT if poster else "",
    )


def title_from_details(record: Any, media_type: str) -> Title | None:
    """All facts of one film or series, from its details with credits, keywords and external ids appended."""
    light = title_from_list(record, media_type)
    if light is None:
        return None
    full = replace(
        light,
        genres=names(record.get("genres")),
        cast=names(part(record, "credits").get("cast")),
        countries=names(record.get("production_countries")),
        languages=names(record.get("spoken_languages"), "english_name"),
        production=names(record.get("production_companies")),
        tagline=text(record.get("tagline"), LONGEST_TEXT),
        status=text(record.get("status"), LONGEST_NAME),
    )
    return _film(full, record) if media_type == "movie" else _series(full, record)


def _film(title: Title, record: dict[str, Any]) -> Title:
    crew = dicts(part(record, "credits").get("crew"))
    return replace(
        title,
        runtime=count(record.get("runtime")),
        directors=names(person for person in crew if person.get("job") == "Director"),
        writers=names(person for person in crew if person.get("job") in WRITING_JOBS),
        keywords=names(part(record, "keywords").get("keywords"))[:MOST_KEYWORDS],
        imdb_id=imdb_id(record.get("imdb_id")),
    )


def _series(title: Title, record: dict[str, Any]) -> Title:
    last = day(record.get("last_air_date"))
    minutes = record.get("episode_run_time")
    return replace(
        title,
        runtime=count(minutes[0]) if isinstance(minutes, list) and minutes else None,
        creators=names(record.get("created_by")),
        networks=names(record.get("networks")),
        seasons=count(record.get("number_of_seasons")),
        episodes=count(record.get("number_of_episodes")),
        # Of a series that still runs, the last episode so far says nothing about its end.
        last_year=int(last[:4]) if last and title.status in ENDED else None,
        keywords=names(part(record, "keywords").get("results"))[:MOST_KEYWORDS],
        imdb_id=imdb_id(part(record, "external_ids").get("imdb_id")),
    )


# --- references -------------------------------------------------------------------------------------------------


def ref(media_type: str, number: int) -> str:
    """ "movie:tmdb-603". The prefix keeps TMDb's numbers apart from the ids of other catalogs ("movie:tt0133093")."""
    return f"{media_type}:tmdb-{number}"


def number_of(title: Title) -> int | None:
    """TMDb's own number of a title; None for a title of another catalog."""
    found = re.fullmatch(r"(?:movie|tv):tmdb-(\d+)", title.ref)
    return int(found[1]) if found else None


# --- one function per kind of value -----------------------------------------------------------------------------


def part(record: dict[str, Any], name: str) -> dict[str, Any]:
    """A nested record; an empty one where there is none."""
    value = record.get(name)
    return value if isinstance(value, dict) else {}


def dicts(value: Any) -> list[dict[str, Any]]:
    """The records of a list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def names(records: Any, key: str = "name") -> list[str]:
    """The names in a list of records, each once, in its order."""
    items: Iterable[Any] = records if isinstance(records, Iterable) and not isinstance(records, str | dict) else ()
    found = (text(item.get(key), LONGEST_NAME) for item in items if isinstance(item, dict))
    return list(dict.fromkeys(name for name in found if name))[:MOST_NAMES]


def text(value: Any, longest: int) -> str:
    """One line without control characters, which PostgreSQL would refuse."""
    if not isinstance(value, str):
        return ""
    visible = "".join(letter if letter.isprintable() else " " for letter in value)
    return " ".join(visible.split())[:longest].rstrip()


def count(value: Any) -> int | None:
    """A positive whole number; TMDb writes 0 for "unknown"."""
    return value if type(value) is int and 0 < value < 10**9 else None


def score(value: Any) -> float | None:
    """A rating from 0 to 10."""
    ok = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value) and 0 < value <= 10
    return float(value) if ok else None


def day(value: Any) -> str:
    """A date as YYYY-MM-DD; "" for anything else."""
    try:
        return date.fromisoformat(value).isoformat() if isinstance(value, str) else ""
    except ValueError:
        return ""


def poster_url(path: Any) -> str:
    """The full address of a poster; "" where there is none."""
    return f"{POSTERS}{path}" if isinstance(path, str) and re.fullmatch(r"/[\w-]+\.\w+", path, re.ASCII) else ""


def imdb_id(value: Any) -> str:
    """ "tt0133093" or ""."""
    return value if isinstance(value, str) and re.fullmatch(r"tt\d{5,12}", value, re.ASCII) else ""
