"""A webhook of Discord that checks what the real one checks. Its messages do not say which server they are on."""

import itertools
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from tests.integrations.platforms.forms import form_of
from tests.integrations.platforms.stubs import PlatformStub, Reply, Seen, send
from tests.integrations.stub_server import answer

HOOK = "/api/webhooks/123/a-token-of-a-webhook"
FILE_BYTES = 10 * 1024 * 1024
FIELDS = {"content", "username", "avatar_url", "embeds", "allowed_mentions", "attachments"}


def problem(status: int, code: int, message: str, **more: Any) -> Reply:
    return answer({"message": message, "code": code, **more}, status)


def bad_field(name: str, words: str) -> Reply:
    errors = {name: {"_errors": [{"code": "BASE_TYPE_BAD_LENGTH", "message": words}]}}
    return problem(400, 50035, "Invalid Form Body", errors=errors)


def unknown_webhook() -> Reply:
    return problem(404, 10015, "Unknown Webhook")


@dataclass
class DiscordStub(PlatformStub):
    """A webhook of one channel of a server."""

    ids: Any = field(default_factory=lambda: itertools.count(1_400_000_000_000_000_001))
    guild: str | None = "8"

    def step_of(self, seen: Seen) -> str:
        return {"GET": "check", "DELETE": "delete"}.get(seen.method, "publish")

    def limited(self) -> Reply:
        return answer({"message": "You are being rate limited.", "retry_after": 7.25, "global": False}, 429)

    def expired(self) -> Reply:
        return problem(401, 50027, "Invalid Webhook Token")

    def refused(self) -> Reply:
        return problem(400, 50006, "Cannot send an empty message")

    def accept(self, step: str, seen: Seen) -> Reply:
        path, query = urlsplit(seen.path).path, urlsplit(seen.path).query
        if not self.valid or not f"{path}/".startswith(f"{HOOK}/"):
            return self.expired()
        if step == "check":
            hook = {"type": 1, "id": "123", "name": "Films", "channel_id": "9", "guild_id": self.guild}
            return answer(hook | {"token": HOOK.rpartition("/")[2]})
        if step == "delete":
            return self._delete(path.rpartition("/")[2])
        assert query == "wait=true"
        return self._post(seen)

    def _post(self, seen: Seen) -> Reply:
        files: dict[str, Any] = {}
        if seen.headers["content-type"].startswith("multipart/form-data"):
            fields, files = form_of(seen)
            message = json.loads(fields["payload_json"])
        else:
            message = seen.json
        assert set(message) <= FIELDS
        if len(message.get("content", "")) > 2000:
            return bad_field("content", "Must be 2000 or fewer in length.")
        if not 1 <= len(message.get("username", "x")) <= 80:
            return bad_field("username", "Must be between 1 and 80 in length.")
        if not message.get("content", "").strip() and not files:
            return self.refused()
        if len(files) > 10 or any(len(one["content"]) > FILE_BYTES for one in files.values()):
            return problem(413, 40005, "Request entity too large")
        attachments = message.get("attachments", [])
        assert {f"files[{one['id']}]" for one in attachments} == set(files)
        number = str(next(self.ids))
        self.published.append({"id": number, **message, "files": files})
        return answer({"id": number, "type": 0, "channel_id": "9", "webhook_id": "123", "content": "…"})

    def _delete(self, number: str) -> Reply:
        before = len(self.published)
        self.published = [one for one in self.published if one["id"] != number]
        return send(204, b"") if len(self.published) < before else problem(404, 10008, "Unknown Message")
