"""Telegram by a bot: a text, a picture or a video, or an album in one chat. A bot cannot read what it has posted."""

import html
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from integrations.errors import InvalidKey, OutsideError, RateLimited, Refused
from integrations.http import bounded
from integrations.platforms.base import Credential, Delivery, Draft, Limits, Medium, Posted, Profile
from integrations.platforms.remote import Answer, Remote, utf16

TEXT, CAPTION = 4096, 1024
MEGABYTE = 1_000_000


class Telegram(Remote):
    """A chat, group or channel on Telegram."""

    name: ClassVar[str] = "telegram"
    label: ClassVar[str] = "Telegram"
    default_url = "https://api.telegram.org"
    delivery = Delivery.BLIND
    credentials: ClassVar[tuple[Credential, ...]] = (
        Credential("botToken", "Bot token", "From @BotFather; the bot has to be an admin of the channel."),
        Credential("chatId", "Chat", "@name of a public channel, or the number of a chat.", secret=False),
    )
    limits: ClassVar[Limits] = Limits(
        text=TEXT, images=10, videos=10, image_bytes=10 * MEGABYTE, video_bytes=50 * MEGABYTE
    )
    can_delete = True

    def check(self) -> Profile:
        """Whose bot it is and whether it knows the chat; publishes nothing."""
        self._ask("getMe", {})
        chat = self._ask("getChat", {"chat_id": self._chat})
        if not isinstance(chat, dict) or "id" not in chat:
            raise self.unreadable()
        name = str(chat.get("title") or chat.get("username") or chat.get("first_name") or chat["id"])
        url = f"https://t.me/{chat['username']}" if chat.get("username") else ""
        return Profile(remote_id=str(chat["id"]), name=name, url=url, limits=self.limits)

    def count(self, text: str) -> int:
        """In UTF-16 code units, after entities are parsed: our text has none, it is escaped."""
        return utf16(text)

    def problems(self, draft: Draft) -> list[str]:
        """With pictures or videos the text is a caption, which is shorter."""
        if not draft.media:
            return super().problems(draft)
        before, self.holds = self.holds, replace(self.holds, text=CAPTION)
        try:
            return super().problems(draft)
        finally:
            self.holds = before

    def publish(self, draft: Draft, prepared: Mapping[str, Any]) -> Posted:
        """Send it in one request; files go with it."""
        text = {"chat_id": self._chat, "parse_mode": "HTML"}
        escaped = html.escape(draft.text, quote=False)
        if not draft.media:
            return self._posted(self._ask("sendMessage", text | {"text": escaped}, creates=True))
        if len(draft.media) == 1:
            (one,) = draft.media
            kind = "video" if one.is_video else "photo"
            fields = text | {"caption": escaped}
            sent = self._ask(f"send{kind.title()}", fields, files={kind: _file(one)}, creates=True)
            return self._posted(sent)
        group = [_of_group(number, one, escaped) for number, one in enumerate(draft.media)]
        files = {f"file{number}": _file(one) for number, one in enumerate(draft.media)}
        fields = {"chat_id": self._chat, "media": json.dumps(group)}
        return self._posted(self._ask("sendMediaGroup", fields, files=files, creates=True))

    def delete(self, remote_id: str) -> None:
        """Take the messages off; what is gone is fine. Telegram lets bots do so for 48 hours."""
        chat, _colon, numbers = remote_id.partition(":")
        for number in filter(None, numbers.split(",")):
            try:
                self._ask("deleteMessage", {"chat_id": chat, "message_id": number})
            except Refused as error:
                if "not found" not in str(error):
                    raise

    @property
    def _chat(self) -> str:
        return self.given.get("chatId", "")

    def _ask(self, method: str, fields: dict[str, str], *, creates: bool = False, files: Any = None) -> Any:
        """The result of a method of the bot API. The token is in the address: no error repeats that."""
        url = f"{self.root}/bot{self.given.get('botToken', '')}/{method}"
        answer = self.call("POST", url, creates=creates, uploads=bool(files), data=fields, files=files)
        if not isinstance(answer.data, dict) or "ok" not in answer.data:
            raise self.unreadable(creates)
        if not answer.data["ok"]:
            raise self.sorted_problem(answer, creates)
        return answer.data.get("result")

    def _posted(self, result: Any) -> Posted:
        messages = result if isinstance(result, list) else [result]
        if not all(isinstance(one, dict) and one.get("message_id") for one in messages) or not messages:
            raise self.unreadable(creates=True)
        chat = messages[0].get("chat") or {}
        numbers = [str(one["message_id"]) for one in messages]
        name = chat.get("username")
        url = f"https://t.me/{name}/{numbers[0]}" if name else ""
        return Posted(remote_id=f"{chat.get('id', self._chat)}:{','.join(numbers)}", url=url)

    def sorted_problem(self, answer: Answer, creates: bool) -> OutsideError:
        """By the error_code in the body, which also comes with 200."""
        data = answer.data if isinstance(answer.data, dict) else {}
        code, more = data.get("error_code") or answer.status, data.get("parameters") or {}
        words = self.says(self.words(answer))
        if code in (401, 404):
            return InvalidKey(f"Telegram does not know this bot. {words}Enter the token of @BotFather again.")
        if "migrate_to_chat_id" in more:
            new = more["migrate_to_chat_id"]
            return Refused(f"The group became a supergroup, with another number. Enter {new} as the chat.")
        if code == 429:
            return RateLimited(f"Telegram wants us to wait. {words}".strip(), self.waiting_time(answer))
        if code in (400, 403):
            return Refused(f"Telegram refuses this. {words}Check the chat, and that the bot may post there.")
        return super().sorted_problem(answer, creates)

    def waiting_time(self, answer: Answer) -> float:
        """In parameters.retry_after, in seconds."""
        data = answer.data if isinstance(answer.data, dict) else {}
        seconds = (data.get("parameters") or {}).get("retry_after")
        return bounded(float(seconds)) if isinstance(seconds, int | float) else super().waiting_time(answer)


def _file(one: Medium) -> tuple[str, bytes, str]:
    with one.open() as file:
        return one.name, file.read(), one.mime


def _of_group(number: int, one: Medium, caption: str) -> dict[str, str]:
    found = {"type": "video" if one.is_video else "photo", "media": f"attach://file{number}"}
    return found | ({"caption": caption, "parse_mode": "HTML"} if number == 0 else {})
