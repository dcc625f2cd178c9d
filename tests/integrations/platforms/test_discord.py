"""Discord by a webhook."""

import json
from dataclasses import replace
from typing import Any

import pytest

from integrations.addresses import Guard, Target
from integrations.errors import (
    AddressRefused,
    AmbiguousOutcome,
    BadOutput,
    InvalidKey,
    Overloaded,
    RateLimited,
    Refused,
)
from integrations.platforms.base import Medium
from integrations.platforms.discord import HOSTS, Discord
from integrations.platforms.remote import Answer
from tests.integrations.platforms.contract import PICTURE, PIXEL, POST, Case, SecretAddress, publish
from tests.integrations.platforms.discord_stub import HOOK, DiscordStub, bad_field, problem, unknown_webhook
from tests.integrations.platforms.forms import form_of
from tests.integrations.stub_server import Reply, answer, html, html_called_json, redirect, send

MEBIBYTE = 1024 * 1024
TOKEN = HOOK.rpartition("/")[2]


def answers(stub: DiscordStub, monkeypatch: pytest.MonkeyPatch, reply: Reply) -> None:
    monkeypatch.setattr(stub, "accept", lambda step, seen: reply)


def at_publishing(stub: DiscordStub, monkeypatch: pytest.MonkeyPatch, reply: Reply) -> None:
    healthy = stub.accept
    monkeypatch.setattr(stub, "accept", lambda step, seen: reply if step == "publish" else healthy(step, seen))


def elsewhere(guard: Guard, target: Target) -> list[str]:
    if target.host == "192.0.2.1":
        raise AddressRefused("192.0.2.1 is no public address.")
    return ["198.51.100.1"]


class TestDiscord(SecretAddress):
    case = Case(Discord, DiscordStub, {"webhookUrl": "{url}" + HOOK})
    token = TOKEN

    # -- what is sent -------------------------------------------------------------------------------------------------

    def test_the_request_is_exactly_this(self, platform: Discord, stub: DiscordStub) -> None:
        posted = publish(platform, replace(POST, text="@everyone, hello"))
        (sent,) = stub.of("publish")
        assert (sent.method, sent.path) == ("POST", f"{HOOK}?wait=true")
        assert sent.headers["content-type"] == "application/json"
        assert sent.json == {"content": "@everyone, hello", "allowed_mentions": {"parse": []}}
        assert posted.remote_id == stub.published[0]["id"]
        assert posted.url == f"https://discord.com/channels/8/9/{posted.remote_id}"

    def test_it_may_post_under_another_name(self, stub: DiscordStub) -> None:
        publish(self.open(stub, username=" The films "), POST)
        assert stub.published[0]["username"] == "The films"
        publish(self.open(stub, username="x" * 80), POST)
        for act in (
            self.open(stub, username="x" * 81).check,
            lambda: publish(self.open(stub, username="x" * 81), POST),
        ):
            with pytest.raises(InvalidKey, match="Discord takes 80"):
                act()
        assert len(stub.published) == 2

    def test_files_go_with_it(self, platform: Discord, stub: DiscordStub) -> None:
        publish(platform, replace(POST, media=(PICTURE, replace(PICTURE, name="two.png", alt=""))))
        fields, files = form_of(stub.of("publish")[0])
        assert json.loads(fields["payload_json"]) == {
            "content": POST.text,
            "allowed_mentions": {"parse": []},
            "attachments": [
                {"id": 0, "filename": "dot.png", "description": "A dot"},
                {"id": 1, "filename": "two.png", "description": ""},
            ],
        }
        assert files == {
            "files[0]": {"name": "dot.png", "mime": "image/png", "content": PIXEL},
            "files[1]": {"name": "two.png", "mime": "image/png", "content": PIXEL},
        }

    def test_the_server_is_asked_for_once_and_before(self, platform: Discord, stub: DiscordStub) -> None:
        prepared: dict[str, Any] = {}
        platform.prepare(POST, prepared, prepared.update)
        platform.prepare(POST, prepared, prepared.update)
        assert prepared == {"guild": "8"}
        assert [seen.method for seen in stub.seen] == ["GET"]

    def test_a_message_has_no_address_where_the_server_is_not_known(self, platform: Discord, stub: DiscordStub) -> None:
        stub.guild = None
        assert publish(platform, POST).url == ""
        assert platform.publish(POST, {}).url == ""

    def test_a_check_names_the_webhook(self, platform: Discord) -> None:
        profile = platform.check()
        assert (profile.remote_id, profile.name) == ("123", "Films")
        assert profile.url == "https://discord.com/channels/8/9"
        assert TOKEN not in repr(profile)

    # -- limits -------------------------------------------------------------------------------------------------------

    def test_ten_files_fit(self, platform: Discord, stub: DiscordStub) -> None:
        ten = replace(POST, media=(PICTURE,) * 10)
        assert platform.problems(ten) == []
        publish(platform, ten)
        assert "at most 10" in " ".join(platform.problems(replace(POST, media=(PICTURE,) * 11)))

    @pytest.mark.parametrize(
        ("media", "words"),
        [
            ((replace(PICTURE, size=10 * MEBIBYTE),) * 2, ""),
            ((replace(PICTURE, size=10 * MEBIBYTE + 1),), "Discord takes 10.5 MB"),
            ((replace(PICTURE, size=9 * MEBIBYTE),) * 3, "28.3 MB together"),
            ((replace(PICTURE, alt="a" * 1024),), ""),
            ((replace(PICTURE, alt="a" * 1025),), "alt text of dot.png has 1,025"),
        ],
    )
    def test_files_that_it_does_not_take(self, platform: Discord, media: tuple[Medium, ...], words: str) -> None:
        found = " ".join(platform.problems(replace(POST, media=media)))
        assert words in found
        assert bool(found) == bool(words)

    # -- what goes wrong ----------------------------------------------------------------------------------------------

    @pytest.mark.parametrize(
        ("reply", "kind", "words"),
        [
            (unknown_webhook(), InvalidKey, "was deleted at Discord"),
            (problem(401, 50027, "Invalid Webhook Token"), InvalidKey, "its token is another one"),
            (problem(403, 50027, "Invalid Webhook Token"), InvalidKey, "its token is another one"),
            (problem(403, 50013, "Missing Permissions"), Refused, "Missing Permissions"),
            (problem(404, 10003, "Unknown Channel"), Refused, "Unknown Channel"),
            (bad_field("content", "Must be 2000 or fewer in length."), Refused, "content: Must be 2000 or fewer"),
            (problem(400, 220001, "Webhooks posted to forum channels must have a thread_name"), Refused, "forum"),
            (problem(413, 40005, "Request entity too large"), Refused, "too large"),
            (html(404), Refused, "status 404"),
            (redirect("https://discord.example"), Refused, "another address"),
            (problem(500, 0, "500: Internal Server Error"), AmbiguousOutcome, "Internal Server Error"),
            (html(502), AmbiguousOutcome, "published or not"),
            (send(204, b""), AmbiguousOutcome, "published or not"),
            (html_called_json(), AmbiguousOutcome, "published or not"),
            (problem(200, 50035, "Invalid Form Body"), AmbiguousOutcome, "published or not"),
            (answer([]), AmbiguousOutcome, "published or not"),
            (answer({"id": 7}), AmbiguousOutcome, "published or not"),
            (answer({"id": "7/../8"}), AmbiguousOutcome, "published or not"),
        ],
    )
    def test_what_it_says(self, platform, stub, monkeypatch, reply: Reply, kind: type, words: str) -> None:
        at_publishing(stub, monkeypatch, reply)
        with pytest.raises(kind, match=words) as caught:
            publish(platform, POST)
        assert type(caught.value) is kind
        assert TOKEN not in str(caught.value)

    @pytest.mark.parametrize(
        "errors",
        [
            "x",
            [],
            {"content": "x"},
            {"_errors": "x"},
            {"a": {"_errors": [None]}},
            {"a": {"b": {"c": {"d": {"e": {}}}}}},
        ],
    )
    def test_odd_errors_are_left_out(self, platform, stub, monkeypatch, errors: Any) -> None:
        at_publishing(stub, monkeypatch, problem(400, 50035, "Invalid Form Body", errors=errors))
        with pytest.raises(Refused, match="Invalid Form Body"):
            publish(platform, POST)

    @pytest.mark.parametrize(
        ("reply", "kind"),
        [
            (unknown_webhook(), InvalidKey),
            (html(), BadOutput),
            (html_called_json(), BadOutput),
            (answer({"id": None}), BadOutput),
            (html(503), Overloaded),
        ],
    )
    def test_a_check_that_finds_no_webhook(self, platform, stub, monkeypatch, reply: Reply, kind: type) -> None:
        answers(stub, monkeypatch, reply)
        with pytest.raises(kind):
            platform.check()

    @pytest.mark.parametrize(
        ("body", "header", "seconds"),
        [
            (b'{"retry_after": 0.3, "global": true}', "60", 1.0),
            (b'{"retry_after": 64.57}', "65", 64.57),
            (b'{"retry_after": "soon"}', "9", 9.0),
            (b'{"retry_after": 1e999}', "9", 86_400.0),
            (b"<html>error code: 1015</html>", "9", 9.0),
        ],
    )
    def test_its_limit_has_a_fraction(self, platform, stub, monkeypatch, body, header: str, seconds: float) -> None:
        at_publishing(stub, monkeypatch, send(429, body, Retry_After=header))
        with pytest.raises(RateLimited) as caught:
            publish(platform, POST)
        assert caught.value.retry_after == seconds

    def test_a_webhook_that_is_gone_is_no_message_that_is_gone(self, platform, stub, monkeypatch) -> None:
        answers(stub, monkeypatch, unknown_webhook())
        with pytest.raises(InvalidKey):
            platform.delete("7")

    @pytest.mark.parametrize("remote_id", ["", "abc", "7/../8", "٧"])
    def test_what_is_no_message_is_not_taken_off(self, platform: Discord, stub: DiscordStub, remote_id: str) -> None:
        with pytest.raises(Refused):
            platform.delete(remote_id)
        assert stub.seen == []

    # -- its address --------------------------------------------------------------------------------------------------

    @pytest.mark.parametrize("host", HOSTS)
    @pytest.mark.parametrize("path", ["/api/webhooks/1/token-here", "/api/v10/webhooks/1/token-here/"])
    def test_where_webhooks_of_discord_are(self, host: str, path: str) -> None:
        platform = Discord({"webhookUrl": f" https://{host}{path}"})
        assert platform._url() == f"https://{host}{path}".rstrip("/")

    @pytest.mark.parametrize("allowed", [[], ["127.0.0.1"], ["10.0.0.0/8", "other.example"]])
    @pytest.mark.parametrize(
        "url",
        [
            "",
            "token-here",
            "https://[::1/api/webhooks/1/token-here",
            "http://discord.com/api/webhooks/1/token-here",
            "https://discord.com:8443/api/webhooks/1/token-here",
            "https://discord.com/api/webhooks/1",
            "https://discord.com/api/webhooks/one/token-here",
            "https://discord.com/api/webhooks/1/token-here/slack",
            "https://discord.com/api/webhooks/1/token-here?thread_id=5",
            "https://discord.com/channels/1/token-here",
            "https://discord.com@192.0.2.1/api/webhooks/1/token-here",
            "https://192.0.2.1/api/webhooks/1/token-here",
        ],
    )
    def test_an_address_elsewhere_is_none_of_discord(self, url: str, allowed: list[str], monkeypatch) -> None:
        monkeypatch.setattr("integrations.platforms.secret_addresses.Guard.resolve", elsewhere)
        platform = Discord({"webhookUrl": url}, allow_hosts=allowed)
        for act in (platform.check, lambda: publish(platform, POST), lambda: platform.delete("7")):
            with pytest.raises(InvalidKey, match="no webhook of Discord") as caught:
                act()
            assert "token-here" not in f"{caught.value!r} {caught.value.__cause__!r}"

    @pytest.mark.parametrize("allowed", ["127.0.0.1", "127.0.0.0/8", "{host}"])
    def test_an_operator_may_allow_another_one(self, stub: DiscordStub, allowed: str) -> None:
        host = stub.url.removeprefix("http://")
        keys = {"webhookUrl": f"{stub.url}{HOOK}"}
        assert Discord(keys, allow_hosts=[allowed.format(host=host)]).check().name == "Films"
        assert Discord(keys, trusted_urls=[stub.url]).check().name == "Films"

    def test_a_private_address_is_refused_by_the_guard_too(self, stub: DiscordStub, monkeypatch) -> None:
        monkeypatch.setattr("integrations.platforms.discord.checked", lambda url, *_: url)
        with pytest.raises(AddressRefused):
            Discord({"webhookUrl": f"{stub.url}{HOOK}"}).check()
        assert stub.seen == []

    @pytest.mark.parametrize("form", ["{url}" + HOOK, TOKEN, HOOK])
    def test_the_token_is_taken_out_of_its_words(self, platform, stub, monkeypatch, form: str) -> None:
        at_publishing(stub, monkeypatch, problem(400, 0, f"no route {form.format(url=stub.url)}"))
        with pytest.raises(Refused, match=r"\*\*\*") as caught:
            publish(platform, POST)
        assert TOKEN not in str(caught.value)


def test_nesting_without_end_is_no_answer() -> None:
    assert not Answer(200, {}, "[" * 100_000).is_json
