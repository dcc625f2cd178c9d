"""A receiver of signed webhooks: it checks the signature over the raw bytes, and knows the ids that it has had."""

import base64
from dataclasses import dataclass

from integrations.platforms.signing import verify
from tests.integrations.platforms.stubs import PlatformStub, Reply, Seen, send
from tests.integrations.stub_server import answer

SECRET = "whsec_" + base64.b64encode(b"a secret of 24 bytes !!!").decode()
OTHER = "whsec_" + base64.b64encode(b"another one of 24 bytes!").decode()
PATH = "/hook/a-secret-path"


@dataclass
class WebhookStub(PlatformStub):
    """Takes a delivery once, and answers 204 each time. secret is the one that it checks with."""

    secret: str = SECRET
    types: tuple[str, ...] = ("post.publish",)  # what it wants to hear of; none is everything

    def step_of(self, seen: Seen) -> str:
        return "publish"

    def accept(self, step: str, seen: Seen) -> Reply:
        head = seen.headers
        parts = head["webhook-id"], head["webhook-timestamp"], seen.body, head["webhook-signature"]
        if not self.valid or not verify(self.secret, *parts):
            return answer({"error": "the signature is wrong"}, 401)
        if head["content-type"] != "application/json" or (self.types and seen.json["type"] not in self.types):
            return answer({"error": "no post"}, 422)
        if head["webhook-id"] not in [one["id"] for one in self.published]:
            self.published.append({"id": head["webhook-id"], **seen.json})
        return send(204, b"")
