"""People and workspaces that most tests need."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client

from accounts import tokens
from accounts.models import Membership, Role, Tenant, User
from ai import model_list
from ai.models import ListedModel, Price
from jobs import carrying

# Some tests have a second thread (a live server): a database in memory would be locked by whoever writes first.
if (database := connections.databases["default"])["ENGINE"].endswith("sqlite3"):
    database.setdefault("TEST", {})["NAME"] = str(settings.VAR_DIR / "test.sqlite3")


@pytest.fixture(autouse=True)
def closed_breaker() -> None:
    """No test waits for the Redis that another one found missing."""
    carrying.breaker.reset()


@pytest.fixture
def listed_models(db: Any) -> None:
    """The model list, which a migration made and a flushed database has lost."""
    if not ListedModel.objects.exists():
        model_list.load(ListedModel, Price)


@pytest.fixture
def tenant(listed_models: None) -> Tenant:
    return Tenant.objects.create(name="Studio", slug="studio")


@pytest.fixture
def other_tenant(db: Any) -> Tenant:
    return Tenant.objects.create(name="Other", slug="other")


def member(tenant: Tenant, username: str, role: Role) -> User:
    user = User.objects.create_user(username, f"{username}@example.com", "pw", is_staff=True)
    Membership.objects.create(tenant=tenant, user=user, role=role)
    return user


@pytest.fixture
def owner(tenant: Tenant) -> User:
    return member(tenant, "olga", Role.OWNER)


@pytest.fixture
def editor(tenant: Tenant) -> User:
    return member(tenant, "edda", Role.EDITOR)


@pytest.fixture
def viewer(tenant: Tenant) -> User:
    return member(tenant, "vera", Role.VIEWER)


@pytest.fixture
def stranger(other_tenant: Tenant) -> User:
    return member(other_tenant, "stan", Role.OWNER)


@pytest.fixture
def client_for() -> Callable[[User], Client]:
    def log_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return log_in


@pytest.fixture
def call(client: Client, tenant: Tenant, editor: User) -> Callable[..., Any]:
    """Call the API with a token of the editor, or another one."""
    secret = tokens.issue(editor, tenant, "test")[1]

    def send(method: str, path: str, body: Any = None, token: str = secret, **headers: str) -> Any:
        return client.generic(
            method,
            path,
            json.dumps(body) if body is not None else "",
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}", **headers},
        )

    return send
