"""The guard and the limits of every way out, for requests and for the SDKs' httpx2 alike."""

import datetime
import gzip
import ipaddress
import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpcore2
import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from integrations import http
from integrations.errors import AddressRefused, BadOutput, NoAnswer, OutsideError, PermanentError, Unreachable
from integrations.http import Guard
from tests.integrations import vendor_stub
from tests.integrations.vendor_stub import Stub

# Each takes a guard and a URL, and gives (status, body); kwargs are limits.
Get = Callable[..., tuple[int, bytes]]


def by_requests(guard: Guard, url: str, **limits: Any) -> tuple[int, bytes]:
    answer = http.session(guard, **limits).get(url)
    return answer.status_code, answer.content


def by_httpx2(guard: Guard, url: str, **limits: Any) -> tuple[int, bytes]:
    answer = http.client(guard, **limits).get(url)
    return answer.status_code, answer.content


@pytest.fixture(params=[by_requests, by_httpx2])
def get(request: pytest.FixtureRequest) -> Get:
    return request.param


@pytest.fixture
def here(stub: Stub) -> Guard:
    """A guard whose operator has set the stub's address."""
    return Guard(trusted_urls=[stub.url])


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Somebody at 127.0.0.1 who hears every connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        yield server


def was_called(listener: socket.socket) -> bool:
    with suppress(BlockingIOError):
        listener.accept()
        return True
    return False


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """A name server: host -> its addresses. Addresses stand for themselves. `asked` has who was looked up."""
    known: dict[str, list[str]] = {"asked": []}
    real = socket.getaddrinfo

    def look_up(host: str, port: int, *args: Any, **kwargs: Any) -> list[Any]:
        known["asked"].append(host)
        if host in known:
            return [found for one in known[host] for found in real(one, port, type=socket.SOCK_STREAM)]
        with suppress(OSError):
            return real(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return known


@pytest.fixture
def dialled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that a connection was tried to; none is made."""
    tried: list[str] = []

    def connect(_self: Any, host: str, port: int, *_: Any, **__: Any) -> None:
        tried.append(f"{host}:{port}")
        raise httpcore2.ConnectError

    monkeypatch.setattr(httpcore2.SyncBackend, "connect_tcp", connect)
    return tried


# -- where nobody may go ----------------------------------------------------------------------------------------------

HOSTS = """
    127.0.0.1 127.1 127.255.255.254 2130706433 0x7f000001 0x7f.1 0177.0.0.1 017700000001 0.0.0.0 0 [::1] [::]
    [::ffff:127.0.0.1] [::ffff:7f00:1] [::ffff:a9fe:a9fe] [::127.0.0.1] [64:ff9b::127.0.0.1] [64:ff9b::a9fe:a9fe]
    [64:ff9b:1::1] [2002:7f00:1::] [2002:808:808::1] [2001::1] [fe80::1] [fc00::1] [fd12:3456::1] [fec0::1] [ff02::1]
    [100::1] [2001:db8::1] 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 100.64.0.1 169.254.169.254 169.254.170.2
    192.0.0.1 192.0.2.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 240.0.0.1 255.255.255.255
    private.example mixed.example metadata.example six.example PRIVATE.example private.example.
    １２７.0.0.1 127。0。0。1
"""
PRIVATE_NAMES = {
    "private.example": ["127.0.0.1"],
    "mixed.example": ["93.184.215.14", "10.0.0.7"],
    "metadata.example": ["169.254.169.254"],
    "six.example": ["2606:4700::1111", "::1"],
}


@pytest.mark.parametrize("host", HOSTS.split())
def test_private_hosts(get: Get, host: str, listener: socket.socket, names: dict, dialled: list) -> None:
    names.update(PRIVATE_NAMES)
    port = listener.getsockname()[1]
    for url in (f"https://{host}/", f"https://{host}:{port}/", f"http://{host}:{port}/latest?x=1#y"):
        with pytest.raises((AddressRefused, httpx2.InvalidURL)) as caught:
            get(Guard(), url)
        if isinstance(caught.value, AddressRefused) and "no public address" in str(caught.value):
            assert "OUTBOUND_ALLOW_HOSTS" in str(caught.value)
    assert dialled == []


def test_a_listener_hears_nothing(get: Get, listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    for host in ("127.0.0.1", "localhost", "localhost.", "LOCALHOST", "2130706433", "0x7f.1", "0"):
        with pytest.raises((AddressRefused, Unreachable)):
            get(Guard(), f"https://{host}:{port}/")
    assert not was_called(listener)
    with suppress(OutsideError):
        get(Guard(["localhost"]), f"http://localhost:{port}/", timeout=0.1)
    assert was_called(listener)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "gopher://public.example/_x",
        "ftp://public.example/",
        "ws://public.example/",
        "https://user@public.example/",
        "https://user:secret-word@public.example/",
        "https://public.example@127.0.0.1/",
        "https://public.example:6379/",
        "https://public.example:6401/",
        "https://public.example:22/",
        "http://public.example/",
        "http://public.example:443/",
        "https://",
        "https:///path",
        "//public.example/",
        "public.example",
        "",
    ],
)
def test_bad_forms(get: Get, url: str, names: dict, dialled: list) -> None:
    names["public.example"] = ["93.184.215.14"]
    with pytest.raises((AddressRefused, httpx2.UnsupportedProtocol)) as caught:
        get(Guard(), url)
    assert "secret-word" not in str(caught.value)
    assert dialled == []


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://public.example/", "93.184.215.14:443"),
        ("https://public.example./a", "93.184.215.14:443"),
        ("https://PUBLIC.example:8443/", "93.184.215.14:8443"),
        ("https://8.8.8.8/", "8.8.8.8:443"),
        ("https://[2606:4700::1111]/", "2606:4700::1111:443"),
        ("https://[64:ff9b::8.8.8.8]/", "64:ff9b::808:808:443"),
        ("https://bücher.example/", "93.184.215.14:443"),
    ],
)
def test_public_hosts(get: Get, url: str, address: str, names: dict, dialled: list) -> None:
    names["public.example"] = names["xn--bcher-kva.example"] = ["93.184.215.14"]
    with pytest.raises(Unreachable, match="Nothing was sent"):
        get(Guard(), url)
    assert dialled == [address]


def test_the_second_answer_of_the_name_server_changes_nothing(
    get: Get, monkeypatch: pytest.MonkeyPatch, dialled: list
) -> None:
    answers = iter([["93.184.215.14", "93.184.215.15"], ["127.0.0.1"]])

    def rebinding(_host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in next(answers)]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    with pytest.raises(Unreachable):
        get(Guard(), "https://rebinding.example/")
    assert dialled == ["93.184.215.14:443", "93.184.215.15:443"]
    assert list(answers) == [["127.0.0.1"]], "the name was looked up more than once"


# -- what an operator opens -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "url", "open_"),
    [
        ("inside.example", "http://inside.example:9000/", True),
        ("INSIDE.example.", "https://inside.example/", True),
        ("inside.example:9000", "http://inside.example:9000/", True),
        ("inside.example:9000", "http://inside.example:9001/", False),
        ("other.example", "https://inside.example/", False),
        ("example", "https://inside.example/", False),
        ("10.0.0.0/8", "http://inside.example:9000/", True),
        ("10.0.0.0/16", "https://inside.example/", False),
        ("10.1.2.3", "http://inside.example/", True),
        ("10.1.2.3", "http://10.1.2.3/", True),
        ("10.1.2.3:9000", "http://10.1.2.3:9000/", True),
        ("10.1.2.3:9000", "http://10.1.2.3:9001/", False),
        ("fd00::/8", "http://[fd00::1]:9000/", True),
        ("[fd00::1]", "http://[fd00::1]:9000/", True),
        ("[fd00::1]:9000", "http://[fd00::1]:9000/", True),
        ("10.0.0.0/8", "http://[::ffff:10.1.2.3]/", True),
        ("", "https://inside.example/", False),
    ],
)
def test_the_allow_list(entry: str, url: str, open_: bool, names: dict, dialled: list) -> None:
    names["inside.example"] = ["10.1.2.3"]
    with pytest.raises(Unreachable if open_ else AddressRefused) as caught:
        by_requests(Guard([entry]), url)
    assert bool(dialled) == open_
    if not open_:
        assert "OUTBOUND_ALLOW_HOSTS" in str(caught.value)


def test_the_refusal_says_what_to_add(names: dict) -> None:
    names["inside.example"] = ["10.1.2.3"]
    with pytest.raises(AddressRefused, match=r"\(10\.1\.2\.3\).*they add inside\.example:443 to OUTBOUND_ALLOW_HOSTS"):
        by_requests(Guard(), "https://inside.example/")


@pytest.mark.parametrize("entry", ["http://inside.example", "10.0.0.0/33", "a:b:c", "inside.example:port", ":80"])
def test_an_entry_that_is_none_is_named(entry: str) -> None:
    with pytest.raises(PermanentError, match="OUTBOUND_ALLOW_HOSTS has"):
        Guard([entry])


def test_a_trusted_url_opens_its_host_and_port_only(names: dict, dialled: list) -> None:
    names["inside.example"] = ["10.1.2.3"]
    guard = Guard(trusted_urls=["http://Inside.example:9000/v1", ""])
    for url, kind in (("http://inside.example:9000/v2", Unreachable), ("https://inside.example/", AddressRefused)):
        with pytest.raises(kind):
            by_requests(guard, url)
    assert dialled == ["10.1.2.3:9000"]


def test_a_name_without_addresses(get: Get, names: dict) -> None:
    with pytest.raises(Unreachable, match=r"No address was found for nowhere\.example.*Nothing was sent"):
        get(Guard(), "https://nowhere.example/")


def test_a_url_can_be_judged_before_it_is_used() -> None:
    assert Guard().read(" https://Blog.example./x ").entry == "blog.example:443"
    for url in ("blog.example", "https://a@blog.example", "https://blog.example:port", "https://[::1", "javascript:1"):
        with pytest.raises(AddressRefused):
            Guard().read(url)


# -- the way there ----------------------------------------------------------------------------------------------------


def test_an_answer_comes_back_whole(get: Get, here: Guard, stub: Stub) -> None:
    stub.then(vendor_stub.answer({"ok": True}, 201), vendor_stub.packed(b"packed"))
    assert get(here, stub.url) == (201, b'{"ok": true}')
    assert get(here, stub.url) == (200, b"packed")
    first = stub.seen[0].headers
    assert "transfer-encoding" not in first
    assert "content-length" not in first
    assert (first["host"], first["accept-encoding"]) == (stub.url.removeprefix("http://"), "gzip")


def test_requests_keeps_what_it_is_for(here: Guard, stub: Stub) -> None:
    stub.then(vendor_stub.answer({"ok": True}, 200, X_Thing="1", Set_Cookie="a=b"), vendor_stub.send(204, b""))
    session = http.session(here)
    answer = session.post(f"{stub.url}/openai/x", params={"q": "a b"}, json={"a": 1}, headers={"X-Key": "k"})
    assert (answer.json(), answer.headers["x-thing"], answer.ok) == ({"ok": True}, "1", True)
    assert (stub.seen[0].path, stub.seen[0].json, stub.seen[0].headers["x-key"]) == ("/openai/x?q=a+b", {"a": 1}, "k")
    assert session.get(f"{stub.url}/openai").content == b""
    assert "cookie" not in stub.seen[1].headers


def test_proxies_and_netrc_are_ignored(
    get: Get, here: Guard, stub: Stub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password secret")
    monkeypatch.setenv("NETRC", str(netrc))
    stub.then(vendor_stub.answer({}))
    assert get(here, stub.url)[0] == 200
    assert "authorization" not in stub.seen[0].headers


def test_redirects_are_off(get: Get, here: Guard, stub: Stub) -> None:
    stub.then(vendor_stub.redirect(f"{stub.url}/openai"))
    assert get(here, stub.url)[0] == 302
    assert len(stub.seen) == 1


@pytest.mark.parametrize(
    "there", ["http://169.254.169.254/", "https://127.0.0.1/", "file:///etc/passwd", "//10.0.0.1/"]
)
def test_each_redirect_is_checked(here: Guard, stub: Stub, there: str) -> None:
    stub.then(vendor_stub.redirect(there))
    with pytest.raises(AddressRefused):
        http.session(here, follow_redirects=True).get(stub.url)


def test_at_most_three_redirects(here: Guard, stub: Stub) -> None:
    again = [vendor_stub.redirect(f"{stub.url}/{number}") for number in range(4)]
    stub.then(*again[:3], vendor_stub.answer({}), *again)
    assert http.session(here, follow_redirects=True).get(stub.url).status_code == 200
    with pytest.raises(PermanentError, match="more than 3 times"):
        http.session(here, follow_redirects=True).get(stub.url)


def test_connections_are_used_again_and_a_dead_one_is_noticed(here: Guard, stub: Stub) -> None:
    client = http.client(here)
    stub.then(*[vendor_stub.answer({})] * 2)
    assert [client.get(stub.url).status_code for _ in range(2)] == [200, 200]
    (connection,) = client._transport.pool.connections
    stub.then(vendor_stub.drop, vendor_stub.answer({}))
    with pytest.raises(NoAnswer):
        client.get(stub.url)
    assert client.get(stub.url).status_code == 200
    assert connection not in client._transport.pool.connections


def test_threads_do_not_mix_their_exchanges(here: Guard, stub: Stub) -> None:
    client = http.client(here)
    results: list[Any] = []

    def ask(number: int) -> None:
        url = f"{stub.url}/{number}" if number % 2 else "https://127.0.0.1:9/"
        try:
            results.append(client.get(url).status_code)
        except OutsideError as error:
            results.append(type(error))

    stub.then(*[vendor_stub.answer({})] * 10)
    threads = [threading.Thread(target=ask, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (results.count(200), results.count(AddressRefused)) == (10, 10)


# -- limits -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "reply",
    [vendor_stub.send(200, b"x" * 3000), vendor_stub.drip(b"x" * 500), vendor_stub.packed(b"x" * 50_000_000)],
)
def test_an_answer_that_is_too_large(get: Get, here: Guard, stub: Stub, reply: vendor_stub.Reply) -> None:
    stub.then(reply)
    with pytest.raises(BadOutput, match="sent more than"):
        get(here, stub.url, max_bytes=2048)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (vendor_stub.hang, NoAnswer),
        (vendor_stub.drip(b"x", pause=0.05), NoAnswer),
        (vendor_stub.drop, NoAnswer),
        (vendor_stub.cut(), NoAnswer),
        (vendor_stub.send(200, b"not gzip", Content_Encoding="gzip"), NoAnswer),
        (vendor_stub.send(200, b"", Content_Encoding="gzip"), NoAnswer),
        (vendor_stub.send(200, b"brotli", Content_Encoding="br"), BadOutput),
        (lambda handler: handler.wfile.write(b"SSH-2.0-OpenSSH\r\n\r\n"), NoAnswer),
        (lambda handler: handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 300_000), NoAnswer),
    ],
)
def test_answers_that_are_none(get: Get, here: Guard, stub: Stub, reply: vendor_stub.Reply, kind: type) -> None:
    stub.then(reply)
    started = time.monotonic()
    with pytest.raises(kind):
        get(here, stub.url, timeout=0.4)
    assert time.monotonic() - started < 2


def test_headers_that_drip(get: Get, here: Guard, stub: Stub) -> None:
    def slowly(handler: vendor_stub.Handler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while not handler.stub.stopping.wait(0.05):
            handler.wfile.write(b"X: y\r\n")

    stub.then(slowly)
    with pytest.raises(NoAnswer, match=r"did not answer within 0\.4 seconds"):
        get(here, stub.url, timeout=0.4)


def test_the_limit_is_for_the_whole_request(get: Get, here: Guard, stub: Stub) -> None:
    def late_and_never_done(handler: vendor_stub.Handler) -> None:
        handler.stub.stopping.wait(0.6)
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nx")
        handler.stub.stopping.wait(5)

    stub.then(late_and_never_done)
    started = time.monotonic()
    with pytest.raises(NoAnswer):
        get(here, stub.url, timeout=0.8)
    assert time.monotonic() - started < 1.2


def test_a_small_answer_is_not_unpacked_to_gigabytes() -> None:
    pieces = list(http.unpacked([gzip.compress(b"x" * 1_000_000)], 1000))
    assert max(len(piece) for piece in pieces) == 1000
    assert sum(len(piece) for piece in pieces) == 1_000_000


def test_a_header_that_cannot_be_sent_is_not_shown(here: Guard, stub: Stub) -> None:
    with pytest.raises(PermanentError) as caught:
        http.client(here).get(stub.url, headers={"Authorization": "Bearer sk-secret\nX: y"})
    assert "sk-secret" not in str(caught.value)
    assert caught.value.__context__ is None
    with pytest.raises(PermanentError) as caught:
        http.session(here).get(stub.url, headers={"Authorization": "Bearer sk-secret\nX: y"})
    assert "sk-secret" not in str(caught.value)
    assert stub.seen == []


def test_debugging_shows_no_headers(get: Get, here: Guard, stub: Stub, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("", "httpcore2", "httpcore2.http11", "httpx2", "urllib3"):
        caplog.set_level(logging.DEBUG, logger=name)
    stub.then(vendor_stub.answer({}, 200, Set_Cookie="session=secret"))
    get(here, stub.url)
    assert "secret" not in caplog.text


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "3"}, 3),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": "inf"}, 60),
        ({"retry-after": "1e400"}, 60),
        ({"retry-after": "later"}, 60),
        ({"retry-after": "Sun, 06 Nov 1994 08:49:37 GMT"}, 60),
        ({"retry-after": "Sun, 06 Nov 9994 08:49:37 GMT"}, 86_400),
        ({}, 60),
    ],
)
def test_how_long_to_wait(headers: dict[str, str], seconds: float) -> None:
    assert http.retry_after(headers) == seconds


def test_how_long_to_wait_until_a_time() -> None:
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=90)
    assert 80 < http.retry_after({"retry-after": format_datetime(soon, usegmt=True)}) <= 90


# -- encryption -------------------------------------------------------------------------------------------------------


@pytest.fixture
def secure(tmp_path: Path, names: dict) -> Iterator[tuple[int, Path, list[str]]]:
    """An https server at 127.0.0.1 with a certificate for secure.example: (port, certificate, names it was called)."""
    names["secure.example"] = names["wrong.example"] = ["127.0.0.1"]
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "secure.example")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("secure.example")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, private = tmp_path / "certificate.pem", tmp_path / "key.pem"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, private)
    called: list[str] = []
    context.sni_callback = lambda _socket, name, _context: called.append(name)

    def serve(server: socket.socket) -> None:
        while True:
            with suppress(ssl.SSLError, ConnectionError):
                try:
                    plain, _ = server.accept()
                except OSError:
                    return
                with context.wrap_socket(plain, server_side=True) as peer:
                    called.extend(
                        line.decode() for line in peer.recv(4096).split(b"\r\n") if line.lower().startswith(b"host")
                    )
                    peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")

    server = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=serve, args=(server,), daemon=True).start()
    yield server.getsockname()[1], pem, called
    server.shutdown(socket.SHUT_RDWR)
    server.close()


def trusting(monkeypatch: pytest.MonkeyPatch, pem: Path) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    monkeypatch.setattr(http, "tls", httpcore2.default_ssl_context)


def test_the_name_is_kept_though_we_connect_to_an_address(
    get: Get, secure: tuple[int, Path, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    port, pem, called = secure
    trusting(monkeypatch, pem)
    assert get(Guard(["secure.example"]), f"https://secure.example:{port}/") == (200, b"ok")
    assert [name.lower() for name in called] == ["secure.example", f"host: secure.example:{port}"]


@pytest.mark.parametrize("host", ["secure.example", "wrong.example"])
def test_a_certificate_that_cannot_be_trusted(
    get: Get, host: str, secure: tuple[int, Path, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    port, pem, _ = secure
    if host == "wrong.example":
        trusting(monkeypatch, pem)
    with pytest.raises(PermanentError, match=f"certificate of {host} cannot be trusted.*ca-certificates"):
        get(Guard([host]), f"https://{host}:{port}/")


def test_plain_http_where_https_is_asked_for(get: Get, stub: Stub) -> None:
    url = stub.url.replace("http:", "https:")
    with pytest.raises(Unreachable):
        get(Guard(trusted_urls=[url]), url, timeout=2)


def test_every_special_network_of_python_is_closed() -> None:
    """The list of IANA as this Python knows it."""
    for number in range(256):
        address = ipaddress.ip_address(f"{number}.0.0.1")
        if address.is_private or address.is_multicast:
            with pytest.raises(AddressRefused):
                Guard().resolve(Guard().read(f"https://{address}"))
