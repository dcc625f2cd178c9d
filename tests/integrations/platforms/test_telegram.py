"""Telegram by a bot."""

import json
from dataclasses import dataclass, replace

import pytest

from integrations.errors import InvalidKey, Refused
from integrations.platforms.base import Platform
from integrations.platforms.telegram import Telegram
from tests.integrations.platforms.contract import PICTURE, PIXEL, POST, Case, Contract, publish
from tests.integrations.platforms.forms import form_of
from tests.integrations.platforms.stubs import PlatformStub, Reply, Seen, send

TOKEN = "123456:AAE-a-token-of-a-bot"


def answer(result: object, status: int = 200) -> Reply:
    return send(status, json.dumps({"ok": True, "result": result}).encode())


def no(code: int, text: str, status: int | None = None, **parameters: object) -> Reply:
    body = {"ok": False, "error_code": code, "description": text, "parameters": parameters}
    return send(code if status is None else status, json.dumps(body).encode())


@dataclass
class TelegramStub(PlatformStub):
    """A bot in one channel."""

    def step_of(self, seen: Seen) -> str:
        method = seen.path.rpartition("/")[2]
        return {"getMe": "check", "getChat": "check", "deleteMessage": "delete"}.get(method, "publish")

    def limited(self) -> Reply:
        return no(429, "Too Many Requests: retry after 7", retry_after=7)

    def expired(self) -> Reply:
        return no(401, "Unauthorized")

    def refused(self) -> Reply:
        return no(400, "Bad Request: chat not found")

    def accept(self, step: str, seen: Seen) -> Reply:
        if not self.valid or not seen.path.startswith(f"/bot{TOKEN}/"):
            return no(401, "Unauthorized")
        method = seen.path.rpartition("/")[2]
        fields, files = form_of(seen)
        chat = {"id": -100, "title": "Films", "username": "films"}
        if step == "check":
            return answer({"id": 123456, "is_bot": True} if method == "getMe" else chat)
        if fields["chat_id"] not in ("@films", "-100"):
            return no(400, "Bad Request: chat not found")
        if step == "delete":
            return self._delete(int(fields["message_id"]))
        count = len(json.loads(fields["media"])) if method == "sendMediaGroup" else 1
        numbers = [100 * len(self.seen) + place for place in range(count)]
        self.published.append({"method": method, "numbers": numbers, "files": files, **fields})
        sent = [{"message_id": number, "chat": chat} for number in numbers]
        return answer(sent if method == "sendMediaGroup" else sent[0])

    def _delete(self, number: int) -> Reply:
        found = [one for one in self.published if number in one["numbers"]]
        for one in found:
            one["numbers"].remove(number)
        self.published = [one for one in self.published if one["numbers"]]
        return answer(True) if found else no(400, "Bad Request: message to delete not found")


class TestTelegram(Contract):
    case = Case(Telegram, TelegramStub, {"botToken": TOKEN, "chatId": "@films"})

    def test_text_is_escaped(self, platform: Platform, stub: PlatformStub) -> None:
        posted = publish(platform, replace(POST, text="a <b> & c"))
        (post,) = stub.published
        assert (post["method"], post["text"], post["parse_mode"]) == ("sendMessage", "a &lt;b&gt; &amp; c", "HTML")
        assert posted.url == f"https://t.me/films/{post['numbers'][0]}"

    def test_one_picture_has_a_caption(self, platform: Platform, stub: PlatformStub) -> None:
        publish(platform, replace(POST, media=(PICTURE,)))
        (post,) = stub.published
        assert (post["method"], post["files"]["photo"]["content"]) == ("sendPhoto", PIXEL)
        assert post["caption"] == POST.text

    def test_an_album_is_one_publication_and_is_taken_off_as_a_whole(
        self, platform: Platform, stub: PlatformStub
    ) -> None:
        posted = publish(platform, replace(POST, media=(PICTURE, PICTURE, PICTURE)))
        (post,) = stub.published
        media = json.loads(post["media"])
        assert [one["media"] for one in media] == ["attach://file0", "attach://file1", "attach://file2"]
        assert [one.get("caption") for one in media] == [POST.text, None, None]
        platform.delete(posted.remote_id)
        assert stub.published == []

    def test_a_caption_is_shorter_than_a_text(self, platform: Platform) -> None:
        long = replace(POST, text="a" * 1025)
        assert platform.problems(long) == []
        assert "1 too many" in " ".join(platform.problems(replace(long, media=(PICTURE,))))
        assert platform.holds.text == 4096

    def test_it_counts_in_utf_16(self, platform: Platform) -> None:
        assert platform.count("😀é") == 3

    def test_an_error_inside_of_a_200(self, platform: Platform, stub: PlatformStub, monkeypatch) -> None:
        monkeypatch.setattr(stub, "accept", lambda step, seen: no(403, "Forbidden: bot was kicked", status=200))
        with pytest.raises(Refused, match="bot was kicked"):
            publish(platform, POST)

    def test_a_group_that_moved_names_its_new_number(self, platform: Platform, stub: PlatformStub, monkeypatch) -> None:
        moved = no(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-1001)
        monkeypatch.setattr(stub, "accept", lambda step, seen: moved)
        with pytest.raises(Refused, match="Enter -1001 as the chat"):
            publish(platform, POST)

    def test_the_token_is_in_no_error_and_no_log(self, stub: PlatformStub, caplog, capsys) -> None:
        caplog.set_level("DEBUG")
        stub.fail("publish", "hang", "500", "drop")
        for _each in range(3):
            with pytest.raises(Exception) as caught:  # noqa: PT011
                publish(self.open(stub), POST)
            assert "a-token-of-a-bot" not in repr(caught.value)
        wrong = self.open(stub, botToken="999:another-secret-token")
        with pytest.raises(InvalidKey) as told:
            wrong.check()
        everything = caplog.text + "".join(capsys.readouterr()) + str(told.value)
        assert "a-token-of-a-bot" not in everything
        assert "another-secret-token" not in everything
