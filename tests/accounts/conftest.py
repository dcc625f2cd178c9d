"""What the tests of accounts need beyond the people of tests/conftest.py."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts import tokens
from accounts.models import Tenant, User
from jobs.models import Job
from jobs.running import work


@pytest.fixture
def root(db: Any) -> User:
    """A superuser who is a member of nothing."""
    return User.objects.create_superuser("root", "root@example.com", "pw")


@pytest.fixture
def bearer() -> Callable[..., Client]:
    """A client with a fresh token of a user in a workspace."""

    def make(user: User, tenant: Tenant, **more: Any) -> Client:
        _, secret = tokens.issue(user, tenant, "test", **more)
        return Client(enforce_csrf_checks=True, headers={"authorization": f"Bearer {secret}"})

    return make


def send_mails() -> None:
    """Run the jobs of mails that wait, as a worker does."""
    for job in Job.objects.filter(task="publishing.tasks.send_mail", state="waiting"):
        work(job.pk, worker="test")
