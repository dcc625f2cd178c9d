"""Batches for tests: ordered and written in this process, Redis replaced by nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Tenant, User
from blog import batches
from blog.models import Batch
from blog.orders import Order
from jobs import accepting
from jobs.models import Job
from jobs.running import work


@pytest.fixture(autouse=True)
def no_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accepting, "push", lambda jobs, patient=False: [])


@pytest.fixture
def order(tenant: Tenant, editor: User) -> Callable[..., tuple[Batch, Job]]:
    """Order a batch as the editor."""

    def make(**values: Any) -> tuple[Batch, Job]:
        key = values.pop("key", None)
        return batches.start(Order(**{"source": "popular", **values}), tenant=tenant, user=editor, key=key)

    return make


@pytest.fixture
def write(order: Callable[..., tuple[Batch, Job]]) -> Callable[..., tuple[Batch, Job]]:
    """Order a batch and run its job."""

    def make(**values: Any) -> tuple[Batch, Job]:
        batch, job = order(**values)
        work(job.pk, worker="test")
        batch.refresh_from_db()
        job.refresh_from_db()
        return batch, job

    return make
