"""WhatsApp's Cloud API as far as we use it: it keeps windows and templates, and refuses what the real one refuses."""

import itertools
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from tests.integrations.platforms.stubs import PlatformStub, Reply, Seen
from tests.integrations.stub_server import answer

TOKEN, NUMBER, SECRET, VERIFY = "whatsapp-access-token", "106540352242922", "whatsapp-app-secret", "our-verify-words"
KEYS = {"accessToken": TOKEN, "phoneNumberId": NUMBER, "appSecret": SECRET, "verifyToken": VERIFY}
TEMPLATES = {"hello": (1, 0), "post_approval": (3, 2)}  # name -> variables, quick replies


def problem(code: int, words: str, status: int = 400) -> Reply:
    error = {"message": words, "type": "OAuthException", "code": code, "error_data": {"details": f"Details: {words}"}}
    return answer({"error": error | {"fbtrace_id": "A1"}}, status)


@dataclass
class WhatsAppStub(PlatformStub):
    """One number. open has the people whose window is open; published is what was sent."""

    open: set[str] = field(default_factory=set)
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    def step_of(self, seen: Seen) -> str:
        return "publish" if seen.method == "POST" else "check"

    def expired(self) -> Reply:
        return problem(190, "Error validating access token", 401)

    def limited(self) -> Reply:
        return problem(130429, "Rate limit hit")

    def refused(self) -> Reply:
        return problem(131026, "Message undeliverable")

    def accept(self, step: str, seen: Seen) -> Reply:
        if not self.valid or seen.headers["authorization"] != f"Bearer {TOKEN}":
            return self.expired()
        path = urlsplit(seen.path).path
        if step == "check":
            found = {"display_phone_number": "+1 555", "verified_name": "Acme", "quality_rating": "GREEN"}
            return answer(found) if path == f"/{NUMBER}" else problem(100, "Unsupported get request")
        if path != f"/{NUMBER}/messages":
            return problem(100, "Unsupported post request")
        return self._send(seen.json)

    def _send(self, body: dict[str, Any]) -> Reply:
        to = body.get("to") or body.get("recipient")
        if body.get("messaging_product") != "whatsapp" or not to or str(to).startswith("+"):
            return problem(131009, "Parameter value is not valid")
        if body["type"] == "template":
            if why := self._template(body["template"]):
                return why
        elif to not in self.open:
            return problem(131047, "Re-engagement message")
        elif body["type"] == "text" and len(body["text"]["body"]) > 4096:
            return problem(131009, "Too long")
        elif body["type"] == "interactive" and not self._fits(body["interactive"]):
            return problem(131009, "Parameter value is not valid")
        remote_id = f"wamid.{next(self.numbers)}"
        self.published.append(body | {"id": remote_id})
        contacts = [{"input": to, "wa_id": to}]
        return answer({"messaging_product": "whatsapp", "contacts": contacts, "messages": [{"id": remote_id}]})

    def _template(self, template: dict[str, Any]) -> Reply | None:
        if template["name"] not in TEMPLATES:
            return problem(132001, "Template name does not exist in the translation")
        variables, replies = TEMPLATES[template["name"]]
        body = [one for one in template["components"] if one["type"] == "body"]
        values = [one["text"] for part in body for one in part["parameters"]]
        buttons = [one for one in template["components"] if one["type"] == "button"]
        if len(values) != variables or len(buttons) != replies:
            return problem(132000, "Number of parameters does not match")
        if any(not value or "\n" in value or "\t" in value or "    " in value for value in values):
            return problem(132012, "Parameter format does not match")
        return None

    def _fits(self, interactive: dict[str, Any]) -> bool:
        buttons = [one["reply"] for one in interactive["action"]["buttons"]]
        lengths = all(len(one["title"]) <= 20 and len(one["id"]) <= 256 for one in buttons)
        return len(buttons) <= 3 and lengths and len(interactive["body"]["text"]) <= 1024
