"""Signatures of webhooks as Standard Webhooks has them: `v1,<base64 of HMAC-SHA256(secret, "id.timestamp.body")>`.

A secret reads `whsec_<base64>`; two secrets with a space between them both sign, while one is being replaced.
"""

import base64
import binascii
import hashlib
import hmac
import time

from integrations.errors import InvalidKey

PREFIX = "whsec_"
LEAST_BYTES = 16
TOLERANCE_SECONDS = 300


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
    signed = f"{message_id}.{timestamp}.".encode() + body
    return " ".join(f"v1,{_digest(key, signed)}" for key in keys_of(secret))


def verify(secret: str, message_id: str, timestamp: str, body: bytes, header: str, now: float | None = None) -> bool:
    """Whether a header fits and is not older or newer than five minutes; compared in constant time."""
    if not timestamp.isdecimal() or abs((time.time() if now is None else now) - int(timestamp)) > TOLERANCE_SECONDS:
        return False
    ours = sign(secret, message_id, int(timestamp), body).split()
    return any(hmac.compare_digest(mine, theirs) for mine in ours for theirs in header.split())


def _digest(key: bytes, signed: bytes) -> str:
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
