"""Telegram by a bot."""

from dataclasses import replace
from typing import Any

import pytest

from integrations.errors import (
    AddressRefused,
    AmbiguousOutcome,
    BadOutput,
    InvalidKey,
    OutsideError,
    Overloaded,
    RateLimited,
    Refused,
)
from integrations.platforms.base import Medium
from integrations.platforms.telegram import Telegram
from tests.integrations.platforms.contract import PICTURE, PIXEL, POST, Case, Contract, publish
from tests.integrations.platforms.telegram_stub import CHANNEL, PRIVATE, TOKEN, TelegramStub, fields_of, no, yes
from tests.integrations.stub_server import Reply, answer, html, html_called_json, redirect

VIDEO = replace(PICTURE, name="clip.mp4", mime="video/mp4", width=640, height=360, seconds=12.4)
ID = CHANNEL["id"]


def answers(stub: TelegramStub, monkeypatch: pytest.MonkeyPatch, reply: Reply) -> None:
    monkeypatch.setattr(stub, "accept", lambda step, seen: reply)


class TestTelegram(Contract):
    case = Case(Telegram, TelegramStub, {"botToken": TOKEN, "chatId": "@films"})

    # -- what is sent -------------------------------------------------------------------------------------------------

    def test_the_request_is_exactly_this(self, platform: Telegram, stub: TelegramStub) -> None:
        posted = publish(platform, replace(POST, text='a <b> & c "d"'))
        (sent,) = stub.seen
        assert (sent.method, sent.path) == ("POST", f"/bot{TOKEN}/sendMessage")
        assert sent.headers["content-type"] == "application/json"
        assert sent.json == {
            "chat_id": "@films",
            "text": 'a &lt;b&gt; &amp; c "d"',
            "parse_mode": "HTML",
            "link_preview_options": {"is_disabled": False},
        }
        assert (posted.remote_id, posted.url) == (f"{ID}:7", "https://t.me/films/7")

    def test_the_card_is_that_of_the_article(self, platform: Telegram, stub: TelegramStub) -> None:
        publish(platform, replace(POST, text=f"https://other.example and {POST.canonical_url}"))
        assert stub.published[0]["link_preview_options"] == {"is_disabled": False, "url": POST.canonical_url}

    def test_one_picture_has_a_caption(self, platform: Telegram, stub: TelegramStub) -> None:
        publish(platform, replace(POST, text="<3", media=(PICTURE,)))
        fields, files = fields_of(stub.seen[0])
        assert stub.seen[0].path.endswith("/sendPhoto")
        assert fields == {"chat_id": "@films", "caption": "&lt;3", "parse_mode": "HTML"}
        assert files == {"photo": {"name": "dot.png", "mime": "image/png", "content": PIXEL}}

    def test_one_video_says_its_shape(self, platform: Telegram, stub: TelegramStub) -> None:
        publish(platform, replace(POST, text="", media=(VIDEO,)))
        fields, files = fields_of(stub.seen[0])
        assert stub.seen[0].path.endswith("/sendVideo")
        shape = {"supports_streaming": True, "width": 640, "height": 360, "duration": 12}
        assert fields == {"chat_id": "@films", **shape}
        assert list(files) == ["video"]

    def test_an_album_is_one_publication_and_is_taken_off_as_a_whole(
        self, platform: Telegram, stub: TelegramStub
    ) -> None:
        posted = publish(platform, replace(POST, media=(PICTURE, VIDEO, PICTURE)))
        (post,) = stub.published
        assert [one["media"] for one in post["media"]] == ["attach://file0", "attach://file1", "attach://file2"]
        assert [one["type"] for one in post["media"]] == ["photo", "video", "photo"]
        assert [one.get("caption") for one in post["media"]] == [POST.text, None, None]
        assert (posted.remote_id, posted.url) == (f"{ID}:7,8,9", "https://t.me/films/7")
        platform.delete(posted.remote_id)
        assert stub.published == []
        assert [seen.json for seen in stub.of("delete")] == [{"chat_id": str(ID), "message_id": n} for n in (7, 8, 9)]

    @pytest.mark.parametrize("count", [2, 10])
    def test_albums_have_two_to_ten(self, platform: Telegram, stub: TelegramStub, count: int) -> None:
        draft = replace(POST, media=(PICTURE,) * count)
        assert platform.problems(draft) == []
        publish(platform, draft)
        assert "at most 10" in " ".join(platform.problems(replace(POST, media=(PICTURE,) * 11)))

    def test_a_private_chat_has_no_address(self, stub: TelegramStub) -> None:
        platform = self.open(stub, chatId=str(PRIVATE["id"]))
        posted = publish(platform, POST)
        assert (posted.remote_id, posted.url) == (f"{PRIVATE['id']}:7", "")
        assert platform.check().url == ""

    def test_nothing_is_uploaded_before(self, platform: Telegram, stub: TelegramStub) -> None:
        platform.prepare(replace(POST, media=(PICTURE,)), {}, {}.update)
        assert stub.seen == []

    def test_a_check_names_the_chat(self, platform: Telegram, stub: TelegramStub) -> None:
        profile = platform.check()
        assert (profile.remote_id, profile.name, profile.url) == (str(ID), "Films", "https://t.me/films")
        assert [seen.path.rpartition("/")[2] for seen in stub.seen] == ["getMe", "getChat"]

    # -- limits -------------------------------------------------------------------------------------------------------

    @pytest.mark.parametrize(("text", "length"), [("hello", 5), ("é", 1), ("😀é", 3), ("<&>", 3), ("日本語", 3)])
    def test_it_counts_in_utf_16(self, platform: Telegram, text: str, length: int) -> None:
        assert platform.count(text) == length

    def test_escaping_adds_nothing(self, platform: Telegram, stub: TelegramStub) -> None:
        draft = replace(POST, text="<" * 4096)
        assert platform.problems(draft) == []
        publish(platform, draft)

    def test_a_caption_is_shorter_than_a_text(self, platform: Telegram, stub: TelegramStub) -> None:
        long = replace(POST, text="&" * 1025)
        assert platform.problems(long) == []
        assert "1 too many" in " ".join(platform.problems(replace(long, media=(PICTURE,))))
        fits = replace(POST, text="&" * 1024, media=(PICTURE,))
        assert platform.problems(fits) == []
        publish(platform, fits)

    @pytest.mark.parametrize(
        ("one", "words"),
        [
            (replace(PICTURE, size=10_000_001), "takes 10.0 MB"),
            (replace(VIDEO, size=50_000_001), "takes 50.0 MB"),
            (replace(PICTURE, mime="image/gif"), "does not take image/gif"),
            (replace(PICTURE, width=5001, height=5000), "10,000 for both sides together"),
            (replace(PICTURE, width=210, height=10), "20 times as long"),
        ],
    )
    def test_files_that_it_does_not_take(self, platform: Telegram, one: Medium, words: str) -> None:
        assert words in " ".join(platform.problems(replace(POST, media=(one,))))

    # -- what goes wrong ----------------------------------------------------------------------------------------------

    @pytest.mark.parametrize("status", [None, 200])
    @pytest.mark.parametrize(
        ("code", "text", "kind", "words"),
        [
            (400, "Bad Request: chat not found", Refused, "Check the chat"),
            (400, "Bad Request: message is too long", Refused, "Shorten"),
            (400, "Bad Request: can't parse entities", Refused, "Change it"),
            (400, "Bad Request: not enough rights to send text messages to the chat", Refused, "administrator"),
            (401, "Unauthorized", InvalidKey, "@BotFather"),
            (404, "Not Found", InvalidKey, "@BotFather"),
            (403, "Forbidden: bot was kicked from the channel chat", Refused, "administrator"),
            (413, "Request Entity Too Large", Refused, "status 413"),
            (500, "Internal Server Error", AmbiguousOutcome, "published or not"),
            (502, "Bad Gateway", AmbiguousOutcome, "published or not"),
        ],
    )
    def test_its_codes_count_wherever_they_are(
        self, platform, stub, monkeypatch, code: int, text: str, kind: type, words: str, status: int | None
    ) -> None:
        answers(stub, monkeypatch, no(code, text, status))
        with pytest.raises(kind, match=words) as caught:
            publish(platform, POST)
        assert type(caught.value) is kind
        assert text in str(caught.value)

    def test_a_no_without_a_code_is_a_refusal(self, platform, stub, monkeypatch) -> None:
        answers(stub, monkeypatch, answer({"ok": False}))
        with pytest.raises(Refused):
            publish(platform, POST)

    @pytest.mark.parametrize(
        "body",
        [
            {}, [], None, "ok", 1, {"ok": "yes"}, {"ok": None}, {"ok": True}, {"ok": True, "result": []},
            {"ok": True, "result": {"message_id": "7"}}, {"ok": True, "result": [{"message_id": 7}, None]},
        ],
    )  # fmt: skip
    def test_a_yes_that_says_nothing_is_ambiguous(self, platform, stub, monkeypatch, body: Any) -> None:
        answers(stub, monkeypatch, answer(body))
        with pytest.raises(AmbiguousOutcome):
            publish(platform, POST)
        with pytest.raises(BadOutput):
            platform.check()

    def test_a_message_without_a_chat_is_a_message(self, platform, stub, monkeypatch) -> None:
        answers(stub, monkeypatch, yes({"message_id": 7, "chat": None}))
        posted = publish(platform, POST)
        assert (posted.remote_id, posted.url) == ("@films:7", "")

    @pytest.mark.parametrize("reply", [html(), html_called_json()])
    def test_a_page_for_people_is_no_answer(self, platform, stub, monkeypatch, reply: Reply) -> None:
        answers(stub, monkeypatch, reply)
        with pytest.raises(BadOutput, match="Check the address"):
            platform.check()
        with pytest.raises(AmbiguousOutcome):
            publish(platform, POST)

    @pytest.mark.parametrize(
        ("reply", "kind"), [(html(404), Refused), (html(502), Overloaded), (redirect("https://x.example"), Refused)]
    )
    def test_an_address_that_is_not_telegram(self, platform, stub, monkeypatch, reply: Reply, kind: type) -> None:
        answers(stub, monkeypatch, reply)
        with pytest.raises(kind) as caught:
            platform.check()
        assert "a-token" not in str(caught.value)

    @pytest.mark.parametrize(
        ("parameters", "seconds"),
        [({"retry_after": 35}, 35), ({"retry_after": 10**400}, 86_400), ({"retry_after": "soon"}, 60), ({}, 60)],
    )
    def test_how_long_it_wants_us_to_wait(self, platform, stub, monkeypatch, parameters: dict, seconds: int) -> None:
        answers(stub, monkeypatch, no(429, "Too Many Requests: retry later", **parameters))
        with pytest.raises(RateLimited) as caught:
            publish(platform, POST)
        assert caught.value.retry_after == seconds

    def test_odd_parameters_are_none(self, platform, stub, monkeypatch) -> None:
        answers(stub, monkeypatch, answer({"ok": False, "error_code": 429, "parameters": ["retry_after"]}, 429))
        with pytest.raises(RateLimited):
            publish(platform, POST)

    def test_a_group_that_moved_names_its_new_number(self, platform, stub, monkeypatch) -> None:
        moved = no(400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=-1001)
        answers(stub, monkeypatch, moved)
        with pytest.raises(Refused, match="Enter -1001 as the chat"):
            publish(platform, POST)

    def test_a_post_that_is_too_old_is_not_taken_off(self, platform, stub, monkeypatch) -> None:
        answers(stub, monkeypatch, no(400, "Bad Request: message can't be deleted for everyone"))
        with pytest.raises(Refused, match="48 hours"):
            platform.delete(f"{ID}:7")

    @pytest.mark.parametrize("remote_id", ["", "7", "a:b", f"{ID}:7/../8", f"{ID}:", "١:٢"])
    def test_what_is_no_post_is_not_taken_off(self, platform: Telegram, stub: TelegramStub, remote_id: str) -> None:
        with pytest.raises(Refused):
            platform.delete(remote_id)
        assert stub.seen == []

    # -- credentials --------------------------------------------------------------------------------------------------

    @pytest.mark.parametrize(
        "token", ["", "abc", "123456:AAE secret", "123456:../../secret-token", "123456:AAE\nsecret-"]
    )
    def test_a_token_of_another_form_is_not_sent(self, stub: TelegramStub, token: str) -> None:
        platform = self.open(stub, botToken=token)
        for act in (platform.check, lambda: publish(platform, POST)):
            with pytest.raises(InvalidKey, match="@BotFather") as caught:
                act()
            assert "secret" not in str(caught.value)
        assert stub.seen == []

    @pytest.mark.parametrize("chat", ["", "films", "https://t.me/films", "@", "-", "@films/../x", "1 2"])
    def test_a_chat_of_another_form_is_not_sent(self, stub: TelegramStub, chat: str) -> None:
        with pytest.raises(InvalidKey, match="no chat of Telegram"):
            publish(self.open(stub, chatId=chat), POST)
        assert stub.seen == []

    def test_the_token_is_in_no_error_and_no_log(self, stub: TelegramStub, caplog, capsys) -> None:
        caplog.set_level("DEBUG")
        stub.fail("publish", "500", "503", "drop", "limited", "expired", "accept_html", "accept_cut")
        told = []
        for _each in range(7):
            with pytest.raises(OutsideError) as caught:
                publish(self.open(stub), POST)
            told.append(f"{caught.value!r} {caught.value.__cause__!r}")
        platform = self.open(stub)
        everything = (
            caplog.text + "".join(capsys.readouterr()) + "".join(told) + repr(platform) + repr(vars(platform.sender))
        )
        assert "a-token-of-a-bot" not in everything

    @pytest.mark.parametrize("form", [TOKEN, TOKEN.replace(":", "%3A"), TOKEN.replace(":", "%3a"), TOKEN[7:]])
    def test_the_token_is_taken_out_of_its_words(self, platform, stub, monkeypatch, form: str) -> None:
        answers(stub, monkeypatch, no(400, f"Bad Request: no route for /bot{form}/sendMessage"))
        with pytest.raises(Refused, match=r"\*\*\*/sendMessage") as caught:
            publish(platform, POST)
        assert "a-token" not in str(caught.value)

    # -- its address --------------------------------------------------------------------------------------------------

    def test_it_is_telegram_where_nobody_says_otherwise(self) -> None:
        assert Telegram(self.case.credentials).root == "https://api.telegram.org"

    def test_an_operators_address_needs_no_allowing_and_anybody_elses_does(self, stub: TelegramStub) -> None:
        keys = self.case.credentials
        trusted = Telegram(keys, base_url=f"{stub.url}/", trusted_urls=[stub.url])
        assert trusted.check().name == "Films"
        closed = Telegram(keys, base_url=stub.url)
        seen = len(stub.seen)
        for act in (closed.check, lambda: publish(closed, POST)):
            with pytest.raises(AddressRefused, match="OUTBOUND_ALLOW_HOSTS"):
                act()
        assert len(stub.seen) == seen

    @pytest.mark.parametrize("base_url", ["ftp://x.example", "https://", "https://a:b@x.example", "https://[::1"])
    def test_a_bad_address_is_refused_without_the_token(self, base_url: str) -> None:
        with pytest.raises(OutsideError) as caught:
            Telegram(self.case.credentials, base_url=base_url).check()
        assert "a-token" not in str(caught.value)
