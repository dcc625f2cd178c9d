"""The Movie Database: films and series with credits, keywords and posters, by its API, version 3."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date
from typing import ClassVar

from integrations.catalogs.base import Catalog, Filters, Title, check_known
from integrations.catalogs.tmdb_records import LONGEST_TEXT, number_of, text, title_from_details, title_from_list
from integrations.catalogs.tmdb_requests import BASE_URL, Asking

LAST_PAGE = 500  # TMDb refuses page 501, whatever total_pages says
FALLBACK_LANGUAGE = "en-US"
APPENDED = {"movie": "credits,keywords", "tv": "credits,keywords,external_ids"}


class TMDb(Catalog):
    """Films and series from api.themoviedb.org, with a v4 read access token or a v3 key.

    Lists are read page by page, as far as they are needed, and give titles without credits; `complete` asks for the
    details of one. Nothing here waits for a rate limit: RateLimited says when to come back, and a batch that comes back
    reads from page 1 and passes over what it has.
    """

    name: ClassVar[str] = "tmdb"
    label: ClassVar[str] = "TMDb"
    needs_key: ClassVar[bool] = True
    attribution: ClassVar[str] = "This product uses the TMDB API but is not endorsed or certified by TMDB."
    logo_text: ClassVar[str] = "TMDB"
    homepage: ClassVar[str] = "https://www.themoviedb.org"
    terms: ClassVar[str] = (
        "TMDB is free for non-commercial use. Commercial use, and training AI on its data, need a written agreement "
        "with TMDB. Its logo and notice stay wherever its data is shown."
    )

    def __init__(
        self,
        key: str = "",
        base_url: str = BASE_URL,
        allow_hosts: Iterable[str] = (),
        *,
        language: str = FALLBACK_LANGUAGE,
        before_request: Callable[[], None] | None = None,
    ) -> None:
        """`language` is that of names and overviews ("de-DE"); `before_request` may raise to stop a long reading."""
        self.language = language
        self.asking = Asking(key, base_url, allow_hosts, before_request)

    def titles(self, source: str, media_type: str, filters: Filters, today: date) -> Iterator[Title]:
        """Yield the titles of a source in TMDb's order, filtered, each once, without credits: see `complete`.

        Discover filters at TMDb, the other sources here, page after page up to 500; adult titles are checked here
        always. Raises KeyError at once for an unknown source or media type; while read, InvalidKey, RateLimited,
        Overloaded and PermanentError.
        """
        check_known(source, media_type)
        path = PATHS[source][media_type]
        wishes = discover_wishes(source, media_type, filters, today) if path.startswith("/discover/") else {}
        return self._read(path, wishes, media_type, filters)

    def _read(self, path: str, wishes: dict[str, str], media_type: str, filters: Filters) -> Iterator[Title]:
        seen: set[str] = set()
        page, last = 1, 1
        while page <= last:
            answer = self.asking.page(path, wishes | {"language": self.language, "page": str(page)})
            for record in answer["results"]:
                title = title_from_list(record, media_type)
                # Popularity moves while we read, so the next page can repeat what the last one had.
                if title is None or title.ref in seen:
                    continue
                seen.add(title.ref)
                if filters.accept(title):
                    yield title
            last = min(answer["total_pages"], LAST_PAGE) if answer["results"] else 0
            page += 1

    def complete(self, title: Title) -> Title | None:
        """The title with credits, keywords and the other facts of its details; None where TMDb has deleted it.

        Raises InvalidKey, RateLimited, Overloaded, PermanentError.
        """
        number = number_of(title)
        if number is None:
            return title
        path = f"/{title.media_type}/{number}"
        record = self.asking.details(
            path, {"language": self.language, "append_to_response": APPENDED[title.media_type]}
        )
        full = title_from_details(record, title.media_type) if record is not None else None
        if full is None or full.overview or self.language == FALLBACK_LANGUAGE:
            return full
        english = self.asking.details(path, {"language": FALLBACK_LANGUAGE}) or {}
        return replace(full, overview=text(english.get("overview"), LONGEST_TEXT))

    def explain(self, source: str, media_type: str, today: date) -> str:
        """Say what TMDb means by the source. Raises KeyError for an unknown source or media type."""
        check_known(source, media_type)
        return SENTENCES[media_type][source].format(today=f"{today.day} {today:%B} {today.year}")

    def check_key(self) -> None:
        """Ask TMDb whether the key works. Raises InvalidKey, and what goes wrong on the way."""
        self.asking.check_key()


# --- the sources ------------------------------------------------------------------------------------------------

PATHS: dict[str, dict[str, str]] = {
    "popular": {"movie": "/movie/popular", "tv": "/tv/popular"},
    "top_rated": {"movie": "/movie/top_rated", "tv": "/tv/top_rated"},
    "trending": {"movie": "/trending/movie/week", "tv": "/trending/tv/week"},
    "now_playing": {"movie": "/movie/now_playing", "tv": "/tv/on_the_air"},
    "upcoming": {"movie": "/movie/upcoming", "tv": "/discover/tv"},
    "on_the_air": {"movie": "/movie/now_playing", "tv": "/tv/on_the_air"},
    "airing_today": {"movie": "/movie/now_playing", "tv": "/tv/airing_today"},
    "discover": {"movie": "/discover/movie", "tv": "/discover/tv"},
}

CINEMAS = "Films are not on the air: the films that TMDb lists as now in cinemas come instead, in its order."
SENTENCES = {
    "movie": {
        "popular": "The films that TMDb counts as the most popular today come first.",
        "top_rated": "The films with the best ratings come first, as TMDb ranks those with enough votes.",
        "trending": "The films that TMDb saw rise most in the last seven days come first.",
        "now_playing": "The films that TMDb lists as now in cinemas, in its order.",
        "upcoming": "The films that TMDb lists as soon in cinemas, in its order; most have no rating yet.",
        "on_the_air": CINEMAS,
        "airing_today": CINEMAS,
        "discover": "All films of TMDb that pass the filters, the most popular first.",
    },
    "tv": {
        "popular": "The series that TMDb counts as the most popular today come first.",
        "top_rated": "The series with the best ratings come first, as TMDb ranks those with enough votes.",
        "trending": "The series that TMDb saw rise most in the last seven days come first.",
        "now_playing": "Series do not run in cinemas: those with an episode within the next seven days come instead.",
        "upcoming": "The series that begin on {today} or later, the most popular first; most have no rating yet.",
        "on_the_air": "The series that TMDb lists with an episode within the next seven days, in its order.",
        "airing_today": "The series that TMDb lists with an episode today, in its order.",
        "discover": "All series of TMDb that pass the filters, the most popular first.",
    },
}


def discover_wishes(source: str, media_type: str, filters: Filters, today: date) -> dict[str, str]:
    """The filters as discover's parameters; upcoming series are those that have not begun before today."""
    began = "primary_release_date" if media_type == "movie" else "first_air_date"
    earliest = date(max(filters.year_from, 1), 1, 1) if filters.year_from is not None else None
    if source == "upcoming":
        earliest = max(earliest or today, today)
    wishes = {
        "sort_by": "popularity.desc",
        "include_adult": "true" if filters.include_adult else "false",
        "include_video" if media_type == "movie" else "include_null_first_air_dates": "false",
        "vote_average.gte": "" if filters.min_rating is None else f"{filters.min_rating:g}",
        f"{began}.gte": earliest.isoformat() if earliest else "",
        f"{began}.lte": f"{filters.year_to:04}-12-31" if filters.year_to is not None else "",
    }
    return {name: value for name, value in wishes.items() if value}
