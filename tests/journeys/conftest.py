from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.stack import Stack


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """A migrated Pressroom with a demo workspace and a running Valkey, but no worker."""
    it = Stack(tmp_path / "var")
    it.var_dir.mkdir(mode=0o700)
    try:
        it.prepare()
        it.start_valkey()
        yield it
    finally:
        it.close()
