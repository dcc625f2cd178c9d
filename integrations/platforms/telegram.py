"""Telegram by a bot: a text, a picture or a video, or an album in one chat. A bot cannot read what it has posted.

The token is a part of every address, so no address is ever repeated in an error.
"""

import html
import json
import re
from collections.abc import Mapping
from typing import Any, ClassVar

from integrations.errors import InvalidKey, OutsideError, RateLimited, Refused
from integrations.http import LONGEST_RETRY_SECONDS, bounded
from integrations.platforms.base import Credential, Delivery, Draft, Limits, Medium, Posted, Profile
from integrations.platforms.remote import Answer, Remote, utf16
from integrations.platforms.secret_addresses import hidden

# python-telegram-bot's constants MessageLimit, MediaGroupLimit, FileSizeLimit.
TEXT, CAPTION, ALBUM = 4096, 1024, 10
PHOTO_BYTES, VIDEO_BYTES = 10_000_000, 50_000_000
# The Bot API's sendPhoto: width and height together, and how much longer one may be.
PHOTO_SIDES, PHOTO_RATIO = 10_000, 20
BOT_TOKEN = re.compile(r"\d{1,20}:[A-Za-z0-9_-]{8,100}")
CHAT = re.compile(r"@[A-Za-z][A-Za-z0-9_]{2,31}|-?\d{1,20}")
POSTED = re.compile(r"(@\w+|-?\d+):(\d+(?:,\d+)*)", re.ASCII)
NEXT_STEPS = {
    "chat not found": "Check the chat: a private one needs its number, and the bot has to be in it.",
    "too long": "Shorten the text.",
    "can't be deleted": "A bot can take posts off for 48 hours only. Delete it there.",
    "rights": "Make the bot an administrator of the chat, who may post and delete messages.",
}


class NotThere(Refused):
    """The message is gone."""


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
    # No GIFs: as a photo they would stand still.
    limits: ClassVar[Limits] = Limits(
        text=TEXT,
        images=ALBUM,
        videos=ALBUM,
        image_bytes=PHOTO_BYTES,
        video_bytes=VIDEO_BYTES,
        kinds=("image/jpeg", "image/png", "image/webp", "video/mp4"),
    )
    mixes_media: ClassVar[bool] = True
    can_delete = True

    def check(self) -> Profile:
        """Whether the bot lives and which chat this is; publishes nothing."""
        bot = self._ask("getMe", {})
        chat = self._ask("getChat", {"chat_id": self._chat()})
        if not all(isinstance(one, dict) and one.get("id") for one in (bot, chat)):
            raise self.unreadable()
        name = str(chat.get("title") or chat.get("username") or chat.get("first_name") or chat["id"])
        return Profile(str(chat["id"]), name, public_address(chat), limits=self.limits)

    def count(self, text: str) -> int:
        """In UTF-16 code units, as its clients do. Entities count parsed, so our escaping adds nothing."""
        return utf16(text)

    def _text_problems(self, draft: Draft) -> list[str]:
        if not draft.media:
            return super()._text_problems(draft)
        long = self.count(draft.text)
        if long <= CAPTION:
            return []
        return [
            f"The text has {long:,} characters as Telegram counts them, {long - CAPTION:,} too many: with pictures or "
            f"videos it may have {CAPTION:,}."
        ]

    def _file_problems(self, one: Medium) -> list[str]:
        found = super()._file_problems(one)
        sides = sorted((one.width, one.height))
        if not one.is_video and sides[0] and (sum(sides) > PHOTO_SIDES or sides[1] > PHOTO_RATIO * sides[0]):
            found.append(
                f"{one.name} has {one.width:,} × {one.height:,} pixels; Telegram takes at most {PHOTO_SIDES:,} for "
                f"both sides together, one at most {PHOTO_RATIO} times as long as the other."
            )
        return found

    # -- publishing ---------------------------------------------------------------------------------------------------

    def publish(self, draft: Draft, prepared: Mapping[str, Any]) -> Posted:
        """Send it in one request; files go with it, as there is no other way to upload them."""
        if not draft.media:
            message = {"text": escaped(draft.text), "parse_mode": "HTML", "link_preview_options": preview(draft)}
            return self._posted(self._ask("sendMessage", {"chat_id": self._chat(), **message}, creates=True))
        if len(draft.media) == 1:
            (one,) = draft.media
            kind = kind_of(one)
            fields = {"chat_id": self._chat(), **caption(draft), **shape(one)}
            files = {kind: file_of(one)}
            return self._posted(self._ask(f"send{kind.title()}", fields, files=files, creates=True))
        album = [
            {"type": kind_of(one), "media": f"attach://file{number}", **shape(one)}
            for number, one in enumerate(draft.media)
        ]
        album[0] |= caption(draft)  # that of the first is shown below all of them
        files = {f"file{number}": file_of(one) for number, one in enumerate(draft.media)}
        fields = {"chat_id": self._chat(), "media": album}
        return self._posted(self._ask("sendMediaGroup", fields, files=files, creates=True))

    def _posted(self, result: Any) -> Posted:
        messages = result if isinstance(result, list) else [result]
        if not messages or not all(isinstance(one, dict) and type(one.get("message_id")) is int for one in messages):
            raise self.unreadable(creates=True)
        chat = messages[0].get("chat")
        chat = chat if isinstance(chat, dict) else {}
        numbers = [str(one["message_id"]) for one in messages]
        place = public_address(chat)
        return Posted(f"{chat.get('id', self._chat())}:{','.join(numbers)}", f"{place}/{numbers[0]}" if place else "")

    def delete(self, remote_id: str) -> None:
        """Take all messages of a post off; what is gone is fine. Telegram lets bots do so for 48 hours."""
        known = POSTED.fullmatch(remote_id)
        if known is None:
            raise Refused("That is no post of Telegram. Delete it there.")
        for number in known[2].split(","):
            try:
                self._ask("deleteMessage", {"chat_id": known[1], "message_id": int(number)})
            except NotThere:
                continue

    # -- asking -------------------------------------------------------------------------------------------------------

    def _ask(
        self, method: str, fields: Mapping[str, Any], *, creates: bool = False, files: Mapping[str, Any] | None = None
    ) -> Any:
        """The result of a method of the bot API: as JSON, or with files as a form whose fields are JSON."""
        url = f"{self.root}/bot{self._token()}/{method}"
        if files:
            form = {name: value if isinstance(value, str) else json.dumps(value) for name, value in fields.items()}
            answer = self.call("POST", url, creates=creates, uploads=True, data=form, files=files)
        else:
            answer = self.call("POST", url, creates=creates, json=fields)
        if not isinstance(answer.data, dict) or not isinstance(answer.data.get("ok"), bool):
            raise self.unreadable(creates)
        if not answer.data["ok"]:
            raise self.sorted_problem(answer, creates)
        return answer.data.get("result")

    def _token(self) -> str:
        token = self.given.get("botToken", "").strip()
        if not BOT_TOKEN.fullmatch(token):
            raise InvalidKey("This is no token of a bot: it reads 123456:ABC-and-so-on. Copy it from @BotFather again.")
        return token

    def _chat(self) -> str:
        chat = self.given.get("chatId", "").strip()
        if not CHAT.fullmatch(chat):
            raise InvalidKey(
                "This is no chat of Telegram. Enter the @name of a public channel, or the number of a chat "
                "(that of a channel begins with -100)."
            )
        return chat

    def sorted_problem(self, answer: Answer, creates: bool) -> OutsideError:
        """By the error_code in the body, which may come with another status."""
        if not isinstance(answer.data, dict) or answer.data.get("ok") is not False:
            return super().sorted_problem(answer, creates)
        code, words = code_of(answer), self.says(self.words(answer))
        moved = parameters(answer).get("migrate_to_chat_id")
        if type(moved) is int:
            return Refused(f"The group became a supergroup, with another number. Enter {moved} as the chat.")
        if code in (401, 404):
            return InvalidKey(f"Telegram does not know this bot. {words}Enter the token of @BotFather again.")
        if code == 400 and "message to delete not found" in words:
            return NotThere(f"Telegram has nothing there. {words}".strip())
        if code == 403:
            return Refused(f"Telegram does not let the bot into this chat. {words}Make it an administrator there.")
        if code == 400:
            step = next((step for part, step in NEXT_STEPS.items() if part in words), "Change it, and send it again.")
            return Refused(f"Telegram refuses this. {words}{step}")
        if code == 429:
            return RateLimited(f"Telegram wants us to wait. {words}".strip(), self.waiting_time(answer))
        return super().sorted_problem(Answer(code, answer.headers, answer.text), creates)

    def waiting_time(self, answer: Answer) -> float:
        """In parameters.retry_after, in seconds."""
        seconds = parameters(answer).get("retry_after")
        return (
            bounded(float(min(seconds, LONGEST_RETRY_SECONDS)))
            if isinstance(seconds, int | float)
            else super().waiting_time(answer)
        )

    def says(self, words: str) -> str:
        """Its words, without the token in whatever form."""
        token = self.given.get("botToken", "").strip()
        return super().says(hidden(words, token, token.partition(":")[2]))


def escaped(text: str) -> str:
    """The text as HTML that shows it as it is."""
    return html.escape(text, quote=False)


def caption(draft: Draft) -> dict[str, Any]:
    """The text that goes with files, as fields."""
    return {"caption": escaped(draft.text), "parse_mode": "HTML"} if draft.text.strip() else {}


def preview(draft: Draft) -> dict[str, Any]:
    """Which link is shown as a card: that of the article the text is about, where it is in it, else the first one."""
    ours = draft.canonical_url
    return {"is_disabled": False} | ({"url": ours} if ours and ours in draft.text else {})


def kind_of(one: Medium) -> str:
    """What Telegram calls it."""
    return "video" if one.is_video else "photo"


def shape(one: Medium) -> dict[str, Any]:
    """What Telegram should know of a video: pixels, seconds, and that it can be played while it loads."""
    known = {"width": one.width, "height": one.height, "duration": round(one.seconds)}
    return {"supports_streaming": True} | {name: n for name, n in known.items() if n} if one.is_video else {}


def file_of(one: Medium) -> tuple[str, bytes, str]:
    """A file as a part of a form."""
    with one.open() as file:
        return one.name, file.read(), one.mime


def public_address(chat: Mapping[str, Any]) -> str:
    """Where people see a public chat; "" for any other."""
    name = chat.get("username")
    return f"https://t.me/{name}" if isinstance(name, str) and CHAT.fullmatch(f"@{name}") else ""


def code_of(answer: Answer) -> int:
    """The code of a problem: that of the body, else the status; 400 where neither is one."""
    code = answer.data.get("error_code")
    return next((one for one in (code, answer.status) if type(one) is int and 400 <= one < 600), 400)


def parameters(answer: Answer) -> dict[str, Any]:
    """What the answer has besides its words."""
    found = answer.data.get("parameters") if isinstance(answer.data, dict) else None
    return found if isinstance(found, dict) else {}
