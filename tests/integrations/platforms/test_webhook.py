"""The signed webhook: one delivery known by its id, byte for byte the same when it is repeated."""

import json
from dataclasses import replace
from typing import Any

import pytest

from integrations.errors import (
    AddressRefused,
    AmbiguousOutcome,
    InvalidKey,
    OutsideError,
    RateLimited,
    Refused,
    Unreachable,
)
from integrations.platforms.signing import verify
from integrations.platforms.webhook import Gone, Webhook, body_of
from tests.integrations.platforms.contract import PICTURE, POST, Case, Contract, publish
from tests.integrations.platforms.stubs import ACCEPTED
from tests.integrations.platforms.webhook_stub import OTHER, PATH, SECRET, WebhookStub
from tests.integrations.stub_server import Reply, answer, html, redirect, send

# Any 2xx is a receipt, whatever is in it.
RECEIPTS = ("accept_html", "accept_empty")


def answers(stub: WebhookStub, monkeypatch: pytest.MonkeyPatch, reply: Reply) -> None:
    monkeypatch.setattr(stub, "accept", lambda step, seen: reply)


class TestWebhook(Contract):
    case = Case(Webhook, WebhookStub, {"url": "{url}" + PATH, "secret": SECRET})

    # -- what is other than elsewhere ---------------------------------------------------------------------------------

    @pytest.mark.parametrize("kind", ACCEPTED)
    def test_an_answer_that_is_lost_is_ambiguous_and_the_post_is_there_once(
        self, platform: Webhook, stub: WebhookStub, kind: str
    ) -> None:
        """A 2xx with something else in it is not lost: the body is ignored."""
        if kind in RECEIPTS:
            stub.fail("publish", kind)
            publish(platform, POST)
            assert len(stub.published) == 1
            return
        super().test_an_answer_that_is_lost_is_ambiguous_and_the_post_is_there_once(platform, stub, kind)
        assert len({seen.body for seen in stub.seen}) == 1
        assert {seen.headers["webhook-id"] for seen in stub.seen} == {POST.key}

    def test_credentials_that_do_not_hold_are_told_and_never_shown(self, platform: Webhook, stub: WebhookStub) -> None:
        """A check sends nothing, so only a delivery finds out."""
        stub.valid = False
        with pytest.raises(InvalidKey) as caught:
            publish(platform, POST)
        assert SECRET not in str(caught.value)
        assert "a-secret-path" not in str(caught.value)
        assert stub.published == []

    @pytest.mark.parametrize("kind", ["hang", "drop", "500"])
    def test_a_check_that_gets_no_answer_is_an_error_of_ours(
        self, platform: Webhook, stub: WebhookStub, kind: str
    ) -> None:
        """A check sends nothing, so the receiver cannot disturb it."""
        stub.fail("publish", kind)
        assert "Nothing was sent" in platform.check().note
        assert stub.seen == []

    # -- what is sent -------------------------------------------------------------------------------------------------

    def test_the_request_is_exactly_this(self, platform: Webhook, stub: WebhookStub) -> None:
        posted = publish(platform, POST)
        (seen,) = stub.seen
        assert (seen.method, seen.path, seen.headers["content-type"]) == ("POST", PATH, "application/json")
        assert seen.headers["webhook-id"] == POST.key
        assert seen.json == {
            "type": "post.publish",
            "timestamp": "2026-11-28T09:30:00+00:00",
            "data": {
                "text": POST.text,
                "title": "Silent films",
                "html": "<p>Every Friday at <strong>nine</strong>.</p>",
                "excerpt": "Every Friday.",
                "slug": "silent-films",
                "canonicalUrl": "https://blog.example/silent-films",
                "tags": ["Film", "Silent"],
                "language": "en",
                "media": [],
            },
        }
        assert (posted.remote_id, posted.url, posted.note) == (POST.key, "", "")

    def test_files_are_named_and_not_sent(self, platform: Webhook, stub: WebhookStub) -> None:
        posted = publish(platform, replace(POST, media=(PICTURE, PICTURE)))
        named = {"name": "dot.png", "mime": "image/png", "alt": "A dot", "bytes": PICTURE.size}
        assert stub.published[0]["data"]["media"] == [named, named]
        assert posted.note == "The files are named in it, not sent."

    def test_the_bytes_are_the_same_each_time_and_the_signature_is_new(
        self, platform: Webhook, stub: WebhookStub, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for moment in (1_796_000_000, 1_796_003_600):
            monkeypatch.setattr("integrations.platforms.webhook.time.time", lambda now=moment: now + 0.9)
            platform.publish(POST, {})
        one, two = stub.seen
        assert one.body == two.body == body_of(POST)
        assert (one.headers["webhook-timestamp"], two.headers["webhook-timestamp"]) == ("1796000000", "1796003600")
        assert one.headers["webhook-signature"] != two.headers["webhook-signature"]
        assert len(stub.published) == 1

    def test_any_text_can_be_sent(self, platform: Webhook, stub: WebhookStub) -> None:
        text = 'é 日本語 😀 </script> " \\ \ud800'
        publish(platform, replace(POST, text=text))
        assert stub.published[0]["data"]["text"] == text

    @pytest.mark.parametrize("checks", [SECRET, OTHER])
    def test_while_a_secret_is_replaced_both_fit(self, stub: WebhookStub, checks: str) -> None:
        stub.secret = checks
        publish(self.open(stub, secret=f"{SECRET} {OTHER}"), POST)
        head = stub.seen[0].headers
        assert len(head["webhook-signature"].split()) == 2
        assert len(stub.published) == 1
        times = head["webhook-timestamp"]
        assert not verify(checks, POST.key, times, b"other", head["webhook-signature"], now=float(times))

    # -- what it answers ----------------------------------------------------------------------------------------------

    @pytest.mark.parametrize("reply", [send(200, b""), answer({"ok": False}, 201), send(202, b"\xff"), html(299)])
    def test_any_2xx_is_a_receipt(self, platform, stub, monkeypatch, reply: Reply) -> None:
        answers(stub, monkeypatch, reply)
        assert publish(platform, POST).remote_id == POST.key

    @pytest.mark.parametrize(
        ("reply", "kind", "words"),
        [
            (send(410, b""), Gone, "switched off there"),
            (answer({"error": "no"}, 400), Refused, "“no”"),
            (answer({"error": "no"}, 401), InvalidKey, "Enter them anew"),
            (send(403, b""), Refused, "not allow"),
            (html(404), Refused, "status 404"),
            (answer({"detail": "long"}, 413), Refused, "“long”"),
            (redirect("http://127.0.0.1:1/"), Refused, "another address"),
            (send(408, b""), AmbiguousOutcome, "published or not"),
            (send(500, b""), AmbiguousOutcome, "published or not"),
            (html(504), AmbiguousOutcome, "published or not"),
        ],
    )
    def test_its_codes(self, platform, stub, monkeypatch, reply: Reply, kind: type, words: str) -> None:
        answers(stub, monkeypatch, reply)
        with pytest.raises(kind, match=words) as caught:
            publish(platform, POST)
        assert type(caught.value) is kind
        assert len(stub.seen) == 1  # no redirect is followed, and nothing is sent twice

    def test_it_says_when_to_come_back(self, platform, stub, monkeypatch) -> None:
        answers(stub, monkeypatch, send(429, b"", Retry_After="120"))
        with pytest.raises(RateLimited) as caught:
            publish(platform, POST)
        assert caught.value.retry_after == 120

    # -- address and secret -------------------------------------------------------------------------------------------

    @pytest.mark.parametrize("secret", ["", "plain", "whsec_c2hvcnQ=", f"{SECRET} half"])
    def test_a_secret_of_another_form_is_refused_before_anything_is_sent(self, stub: WebhookStub, secret: str) -> None:
        platform = self.open(stub, secret=secret)
        for act in (platform.check, lambda: publish(platform, POST)):
            with pytest.raises(InvalidKey, match="whsec_"):
                act()
        assert stub.seen == []

    @pytest.mark.parametrize(
        ("keys", "kind"),
        [
            ({}, InvalidKey),
            ({"url": " "}, InvalidKey),
            ({"url": "hook"}, AddressRefused),
            ({"url": "ftp://example.com/hook"}, AddressRefused),
            ({"url": "https://"}, AddressRefused),
            ({"url": "https://[::1/hook"}, AddressRefused),
            ({"url": "https://a:b@example.com/hook"}, AddressRefused),
            ({"url": "https://169.254.169.254/hook"}, AddressRefused),
            ({"url": "https://[::1]/hook"}, AddressRefused),
            ({"url": "http://93.184.215.14/hook"}, AddressRefused),
        ],
    )
    def test_an_address_that_is_none(self, keys: dict[str, str], kind: type[Exception]) -> None:
        platform = Webhook(keys | {"secret": SECRET})
        for act in (platform.check, lambda: publish(platform, POST)):
            with pytest.raises(kind):
                act()

    def test_a_host_without_an_address(self) -> None:
        with pytest.raises(Unreachable, match="No address was found"):
            Webhook({"url": "https://nobody.invalid/hook", "secret": SECRET}).check()

    def test_a_private_address_is_refused_where_nobody_allows_it(self, stub: WebhookStub) -> None:
        closed = Webhook({"url": f"{stub.url}/hook", "secret": SECRET})
        for act in (closed.check, lambda: publish(closed, POST)):
            with pytest.raises(AddressRefused, match="OUTBOUND_ALLOW_HOSTS"):
                act()
        assert stub.seen == []

    def test_address_and_secret_are_in_no_error_and_no_log(self, stub: WebhookStub, caplog, capsys) -> None:
        caplog.set_level("DEBUG")
        stub.fail("publish", "500", "503", "drop", "limited", "expired", "refused", "accept_cut")
        told: list[Any] = []
        for _each in range(7):
            with pytest.raises(OutsideError) as caught:
                publish(self.open(stub), POST)
            told.append(f"{caught.value!r} {caught.value.__cause__!r}")
        platform = self.open(stub)
        told += [caplog.text, *capsys.readouterr(), repr(platform), repr(vars(platform.sender))]
        assert "a-secret-path" not in "".join(told)
        assert SECRET not in "".join(told)

    def test_its_words_are_repeated_without_them(self, stub: WebhookStub, monkeypatch) -> None:
        platform = self.open(stub, url=f"{stub.url}{PATH}?key=in-the-query", secret=f"{SECRET} {OTHER}")
        said = f"nothing at {PATH}?key=in-the-query for {OTHER} or {SECRET}"
        answers(stub, monkeypatch, answer({"error": said}, 422))
        with pytest.raises(Refused) as caught:
            publish(platform, POST)
        assert "nothing at ***?*** for *** or ***" in str(caught.value)

    def test_it_is_json_that_others_can_read(self) -> None:
        assert json.loads(body_of(POST))["data"]["tags"] == ["Film", "Silent"]
