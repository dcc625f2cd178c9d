"""A bot of Telegram that checks what the real one checks: its token, the chat, the markup, lengths, sizes of albums."""

import html
import itertools
import json
import re
from dataclasses import dataclass, field
from typing import Any

from tests.integrations.platforms.forms import form_of
from tests.integrations.platforms.stubs import PlatformStub, Reply, Seen
from tests.integrations.stub_server import answer

TOKEN = "123456:AAE-a-token-of-a-bot"
CHANNEL = {"id": -1001234567890, "title": "Films", "username": "films", "type": "channel"}
PRIVATE = {"id": -1009876543210, "title": "Crew", "type": "supergroup"}
METHODS = {"getMe": "check", "getChat": "check", "deleteMessage": "delete"}
BARE = re.compile(r"<|&(?!(lt|gt|amp|quot);)")
FILES = {"photo": 10_000_000, "video": 50_000_000}


def yes(result: object) -> Reply:
    return answer({"ok": True, "result": result})


def no(code: int, text: str, status: int | None = None, **parameters: object) -> Reply:
    body: dict[str, Any] = {"ok": False, "error_code": code, "description": text}
    return answer(body | ({"parameters": parameters} if parameters else {}), code if status is None else status)


@dataclass
class TelegramStub(PlatformStub):
    """A bot that is an administrator of a public channel and of a private group."""

    ids: Any = field(default_factory=lambda: itertools.count(7))

    def step_of(self, seen: Seen) -> str:
        return METHODS.get(seen.path.rpartition("/")[2], "publish")

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
        fields, files = fields_of(seen)
        if method == "getMe":
            return yes({"id": 123456, "is_bot": True, "first_name": "Films", "username": "films_bot"})
        chat = {"@films": CHANNEL, CHANNEL["id"]: CHANNEL, PRIVATE["id"]: PRIVATE}.get(number(fields.get("chat_id")))
        if chat is None:
            return no(400, "Bad Request: chat not found")
        if step == "check":
            return yes(chat)
        if step == "delete":
            return self._delete(fields["message_id"])
        if problem := problem_of(method, fields, files):
            return no(400, f"Bad Request: {problem}")
        return self._post(method, chat, fields, files)

    def _post(self, method: str, chat: dict[str, Any], fields: dict[str, Any], files: dict[str, Any]) -> Reply:
        numbers = [next(self.ids) for _each in fields.get("media", [None])]
        self.published.append({"method": method, "numbers": numbers, "files": files, **fields})
        sent = [{"message_id": one, "chat": chat, "date": 1_796_000_000} for one in numbers]
        return yes(sent if method == "sendMediaGroup" else sent[0])

    def _delete(self, message: int) -> Reply:
        found = [one for one in self.published if message in one["numbers"]]
        for one in found:
            one["numbers"].remove(message)
        self.published = [one for one in self.published if one["numbers"]]
        return yes(True) if found else no(400, "Bad Request: message to delete not found")


def fields_of(seen: Seen) -> tuple[dict[str, Any], dict[str, Any]]:
    """Fields and files of a request: JSON, or a form in which everything but words is JSON."""
    if seen.headers.get("content-type") == "application/json":
        return seen.json, {}
    words, files = form_of(seen)
    plain = ("chat_id", "text", "caption", "parse_mode")
    return {name: value if name in plain else json.loads(value) for name, value in words.items()}, files


def number(chat_id: Any) -> Any:
    return int(chat_id) if isinstance(chat_id, str) and chat_id.lstrip("-").isdigit() else chat_id


def problem_of(method: str, fields: dict[str, Any], files: dict[str, Any]) -> str:
    """What Telegram says to this; "" where it posts it."""
    if method == "sendMessage":
        return words_problem(fields, "text", 4096, "message")
    if method == "sendMediaGroup":
        if not 2 <= len(fields["media"]) <= 10:
            return "group send failed"
        parts = fields["media"]
        named = {one["media"].removeprefix("attach://"): one["type"] for one in parts}
    else:
        parts, named = [fields], {kind: kind for kind in FILES if method == f"send{kind.title()}"}
    if not named or set(named) != set(files):
        return "there is no photo in the request"
    if any(len(files[name]["content"]) > FILES[kind] for name, kind in named.items()):
        return "file is too big"
    return next(filter(None, (words_problem(one, "caption", 1024, "message caption") for one in parts)), "")


def words_problem(fields: dict[str, Any], name: str, most: int, called: str) -> str:
    words = fields.get(name, "")
    if name == "text" and not words.strip():
        return "message text is empty"
    if words and fields.get("parse_mode") == "HTML" and BARE.search(words):
        return "can't parse entities: Unsupported start tag"
    return f"{called} is too long" if len(html.unescape(words).encode("utf-16-le")) > 2 * most else ""
