"""A small server that speaks as OpenAI, Anthropic and Gemini do, knows their keys and models, and fails as told."""

import gzip
import json
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

VENDORS = ["openai", "anthropic", "gemini"]
MODELS = {"openai": "gpt-6-luna", "anthropic": "claude-sonnet-5-5", "gemini": "gemini-3.8-flash"}
PATHS = {"openai": "/openai/v1", "anthropic": "/anthropic", "gemini": "/gemini"}
TEXT = "# A title\n\nA text."


@dataclass
class Seen:
    """One request that arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


# A reply writes to the connection whatever it likes.
Reply = Callable[["Handler"], None]


@dataclass
class Stub:
    """What the server answers: the scripted replies first, one a request, then what a healthy vendor would."""

    url: str = ""
    keys: set[str] = field(default_factory=lambda: {"good-key"})
    script: deque[Reply] = field(default_factory=deque)
    seen: list[Seen] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    def base_url(self, vendor: str) -> str:
        return self.url + PATHS[vendor]

    def then(self, *replies: Reply) -> "Stub":
        self.script.extend(replies)
        return self


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    stub: Stub

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        seen = Seen(self.command, self.path, {name.lower(): value for name, value in self.headers.items()}, body)
        self.stub.seen.append(seen)
        reply = self.stub.script.popleft() if self.stub.script else healthy(self.stub, seen)
        try:
            reply(self)
        except OSError:  # the client has had enough
            self.close_connection = True

    do_GET = do_POST = do_HEAD = do_PUT = handle_any

    def handle(self) -> None:
        with suppress(ConnectionError):  # the client has hung up
            super().handle()

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def serving() -> Iterator[Stub]:
    """A stub on a free port of 127.0.0.1."""
    stub = Stub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("StubHandler", (Handler,), {"stub": stub}))
    server.daemon_threads = True
    stub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield stub
    finally:
        stub.stopping.set()
        server.shutdown()
        server.server_close()
        thread.join()


# -- replies of any server --------------------------------------------------------------------------------------------


def send(status: int, body: bytes, **headers: str) -> Reply:
    def reply(handler: Handler) -> None:
        handler.send_response(status)
        headers.setdefault("Content-Type", "application/json")
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return reply


def answer(body: Any, status: int = 200, **headers: str) -> Reply:
    return send(status, json.dumps(body).encode(), **headers)


def html(status: int = 200) -> Reply:
    return send(status, b"<html><body>Please log in</body></html>", Content_Type="text/html")


def html_called_json(status: int = 200) -> Reply:
    return send(status, b"<html><body>Please log in</body></html>")


def redirect(location: str) -> Reply:
    return send(302, b"", Location=location)


def cut(body: bytes = b'{"id": "half') -> Reply:
    """Promise more than is sent, then hang up."""

    def reply(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body) + 1000))
        handler.end_headers()
        handler.wfile.write(body)
        handler.close_connection = True

    return reply


def drop(handler: Handler) -> None:
    """Hang up without a word."""
    handler.close_connection = True


def hang(handler: Handler) -> None:
    """Say nothing, and do not hang up."""
    handler.stub.stopping.wait(20)
    handler.close_connection = True


def drip(piece: bytes = b"x" * 65536, pause: float = 0.0) -> Reply:
    """Send a body without end."""

    def reply(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        handler.close_connection = True
        while not handler.stub.stopping.wait(pause):
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))

    return reply


def packed(body: bytes) -> Reply:
    return send(200, gzip.compress(body), Content_Encoding="gzip")


# -- replies of the vendors -------------------------------------------------------------------------------------------


def vendor_of(path: str) -> str:
    return next(vendor for vendor, start in PATHS.items() if path.startswith(start))


def key_of(seen: Seen) -> str:
    return seen.headers.get("x-goog-api-key") or seen.headers.get("authorization", "").removeprefix("Bearer ")


def healthy(stub: Stub, seen: Seen) -> Reply:
    vendor = vendor_of(seen.path)
    if key_of(seen) not in stub.keys:
        return wrong_key(vendor)
    if seen.method == "GET":
        return model_list(vendor)
    if MODELS[vendor] not in seen.body.decode() + seen.path:
        return no_model(vendor)
    return text(vendor)


def wrong_key(vendor: str) -> Reply:
    if vendor == "gemini":
        info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}
        return problem(vendor, 400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", [info])
    code = {"openai": "invalid_api_key", "anthropic": "authentication_error"}[vendor]
    return problem(vendor, 401, code, "Incorrect API key provided: good-***-key")


def no_model(vendor: str) -> Reply:
    code = {"openai": "model_not_found", "anthropic": "not_found_error", "gemini": "NOT_FOUND"}[vendor]
    return problem(vendor, 404, code, "The model does not exist")


def problem(vendor: str, status: int, code: str = "", words: str = "", details: Any = None, **headers: str) -> Reply:
    """An error in the vendor's form."""
    error: dict[str, Any] = {"message": words}
    if vendor == "openai":
        error |= {"type": code, "code": code, "param": None}
    elif vendor == "anthropic":
        error |= {"type": code, "details": details}
        return answer({"type": "error", "error": error, "request_id": "req_1"}, status, **headers)
    else:
        error |= {"code": status, "status": code, "details": details or []}
    return answer({"error": error}, status, **headers)


def text(
    vendor: str, said: str = TEXT, *, ending: str = "stop", no_usage: bool = False, thought: str = "", **more: Any
) -> Reply:
    """An answer in the vendor's form; ending is "stop", "length" or "refused"."""
    return answer({**FORMS[vendor](said, ending, no_usage, thought), **more}, **REQUEST_ID.get(vendor, {}))


REQUEST_ID = {"openai": {"x_request_id": "req_1"}, "anthropic": {"request_id": "req_1"}}


def openai_form(said: str, ending: str, no_usage: bool, thought: str) -> dict[str, Any]:
    kind = {"type": "refusal", "refusal": said} if ending == "refused" else {"type": "output_text", "text": said}
    output: list[Any] = [{"type": "message", "id": "m", "role": "assistant", "status": "completed", "content": [kind]}]
    if thought:
        output.insert(0, {"type": "reasoning", "id": "r", "summary": [{"type": "summary_text", "text": thought}]})
    usage = {"input_tokens": 100, "output_tokens": 50, "total_tokens": 150}
    usage |= {"input_tokens_details": {"cached_tokens": 60}, "output_tokens_details": {"reasoning_tokens": 20}}
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "status": "incomplete" if ending == "length" else "completed",
        "incomplete_details": {"reason": "max_output_tokens"} if ending == "length" else None,
        "error": None,
        "model": "gpt-6-luna-2026-10-01",
        "output": output,
        "usage": None if no_usage else usage,
    }


def anthropic_form(said: str, ending: str, no_usage: bool, thought: str) -> dict[str, Any]:
    blocks = [{"type": "thinking", "thinking": thought, "signature": "s"}] if thought else []
    usage = {"input_tokens": 30, "cache_creation_input_tokens": 10, "cache_read_input_tokens": 60, "output_tokens": 50}
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-5-5-20261001",
        "content": [*blocks, {"type": "text", "text": said}],
        "stop_reason": {"stop": "end_turn", "length": "max_tokens", "refused": "refusal"}[ending],
        "stop_details": {"type": "refusal", "category": "cyber"} if ending == "refused" else None,
        "usage": None if no_usage else {**usage, "output_tokens_details": {"thinking_tokens": 20}},
    }


def gemini_form(said: str, ending: str, no_usage: bool, thought: str) -> dict[str, Any]:
    parts = [{"text": thought, "thought": True}] if thought else []
    usage = {"promptTokenCount": 100, "candidatesTokenCount": 30, "thoughtsTokenCount": 20, "totalTokenCount": 150}
    made: dict[str, Any] = {
        "candidates": [
            {
                "content": {"role": "model", "parts": [*parts, {"text": said}]},
                "finishReason": {"stop": "STOP", "length": "MAX_TOKENS", "refused": "SAFETY"}[ending],
            }
        ],
        "modelVersion": "gemini-3.8-flash-001",
        "responseId": "req_1",
    }
    return made if no_usage else {**made, "usageMetadata": {**usage, "cachedContentTokenCount": 60}}


FORMS = {"openai": openai_form, "anthropic": anthropic_form, "gemini": gemini_form}


def model_list(vendor: str) -> Reply:
    if vendor == "openai":
        rows = [
            {"id": "gpt-6-luna", "object": "model", "created": 1, "owned_by": "openai", "shutdown_date": None},
            {"id": "gpt-4o", "object": "model", "created": 1, "owned_by": "openai", "shutdown_date": "2027-01-14"},
            {"id": "gpt-image-2", "object": "model", "created": 1, "owned_by": "openai"},
        ]
        return answer({"object": "list", "data": rows})
    if vendor == "anthropic":
        row = {"type": "model", "id": "claude-sonnet-5-5", "display_name": "Claude Sonnet 5.5", "lifecycle": "active"}
        row |= {"created_at": "2026-10-01T00:00:00Z", "retires_at": None}
        limits = {"max_input_tokens": 1_000_000, "max_tokens": 128_000}
        old = {**row, "id": "claude-sonnet-4-5", "lifecycle": "deprecated", "retires_at": "2026-11-30T00:00:00Z"}
        return answer({"data": [{**row, **limits}, old], "has_more": False, "first_id": "a", "last_id": "b"})
    flash = {"name": "models/gemini-3.8-flash", "displayName": "Gemini 3.8 Flash", "inputTokenLimit": 1_048_576}
    flash |= {"outputTokenLimit": 65_536, "supportedGenerationMethods": ["generateContent", "countTokens"]}
    picture = {**flash, "name": "models/gemini-3.1-flash-image"}
    vector = {"name": "models/embedding-1", "supportedGenerationMethods": ["embedContent"]}
    return answer({"models": [flash, picture, vector]})
