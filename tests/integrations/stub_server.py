"""A small server that answers as it is told: the scripted replies first, then what somebody healthy would say."""

import gzip
import json
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


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
    """What the server answers: the scripted replies first, one a request, then what `healthy` says."""

    healthy: Callable[["Stub", Seen], Reply]
    url: str = ""
    keys: set[str] = field(default_factory=lambda: {"good-key"})
    script: deque[Reply] = field(default_factory=deque)
    seen: list[Seen] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    def then(self, *replies: Reply) -> "Stub":
        self.script.extend(replies)
        return self


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else the second half of each answer waits 40 ms for an ACK
    stub: Stub

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        seen = Seen(self.command, self.path, {name.lower(): value for name, value in self.headers.items()}, body)
        self.stub.seen.append(seen)
        reply = self.stub.script.popleft() if self.stub.script else self.stub.healthy(self.stub, seen)
        try:
            reply(self)
        except OSError:  # the client has had enough
            self.close_connection = True

    do_GET = do_POST = do_HEAD = do_PUT = do_DELETE = do_PATCH = handle_any

    def handle(self) -> None:
        with suppress(ConnectionError):  # the client has hung up
            super().handle()

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def served(stub: Stub) -> Iterator[None]:
    """Serve a stub on a free port of 127.0.0.1."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("StubHandler", (Handler,), {"stub": stub}))
    server.daemon_threads = True
    stub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield
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
