"""Signatures of webhooks as Standard Webhooks has them: `v1,<base64 of HMAC-SHA256(secret, "id.timestamp.body")>`.

A secret reads `whsec_<base64>`; two secrets with a space between them both sign, while one is being replaced.
"""

import base64
import binascii
import hashlib
import hmac
import re
import time

from integrations.errors import InvalidKey

PREFIX = "whsec_"
LEAST_BYTES = 16
TOLERANCE_SECONDS = 300
SECONDS = re.compile(r"[0-9]{1,12}")


def keys_of(secret: str) -> list[bytes]:
    """The keys in a secret; raises InvalidKey, without repeating it, where it has another form."""
    found = []
    for one in secret.split():
        try:
            key = base64.b64decode(one.removeprefix(PREFIX), validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if not one.startswith(PREFIX) or len(key) < LEAST_BYTES:
            raise InvalidKey(
                f"The secret is none: it reads {PREFIX} and then at least {LEAST_BYTES} bytes as base64. Copy it again."
            )
        found.append(key)
    if not found:
        raise InvalidKey(f"A secret is needed: {PREFIX} and then at least {LEAST_BYTES} bytes as base64.")
    return found


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """The header webhook-signature, one signature for each key. timestamp is in seconds. Raises InvalidKey."""
    return " ".join(_signatures(secret, message_id, str(timestamp), body))


def verify(secret: str, message_id: str, timestamp: str, body: bytes, header: str, now: float | None = None) -> bool:
    """Whether one signature of a header fits, and it is at most five minutes old or early; takes the same time always.

    All but the secret are as they came, in whatever form. Raises InvalidKey for a secret of ours that is none.
    """
    ours = [one.encode() for one in _signatures(secret, message_id, timestamp, body)]
    theirs = [one.encode(errors="replace") for one in header.split()]
    fits = [hmac.compare_digest(mine, other) for mine in ours for other in theirs]
    if not SECONDS.fullmatch(timestamp):
        return False
    return abs((time.time() if now is None else now) - int(timestamp)) <= TOLERANCE_SECONDS and any(fits)


def _signatures(secret: str, message_id: str, timestamp: str, body: bytes) -> list[str]:
    signed = f"{message_id}.{timestamp}.".encode(errors="replace") + body
    digests = [hmac.new(key, signed, hashlib.sha256).digest() for key in keys_of(secret)]
    return [f"v1,{base64.b64encode(digest).decode()}" for digest in digests]
