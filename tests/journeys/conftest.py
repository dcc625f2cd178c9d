from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from desk.trials.stack import Installed, Stack

# For tests whose second ground is left to --full.
ONCE = pytest.mark.parametrize("stack", ["embedded", pytest.param("installed", marks=pytest.mark.full)], indirect=True)


def prepared(kind: Any, folder: Path) -> Iterator[Any]:
    it = kind(folder / "var")
    try:
        it.prepare()
        it.rest()
        yield it
    finally:
        it.close()


def running(like: Any, folder: Path) -> Iterator[Any]:
    it = type(like)(folder / "var", like)
    try:
        it.start_valkey()
        yield it
    finally:
        it.close()


@pytest.fixture(scope="session")
def prepared_embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    yield from prepared(Stack, tmp_path_factory.mktemp("embedded"))


@pytest.fixture(scope="session")
def prepared_installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    yield from prepared(Installed, tmp_path_factory.mktemp("installed"))


@pytest.fixture(params=["embedded", "installed"])
def stack(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stack]:
    """A migrated Pressroom with a demo workspace and a running Valkey, but no worker.

    Once as a fresh checkout runs (SQLite, the embedded Valkey), once on PostgreSQL and a Redis of one's own.
    """
    yield from running(request.getfixturevalue(f"prepared_{request.param}"), tmp_path)


@pytest.fixture
def installed(prepared_installed: Installed, tmp_path: Path) -> Iterator[Installed]:
    """The same, only on PostgreSQL and a Redis of one's own."""
    yield from running(prepared_installed, tmp_path)
