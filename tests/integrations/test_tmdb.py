"""TMDb against a stub that paginates, limits and fails as the real one does."""

import inspect
import json
import logging
import re
import time
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from itertools import islice
from typing import Any

import pytest

from integrations.catalogs import catalogs, tmdb_requests
from integrations.catalogs.base import MEDIA_TYPES, SOURCES, Filters, Title
from integrations.catalogs.tmdb import TMDb, discover_wishes
from integrations.catalogs.tmdb_records import title_from_details, title_from_list
from integrations.catalogs.tmdb_requests import Pace, retry_after
from integrations.errors import InvalidKey, OutsideError, Overloaded, PermanentError, RateLimited
from tests.integrations.tmdb_stub import TMDbStub

TODAY = date(2026, 3, 14)
CASES = [(source, media) for source in SOURCES for media in MEDIA_TYPES]
ALL = Filters(include_adult=True)


@pytest.fixture(autouse=True)
def no_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stub needs no pause."""
    monkeypatch.setattr(tmdb_requests, "PACE", Pace(per_second=1_000_000))


@pytest.fixture(scope="module")
def shared() -> Iterator[TMDbStub]:
    """One that nothing is done to; see `stub` for the others."""
    with TMDbStub() as stub:
        yield stub


@pytest.fixture
def stub() -> Iterator[TMDbStub]:
    with TMDbStub(films=90, series=90) as stub:
        yield stub


@pytest.fixture
def catalog(stub: TMDbStub) -> TMDb:
    return TMDb(stub.token, stub.url)


def read(catalog: TMDb, source: str = "popular", media: str = "movie", filters: Filters = ALL) -> list[Title]:
    return list(catalog.titles(source, media, filters, TODAY))


# --- who it is --------------------------------------------------------------------------------------------------


def test_it_stands_in_the_table_and_shows_what_tmdb_wants_shown() -> None:
    assert catalogs.get("tmdb") is TMDb
    assert TMDb.needs_key
    assert TMDb.attribution == "This product uses the TMDB API but is not endorsed or certified by TMDB."
    assert TMDb.logo_text == "TMDB"
    assert "non-commercial" in TMDb.terms


@pytest.mark.parametrize(("source", "media"), CASES)
def test_every_source_is_explained_without_a_key(source: str, media: str) -> None:
    said = TMDb().explain(source, media, TODAY)
    assert said[0].isupper()
    assert said.endswith(".")
    assert 30 < len(said) < 250


def test_unknown_sources_and_media_types_are_refused_at_once() -> None:
    for wrong in (("nowhere", "movie"), ("popular", "radio")):
        with pytest.raises(KeyError, match="there are"):
            TMDb("k").titles(*wrong, ALL, TODAY)
        with pytest.raises(KeyError, match="there are"):
            TMDb("k").explain(*wrong, TODAY)


# --- the key ----------------------------------------------------------------------------------------------------


def test_a_v4_token_goes_into_a_header_and_a_v3_key_into_a_parameter(stub: TMDbStub) -> None:
    TMDb(stub.token, stub.url).check_key()
    TMDb(stub.key, stub.url).check_key()
    bearer, parameter = stub.requests
    assert (bearer.path, bearer.auth, bearer.params) == ("/authentication", "bearer", {})
    assert (parameter.auth, parameter.params) == ("api_key", {"api_key": stub.key})


@pytest.mark.parametrize("pasted", ["  {}\n", "Bearer {}", " Bearer  {} ", "\t{}\r\n"])
def test_a_key_pasted_with_spaces_works(stub: TMDbStub, pasted: str) -> None:
    TMDb(pasted.format(stub.token), stub.url).check_key()
    half = len(stub.token) // 2
    TMDb(f"{stub.token[:half]}\n  {stub.token[half:]}", stub.url).check_key()


@pytest.mark.parametrize("key", ["", "   ", "schlüssel", "abc\x00def", "ключ.ключ.ключ"])
def test_a_key_that_cannot_be_one_is_refused_without_a_request(stub: TMDbStub, key: str) -> None:
    with pytest.raises(InvalidKey, match="TMDB_API_KEY"):
        TMDb(key, stub.url).check_key()
    with pytest.raises(InvalidKey, match="TMDB_API_KEY"):
        read(TMDb(key, stub.url))
    assert stub.requests == []


@pytest.mark.parametrize("key", ["f" * 32, "eyJwrong.token.here"])
def test_a_wrong_key_is_asked_once_and_names_the_cure(stub: TMDbStub, key: str) -> None:
    for ask in (TMDb.check_key, read):
        with pytest.raises(InvalidKey, match=r"Check TMDB_API_KEY.*themoviedb\.org/settings/api") as caught:
            ask(TMDb(key, stub.url))
        assert key not in str(caught.value)
    assert len(stub.requests) == 2


@pytest.mark.parametrize(("code", "cure"), [(10, "Write to TMDb"), (32, "Confirm it"), (35, "TMDB_API_KEY")])
def test_each_problem_of_a_key_has_its_own_cure(stub: TMDbStub, catalog: TMDb, code: int, cure: str) -> None:
    stub.fail("401", code=code)
    with pytest.raises(InvalidKey, match=cure):
        read(catalog)


def test_a_suspended_user_is_a_problem_of_the_key_too(stub: TMDbStub, catalog: TMDb) -> None:
    stub.fail("403", code=45)
    with pytest.raises(InvalidKey, match="Write to TMDb"):
        read(catalog)


# --- the sources ------------------------------------------------------------------------------------------------

FIRST_REQUESTS = {
    ("popular", "movie"): "/movie/popular",
    ("popular", "tv"): "/tv/popular",
    ("top_rated", "movie"): "/movie/top_rated",
    ("top_rated", "tv"): "/tv/top_rated",
    ("trending", "movie"): "/trending/movie/week",
    ("trending", "tv"): "/trending/tv/week",
    ("now_playing", "movie"): "/movie/now_playing",
    ("now_playing", "tv"): "/tv/on_the_air",
    ("upcoming", "movie"): "/movie/upcoming",
    ("upcoming", "tv"): "/discover/tv",
    ("on_the_air", "movie"): "/movie/now_playing",
    ("on_the_air", "tv"): "/tv/on_the_air",
    ("airing_today", "movie"): "/movie/now_playing",
    ("airing_today", "tv"): "/tv/airing_today",
    ("discover", "movie"): "/discover/movie",
    ("discover", "tv"): "/discover/tv",
}


@pytest.mark.parametrize(("source", "media"), CASES)
def test_each_source_is_its_list_in_tmdbs_order(shared: TMDbStub, source: str, media: str) -> None:
    before = len(shared.requests)
    titles = list(islice(TMDb(shared.token, shared.url).titles(source, media, ALL, TODAY), 25))
    first, *_ = asked = shared.requests[before:]
    assert first.path == FIRST_REQUESTS[source, media]
    assert first.params["page"] == "1"
    assert first.params["language"] == "en-US"
    assert len(asked) == (2 if len(titles) == 25 else 1)
    expected = shared.ordered(first.path, first.params)
    assert [title.ref for title in titles] == [f"{media}:tmdb-{item['id']}" for item in expected[:25]]
    assert titles
    for title in titles:
        facts = title.facts()
        assert title.media_type == media
        assert facts["source"] == "TMDb"
        assert json.loads(json.dumps(facts)) == facts


@pytest.mark.parametrize(("source", "media"), CASES)
def test_each_source_keeps_to_the_filters(shared: TMDbStub, source: str, media: str) -> None:
    filters = Filters(min_rating=6.5, year_from=1960, year_to=2026)
    began = "release_date" if media == "movie" else "first_air_date"
    titles = read(TMDb(shared.key, shared.url), source, media, filters)
    path = FIRST_REQUESTS[source, media]
    everything = shared.ordered(path, {f"{began}.gte": "2026-03-14"} if (source, media) == ("upcoming", "tv") else {})
    wanted = [
        item["id"]
        for item in everything
        if item["vote_count"] and item["vote_average"] >= 6.5 and "1960" <= item[began][:4] <= "2026"
        and item.get("adult") is not True and not (path.startswith("/discover") and item["id"] % 17 == 0)
    ]  # fmt: skip
    assert [title.ref for title in titles] == [f"{media}:tmdb-{number}" for number in wanted]


def test_discover_filters_at_tmdb_so_that_few_pages_are_read(shared: TMDbStub) -> None:
    before = len(shared.requests)
    titles = read(TMDb(shared.token, shared.url), "discover", "movie", Filters(9, 1990, 2009))
    asked = shared.requests[before:]
    assert titles
    assert len(asked) == -(-len(titles) // 20)
    assert asked[0].params == {
        "sort_by": "popularity.desc",
        "include_adult": "false",
        "include_video": "false",
        "vote_average.gte": "9",
        "primary_release_date.gte": "1990-01-01",
        "primary_release_date.lte": "2009-12-31",
        "language": "en-US",
        "page": "1",
    }


def test_discover_of_series_has_parameters_of_its_own() -> None:
    assert discover_wishes("discover", "tv", Filters(7.25, None, 1999, True), TODAY) == {
        "sort_by": "popularity.desc",
        "include_adult": "true",
        "include_null_first_air_dates": "false",
        "vote_average.gte": "7.25",
        "first_air_date.lte": "1999-12-31",
    }


@pytest.mark.parametrize(("year", "earliest"), [(None, "2026-03-14"), (2020, "2026-03-14"), (2027, "2027-01-01")])
def test_upcoming_series_begin_today_or_later(shared: TMDbStub, year: int | None, earliest: str) -> None:
    before = len(shared.requests)
    titles = read(TMDb(shared.token, shared.url), "upcoming", "tv", Filters(year_from=year))
    assert shared.requests[before].params["first_air_date.gte"] == earliest
    assert titles
    assert all(title.release_date >= earliest for title in titles)


@pytest.mark.parametrize(("source", "media"), CASES)
def test_adult_titles_come_only_when_wanted(shared: TMDbStub, source: str, media: str) -> None:
    catalog = TMDb(shared.token, shared.url)
    assert not any(title.adult for title in read(catalog, source, media, Filters()))
    items = shared.ordered(FIRST_REQUESTS[source, media], {"include_adult": "true"})
    if (source, media) != ("upcoming", "tv") and any(item.get("adult") for item in items):
        assert any(title.adult for title in read(catalog, source, media, ALL))


# --- pages ------------------------------------------------------------------------------------------------------


def test_no_page_is_asked_for_before_it_is_needed(stub: TMDbStub, catalog: TMDb) -> None:
    titles = catalog.titles("popular", "movie", ALL, TODAY)
    assert stub.requests == []
    assert len(list(islice(titles, 20))) == 20
    assert [asked.params["page"] for asked in stub.requests] == ["1"]
    next(titles)
    assert [asked.params["page"] for asked in stub.requests] == ["1", "2"]
    assert len(list(titles)) == 90 - 21
    assert [asked.params["page"] for asked in stub.requests] == ["1", "2", "3", "4", "5"]


def test_page_500_is_the_last_whatever_tmdb_says() -> None:
    with TMDbStub(films=10_090, series=1) as stub:
        refs = [title.ref for title in read(TMDb(stub.token, stub.url), "popular", "movie")]
        assert len(refs) == len(set(refs)) == 10_000
        assert [asked.params["page"] for asked in stub.requests] == [str(page) for page in range(1, 501)]


def test_a_filter_that_passes_few_reads_on(stub: TMDbStub, catalog: TMDb) -> None:
    [best] = sorted(read(catalog), key=lambda title: title.rating or 0)[-1:]
    assert [title.ref for title in read(catalog, filters=Filters(best.rating, include_adult=True))] == [best.ref]
    assert read(catalog, filters=Filters(min_rating=10)) == []


def test_a_title_that_drifts_to_the_next_page_comes_once() -> None:
    with TMDbStub(films=90, series=1, drift=True) as stub:
        refs = [title.ref for title in read(TMDb(stub.token, stub.url))]
        assert len(refs) == len(set(refs)) == 90


def test_an_empty_page_is_the_end(stub: TMDbStub, catalog: TMDb) -> None:
    stub.fail("json", times=9, after=1, body={"page": 2, "results": [], "total_pages": 500})
    assert len(read(catalog)) == 20
    assert len(stub.requests) == 2


def test_someone_can_stop_a_long_reading(stub: TMDbStub) -> None:
    class Stopped(Exception):
        pass

    turns = iter([None, None, Stopped()])

    def before_request() -> None:
        if problem := next(turns):
            raise problem

    titles = TMDb(stub.token, stub.url, before_request=before_request).titles("popular", "movie", ALL, TODAY)
    assert len(list(islice(titles, 40))) == 40
    with pytest.raises(Stopped):
        next(titles)
    assert len(stub.requests) == 2


def test_records_that_are_not_titles_are_passed_over(stub: TMDbStub, catalog: TMDb) -> None:
    good = {"id": 7, "title": "Good"}
    broken = [None, 3, "x", [], {}, {"id": 1}, {"id": "2", "title": "X"}, {"id": True, "title": "X"}]
    broken += [{"id": 3, "title": ""}, {"id": 4, "title": " \x00 "}, {"id": -5, "title": "X"}]
    stub.fail("json", body={"page": 1, "results": [*broken, good, good], "total_pages": 1})
    assert read(catalog) == [Title("movie:tmdb-7", "movie", "Good", source="TMDb")]


# --- the records ------------------------------------------------------------------------------------------------


def test_a_list_record_becomes_a_light_title() -> None:
    record = {
        "adult": False, "backdrop_path": "/8YFL5QQVPy3AgrEQxNYVSgiPEbe.jpg", "genre_ids": [28, 12, 878], "id": 640146,
        "original_language": "en", "original_title": "Ant-Man and the Wasp: Quantumania", "overview": "Very\nsmall.",
        "popularity": 9272.643, "poster_path": "/ngl2FKBlU4fhbdsrtdom9LVLBXw.jpg", "release_date": "2023-02-15",
        "title": "Ant-Man and the Wasp: Quantumania", "video": False, "vote_average": 6.5, "vote_count": 1856,
    }  # fmt: skip
    assert title_from_list(record, "movie") == Title(
        ref="movie:tmdb-640146",
        media_type="movie",
        name="Ant-Man and the Wasp: Quantumania",
        year=2023,
        release_date="2023-02-15",
        rating=6.5,
        rating_count=1856,
        overview="Very small.",
        source="TMDb",
        poster="https://image.tmdb.org/t/p/w500/ngl2FKBlU4fhbdsrtdom9LVLBXw.jpg",
        poster_credit="Poster from TMDB",
    )


def test_a_film_is_completed_with_credits_and_keywords(stub: TMDbStub, catalog: TMDb) -> None:
    light = next(title for title in read(catalog) if title.ref == "movie:tmdb-14")
    stub.requests.clear()
    title = catalog.complete(light)
    assert title is not None
    [asked] = stub.requests
    assert (asked.path, asked.params["append_to_response"]) == ("/movie/14", "credits,keywords")
    assert {name: value for name, value in title.facts().items() if name not in light.facts()} == {
        "runtime": 94,
        "genres": ["Crime", "Western"],
        "directors": ["Director 14"],
        "writers": ["Director 14", "Sam Script"],
        "cast": ["Actor 14", "Actor 15", "Guest Star"],
        "countries": ["United Kingdom"],
        "languages": ["English"],
        "production": ["Studio 5"],
        "tagline": "Look for the light.",
        "keywords": ["lighthouse", "search"],
        "status": "Released",
        "imdb_id": "tt1000014",
    }
    assert light.facts().items() <= title.facts().items()


def test_a_series_is_completed_with_creators_and_seasons(stub: TMDbStub, catalog: TMDb) -> None:
    light = next(title for title in read(catalog, media="tv") if title.ref == "tv:tmdb-14")
    stub.requests.clear()
    title = catalog.complete(light)
    assert title is not None
    assert stub.requests[0].params["append_to_response"] == "credits,keywords,external_ids"
    assert (title.creators, title.networks, title.seasons, title.episodes) == (["Creator 14"], ["Network 4"], 3, 24)
    assert (title.runtime, title.status, title.imdb_id) == (34, "Ended", "tt9000014")
    assert title.keywords == ["lighthouse", "search"]
    assert title.year is not None
    assert title.last_year == title.year + 2


def test_a_series_that_still_runs_has_no_last_year() -> None:
    record = {"id": 5, "name": "S", "first_air_date": "2019-01-01", "last_air_date": "2026-01-01"}
    returning = title_from_details(record | {"status": "Returning Series"}, "tv")
    ended = title_from_details(record | {"status": "Canceled"}, "tv")
    assert returning is not None
    assert ended is not None
    assert (returning.last_year, ended.last_year) == (None, 2026)


def test_zero_and_empty_mean_unknown() -> None:
    record = {
        "id": 9, "title": "Bare", "release_date": "", "runtime": 0, "vote_average": 0.0, "vote_count": 0,
        "overview": "", "poster_path": None, "tagline": "", "imdb_id": None, "genres": [],
    }  # fmt: skip
    title = title_from_details(record, "movie")
    assert title is not None
    assert title.facts() == {"ref": "movie:tmdb-9", "media_type": "movie", "name": "Bare", "source": "TMDb"}


def test_a_rating_that_nobody_gave_is_unknown() -> None:
    title = title_from_list({"id": 9, "title": "Bare", "vote_average": 7.5, "vote_count": 0}, "movie")
    assert title is not None
    assert (title.rating, title.rating_count) == (None, None)


@pytest.mark.parametrize("media", list(MEDIA_TYPES))
@pytest.mark.parametrize("junk", [None, "x", -1, 10**30, 1e308, True, [], {}, [None], [[]], [{"name": 3}], {"cast": 3}])
def test_values_of_the_wrong_kind_are_unknown(media: str, junk: Any) -> None:
    fields = "release_date first_air_date runtime vote_average vote_count overview poster_path tagline imdb_id genres"
    fields += " credits keywords external_ids production_countries spoken_languages created_by networks status adult"
    fields += " episode_run_time number_of_seasons number_of_episodes last_air_date production_companies"
    record = dict.fromkeys(fields.split(), junk) | {"id": 9, "title": "Film", "name": "Film"}
    title = title_from_details(record, media)
    assert title is not None
    allowed = {"ref", "media_type", "name", "source"} | ({"overview", "tagline", "status"} if junk == "x" else set())
    assert set(title.facts()) - ({"adult"} if junk is True else set()) == allowed


def test_text_from_outside_is_one_clean_line_of_limited_length() -> None:
    record = {
        "id": 9,
        "title": "N" * 999,
        "overview": "a\x00b\u2028 c\ud800\n\nd" + "e" * 9999,
        "poster_path": "//evil/x.jpg",
    }
    title = title_from_list(record, "movie")
    assert title is not None
    assert len(title.name) == 300
    assert title.overview.startswith("a b c dee")
    assert len(title.overview) == 4000
    assert title.poster == ""


def test_completing_costs_one_request_and_a_deleted_title_is_none(stub: TMDbStub, catalog: TMDb) -> None:
    titles = read(catalog)
    stub.requests.clear()
    stub.gone.add(("movie", int(titles[0].ref.rpartition("-")[2])))
    assert catalog.complete(titles[0]) is None
    assert catalog.complete(titles[1]) is not None
    assert len(stub.requests) == 2


def test_details_know_adult_titles_that_a_list_does_not(stub: TMDbStub, catalog: TMDb) -> None:
    light = next(title for title in read(catalog, "popular", "tv", Filters()) if title.ref == "tv:tmdb-51")
    full = catalog.complete(light)
    assert full is not None
    assert not Filters().accept(full)


def test_a_title_of_another_catalog_stays_as_it_is(stub: TMDbStub, catalog: TMDb) -> None:
    other = Title("movie:tt0032551", "movie", "The Grapes of Wrath")
    assert catalog.complete(other) is other
    assert stub.requests == []


def test_an_overview_that_a_language_lacks_is_read_in_english(stub: TMDbStub) -> None:
    catalog = TMDb(stub.token, stub.url, language="de-DE")
    titles = {title.ref: title for title in read(catalog)}
    stub.requests.clear()
    german, english = catalog.complete(titles["movie:tmdb-14"]), catalog.complete(titles["movie:tmdb-15"])
    assert german is not None
    assert english is not None
    assert german.overview.startswith("[de-DE]")
    assert english.overview == "In story number 15, somebody looks for a lighthouse."
    assert english.directors == ["Director 15"]
    assert [asked.params["language"] for asked in stub.requests] == ["de-DE", "de-DE", "en-US"]


# --- what goes wrong --------------------------------------------------------------------------------------------


def outcome(do: Callable[[], object]) -> OutsideError:
    with pytest.raises(OutsideError) as caught:
        do()
    return caught.value


def test_429_says_when_to_come_back_and_nobody_waits(stub: TMDbStub, catalog: TMDb) -> None:
    started = time.monotonic()
    for header, seconds in (({"retry_after": 17}, 17), ({}, 2), ({"retry_after": 0}, 1), ({"retry_after": "soon"}, 2)):
        stub.fail("429", **header)
        error = outcome(lambda: read(catalog))
        assert isinstance(error, RateLimited)
        assert error.retry_after == seconds
    assert time.monotonic() - started < 1.5
    assert len(stub.requests) == 4


def test_retry_after_may_be_a_date() -> None:
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 1
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=40), usegmt=True)
    assert 37 < retry_after(soon) <= 40
    assert retry_after("nan") == retry_after("inf") == 2


def test_retry_after_is_a_day_at_most() -> None:
    assert retry_after("1e300") == retry_after("Wed, 21 Oct 2099 07:28:00 GMT") == 24 * 3600


def test_after_a_429_the_titles_are_neither_skipped_nor_repeated(stub: TMDbStub, catalog: TMDb) -> None:
    stub.fail("429", retry_after=3, after=2)
    taken: list[str] = []
    with pytest.raises(RateLimited):
        taken += [title.ref for title in catalog.titles("popular", "movie", ALL, TODAY) if not taken.append(title.ref)]
    assert len(taken) == 40
    later = [title.ref for title in read(TMDb(stub.token, stub.url)) if title.ref not in taken]
    assert [*taken, *later] == [f"movie:tmdb-{item['id']}" for item in stub.ordered("/movie/popular", {})]


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("500", {}),
        ("502", {"code": 43}),
        ("503", {"code": 46}),
        ("504", {"code": 24}),
        ("html", {}),
        ("html503", {}),
        ("cut", {}),
        ("drop", {}),
        ("json", {"body": []}),
        ("json", {"body": {"success": False, "status_code": [7]}}),
        ("json", {"body": {"success": False, "status_code": 11, "status_message": "Internal error."}}),
    ],
)
def test_a_broken_tmdb_is_asked_again_later(stub: TMDbStub, catalog: TMDb, kind: str, options: dict[str, Any]) -> None:
    light = read(catalog)[0]
    for ask in (lambda: read(catalog), lambda: catalog.complete(light), catalog.check_key):
        before = len(stub.requests)
        stub.fail(kind, **options)
        assert isinstance(outcome(ask), Overloaded)
        assert len(stub.requests) == before + 1  # the job comes back, not we
        ask()


@pytest.mark.parametrize("body", [{}, {"results": {}, "total_pages": 1}, {"results": [], "total_pages": "1"}])
def test_a_list_of_another_shape_is_no_list(stub: TMDbStub, catalog: TMDb, body: Any) -> None:
    stub.fail("json", body=body)
    assert isinstance(outcome(lambda: read(catalog)), Overloaded)


def test_a_tmdb_that_hangs_is_given_up(stub: TMDbStub, catalog: TMDb, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tmdb_requests, "TIMEOUT", 0.3)
    stub.fail("hang")
    started = time.monotonic()
    assert isinstance(outcome(lambda: read(catalog)), Overloaded)
    assert time.monotonic() - started < 3


def test_nobody_there_is_asked_again_later(stub: TMDbStub) -> None:
    with TMDbStub(1, 1) as closed:
        pass
    assert isinstance(outcome(lambda: read(TMDb(stub.token, closed.url))), Overloaded)


def test_a_refused_request_is_not_repeated(stub: TMDbStub, catalog: TMDb) -> None:
    for kind, code in (("400", 22), ("422", 5), ("403", 99), ("404", 34)):
        stub.fail(kind, code=code)
        error = outcome(lambda: read(catalog))
        assert type(error) is PermanentError
        assert "Check TMDB_BASE_URL" in str(error)
    stub.fail("400", code=22)
    assert "max at 500" in str(outcome(lambda: read(catalog)))


def test_a_wrong_base_url_says_so(stub: TMDbStub) -> None:
    wrong = TMDb(stub.token, stub.url.removesuffix("/3") + "/4/")
    for ask in (lambda: read(wrong), wrong.check_key):
        error = outcome(ask)
        assert type(error) is PermanentError
        assert "it ends in /3" in str(error)


def test_a_redirect_is_not_followed(stub: TMDbStub, catalog: TMDb) -> None:
    with TMDbStub(1, 1) as elsewhere:
        stub.fail("moved", location=f"{elsewhere.url}/movie/popular")
        assert type(outcome(lambda: read(catalog))) is PermanentError
        assert elsewhere.requests == []


# --- the pace ---------------------------------------------------------------------------------------------------


def test_a_process_asks_five_times_a_second_at_most(stub: TMDbStub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tmdb_requests, "PACE", Pace(per_second=5))
    one, other = TMDb(stub.token, stub.url), TMDb(stub.key, stub.url)
    started = time.monotonic()
    for catalog in (one, other, one, other):
        catalog.check_key()
    assert 0.58 < time.monotonic() - started < 2


def test_the_pace_of_the_product_is_five() -> None:
    assert re.search(r"^PACE = Pace\(per_second=5\)$", inspect.getsource(tmdb_requests), re.MULTILINE)


def test_who_would_wait_long_for_a_turn_comes_back_later() -> None:
    pace = Pace(per_second=5)
    pace.next_turn = time.monotonic() + 5
    started = time.monotonic()
    with pytest.raises(RateLimited) as caught:
        pace.wait()
    assert time.monotonic() - started < 0.2
    assert caught.value.retry_after == 1


# --- the key stays secret ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("canary", ["ca11a7" * 5, "eyJcanary.ca11a7ca11a7.signature"])
def test_the_key_is_in_no_error_and_no_log(
    canary: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(tmdb_requests, "TIMEOUT", 0.3)
    with TMDbStub(40, 1, key=canary, token=canary) as stub:
        catalog = TMDb(canary, stub.url)
        said = [repr(catalog), repr(catalog.asking), repr(read(catalog))]
        for kind in ("401", "400", "404", "429", "500", "html", "cut", "drop", "hang", "moved"):
            stub.fail(kind, location="/elsewhere")
            error = outcome(lambda: read(catalog))
            said += [*traceback.format_exception(error), repr(error), *chained(error)]
        echo = {"success": False, "status_code": 18, "status_message": f"no such key: {canary}"}
        stub.fail("json", body=echo)
        said.append(str(outcome(lambda: read(catalog))))
    said += traceback.format_exception(outcome(lambda: read(TMDb(canary, stub.url))))
    said += traceback.format_exception(outcome(lambda: read(TMDb(canary, "ftp://127.0.0.1"))))
    said += [caplog.text, *capfd.readouterr()]
    assert "ca11a7" not in "\n".join(said)


def test_a_refusal_that_repeats_the_key_is_quoted_without_it() -> None:
    with TMDbStub(1, 1) as stub:
        catalog = TMDb(stub.key, stub.url)
        with pytest.raises(PermanentError, match="no such key: … here") as caught:
            catalog.asking._fail(400, {}, {"status_code": 18, "status_message": f"no such key: {stub.key} here"})
        assert stub.key not in str(caught.value)


def chained(error: BaseException) -> Iterator[str]:
    """The errors behind an error, hidden ones too."""
    seen: BaseException | None = error
    while seen := seen.__cause__ or seen.__context__:
        yield f"{seen!r} {vars(seen)}"
