"""An incoming webhook of Slack: it answers with words, as Slack does."""

import json
from dataclasses import dataclass

from tests.integrations.platforms.stubs import PlatformStub, Reply, Seen, send

HOOK = "/services/T0/B0/abcdefghijkl"


def words(status: int, text: str, **headers: str) -> Reply:
    return send(status, text.encode(), Content_Type="text/plain", **headers)


@dataclass
class SlackStub(PlatformStub):
    """A webhook of one channel; posts nothing without a text."""

    def step_of(self, seen: Seen) -> str:
        return "check" if seen.body == b"{}" else "publish"

    def limited(self) -> Reply:
        return words(429, "rate_limited", Retry_After="7")

    def expired(self) -> Reply:
        return words(403, "invalid_token")

    def refused(self) -> Reply:
        return words(403, "action_prohibited")

    def accept(self, step: str, seen: Seen) -> Reply:
        if not self.valid or seen.path != HOOK:
            return words(404, "no_service")
        if seen.method != "POST" or seen.headers.get("content-type") != "application/json":
            return words(400, "invalid_payload")
        try:
            message = json.loads(seen.body)
        except ValueError:
            return words(400, "invalid_payload")
        if not message.get("text"):
            return words(400, "no_text")
        self.published.append(message)
        return words(200, "ok")
