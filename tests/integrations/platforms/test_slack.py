"""Slack by an incoming webhook."""

import json
from dataclasses import replace

import pytest

from integrations.errors import (
    AddressRefused,
    AmbiguousOutcome,
    BadOutput,
    InvalidKey,
    Overloaded,
    RateLimited,
    Refused,
)
from integrations.platforms.slack import Slack
from tests.integrations.platforms.contract import PICTURE, POST, Case, SecretAddress, publish
from tests.integrations.platforms.slack_stub import HOOK, SlackStub, words
from tests.integrations.stub_server import Reply, html, redirect

TOKEN = HOOK.rpartition("/")[2]


def answers(stub: SlackStub, monkeypatch: pytest.MonkeyPatch, reply: Reply) -> None:
    monkeypatch.setattr(stub, "accept", lambda step, seen: reply)


class TestSlack(SecretAddress):
    case = Case(Slack, SlackStub, {"webhookUrl": "{url}" + HOOK})
    token = TOKEN

    # -- what is sent -------------------------------------------------------------------------------------------------

    def test_the_request_is_exactly_this(self, platform: Slack, stub: SlackStub) -> None:
        posted = publish(platform, replace(POST, text="a < b & c > d <!channel> é"))
        (sent,) = stub.seen
        assert (sent.method, sent.path, sent.headers["content-type"]) == ("POST", HOOK, "application/json")
        assert sent.json == {"text": "a &lt; b &amp; c &gt; d &lt;!channel&gt; é"}
        assert (posted.remote_id, posted.url) == ("", "")

    @pytest.mark.parametrize(("text", "length"), [("hello", 5), ("<&>", 13), ("&amp;", 9), ("é😀", 2)])
    def test_it_counts_what_is_sent(self, platform: Slack, text: str, length: int) -> None:
        assert platform.count(text) == length

    def test_it_takes_no_files(self, platform: Slack) -> None:
        video = replace(PICTURE, mime="video/mp4")
        assert "takes no pictures" in " ".join(platform.problems(replace(POST, media=(PICTURE,))))
        assert "takes no videos" in " ".join(platform.problems(replace(POST, media=(video,))))

    # -- a check posts nothing ----------------------------------------------------------------------------------------

    @pytest.mark.parametrize("word", ["no_text", "invalid_payload", "missing_text_or_fallback_or_attachments"])
    def test_a_refused_empty_message_is_a_webhook_that_works(self, platform, stub, monkeypatch, word: str) -> None:
        answers(stub, monkeypatch, words(400, word))
        assert "which channel" in platform.check().note
        assert [seen.body for seen in stub.seen] == [b"{}"]

    @pytest.mark.parametrize(
        ("reply", "kind"),
        [
            (words(404, "no_service"), InvalidKey),
            (words(410, "no_service"), InvalidKey),
            (words(403, "invalid_token"), InvalidKey),
            (words(403, "action_prohibited"), Refused),
            (words(403, "no_text"), Refused),
            (words(400, "something_new"), Refused),
            (html(400), Refused),
            (words(200, "ok"), BadOutput),
            (html(), BadOutput),
            (words(429, "rate_limited"), RateLimited),
            (words(500, "rollup_error"), Overloaded),
            (redirect("https://slack.example"), Refused),
        ],
    )
    def test_whatever_else_it_says_is_none(self, platform, stub, monkeypatch, reply: Reply, kind: type) -> None:
        answers(stub, monkeypatch, reply)
        with pytest.raises(kind) as caught:
            platform.check()
        assert type(caught.value) is kind

    # -- what goes wrong ----------------------------------------------------------------------------------------------

    @pytest.mark.parametrize(
        ("status", "body"),
        [(200, ""), (200, "OK!"), (200, "<html>ok</html>"), (200, json.dumps({"ok": True})), (200, "no_text"),
         (202, "ok"), (201, "accepted")],
    )  # fmt: skip
    def test_anything_but_ok_is_ambiguous(self, platform, stub, monkeypatch, status: int, body: str) -> None:
        answers(stub, monkeypatch, words(status, body))
        with pytest.raises(AmbiguousOutcome):
            publish(platform, POST)

    def test_ok_may_have_a_line_end(self, platform, stub, monkeypatch) -> None:
        answers(stub, monkeypatch, words(200, "ok\n"))
        publish(platform, POST)

    @pytest.mark.parametrize(
        ("status", "word", "kind", "told"),
        [
            (400, "invalid_payload", Refused, "invalid_payload"),
            (400, "no_text", Refused, "no_text"),
            (400, "user_not_found", Refused, "user_not_found"),
            (400, "channel_is_archived", InvalidKey, "Bring it back"),
            (410, "channel_is_archived", InvalidKey, "Bring it back"),
            (403, "action_prohibited", Refused, "administrator of the workspace"),
            (403, "posting_to_general_channel_denied", Refused, "posting_to_general_channel_denied"),
            (403, "invalid_token", InvalidKey, "knows this webhook no more"),
            (404, "no_service", InvalidKey, "knows this webhook no more"),
            (410, "no_service", InvalidKey, "knows this webhook no more"),
            (404, "channel_not_found", InvalidKey, "knows this webhook no more"),
            (408, "no_service", AmbiguousOutcome, "published or not"),
            (500, "rollup_error", AmbiguousOutcome, "rollup_error"),
            (503, "no_service", AmbiguousOutcome, "published or not"),
        ],
    )
    def test_its_words(
        self, platform, stub, monkeypatch, status: int, word: str, kind: type[Exception], told: str
    ) -> None:
        answers(stub, monkeypatch, words(status, word))
        with pytest.raises(kind, match=told):
            publish(platform, POST)

    def test_a_page_is_not_repeated(self, platform, stub, monkeypatch) -> None:
        answers(stub, monkeypatch, html(400))
        with pytest.raises(Refused) as caught:
            publish(platform, POST)
        assert "log in" not in str(caught.value)

    # -- its address --------------------------------------------------------------------------------------------------

    @pytest.mark.parametrize("allowed", [[], ["127.0.0.1"], ["10.0.0.0/8", "other.example"]])
    @pytest.mark.parametrize(
        "url",
        [
            "",
            "https://192.0.2.1/services/T0/B0/tokenhere",
            "http://hooks.slack.com/services/T0/B0/tokenhere",
            "https://hooks.slack.com.evil.example/services/T0/B0/tokenhere",
            "https://hooks.slack.com@192.0.2.1/services/T0/B0/tokenhere",
            "https://hooks.slack.com/workflows/T0/B0/tokenhere",
            "https://hooks.slack.com/services/T0/tokenhere",
            "https://hooks.slack.com/services/T0/B0/tokenhere?x=1",
            "https://hooks.slack.com:8443/services/T0/B0/tokenhere",
        ],
    )
    def test_an_address_elsewhere_is_none_of_slack(self, url: str, allowed: list[str], monkeypatch) -> None:
        monkeypatch.setattr("integrations.platforms.secret_addresses.Guard.resolve", lambda *_: ["192.0.2.1"])
        platform = Slack({"webhookUrl": url}, allow_hosts=allowed)
        for act in (platform.check, lambda: publish(platform, POST)):
            with pytest.raises(InvalidKey, match="no webhook of Slack") as caught:
                act()
            assert "token" not in f"{caught.value!r} {caught.value.__cause__!r}"

    def test_a_private_address_is_refused_by_the_guard_too(self, stub: SlackStub, monkeypatch) -> None:
        monkeypatch.setattr("integrations.platforms.slack.checked", lambda url, *_: url)
        with pytest.raises(AddressRefused):
            Slack({"webhookUrl": f"{stub.url}{HOOK}"}).check()
        assert stub.seen == []

    @pytest.mark.parametrize("form", ["{url}" + HOOK, TOKEN, HOOK, HOOK.replace("/", "%2f")])
    def test_the_token_is_taken_out_of_its_words(self, platform, stub, monkeypatch, form: str) -> None:
        answers(stub, monkeypatch, words(400, f"no route {form.format(url=stub.url)}"))
        with pytest.raises(Refused, match=r"\*\*\*") as caught:
            publish(platform, POST)
        assert TOKEN not in str(caught.value)
