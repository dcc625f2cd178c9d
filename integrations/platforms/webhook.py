"""A webhook of one's own, signed as Standard Webhooks has it: what is published is posted there as JSON.

The id of a delivery stays the same, so a receiver knows a repeated one; that makes it safe to send again.
"""

import json
import time
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urlsplit

from integrations.errors import OutsideError, Refused
from integrations.http import Guard
from integrations.platforms.base import Credential, Delivery, Draft, Limits, Posted, Profile
from integrations.platforms.remote import Answer, Remote
from integrations.platforms.signing import keys_of, sign


class Webhook(Remote):
    """An address of one's own that takes what is published."""

    name: ClassVar[str] = "webhook"
    label: ClassVar[str] = "The webhook"
    delivery = Delivery.IDEMPOTENT
    credentials: ClassVar[tuple[Credential, ...]] = (
        Credential("url", "Address", "Where it is posted to: public https."),
        Credential("secret", "Secret", "whsec_ and base64; two, with a space between, while one is replaced."),
    )
    limits: ClassVar[Limits] = Limits(text=None)

    def check(self) -> Profile:
        """Address and secret are looked at, and the host is looked up; nothing is sent."""
        keys_of(self.given.get("secret", ""))
        guard = Guard(allow_hosts=self.allow_hosts, trusted_urls=self.trusted_urls)
        target = guard.read(self.given["url"])
        guard.resolve(target)
        return Profile(remote_id=target.host, name=target.host, note="Nothing was sent: the first delivery will tell.")

    def publish(self, draft: Draft, prepared: Mapping[str, Any]) -> Posted:
        """Deliver it; any 2xx is a receipt. The body is the same each time."""
        body = json.dumps(_payload(draft), ensure_ascii=False, sort_keys=True).encode()
        timestamp = int(time.time())
        headers = {
            "Content-Type": "application/json",
            "webhook-id": draft.key,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(self.given.get("secret", ""), draft.key, timestamp, body),
        }
        self.call("POST", self.given["url"], creates=True, wants_json=False, data=body, headers=headers)
        return Posted(remote_id=draft.key)

    def sorted_problem(self, answer: Answer, creates: bool) -> OutsideError:
        """410 is how a receiver says that it wants nothing any more."""
        if answer.status == 410:
            return Refused("The webhook was switched off by its receiver (410). Enter another address.")
        return super().sorted_problem(answer, creates)

    def says(self, words: str) -> str:
        """Its words, without the address: a secret may be part of that."""
        path = urlsplit(self.given.get("url", "")).path
        return super().says(words.replace(path, "***") if len(path) > 3 else words)


def _payload(draft: Draft) -> dict[str, Any]:
    names = {"text": draft.text, "title": draft.title, "html": draft.html, "excerpt": draft.excerpt}
    names |= {"slug": draft.slug, "canonicalUrl": draft.canonical_url, "language": draft.language}
    return {
        "type": "post.publish",
        "timestamp": draft.created_at.isoformat(),
        "data": {**names, "tags": list(draft.tags)},
    }
