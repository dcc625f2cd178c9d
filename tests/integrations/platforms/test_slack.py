"""Slack by an incoming webhook."""

import json
from dataclasses import dataclass, replace

import pytest

from integrations.errors import AmbiguousOutcome, InvalidKey
from integrations.platforms.base import Platform
from integrations.platforms.slack import Slack
from tests.integrations.platforms.contract import POST, Case, Contract, publish
from tests.integrations.platforms.stubs import PlatformStub, Reply, Seen, send


def words(status: int, text: str) -> Reply:
    return send(status, text.encode(), Content_Type="text/plain")


@dataclass
class SlackStub(PlatformStub):
    """Answers with words, as Slack does."""

    def step_of(self, seen: Seen) -> str:
        return "check" if seen.body == b"{}" else "publish"

    def accept(self, step: str, seen: Seen) -> Reply:
        if not self.valid or not seen.path.startswith("/services/T0/B0/"):
            return words(404, "no_service")
        if step == "check":
            return words(400, "no_text")
        self.published.append(seen.json)
        return words(200, "ok")


class TestSlack(Contract):
    case = Case(Slack, SlackStub, {"webhookUrl": "{url}/services/T0/B0/abcdefghijkl"})

    def test_its_text_is_escaped_and_counted_so(self, platform: Platform, stub: PlatformStub) -> None:
        publish(platform, replace(POST, text="a < b & c > d"))
        assert stub.published == [{"text": "a &lt; b &amp; c &gt; d"}]
        assert platform.count("<&>") == 13

    @pytest.mark.parametrize("body", ["", "OK!", "<html>ok</html>", json.dumps({"ok": True})])
    def test_anything_but_ok_is_ambiguous(self, platform: Platform, stub: PlatformStub, monkeypatch, body: str) -> None:
        monkeypatch.setattr(stub, "accept", lambda step, seen: words(200, body))
        with pytest.raises(AmbiguousOutcome):
            publish(platform, POST)

    @pytest.mark.parametrize("status", [403, 404, 410])
    def test_a_webhook_that_is_gone(self, platform: Platform, stub: PlatformStub, monkeypatch, status: int) -> None:
        monkeypatch.setattr(stub, "accept", lambda step, seen: words(status, "invalid_token"))
        with pytest.raises(InvalidKey, match="knows this webhook no more"):
            publish(platform, POST)

    def test_an_address_elsewhere_is_none_of_slack(self) -> None:
        for url in ("https://example.com/services/x", "http://hooks.slack.com.evil.example/", ""):
            with pytest.raises(InvalidKey) as caught:
                publish(Slack({"webhookUrl": url}), POST)
            assert not url or url not in str(caught.value)
