"""Mastodon against mastodon-mock, which somebody else wrote: the whole API, with faults on demand."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from mastodon_mock.config import DatabaseConfig, MastodonMockConfig
from mastodon_mock.testing.server import MockServer

from integrations.errors import AmbiguousOutcome, InvalidKey, OutsideError, RateLimited, Refused
from integrations.platforms import remote
from integrations.platforms.base import Draft
from integrations.platforms.mastodon import Mastodon
from tests.integrations.platforms.contract import PICTURE, POST, publish

TOKEN = "mock_token"
STATUSES = {"methods": ["POST"], "path": "/api/v1/statuses"}


@pytest.fixture(scope="module")
def server() -> Iterator[MockServer]:
    """One on a free port of 127.0.0.1, with an account `testuser` and nothing stored on the disk."""
    config = MastodonMockConfig(database=DatabaseConfig(path=":memory:"))
    with MockServer(config=config, shutdown_timeout=1.0) as running:
        yield running


@pytest.fixture
def account(server: MockServer, monkeypatch: pytest.MonkeyPatch) -> Mastodon:
    monkeypatch.setattr(remote, "CALL_SECONDS", 3.0)
    requests.post(f"{server.base_url}/api/v1/_mock/reset", timeout=10).raise_for_status()
    return opened(server)


@pytest.fixture
def draft() -> Draft:
    return replace(POST, created_at=datetime.now(UTC))


def opened(server: MockServer, token: str = TOKEN) -> Mastodon:
    return Mastodon({"accessToken": token}, base_url=server.base_url, allow_hosts=["127.0.0.1"])


def fault(server: MockServer, effect: str, **more: Any) -> None:
    body = {"match": STATUSES, "effect": {"type": effect, **more}, "count": 1}
    requests.post(f"{server.base_url}/api/v1/_mock/faults", json=body, timeout=10).raise_for_status()


def statuses(server: MockServer) -> list[dict[str, Any]]:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    me = requests.get(f"{server.base_url}/api/v1/accounts/verify_credentials", headers=headers, timeout=10).json()
    found = requests.get(f"{server.base_url}/api/v1/accounts/{me['id']}/statuses", headers=headers, timeout=10)
    return found.json()


def test_check(account: Mastodon) -> None:
    profile = account.check()
    assert profile.name.startswith("@testuser@")
    assert profile.limits is not None
    assert (profile.limits.text, profile.limits.image_bytes, profile.limits.url_length) == (500, 10_485_760, 23)
    assert "video/mp4" in profile.limits.kinds


def test_a_wrong_token(server: MockServer, account: Mastodon) -> None:
    with pytest.raises(InvalidKey):
        opened(server, "another").check()


def test_the_same_key_is_one_status(server: MockServer, account: Mastodon, draft: Draft) -> None:
    first = publish(account, draft)
    assert publish(opened(server), draft) == first
    assert [one["id"] for one in statuses(server)] == [first.remote_id]


@pytest.mark.parametrize(
    ("effect", "more", "error"),
    [
        ("status", {"status": 500}, AmbiguousOutcome),
        ("status", {"status": 503}, AmbiguousOutcome),
        ("malformed", {}, AmbiguousOutcome),
        ("timeout", {}, AmbiguousOutcome),
        ("ratelimit", {}, RateLimited),
        ("status", {"status": 422}, Refused),
    ],
)
def test_after_a_fault_there_is_one_status(
    server: MockServer, account: Mastodon, draft: Draft, effect: str, more: dict[str, Any], error: type[OutsideError]
) -> None:
    fault(server, effect, **more)
    prepared: dict[str, Any] = {}
    with pytest.raises(error) as caught:
        publish(account, draft, prepared)
    if isinstance(caught.value, RateLimited):
        assert caught.value.retry_after == 300
    assert statuses(server) == []
    assert account.look_up(draft, prepared) is None
    posted = publish(opened(server), draft, prepared)
    assert opened(server).look_up(draft, prepared) == posted
    assert len(statuses(server)) == 1


def test_a_picture_a_look_up_numbers_and_the_end(server: MockServer, account: Mastodon, draft: Draft) -> None:
    draft, prepared = replace(draft, media=(PICTURE,)), {}
    posted = publish(account, draft, prepared)
    (status,) = statuses(server)
    assert [one["description"] for one in status["media_attachments"]] == ["A dot"]
    assert status["language"] == "en"
    assert opened(server).look_up(draft, prepared) == posted
    assert account.metrics([posted.remote_id])[posted.remote_id]["likes"] == 0
    account.delete(posted.remote_id)
    account.delete(posted.remote_id)
    assert statuses(server) == []
