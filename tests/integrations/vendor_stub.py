"""A small server that speaks as the AI vendors do, knows their keys and models, and fails as told."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.integrations import stub_server, vendor_lots
from tests.integrations.stub_server import (
    Handler,
    Reply,
    Seen,
    answer,
    cut,
    drip,
    drop,
    hang,
    html,
    html_called_json,
    packed,
    redirect,
    send,
)
from tests.integrations.vendor_forms import FORMS, LISTS, PICTURE_FORMS, openrouter_key
from tests.integrations.vendor_lots import Lots

__all__ = [
    "EVERYONE",
    "MODELS",
    "PICTURE_MODELS",
    "TEXT",
    "THEIR_MODELS",
    "VENDORS",
    "Handler",
    "Reply",
    "Seen",
    "Stub",
    "answer",
    "cut",
    "drip",
    "drop",
    "hang",
    "html",
    "html_called_json",
    "key_of",
    "packed",
    "picture",
    "problem",
    "redirect",
    "send",
    "serving",
    "text",
    "wrong_key",
]

VENDORS = ["openai", "anthropic", "gemini"]
EVERYONE = [*VENDORS, "openrouter", "compatible"]
THEIR_MODELS = {
    "openai": "gpt-6-luna",
    "anthropic": "claude-sonnet-5-5",
    "gemini": "gemini-3.8-flash",
    "openrouter": "openai/gpt-6-luna",
    "compatible": "qwen4:8b",
}
MODELS = {vendor: THEIR_MODELS[vendor] for vendor in VENDORS}
PICTURE_MODELS = {"openai": "gpt-image-2.5-flare", "gemini": "gemini-3.1-flash-image"}
PATHS = {
    "openai": "/openai/v1",
    "anthropic": "/anthropic",
    "gemini": "/gemini",
    "openrouter": "/openrouter/api/v1",
    "compatible": "/compatible/v1",
}
TEXT = "# A title\n\nA text."
CODES = {"openai": "invalid_api_key", "anthropic": "authentication_error", "openrouter": "", "compatible": ""}
REQUEST_ID = {"anthropic": {"request_id": "req_1"}, "gemini": {}}


@dataclass
class Stub(stub_server.Stub):
    """All vendors at once; what is handed in as a lot is kept in `lots`."""

    lots: Lots = field(default_factory=Lots)

    def base_url(self, vendor: str) -> str:
        return self.url + PATHS[vendor]


@contextmanager
def serving() -> Iterator[Stub]:
    """A stub on a free port of 127.0.0.1."""
    stub = Stub(healthy)
    with stub_server.served(stub):
        yield stub


def vendor_of(path: str) -> str:
    return next(vendor for vendor, start in PATHS.items() if path.startswith(start))


def key_of(seen: Seen) -> str:
    return seen.headers.get("x-goog-api-key") or seen.headers.get("authorization", "").removeprefix("Bearer ")


def healthy(stub: Any, seen: Seen) -> Reply:
    """What a vendor says when nothing is wrong but the key or the model."""
    vendor = vendor_of(seen.path)
    if key_of(seen) not in stub.keys:
        return wrong_key(vendor)
    lanes = {"openai": vendor_lots.openai, "anthropic": vendor_lots.anthropic}
    if vendor in lanes and (reply := lanes[vendor](stub.lots, seen)):
        return reply
    if seen.path.endswith("/api/v1/key"):
        return answer(openrouter_key())
    if seen.method == "GET":
        return answer(LISTS[vendor]())
    asked = seen.body.decode() + seen.path
    if PICTURE_MODELS.get(vendor, "nothing") in asked:
        return picture(vendor)
    return text(vendor) if THEIR_MODELS[vendor] in asked else no_model(vendor)


def wrong_key(vendor: str) -> Reply:
    if vendor == "gemini":
        info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}
        return problem(vendor, 400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", [info])
    return problem(vendor, 401, CODES[vendor], "Incorrect API key provided: good-***-key")


def no_model(vendor: str) -> Reply:
    code = {"openai": "model_not_found", "anthropic": "not_found_error", "gemini": "NOT_FOUND"}.get(vendor, "")
    return problem(vendor, 404, code, "The model does not exist")


def problem(vendor: str, status: int, code: str = "", words: str = "", details: Any = None, **headers: str) -> Reply:
    """An error in the vendor's form; details are Anthropic's and Google's, and OpenRouter's metadata."""
    error: dict[str, Any] = {"message": words}
    if vendor == "anthropic":
        error |= {"type": code, "details": details}
        return answer({"type": "error", "error": error, "request_id": "req_1"}, status, **headers)
    if vendor == "gemini":
        error |= {"code": status, "status": code, "details": details or []}
    elif vendor == "openrouter":
        error |= {"code": status, "metadata": {"error_type": code} if details is None else details}
    else:
        error |= {"type": code, "code": code, "param": None}
    return answer({"error": error}, status, **headers)


def text(
    vendor: str, said: str = TEXT, *, ending: str = "stop", no_usage: bool = False, thought: str = "", **more: Any
) -> Reply:
    """An answer in the vendor's form; ending is "stop", "length" or "refused"."""
    headers = REQUEST_ID.get(vendor, {"x_request_id": "req_1"})
    return answer({**FORMS[vendor](said, ending, no_usage, thought), **more}, **headers)


def picture(vendor: str, **more: Any) -> Reply:
    """A picture in the vendor's form."""
    return answer({**PICTURE_FORMS[vendor](), **more}, **REQUEST_ID.get(vendor, {"x_request_id": "req_1"}))
