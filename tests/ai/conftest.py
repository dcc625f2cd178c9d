"""A claimed job to write for, Redis replaced by nothing; and vendors that answer as told."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from accounts.models import Tenant, User
from ai.calling import Writer
from ai.chain import Chain
from jobs import accepting
from jobs.claiming import claim
from jobs.running import Run
from tests.integrations.conftest import clean_environment, stub  # noqa: F401
from tests.integrations.vendor_stub import VENDORS, Stub


@pytest.fixture
def new_run(tenant: Tenant, editor: User, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Run]:
    """A run of a job of its own, each time it is called."""
    monkeypatch.setattr(accepting, "push", lambda jobs, patient=False: [])

    def make() -> Run:
        job = accepting.enqueue("blog.tasks.generate", tenant=tenant, user=editor, payload={"batch_id": 1})
        claimed = claim(job.pk, "w")
        assert claimed
        return Run(claimed)

    return make


@pytest.fixture
def run(new_run: Callable[[], Run]) -> Run:
    return new_run()


@pytest.fixture
def writer(run: Run) -> Writer:
    return Writer(run, Chain.of("offline", "none"), "test.Thing:1")


@pytest.fixture
def vendors(stub: Stub, settings: Any, editor: User) -> Iterator[Stub]:  # noqa: F811
    """Every vendor at the stub, with a key of the editor's own."""
    from accounts import keys

    settings.VENDOR_BASE_URLS = {name: stub.base_url(name) for name in [*VENDORS, "openrouter"]} | {"tmdb": ""}
    for name in [*VENDORS, "openrouter"]:
        keys.save_key(editor, name, "good-key")
    return stub
