"""Every way out of the house: one guard and one transport, for `requests` and for the vendors' SDKs (httpx2) alike.

A host is looked up once, every address it has is checked (integrations/addresses.py), and the connection goes to a
checked address; the name is kept for the certificate and the Host header, so what the name server says a moment later
changes nothing. Redirects are off, proxies and .netrc are ignored, time and size are limited. What goes wrong is
raised as the errors of integrations/errors.py.

    guard = Guard(allow_hosts=OUTBOUND_ALLOW_HOSTS, trusted_urls=[base_url])
    session(guard).get(url)                      requests
    OpenAI(http_client=client(guard), ...)       an SDK
"""

import logging
import math
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from email.utils import parsedate_to_datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import httpcore2
import httpx2
import requests
import urllib3
from requests.adapters import BaseAdapter, HTTPAdapter

from integrations.addresses import MALFORMED, Guard, Target
from integrations.errors import (
    AddressRefused,
    BadOutput,
    OutsideError,
    Overloaded,
    PermanentError,
    Refused,
    Unreachable,
)
from integrations.failures import sorted_failure

__all__ = ["Guard", "Session", "Transport", "client", "download", "quiet", "retry_after", "session"]

CONNECT_SECONDS = 10.0
TOTAL_SECONDS = 30.0
KEEP_ALIVE_SECONDS = 15.0
CONNECTIONS = 128
MAX_BYTES = 20 * 1024 * 1024
MAX_REDIRECTS = 3
RETRY_SECONDS = 60.0
LONGEST_RETRY_SECONDS = 86_400.0


def client(guard: Guard, *, timeout: float = TOTAL_SECONDS, max_bytes: int = MAX_BYTES) -> httpx2.Client:
    """A client for an SDK. timeout is in seconds for a whole request; a request's own read timeout replaces it."""
    return httpx2.Client(
        transport=Transport(guard, max_bytes), timeout=timeout, follow_redirects=False, trust_env=False
    )


def session(
    guard: Guard, *, timeout: float = TOTAL_SECONDS, max_bytes: int = MAX_BYTES, follow_redirects: bool = False
) -> "Session":
    """A `requests` session. timeout is in seconds for a whole request; a call's own `timeout=` replaces it."""
    return Session(guard, timeout, max_bytes, follow_redirects)


def download(
    guard: Guard, url: str, target: Path, *, max_bytes: int, seconds: float, on_part: Callable[[int], None]
) -> str:
    """Fetch an address into a file, at most so many bytes in so many seconds; returns its content type.

    on_part is told how many bytes there are; what it raises ends it. Redirects are followed three times, each checked.
    Raises the errors of integrations/errors.py; what is there of the file is the caller's to remove.
    """
    ends = time.monotonic() + seconds
    with (
        target.open("wb") as file,
        httpx2.Client(transport=Download(guard, max_bytes, file, on_part), trust_env=False) as sender,
    ):
        for _hop in range(MAX_REDIRECTS + 1):
            file.seek(0)
            file.truncate()
            answer = sender.get(url, timeout=max(0.1, ends - time.monotonic()))
            if not answer.is_redirect:
                break
            url = str(answer.next_request.url) if answer.next_request else ""
    if answer.is_success and not answer.is_redirect:
        return str(answer.headers.get("content-type", ""))
    what = f"{answer.url.host} answered with status {answer.status_code}"
    if answer.status_code >= 500 or answer.status_code == 429:
        raise Overloaded(f"{what}. It is tried again.")
    raise Refused(f"{what}: there is no file to be had. Check the address, or upload the file.")


def retry_after(headers: Mapping[str, str], default: float = RETRY_SECONDS) -> float:
    """How many seconds the server wants us to wait: 1 to 86,400; the default where it does not say so sensibly."""
    for name, divisor in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            return bounded(float(headers.get(name) or "") / divisor, default)
        except ValueError:
            continue
    try:
        return bounded(parsedate_to_datetime(headers.get("retry-after") or "").timestamp() - time.time(), default)
    except ValueError:
        return default


def bounded(seconds: float, default: float = RETRY_SECONDS) -> float:
    """A wait between a second and a day; the default for a number that is none."""
    return min(max(1.0, seconds), LONGEST_RETRY_SECONDS) if math.isfinite(seconds) and seconds >= 0 else default


class Discreet(logging.Filter):
    """Lets pass what is not for debugging: that has headers and bodies in it, and those have keys in them."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is at least an INFO."""
        return record.levelno >= logging.INFO


discreet = Discreet()


def quiet(*loggers: str) -> None:
    """Keep the debugging of these libraries out of every log, whatever level somebody sets."""
    for name in loggers:
        logging.getLogger(name).addFilter(discreet)


quiet("httpcore2.connection", "httpcore2.http11")


# -- requests ---------------------------------------------------------------------------------------------------------


class Session(requests.Session):
    """requests over our transport. Where redirects are followed at all, each of at most three is checked."""

    def __init__(self, guard: Guard, timeout: float, max_bytes: int, follow_redirects: bool) -> None:
        super().__init__()
        self.trust_env = False
        self.max_redirects = MAX_REDIRECTS
        self.timeout = timeout
        self.follow_redirects = follow_redirects
        self.adapters.clear()
        for scheme in ("https://", "http://"):
            self.mount(scheme, Adapter(Transport(guard, max_bytes)))

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any) -> requests.Response:
        """Send a request; raises the errors of integrations/errors.py, never those of requests."""
        kwargs["allow_redirects"] = self.follow_redirects  # get() has set it to True, which nobody asked for
        kwargs.setdefault("timeout", self.timeout)
        try:
            return super().request(method, url, *args, **kwargs)
        except requests.TooManyRedirects:
            failure: OutsideError = PermanentError(
                f"The server sends us on more than {MAX_REDIRECTS} times. Check the address."
            )
        except (requests.exceptions.InvalidSchema, requests.exceptions.MissingSchema, requests.exceptions.InvalidURL):
            failure = AddressRefused(MALFORMED)
        except requests.RequestException as error:
            failure = PermanentError(f"The request cannot be made ({type(error).__name__}). Check what was entered.")
        raise failure


class Adapter(BaseAdapter):
    """Lets requests speak through our transport."""

    def __init__(self, transport: "Transport") -> None:
        super().__init__()
        self.transport = transport

    def send(  # type: ignore[override]
        self, request: requests.PreparedRequest, stream: bool = False, timeout: Any = None, *_: Any, **__: Any
    ) -> requests.Response:
        """Send one request; timeout is a number of seconds, or requests' (connect, read)."""
        connect, total = timeout if isinstance(timeout, tuple) else (timeout, timeout)
        try:
            ours = httpx2.Request(
                request.method or "GET",
                request.url or "",
                headers=list(request.headers.items()),
                content=request.body,
                extensions={"timeout": {"connect": connect, "read": total}},
            )
        except httpx2.InvalidURL:
            raise AddressRefused(MALFORMED) from None
        answer = self.transport.handle_request(ours)
        raw = urllib3.HTTPResponse(
            body=BytesIO(answer.content),
            headers=urllib3.HTTPHeaderDict(answer.headers.multi_items()),
            status=answer.status_code,
            reason=answer.reason_phrase,
            preload_content=False,
            request_method=ours.method,
        )
        return HTTPAdapter().build_response(request, raw)

    def close(self) -> None:
        """Close the connections."""
        self.transport.close()


# -- the transport ----------------------------------------------------------------------------------------------------


class Exchange(threading.local):
    """The request this thread is in: where it goes, and when (time.monotonic) it must have ended."""

    target: Target
    ends = math.inf

    def left(self, seconds: float | None) -> float | None:
        """At most so many seconds, and no more than are left; raises ReadTimeout when none are."""
        left = self.ends - time.monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout
        return min(left, math.inf if seconds is None else seconds)


exchange = Exchange()


class Transport(httpx2.BaseTransport):
    """Sends a request to a checked address and reads the whole answer, within the limits."""

    def __init__(self, guard: Guard, max_bytes: int = MAX_BYTES) -> None:
        self.guard = guard
        self.max_bytes = max_bytes
        self.pool = httpcore2.ConnectionPool(
            ssl_context=tls(),
            max_connections=CONNECTIONS,
            keepalive_expiry=KEEP_ALIVE_SECONDS,
            network_backend=Network(guard),
        )

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send, and read the answer; raises the errors of integrations/errors.py."""
        url = request.url
        target = self.guard.target(url.scheme, url.raw_host.decode(), url.port, bool(url.userinfo))
        wanted = request.extensions.get("timeout") or {}
        total = wanted.get("read") or TOTAL_SECONDS
        connect = min(wanted.get("connect") or CONNECT_SECONDS, CONNECT_SECONDS, total)
        exchange.target, exchange.ends = target, time.monotonic() + total
        try:
            return self._send(request, target, {"connect": connect, "pool": total, "read": total, "write": total})
        except OutsideError:
            raise
        except Exception as error:
            failure = sorted_failure(error, target, total)
        raise failure

    def _send(self, request: httpx2.Request, target: Target, timeout: dict[str, float]) -> httpx2.Response:
        host = target.host.encode()
        headers = [(name, value) for name, value in request.headers.raw if name.lower() != b"accept-encoding"]
        ours = httpcore2.Request(
            request.method,
            httpcore2.URL(scheme=target.scheme, host=host, port=target.port, target=request.url.raw_path),
            headers=[*headers, (b"Accept-Encoding", b"gzip")],
            content=request.stream,  # type: ignore[arg-type]
            extensions={"timeout": timeout},
        )
        with closing(self.pool.handle_request(ours)) as answer:
            received = httpx2.Headers(answer.headers)
            parts: Iterable[bytes] = answer.iter_stream()
            if encoding := received.pop("content-encoding", "").strip().lower():
                if encoding not in ("gzip", "identity"):
                    raise BadOutput(f"{target.host} answered packed as {encoding[:20]!r}, which we did not ask for.")
                parts = unpacked(parts, self.max_bytes) if encoding == "gzip" else parts
            body = self._limited(parts, target)
        received.pop("transfer-encoding", None)
        if request.method != "HEAD":
            received["content-length"] = str(len(body))
        return httpx2.Response(answer.status, headers=received, content=body, request=request)

    def _limited(self, parts: Iterable[bytes], target: Target) -> bytes:
        body = bytearray()
        for part in parts:
            body += part
            if len(body) > self.max_bytes:
                size = f"{self.max_bytes / 1024 / 1024:.3g} MB"
                raise BadOutput(f"{target.host} sent more than {size}, which is more than we take. Check the address.")
        return bytes(body)

    def close(self) -> None:
        """Close the connections."""
        self.pool.close()


class Download(Transport):
    """A transport whose answers go into a file, piece by piece."""

    def __init__(self, guard: Guard, max_bytes: int, file: IO[bytes], on_part: Callable[[int], None]) -> None:
        super().__init__(guard, max_bytes)
        self.file = file
        self.on_part = on_part
        self.ended_by: Exception | None = None

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """As any transport; what on_part raises goes to the caller as it is."""
        try:
            return super().handle_request(request)
        except OutsideError:
            if self.ended_by is not None:
                raise self.ended_by from None
            raise

    def _limited(self, parts: Iterable[bytes], target: Target) -> bytes:
        for part in parts:
            self.file.write(part)
            if self.file.tell() > self.max_bytes:
                size = f"{self.max_bytes / 1024 / 1024:.3g} MB"
                raise Refused(f"The file at {target.host} has more than {size}, which is more than we take.")
            try:
                self.on_part(self.file.tell())
            except Exception as error:
                self.ended_by = error
                raise
        return b""


def unpacked(parts: Iterable[bytes], max_bytes: int) -> Iterable[bytes]:
    """Unzip, a little at a time: a small answer may unpack to gigabytes."""
    unzip = zlib.decompressobj(wbits=31)
    for part in parts:
        while part:
            yield unzip.decompress(part, max_bytes)
            part = unzip.unconsumed_tail
    if not unzip.eof:
        raise zlib.error("cut")


@cache
def tls() -> ssl.SSLContext:
    """The certificates of this machine, or those of SSL_CERT_FILE."""
    return httpcore2.default_ssl_context()


class Network(httpcore2.NetworkBackend):
    """Connects to the addresses that the guard has checked."""

    def __init__(self, guard: Guard) -> None:
        self.guard = guard
        self.sockets = httpcore2.SyncBackend()

    def connect_tcp(self, host: str, port: int, timeout: float | None = None, *args: Any, **kwargs: Any) -> "Stream":
        """Look the host of the exchange up, check it, and connect to the first of its addresses that answers."""
        failure: Exception = Unreachable(f"{host} has no address. Check the name.")
        for address in self.guard.resolve(exchange.target):
            try:
                return Stream(self.sockets.connect_tcp(address, port, exchange.left(timeout), *args, **kwargs))
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure


class Stream(httpcore2.NetworkStream):
    """A connection that knows when the request in hand must have ended, however slowly its bytes drip."""

    def __init__(self, stream: httpcore2.NetworkStream) -> None:
        self.stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what is there."""
        return self.stream.read(max_bytes, exchange.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all of it."""
        self.stream.write(buffer, exchange.left(timeout))

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> "Stream":
        """Encrypt; the certificate must be that of the name, not of the address."""
        return Stream(self.stream.start_tls(ssl_context, server_hostname, exchange.left(timeout)))

    def close(self) -> None:
        """Hang up."""
        self.stream.close()

    def get_extra_info(self, info: str) -> Any:
        """What the connection knows about itself."""
        return self.stream.get_extra_info(info)
