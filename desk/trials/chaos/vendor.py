"""A vendor in a bad mood, for OpenAI and TMDb: it answers, breaks, and repeats the key it was given in its errors."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from typing import Any

TEXT = "# A title\n\n" + "This is a sentence that a language model could have written. " * 12
MOODS = ("well", "busy", "wrong key", "hangs up")


@contextmanager
def serving() -> Iterator[int]:
    """Serve in a thread while it is entered; yields the port on 127.0.0.1."""

    class Handler(_Handler):
        moods = cycle(MOODS)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    moods: Iterator[str]

    def do_POST(self) -> None:
        """OpenAI's Responses API."""
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        mood = next(self.moods)
        if mood == "well":
            self._send(200, _response())
        elif mood == "hangs up":
            self.close_connection = True
        else:
            status, code = (500, "server_error") if mood == "busy" else (401, "invalid_api_key")
            words = f"Incorrect API key provided: {self.headers.get('Authorization')}"
            self._send(status, {"error": {"message": words, "type": code, "code": code, "param": None}})

    def do_GET(self) -> None:
        """TMDb, which knows no key; a v3 key comes in the address."""
        words = f"Invalid API key: {self.path} {self.headers.get('Authorization')}"
        self._send(401, {"success": False, "status_code": 7, "status_message": words})

    def handle(self) -> None:
        with suppress(OSError):  # the worker was killed
            super().handle()

    def _send(self, status: int, data: Any) -> None:
        body = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


def _response() -> dict[str, Any]:
    content = [{"type": "output_text", "text": TEXT}]
    usage = {"input_tokens": 100, "output_tokens": 50, "total_tokens": 150}
    usage |= {"input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0}}  # type: ignore[dict-item]
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "status": "completed",
        "incomplete_details": None,
        "error": None,
        "model": "chaos",
        "output": [{"type": "message", "id": "m", "role": "assistant", "status": "completed", "content": content}],
        "usage": usage,
    }
