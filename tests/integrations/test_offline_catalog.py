"""The offline catalog: its data, its orders, and what it says about them."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from integrations.catalogs import offline
from integrations.catalogs.base import MEDIA_TYPES, SOURCES, Filters, Title
from integrations.catalogs.offline import Offline

TODAY = date(2026, 3, 14)


def titles(source: str, media_type: str = "movie", today: date = TODAY, **filters) -> list[Title]:
    return list(Offline().titles(source, media_type, Filters(**filters), today))


def film(ref: str) -> Title:
    return next(title for title in titles("popular") if title.ref == f"movie:{ref}")


# --- data -------------------------------------------------------------------------------------------------------


def test_the_label_counts_what_is_there() -> None:
    films, series = len(titles("popular")), len(titles("popular", "tv"))
    assert Offline.label == f"Offline catalog ({films} films, {series} series)"
    assert films == 320
    assert series >= 45


@pytest.mark.parametrize("title", [*titles("popular"), *titles("popular", "tv")], ids=lambda title: title.ref)
def test_every_record_is_plausible(title: Title) -> None:
    prefix = "movie:tt" if title.media_type == "movie" else "tv:"
    assert re.fullmatch(prefix + r"[a-z0-9-]+", title.ref)
    assert title.year
    assert 1930 <= title.year <= 2026
    assert title.last_year is None or title.year <= title.last_year <= 2026
    if title.release_date:
        assert date.fromisoformat(title.release_date).year == title.year
    assert title.runtime is None or 40 <= title.runtime <= 600
    assert title.rating is None or (0 <= title.rating <= 10 and title.rating_count)
    assert title.genres
    assert title.countries
    assert title.languages
    assert title.source
    assert title.directors if title.media_type == "movie" else title.creators or title.directors or title.overview
    assert title.episodes is None or (title.seasons and title.episodes >= title.seasons)
    assert title.overview == "" or (title.overview.endswith(".") and 20 < len(title.overview) < 260)
    assert not title.adult
    for fact in (
        "genres",
        "directors",
        "creators",
        "writers",
        "cast",
        "countries",
        "languages",
        "production",
        "networks",
    ):
        names = getattr(title, fact)
        assert isinstance(names, list), fact
        assert len(set(names)) == len(names), fact
        assert all(name == name.strip() and name for name in names), fact


def test_series_have_no_invented_ratings() -> None:
    assert all(title.rating is None and title.rating_count is None for title in titles("popular", "tv"))


def test_a_film_is_mapped_completely() -> None:
    title = film("tt0032599")
    assert (title.name, title.year, title.release_date, title.runtime) == ("His Girl Friday", 1940, "1940-01-11", 90)
    assert title.directors == ["Howard Hawks"]
    assert title.writers == ["Ben Hecht", "Charles Lederer", "Charles MacArthur"]
    assert (title.rating, title.rating_count) == (9.1, 104)
    assert title.genres == ["Romance", "Comedy", "Drama"]
    assert (title.countries, title.languages, title.production) == (
        ["United States"],
        ["English"],
        ["Columbia Pictures"],
    )
    assert "Cary Grant" in title.cast[:3]
    assert len(title.cast) == 31
    assert "newspaper" in title.overview
    assert title.source == "Wikidata, CC0 1.0"


def test_the_first_of_january_is_no_release_date() -> None:
    title = film("tt0032551")
    assert title.year == 1940
    assert title.release_date == ""
    assert "release_date" not in title.facts()


def test_awards_that_contradict_themselves_are_left_out() -> None:
    assert film("tt0167260").awards == ""  # the source has 9 wins from 8 nominations
    assert film("tt0034583").awards == "Won 1 Oscar. Nominated for 6 Oscars."


def test_the_files_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    titles("popular")

    def fail(*_: object, **__: object) -> str:
        raise AssertionError("read again")

    monkeypatch.setattr(Path, "read_text", fail)
    assert titles("upcoming")


# --- orders -----------------------------------------------------------------------------------------------------


def test_popular_films_have_the_most_reviews() -> None:
    counts = [title.rating_count for title in titles("popular")]
    assert counts == sorted(counts, reverse=True)
    assert titles("popular")[0].name == "Skyfall"


def test_popular_series_keep_the_order_of_the_file() -> None:
    found = titles("popular", "tv")
    assert [title.name for title in found[:2]] == ["Breaking Bad", "Game of Thrones"]
    assert titles("top_rated", "tv") == found == titles("discover", "tv")


def test_top_rated_wants_forty_reviews() -> None:
    found = titles("top_rated")
    assert all(title.rating_count >= 40 for title in found)
    ratings = [title.rating for title in found]
    assert ratings == sorted(ratings, reverse=True)
    assert {"Kes", "Shoah", "Orpheus"}.isdisjoint(title.name for title in found)
    assert len(found) == 311


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
def test_trending_is_another_order_each_day_and_the_same_all_day(media_type: str) -> None:
    today, again = titles("trending", media_type), titles("trending", media_type)
    tomorrow = titles("trending", media_type, TODAY + timedelta(days=1))
    assert today == again
    assert today != tomorrow
    assert {title.ref for title in today} == {title.ref for title in tomorrow}


def test_trending_does_not_change_between_machines() -> None:
    assert [title.ref for title in titles("trending")[:3]] == ["movie:tt0335345", "movie:tt0926084", "movie:tt1065073"]


@pytest.mark.parametrize("source", ["now_playing", "upcoming", "on_the_air", "airing_today"])
@pytest.mark.parametrize("media_type", MEDIA_TYPES)
def test_the_now_lists_are_newest_first(source: str, media_type: str) -> None:
    years = [title.year for title in titles(source, media_type)]
    assert years == sorted(years, reverse=True)
    first = titles(source, media_type)[0]
    assert first.release_date == "2014-12-25" if media_type == "movie" else first.year == 2024


def test_only_trending_depends_on_the_day() -> None:
    for source in set(SOURCES) - {"trending"}:
        assert titles(source) == titles(source, today=TODAY + timedelta(days=400)), source


# --- filters and explanations -----------------------------------------------------------------------------------


def test_filters_hold_at_their_edges() -> None:
    found = titles("discover", min_rating=9.0, year_from=1954, year_to=1954)
    assert {title.name for title in found} == {"Seven Samurai", "Rear Window", "On the Waterfront"}
    assert titles("discover", year_from=1954, year_to=1953) == []


def test_a_minimum_rating_lets_no_series_pass_and_says_so() -> None:
    assert titles("popular", "tv", min_rating=0.0) == []
    for source in SOURCES:
        assert "none of them passes a minimum rating" in Offline().explain(source, "tv", TODAY)
        assert "minimum rating" not in Offline().explain(source, "movie", TODAY)


def test_explanations_admit_what_the_catalog_cannot_know() -> None:
    explain = Offline().explain
    expected = "The offline catalog has no cinema listings: the newest of its films come first."
    assert explain("now_playing", "movie", TODAY) == expected
    assert "shuffled anew each day" in explain("trending", "tv", TODAY)
    assert "40 reviews" in explain("top_rated", "movie", TODAY)
    assert "editors chose" in explain("popular", "tv", TODAY)


def test_every_source_has_an_order_and_two_sentences() -> None:
    assert set(offline.ORDERS) == set(offline.FILM_SENTENCES) == set(offline.SERIES_SENTENCES) == set(SOURCES)
