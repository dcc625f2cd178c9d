"""Discord by a webhook: a text, and files with their alt texts, in one channel. Nobody is mentioned by accident."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

from integrations.errors import InvalidKey, OutsideError, Refused
from integrations.http import LONGEST_RETRY_SECONDS, Guard, bounded
from integrations.platforms.base import Credential, Delivery, Draft, Limits, Medium, Posted, Profile
from integrations.platforms.remote import Answer, Remote
from integrations.platforms.secret_addresses import checked, hidden

HOSTS = ("discord.com", "discordapp.com", "ptb.discord.com", "canary.discord.com")
PATH = re.compile(r"/api(?:/v\d{1,2})?/webhooks/\d{1,20}/[\w-]{8,200}", re.ASCII)
NO_HOOK = (
    "This is no webhook of Discord: it reads https://discord.com/api/webhooks/, a number and a token, and nothing "
    "behind that. Copy it again."
)
# Codes of the body (discord-api-docs, topics/opcodes-and-status-codes).
UNKNOWN_MESSAGE, UNKNOWN_WEBHOOK, INVALID_TOKEN = 10008, 10015, 50027
MEBIBYTE = 1024 * 1024
# discord-api-docs, reference, uploading files: a file, and a whole request, of which the form takes a little.
FILE_BYTES, REQUEST_BYTES = 10 * MEBIBYTE, 25 * MEBIBYTE - 65_536
DESCRIPTION, USERNAME = 1024, 80
DEEPEST = 6


class NotThere(Refused):
    """The message is gone."""


class Discord(Remote):
    """A channel on Discord."""

    name: ClassVar[str] = "discord"
    label: ClassVar[str] = "Discord"
    delivery = Delivery.BLIND  # a nonce exists for bots only
    credentials: ClassVar[tuple[Credential, ...]] = (
        Credential("webhookUrl", "Webhook", "https://discord.com/api/webhooks/…, from the channel's Integrations."),
        Credential("username", "Posts as", "Empty: the webhook's own name.", secret=False, required=False),
    )
    limits: ClassVar[Limits] = Limits(text=2000, images=10, videos=10, image_bytes=FILE_BYTES, video_bytes=FILE_BYTES)
    mixes_media: ClassVar[bool] = True
    can_delete = True

    def check(self) -> Profile:
        """Which channel it is; publishes nothing."""
        self._username()
        hook = self._hook()
        place = address(hook.get("guild_id"), hook.get("channel_id"))
        return Profile(str(hook["id"]), str(hook.get("name") or "A webhook"), place, limits=self.limits)

    def _media_problems(self, draft: Draft) -> list[str]:
        found = super()._media_problems(draft)
        together = sum(one.size for one in draft.media)
        if together > REQUEST_BYTES:
            found.append(
                f"The files have {together / 1e6:,.1f} MB together; Discord takes {REQUEST_BYTES / 1e6:,.1f} MB."
            )
        return found

    def _file_problems(self, one: Medium) -> list[str]:
        found, long = super()._file_problems(one), len(one.alt)
        if long > DESCRIPTION:
            found.append(f"The alt text of {one.name} has {long:,} characters; Discord takes {DESCRIPTION:,}.")
        return found

    # -- publishing ---------------------------------------------------------------------------------------------------

    def prepare(self, draft: Draft, prepared: dict[str, Any], save: Callable[[dict[str, Any]], None]) -> None:
        """Note which server the channel is on: a message does not say that, and its address needs it."""
        if "guild" not in prepared:
            save({"guild": str(self._hook().get("guild_id") or "")})

    def publish(self, draft: Draft, prepared: Mapping[str, Any]) -> Posted:
        """Post text and files in one request; ?wait makes Discord answer with the message."""
        message: dict[str, Any] = {"content": draft.text, "allowed_mentions": {"parse": []}}
        if username := self._username():
            message["username"] = username
        where = f"{self._url()}?wait=true"
        if draft.media:
            message["attachments"] = [
                {"id": number, "filename": one.name, "description": one.alt} for number, one in enumerate(draft.media)
            ]
            files = {f"files[{number}]": file_of(one) for number, one in enumerate(draft.media)}
            form = {"payload_json": json.dumps(message)}
            data = self.call("POST", where, creates=True, uploads=True, data=form, files=files).data
        else:
            data = self.call("POST", where, creates=True, json=message).data
        if not isinstance(data, dict) or not is_number(data.get("id")):
            raise self.unreadable(creates=True)
        return Posted(str(data["id"]), address(prepared.get("guild"), data.get("channel_id"), data["id"]))

    def delete(self, remote_id: str) -> None:
        """Take the message off; one that is gone is fine."""
        if not is_number(remote_id):
            raise Refused("That is no message of Discord. Delete it there.")
        try:
            self.call("DELETE", f"{self._url()}/messages/{remote_id}", wants_json=False)
        except NotThere:
            return

    # -- asking -------------------------------------------------------------------------------------------------------

    def _hook(self) -> dict[str, Any]:
        data = self.call("GET", self._url()).data
        if not isinstance(data, dict) or not is_number(data.get("id")):
            raise self.unreadable()
        return data

    def _url(self) -> str:
        guard = Guard(allow_hosts=self.allow_hosts, trusted_urls=self.trusted_urls)
        return checked(self.given.get("webhookUrl", ""), HOSTS, PATH, guard, NO_HOOK)

    def _username(self) -> str:
        name = self.given.get("username", "").strip()
        if len(name) > USERNAME:
            raise InvalidKey(f"The name has {len(name)} characters; Discord takes {USERNAME}. Enter a shorter one.")
        return name

    def sorted_problem(self, answer: Answer, creates: bool) -> OutsideError:
        """By the code in the body; a webhook that was deleted is one more kind of credentials that do not hold."""
        code = answer.data.get("code") if isinstance(answer.data, dict) else None
        if answer.status == 404 and code == UNKNOWN_WEBHOOK:
            return InvalidKey("The webhook was deleted at Discord. Make a new one there, and enter its address.")
        if answer.status == 401 or code == INVALID_TOKEN:
            return InvalidKey("Discord does not know this webhook: its token is another one. Copy its address again.")
        if answer.status == 404 and code == UNKNOWN_MESSAGE:
            return NotThere("Discord has no such message.")
        return super().sorted_problem(answer, creates)

    def waiting_time(self, answer: Answer) -> float:
        """In the body, in seconds with a fraction."""
        seconds = answer.data.get("retry_after") if isinstance(answer.data, dict) else None
        return (
            bounded(float(min(seconds, LONGEST_RETRY_SECONDS)))
            if isinstance(seconds, int | float)
            else super().waiting_time(answer)
        )

    def words(self, answer: Answer) -> str:
        """Its message, and what it says about each field."""
        fields = faults(answer.data.get("errors")) if isinstance(answer.data, dict) else ()
        return " ".join([super().words(answer), *fields])

    def says(self, words: str) -> str:
        """Its words, without the webhook's token."""
        url = self.given.get("webhookUrl", "").strip().rstrip("/")
        return super().says(hidden(words, url, url.rpartition("/")[2]))


def faults(errors: Any, path: str = "", depth: int = 0) -> Iterator[str]:
    """What is wrong with each field, as "content: Must be 2000 or fewer in length."."""
    if not isinstance(errors, dict) or depth > DEEPEST:
        return
    for name, inner in errors.items():
        if name == "_errors" and isinstance(inner, list):
            yield from (f"{path}: {one.get('message', '')}" for one in inner if isinstance(one, dict))
        else:
            yield from faults(inner, f"{path}.{name}".lstrip("."), depth + 1)


def file_of(one: Medium) -> tuple[str, bytes, str]:
    """A file as a part of a form."""
    with one.open() as file:
        return one.name, file.read(), one.mime


def is_number(value: Any) -> bool:
    """Whether this is an id of Discord's."""
    return isinstance(value, str) and value.isascii() and value.isdecimal()


def address(*ids: Any) -> str:
    """Where people see a channel (server, channel) or a message (and its id); "" where one of the ids is missing."""
    return f"https://discord.com/channels/{'/'.join(ids)}" if all(is_number(one) for one in ids) else ""
