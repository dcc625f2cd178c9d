"""Where films come from: TMDb when its key is set, else the offline catalog."""

from collections.abc import Callable
from typing import Any

from django.conf import settings

from integrations.catalogs import catalogs
from integrations.catalogs.base import Catalog

OFFLINE, TMDB = "offline", "tmdb"


def chosen() -> str:
    """The catalog that a new batch reads."""
    return TMDB if settings.TMDB_API_KEY else OFFLINE


def open_catalog(name: str, *, before_request: Callable[[], None] | None = None) -> Catalog:
    """The catalog of a batch; `before_request` is called before each request to a catalog in the network.

    Raises Unsupported for one that is gone.
    """
    options: dict[str, Any] = {}
    if name == TMDB:
        options = {
            "key": settings.TMDB_API_KEY,
            "allow_hosts": frozenset(settings.OUTBOUND_ALLOW_HOSTS),
            "before_request": before_request,
        }
        if settings.VENDOR_BASE_URLS["tmdb"]:
            options["base_url"] = settings.VENDOR_BASE_URLS["tmdb"]
    return catalogs.get(name)(**options)  # type: ignore[no-any-return]


def catalog_of(film: str) -> type[Catalog]:
    """The catalog a film's reference comes from ("movie:tmdb-603"): its attribution is shown with the post."""
    return catalogs.get(TMDB if f":{TMDB}-" in film else OFFLINE)
