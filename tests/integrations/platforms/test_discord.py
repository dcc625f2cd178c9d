"""Discord by a webhook."""

import json
from dataclasses import dataclass, replace

import pytest

from integrations.errors import InvalidKey, RateLimited
from integrations.platforms.base import Platform
from integrations.platforms.discord import Discord
from tests.integrations.platforms.contract import PICTURE, PIXEL, POST, Case, Contract, publish
from tests.integrations.platforms.forms import form_of
from tests.integrations.platforms.stubs import PlatformStub, Reply, Seen, send

HOOK = "/api/webhooks/123/a-token-of-a-webhook"


def answer(data: object, status: int = 200) -> Reply:
    return send(status, json.dumps(data).encode())


@dataclass
class DiscordStub(PlatformStub):
    """A webhook of one channel."""

    def step_of(self, seen: Seen) -> str:
        return {"GET": "check", "DELETE": "delete"}.get(seen.method, "publish")

    def limited(self) -> Reply:
        return send(429, b'{"message": "You are being rate limited.", "retry_after": 7.25, "global": false}')

    def accept(self, step: str, seen: Seen) -> Reply:
        if not self.valid or not seen.path.startswith(HOOK):
            return answer({"message": "Unknown Webhook", "code": 10015}, 404)
        if step == "check":
            return answer({"id": "123", "name": "Films", "channel_id": "9", "guild_id": "8"})
        if step == "delete":
            return self._delete(seen.path.rpartition("/")[2])
        return self._post(seen)

    def _post(self, seen: Seen) -> Reply:
        files: dict = {}
        if seen.headers["content-type"].startswith("multipart/"):
            fields, files = form_of(seen)
            content = json.loads(fields["payload_json"])
        else:
            content = seen.json
        if len(content["content"]) > 2000:
            return answer({"code": 50035, "message": "Invalid Form Body"}, 400)
        assert seen.path.endswith("?wait=true")
        number = str(1000 + len(self.seen))
        self.published.append({"id": number, **content, "files": files})
        return answer({"id": number, "channel_id": "9", "guild_id": "8"})

    def _delete(self, number: str) -> Reply:
        before = len(self.published)
        self.published = [one for one in self.published if one["id"] != number]
        gone = len(self.published) < before
        return send(204, b"") if gone else answer({"message": "Unknown Message", "code": 10008}, 404)


class TestDiscord(Contract):
    case = Case(Discord, DiscordStub, {"webhookUrl": "{url}" + HOOK})

    def test_nobody_is_mentioned_by_accident(self, platform: Platform, stub: PlatformStub) -> None:
        posted = publish(platform, replace(POST, text="@everyone, hello"))
        assert json.loads(stub.of("publish")[0].body) == {
            "content": "@everyone, hello",
            "allowed_mentions": {"parse": []},
        }
        assert posted.url == f"https://discord.com/channels/8/9/{posted.remote_id}"

    def test_files_go_with_it(self, platform: Platform, stub: PlatformStub) -> None:
        publish(platform, replace(POST, media=(PICTURE, PICTURE)))
        (post,) = stub.published
        assert [one["description"] for one in post["attachments"]] == ["A dot", "A dot"]
        assert [file["content"] for file in post["files"].values()] == [PIXEL, PIXEL]

    def test_its_limit_has_a_fraction(self, platform: Platform, stub: PlatformStub) -> None:
        stub.fail("publish", "limited")
        with pytest.raises(RateLimited) as caught:
            publish(platform, POST)
        assert caught.value.retry_after == 7.25

    def test_an_address_elsewhere_is_none_of_discord(self) -> None:
        with pytest.raises(InvalidKey) as caught:
            Discord({"webhookUrl": "https://evil.example/api/webhooks/1/token-here"}).check()
        assert "token-here" not in str(caught.value)
