"""The clients that are kept for keys, and that no key is ever in a text; for every vendor."""

import io
import logging
import subprocess
import sys
import threading
import traceback
from contextlib import suppress

import pytest

from integrations.errors import InvalidKey, OutsideError
from integrations.providers import remote
from integrations.providers.remote import Remote
from tests.integrations import vendor_stub
from tests.integrations.asking import asked, made
from tests.integrations.vendor_stub import EVERYONE, TEXT, Reply, Stub, problem

CANARY = "sk-canary-7Hq2Zr9Lw4Xv8Tn3"
SDKS = {"anthropic": "anthropic", "gemini": "google.genai"}

pytestmark = pytest.mark.parametrize("vendor", EVERYONE)


def test_one_client_for_a_key_and_address(stub: Stub, vendor: str) -> None:
    for key in ("good-key", "good-key", "other-key"):
        with suppress(InvalidKey):
            made(vendor, stub.base_url(vendor), key).check_key()
    assert len(remote.clients.kept) == 2
    assert not any("good-key" in name for name in remote.clients.kept)


def test_only_so_many_are_kept(stub: Stub, vendor: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote.clients, "most", 2)
    stub.keys |= {"key-1", "key-2", "key-3"}
    for key in ("key-1", "key-2", "key-1", "key-3", "key-1"):
        before = set(remote.clients.kept)
        made(vendor, stub.base_url(vendor), key).check_key()
    assert set(remote.clients.kept) == before, "the one in use went instead of the oldest"
    assert len(before) == 2


def test_many_threads_share_it(provider: Remote, vendor: str) -> None:
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(provider.complete(asked(vendor)).text)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [TEXT] * 8
    assert len(remote.clients.kept) == 1


def test_the_environment_of_the_server_is_not_that_of_the_key(
    stub: Stub, vendor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "GEMINI_API_KEY", "GOOGLE_API_KEY"):
        monkeypatch.setenv(name, "servers-key")
    for name in ("OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_ADMIN_KEY"):
        monkeypatch.setenv(name, "servers-key")
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "OPENAI_BASE_URL", "ANTHROPIC_BASE_URL"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.setenv("GOOGLE_GENAI_USE_VERTEXAI", "true")
    made(vendor, stub.base_url(vendor)).complete(asked(vendor))
    assert "servers-key" not in str(stub.seen[0].headers)
    assert "publishers" not in stub.seen[0].path, "that is Vertex"


def test_the_sdk_is_imported_when_it_is_needed(vendor: str) -> None:
    sdk = SDKS.get(vendor, "openai")
    code = (
        f"import sys; from integrations.providers import providers; providers.get({vendor!r})('key').most_output_tokens"
    )
    code += f"; sys.exit({sdk!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# -- the canary -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "reply",
    [
        None,
        "echo",
        vendor_stub.html(500),
        vendor_stub.html(),
        vendor_stub.drop,
        vendor_stub.cut(),
        vendor_stub.hang,
        vendor_stub.answer([]),
    ],
)
def test_the_key_is_in_no_text(
    stub: Stub, vendor: str, reply: Reply | str | None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("openai", "anthropic", "httpx2", "httpcore2", "google_genai"):
        caplog.set_level(logging.DEBUG, logger=name)
    if reply == "echo":
        reply = problem(vendor, 401, "bad", f"Incorrect API key: {CANARY}", x_echo=f"Bearer {CANARY}")
    if reply is None:
        stub.keys.add(CANARY)
    else:
        stub.then(reply)
    provider = made(vendor, stub.base_url(vendor), CANARY)
    told = io.StringIO()
    try:
        told.write(repr(provider.complete(asked(vendor, timeout=0.3))))
    except OutsideError as error:
        logging.getLogger("ours").exception("It failed: %r", error)
        told.write("".join(traceback.TracebackException.from_exception(error).format()) + str(error) + repr(error))
        told.write(repr(error.__cause__) + repr(error.__context__))
    assert told.getvalue().endswith("NoneNone") or reply is None
    told.write(repr(provider) + repr(remote.clients.kept) + caplog.text)
    told.write("".join(f"{record.getMessage()} {record.args} {record.__dict__}" for record in caplog.records))
    assert CANARY in str(stub.seen[0].headers)
    assert CANARY not in told.getvalue()
