"""Files and wishes for tests: no Redis, and a store in a folder of the test's own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage

from jobs import accepting
from jobs.models import Job
from jobs.running import work


@pytest.fixture(autouse=True)
def no_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accepting, "push", lambda jobs, patient=False: [])


@pytest.fixture(autouse=True)
def store(settings: Any, tmp_path: Path) -> Iterator[Path]:
    """Where the files of a test are stored."""
    settings.MEDIA_ROOT = tmp_path / "media"
    for name in ("base_location", "location"):
        default_storage.__dict__.pop(name, None)
    yield tmp_path / "media"
    for name in ("base_location", "location"):
        default_storage.__dict__.pop(name, None)


def run(job: Job, *rows: Any) -> None:
    """Run a job here, and read rows again."""
    work(job.pk, worker="test")
    for row in (job, *rows):
        row.refresh_from_db()


def stored(store: Path) -> list[str]:
    """The names of all stored files."""
    return sorted(str(path.relative_to(store)) for path in store.rglob("*") if path.is_file())
