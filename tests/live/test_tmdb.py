"""The real TMDb; needs TMDB_API_KEY."""

import os
from datetime import date
from itertools import islice

import pytest

from integrations.catalogs.base import MEDIA_TYPES, SOURCES, Filters
from integrations.catalogs.tmdb import TMDb
from integrations.errors import InvalidKey

KEY = os.environ.get("TMDB_API_KEY", "")
pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(not KEY, reason="TMDB_API_KEY is not set: this asks the real api.themoviedb.org"),
]


def test_the_key_works_and_a_wrong_one_does_not() -> None:
    TMDb(KEY).check_key()
    with pytest.raises(InvalidKey):
        TMDb("f" * 32).check_key()


@pytest.mark.parametrize("media_type", list(MEDIA_TYPES))
@pytest.mark.parametrize("source", list(SOURCES))
def test_every_source_has_titles_that_can_be_completed(source: str, media_type: str) -> None:
    catalog = TMDb(KEY)
    titles = list(islice(catalog.titles(source, media_type, Filters(), date.today()), 25))
    assert titles
    assert len({title.ref for title in titles}) == len(titles)
    full = catalog.complete(titles[0])
    assert full is not None
    assert full.ref == titles[0].ref
    assert full.genres or full.cast or full.overview


def test_filters_are_kept() -> None:
    filters = Filters(min_rating=8, year_from=1990, year_to=1999)
    for source in ("discover", "top_rated"):
        for title in islice(TMDb(KEY).titles(source, "movie", filters, date.today()), 20):
            assert title.rating is not None
            assert title.rating >= 8
            assert title.year in range(1990, 2000)
