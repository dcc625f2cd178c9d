"""Turn the facts of a film or series into phrases that fit into a sentence; what is unknown has no phrase."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

ALL_CAST, SHOWN_CAST = 11, 8  # up to 11 names are all shown, of more than that the first 8
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
WITH_ARTICLE = re.compile(
    r"^(United |People's Republic|Czech Republic|Kingdom of|Soviet Union|Netherlands|Philippines)"
)
ADJECTIVES = {"romance": "romantic", "history": "historical", "biography": "biographical", "animation": "animated"}
HEADS = ("drama", "comedy", "thriller")
PLACES: list[tuple[float, str]] = [
    (9, "in the top tenth of the scale"),
    (8, "in the top fifth of the scale"),
    (7, "in the upper third of the scale"),
    (5.5, "a little above the middle of the scale"),
    (4.5, "around the middle of the scale"),
    (0, "in the lower half of the scale"),
]
NOUNS = ("western", "musical", "documentary", "mystery", *HEADS)


def phrases(title: dict[str, Any]) -> dict[str, str]:
    """Return phrase name -> Markdown text for everything that follows from the facts of `Title.facts()`.

    Flags such as "film" have an empty text: they only say that something holds.
    """
    series = title.get("media_type") == "tv"
    found: dict[str, Any] = {
        "name": f"*{escape(title['name'])}*",
        "plain": escape(title["name"]),
        "kind": "series" if series else "film",
        "overview": _sentence(title.get("overview", "")),
        **_when(title, series),
        **_genres(title, series),
        **_people(title),
        **_origin(title),
        **(_run(title) if series else _runtime(title)),
        **_reception(title),
        "tally": _tally(title),
        "letter": _letter(str(title["name"])),
        "missing": _missing(title, series),
    }
    return {name: text for name, text in found.items() if text is not None and (text != "" or name in FLAGS)}


FLAGS = {"film", "series", "also_wrote_all", "few_cast"}


# --- words ------------------------------------------------------------------------------------------------------


def escape(text: Any) -> str:
    """One line of text with everything that Markdown would read as markup escaped."""
    line = " ".join(str(text).split())
    line = re.sub(r"([\\`*_{}\[\]<>#|~])", r"\\\1", line)
    return re.sub(r"&(?=#?\w+;)", r"\\&", line)


def listing(items: Sequence[str], joint: str = "and") -> str:
    """ "A", "A and B", "A, B, and C"."""
    if len(items) < 3:
        return f" {joint} ".join(items)
    return f"{', '.join(items[:-1])}, {joint} {items[-1]}"


def number(count: int) -> str:
    """Small numbers in words, others in digits: "eight", "1,204"."""
    return NUMBERS[count] if 0 <= count < len(NUMBERS) else f"{count:,}"


def counted(count: int, noun: str) -> str:
    """A fact in digits with its noun: "1 review", "1,204 reviews"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def measured(count: int, noun: str) -> str:
    """Something we worked out, small numbers in words: "one minute", "eight minutes", "23 minutes"."""
    return f"{number(count)} {noun}" if count == 1 else f"{number(count)} {noun}s"


def with_article(noun: str) -> str:
    """ "a drama", "an animated comedy"."""
    return f"an {noun}" if noun[0] in "aeio" else f"a {noun}"


def read_day(text: Any) -> date | None:
    """The day of "1940-01-11"; None for anything else."""
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return None


def full_day(day: date) -> str:
    """ "11 January 1940"."""
    return f"{day.day} {day:%B} {day.year}"


def _sentence(text: str) -> str:
    text = escape(text)
    return text if not text or text[-1] in ".!?…\"\u201d'\u2019" else f"{text}."


def _names(title: dict[str, Any], fact: str) -> list[str]:
    return [escape(name) for name in title.get(fact) or []]


def _place(country: str) -> str:
    if country.startswith("The "):
        return f"the {country[4:]}"
    return f"the {country}" if WITH_ARTICLE.match(country) else country


def _some(items: list[str], limit: int) -> str | None:
    """The first of a long list; None for an empty one."""
    return (listing(items) if len(items) <= limit else f"{listing(items[:limit])}, among others") or None


def _single(items: list[str]) -> str | None:
    return items[0] if len(items) == 1 else None


def _several(items: list[str]) -> str | None:
    return listing(items) if len(items) > 1 else None


# --- one function per kind of fact ------------------------------------------------------------------------------


def _when(title: dict[str, Any], series: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"series" if series else "film": ""}
    year, last = title.get("year"), title.get("last_year")
    if year:
        part = "early " if year % 10 < 4 else "mid-" if year % 10 < 7 else "late "
        found |= {"year": str(year), "decade": _decade(year), "era": f"{part}{_decade(year)}"}
    if year and last == year:
        found["only_year"] = str(year)
    elif year and last:
        found["last"] = str(last)
        found["span"] = number(last - year + 1) if last - year > 1 else None
        found["last_decade"] = _decade(last) if _decade(last) != _decade(year) else None
    if day := read_day(title.get("release_date")):
        found |= {"date": full_day(day), "weekday": f"{day:%A}"}
    return found


def _decade(year: int) -> str:
    return f"{year // 10 * 10}s"


def _genres(title: dict[str, Any], series: bool) -> dict[str, Any]:
    genres = [escape(genre).lower().replace("sci-fi", "science fiction") for genre in title.get("genres") or []]
    label = _label(genres, series)
    return {
        "genre": _single(genres),
        "genres": _several(genres),
        "any_genre": listing(genres, "or") or None,
        "genre_count": number(len(genres)) if len(genres) > 2 else None,
        "a_label": with_article(label) if label else None,
        "pair_label": with_article(label) if label and len(genres) == 2 else None,
        "label": label,
    }


def _label(genres: list[str], series: bool) -> str | None:
    """ "crime drama" or, for series, "crime drama series"; None where the genres make no plain English noun."""
    if not 1 <= len(genres) <= 2:
        return None
    head = next((genre for genre in HEADS if genre in genres), genres[0] if len(genres) == 1 else None)
    if head is None:
        return None
    others = [ADJECTIVES.get(genre, genre) for genre in genres if genre != head]
    if head not in NOUNS or series:
        head = f"{ADJECTIVES.get(head, head)} {'series' if series else 'film'}"
    return " ".join([*others, head])


def _people(title: dict[str, Any]) -> dict[str, Any]:
    directors, creators = _names(title, "directors"), _names(title, "creators")
    writers, cast = _names(title, "writers"), _names(title, "cast")
    same = bool(directors) and set(directors) == set(writers)
    more = len(cast) > ALL_CAST
    return {
        "by": listing(directors) or None,
        "director": _single(directors),
        "directors": _several(directors),
        "creator": _single(creators),
        "creators": _several(creators),
        "created_by": listing(creators) or None,
        "also_wrote": directors[0] if same and len(directors) == 1 else None,
        "also_wrote_all": "" if same and len(directors) > 1 else None,
        "writers": _some(writers, 5) if not same else None,
        "director_writer": _single([name for name in directors if name in writers]) if not same else None,
        "director_cast": _single([name for name in directors if name in cast]),
        "creators_cast": listing([name for name in creators if name in cast]) or None,
        "cast": _some(cast, SHOWN_CAST if more else ALL_CAST) if len(cast) > 1 else None,
        "cast_one": _single(cast),
        "cast_three": listing(cast[:3]) if len(cast) > 2 else None,
        "cast_pair": listing(cast[:2]) if len(cast) > 1 else None,
        "cast_total": f"{len(cast)}" if more else None,
        "few_cast": "" if 1 < len(cast) <= ALL_CAST else None,
    }


def _origin(title: dict[str, Any]) -> dict[str, Any]:
    countries = [_place(country) for country in _names(title, "countries")]
    languages, companies = _names(title, "languages"), _names(title, "production")
    networks = _names(title, "networks")
    return {
        "countries": listing(countries) or None,
        "country_count": number(len(countries)) if len(countries) > 1 else None,
        "language": _single(languages),
        "languages": _several(languages),
        "foreign": _single(languages) if "English" not in (_single(languages) or "English") else None,
        "company": _single(companies),
        "companies": _some(companies, 5) if len(companies) > 1 else None,
        "network": _single(networks),
        "networks": _several(networks),
        "on_network": listing(networks) or None,
    }


def _runtime(title: dict[str, Any]) -> dict[str, Any]:
    minutes = title.get("runtime")
    if not minutes:
        return {}
    hours, rest = divmod(minutes, 60)
    clock = listing([measured(count, unit) for count, unit in ((hours, "hour"), (rest, "minute")) if count])
    found = {"minutes": counted(minutes, "minute"), "clock": clock if hours else None}
    if 60 < minutes < 120:
        found["under_two"] = f"{measured(120 - minutes, 'minute')} under two hours"
    if 60 < minutes < 240:
        end = 8 * 60 + minutes
        found["end"] = f"{end // 60}:{end % 60:02} pm"
    return found


def _run(title: dict[str, Any]) -> dict[str, Any]:
    seasons, episodes, minutes = title.get("seasons"), title.get("episodes"), title.get("runtime")
    average = round(episodes / seasons) if seasons and seasons > 1 and episodes else None
    exact = average is not None and average * seasons == episodes
    return {
        "seasons": counted(seasons, "season") if seasons else None,
        "many_seasons": counted(seasons, "season") if seasons and seasons > 1 else None,
        "episodes": counted(episodes, "episode") if episodes else None,
        "average": f"{'' if exact else 'about '}{measured(average, 'episode')}" if average else None,
        "episode_minutes": counted(minutes, "minute") if minutes else None,
    }


def _reception(title: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = _awards(escape(title.get("awards", "")))
    rating, count = title.get("rating"), title.get("rating_count")
    if rating is None:
        return found
    noun = "vote" if "tmdb" in str(title.get("source", "")).lower() else "review"
    reviews = counted(count, noun) if count else None
    return found | {
        "score": f"{rating:.1f}",
        "place": next(place for least, place in PLACES if rating >= least),
        "reviews": reviews,
        "many_reviews": reviews if count and count >= 100 else None,
        "few_reviews": reviews if count and 1 < count < 60 else None,
    }


def _awards(line: str) -> dict[str, Any]:
    """Read "Won 1 Oscar. Nominated for 5 Oscars."; any other line is passed on as a quotation."""
    known = re.fullmatch(r"(?:Won (\d+) Oscars?\. ?)?(?:Nominated for (\d+) Oscars?\.)?", line)
    if not line or not known:
        return {"awards_line": line or None}
    wins, nominations = (int(text) if text else 0 for text in known.groups())
    parts = [counted(wins, "Oscar win")] if wins else []
    parts += [counted(nominations, "Oscar nomination")] if nominations else []
    return {"oscars": listing(parts), "oscar_wins": counted(wins, "Oscar") if wins else None}


def _tally(title: dict[str, Any]) -> str | None:
    """How many of everything: "one directing credit, two writing credits, and 51 names in the cast"."""
    counts = {"directors": "directing credit", "creators": "creator", "writers": "writing credit", "cast": "cast name"}
    counts |= {"production": "production company", "genres": "genre label", "languages": "language"}
    found = [(len(title.get(fact) or []), noun) for fact, noun in counts.items()]
    parts = [measured(count, noun).replace("companys", "companies") for count, noun in found if count]
    return listing(parts) if len(parts) > 2 else None


def _letter(name: str) -> str | None:
    """The letter under which a library files the name: "S" for "The Searchers"."""
    first = re.sub(r"^(The|An?) ", "", name)[:1].upper()
    return first if first.isalpha() and first.isascii() else None


def _missing(title: dict[str, Any], series: bool) -> str | None:
    wanted = {"overview": "plot summary", "cast": "cast list", "rating": "rating", "genres": "genre"}
    wanted |= {"creators": "creator"} if series else {"directors": "director", "runtime": "running time"}
    wanted |= {"year": "year", "countries": "country", "languages": "language"}
    return listing([noun for fact, noun in wanted.items() if not title.get(fact)], "or") or None
