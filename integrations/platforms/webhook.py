"""A webhook of one's own, signed as Standard Webhooks has it: what is published is posted there as JSON.

The id of a delivery stays the same, so a receiver knows a repeated one; that makes it safe to send again. Files are
named in it and not sent: such messages are to be small, and whoever wants a file fetches it.
"""

import json
import time
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urlsplit

from integrations.errors import InvalidKey, OutsideError, Refused
from integrations.http import Guard
from integrations.platforms.base import Credential, Delivery, Draft, Limits, Posted, Profile
from integrations.platforms.remote import Answer, Remote
from integrations.platforms.secret_addresses import hidden
from integrations.platforms.signing import keys_of, sign

MOST_FILES = 20


class Gone(Refused):
    """The receiver wants nothing any more."""


class Webhook(Remote):
    """An address of one's own that takes what is published."""

    name: ClassVar[str] = "webhook"
    label: ClassVar[str] = "The webhook"
    delivery = Delivery.IDEMPOTENT
    credentials: ClassVar[tuple[Credential, ...]] = (
        Credential("url", "Address", "Where it is posted to: public https."),
        Credential("secret", "Secret", "whsec_ and base64; two, with a space between, while one is replaced."),
    )
    mixes_media: ClassVar[bool] = True
    limits: ClassVar[Limits] = Limits(text=None, images=MOST_FILES, videos=MOST_FILES)

    def check(self) -> Profile:
        """Address and secret are looked at, and the host is looked up; nothing is sent."""
        keys_of(self.given.get("secret", ""))
        guard = Guard(allow_hosts=self.allow_hosts, trusted_urls=self.trusted_urls)
        target = guard.read(self._url())
        guard.resolve(target)
        note = "Nothing was sent: the first delivery will tell."
        return Profile(target.host, target.host, limits=self.limits, note=note)

    def publish(self, draft: Draft, prepared: Mapping[str, Any]) -> Posted:
        """Deliver it; any 2xx is a receipt. The body is the same each time."""
        self.post(draft.key, body_of(draft))
        return Posted(draft.key, note="The files are named in it, not sent." if draft.media else "")

    def post(self, message_id: str, body: bytes) -> None:
        """Post these bytes under an id, signed; any 2xx is a receipt. Raises as `publish` does, and Gone."""
        timestamp = int(time.time())
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(self.given.get("secret", ""), message_id, timestamp, body),
        }
        self.call("POST", self._url(), creates=True, wants_json=False, data=body, headers=headers)

    def _url(self) -> str:
        url = self.given.get("url", "").strip()
        if not url:
            raise InvalidKey("The webhook needs an address: public https, where what is published is posted to.")
        return url

    def sorted_problem(self, answer: Answer, creates: bool) -> OutsideError:
        """410 is how a receiver says that it wants nothing any more."""
        if answer.status == 410:
            return Gone("The webhook was switched off there (410). Enter another address.")
        return super().sorted_problem(answer, creates)

    def says(self, words: str) -> str:
        """Its words, without the address, which may have a secret in it, and without the secrets."""
        url = self._url()
        parts = urlsplit(url)
        return super().says(hidden(words, url, parts.path, parts.query, *self.given.get("secret", "").split()))


def body_of(draft: Draft) -> bytes:
    """What is posted, as JSON: the same bytes for the same draft."""
    names = {"text": draft.text, "title": draft.title, "html": draft.html, "excerpt": draft.excerpt}
    names |= {"slug": draft.slug, "canonicalUrl": draft.canonical_url, "language": draft.language}
    media = [{"name": one.name, "mime": one.mime, "alt": one.alt, "bytes": one.size} for one in draft.media]
    body = {
        "type": "post.publish",
        "timestamp": draft.created_at.isoformat(),
        "data": {**names, "tags": list(draft.tags), "media": media},
    }
    return json.dumps(body, sort_keys=True).encode()
