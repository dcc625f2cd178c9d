"""Discord by a webhook: a text, and files with their alt texts, in one channel. Nobody is mentioned by accident."""

import json
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urlsplit

from integrations.errors import InvalidKey, OutsideError, Refused
from integrations.http import bounded
from integrations.platforms.base import Credential, Delivery, Draft, Limits, Medium, Posted, Profile
from integrations.platforms.remote import Answer, Remote

HOSTS = ("discord.com", "discordapp.com", "ptb.discord.com", "canary.discord.com")
UNKNOWN_WEBHOOK = 10015
MEBIBYTE = 1024 * 1024


class Discord(Remote):
    """A channel on Discord."""

    name: ClassVar[str] = "discord"
    label: ClassVar[str] = "Discord"
    delivery = Delivery.BLIND  # a nonce exists for bots only
    credentials: ClassVar[tuple[Credential, ...]] = (
        Credential("webhookUrl", "Webhook", "https://discord.com/api/webhooks/…, from the channel's Integrations."),
    )
    limits: ClassVar[Limits] = Limits(
        text=2000, images=10, videos=10, image_bytes=10 * MEBIBYTE, video_bytes=10 * MEBIBYTE
    )
    can_delete = True

    def check(self) -> Profile:
        """Which channel it is; publishes nothing."""
        data = self.call("GET", self._url()).data
        if not isinstance(data, dict) or "id" not in data:
            raise self.unreadable()
        return Profile(remote_id=str(data["id"]), name=str(data.get("name") or "A webhook"), limits=self.limits)

    def publish(self, draft: Draft, prepared: Mapping[str, Any]) -> Posted:
        """Post text and files in one request; ?wait makes Discord answer with the message."""
        content: dict[str, Any] = {"content": draft.text, "allowed_mentions": {"parse": []}}
        content["attachments"] = [
            {"id": number, "filename": one.name, "description": one.alt} for number, one in enumerate(draft.media)
        ]
        files = {f"files[{number}]": _file(one) for number, one in enumerate(draft.media)}
        if files:
            form: dict[str, Any] = {"data": {"payload_json": json.dumps(content)}, "files": files}
            form["uploads"] = True
        else:
            content.pop("attachments")
            form = {"json": content}
        data = self.call("POST", f"{self._url()}?wait=true", creates=True, **form).data
        if not isinstance(data, dict) or not data.get("id"):
            raise self.unreadable(creates=True)
        return Posted(remote_id=str(data["id"]), url=_address(data))

    def delete(self, remote_id: str) -> None:
        """Take the message off; one that is gone is fine."""
        try:
            self.call("DELETE", f"{self._url()}/messages/{remote_id}", wants_json=False)
        except Refused as error:
            if "(status 404)" not in str(error):
                raise

    def _url(self) -> str:
        url = self.given.get("webhookUrl", "").split("?")[0].rstrip("/")
        if urlsplit(url).hostname not in HOSTS and not self.allow_hosts:
            raise InvalidKey(f"This is no webhook of Discord: it begins with https://{HOSTS[0]}/api/webhooks/.")
        return url

    def sorted_problem(self, answer: Answer, creates: bool) -> OutsideError:
        """Code 10015 is a webhook that was deleted there."""
        code = answer.data.get("code") if isinstance(answer.data, dict) else None
        if answer.status == 401 or code in (UNKNOWN_WEBHOOK, 50027):
            return InvalidKey("Discord knows this webhook no more: it was deleted there. Make a new one, and enter it.")
        return super().sorted_problem(answer, creates)

    def waiting_time(self, answer: Answer) -> float:
        """In the body, in seconds with a fraction."""
        seconds = answer.data.get("retry_after") if isinstance(answer.data, dict) else None
        if isinstance(seconds, int | float):
            return bounded(float(seconds))
        return super().waiting_time(answer)


def _file(one: Medium) -> tuple[str, bytes, str]:
    with one.open() as file:
        return one.name, file.read(), one.mime


def _address(data: dict[str, Any]) -> str:
    guild, channel = data.get("guild_id") or "@me", data.get("channel_id")
    return f"https://discord.com/channels/{guild}/{channel}/{data['id']}" if channel else ""
