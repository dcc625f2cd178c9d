"""A queue of its own for tests of the kernel."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Tenant, User
from config.queues import Queue
from jobs import accepting, table
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
