"""How the tests ask a provider at the stub."""

from typing import Any

import pytest

from integrations.errors import OutsideError
from integrations.providers import providers
from integrations.providers.base import Request
from integrations.providers.remote import Remote
from tests.integrations.vendor_stub import THEIR_MODELS, Reply, Stub

# The address of a compatible server is a user's: only an operator opens a private one.
HERE = ["127.0.0.1"]


def made(vendor: str, base_url: str = "", key: str = "good-key", **more: Any) -> Remote:
    """The provider at an address."""
    if vendor == "compatible":
        more.setdefault("allow_hosts", HERE)
    return providers.get(vendor)(key, base_url=base_url, **more)


def asked(vendor: str, *, timeout: float = 10.0, **more: Any) -> Request:
    """A request for a text."""
    model = more.pop("model", THEIR_MODELS[vendor])
    return Request(**{"model": model, "system": "You write.", "prompt": "Hello", "timeout": timeout, **more})


def failing(provider: Remote, stub: Stub, *replies: Reply, request: Request | None = None) -> OutsideError:
    """The error of a request that was made once."""
    stub.then(*replies)
    before = len(stub.seen)
    with pytest.raises(OutsideError) as caught:
        provider.complete(request or asked(provider.name))
    assert len(stub.seen) == before + 1, "it was asked more than once"
    return caught.value
