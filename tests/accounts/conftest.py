"""What the tests of accounts need beyond the people of tests/conftest.py."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts import tokens
from accounts.models import Tenant, User


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
