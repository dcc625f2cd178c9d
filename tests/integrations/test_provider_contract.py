"""What the three vendors behind a key promise alike, through their official SDKs, over a real connection."""

import io
import logging
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from datetime import date

import pytest
from llmock.pytest_plugin import LLMock

from integrations.errors import (
    AddressRefused,
    BadOutput,
    ContextTooLong,
    InvalidKey,
    ModelGone,
    NoAnswer,
    NoCredit,
    OutsideError,
    Overloaded,
    PermanentError,
    RateLimited,
    Refused,
    Unreachable,
)
from integrations.providers import providers, remote
from integrations.providers.base import Request, Usage
from integrations.providers.remote import Remote
from tests.integrations import vendor_stub
from tests.integrations.vendor_stub import MODELS, TEXT, VENDORS, Reply, Stub, problem, text

CANARY = "sk-canary-7Hq2Zr9Lw4Xv8Tn3"
Make = Callable[..., Remote]

pytestmark = pytest.mark.parametrize("vendor", VENDORS)


@pytest.fixture
def provider(stub: Stub, vendor: str) -> Remote:
    return made(vendor, stub.base_url(vendor))


def made(vendor: str, base_url: str = "", key: str = "good-key", **more: str) -> Remote:
    return providers.get(vendor)(key, base_url=base_url, **more)


def asked(vendor: str, *, timeout: float = 10.0, **more: str) -> Request:
    return Request(
        model=more.pop("model", MODELS[vendor]), system="You write.", prompt="Hello", timeout=timeout, **more
    )


def failing(provider: Remote, vendor: str, *replies: Reply, stub: Stub) -> OutsideError:
    stub.then(*replies)
    with pytest.raises(OutsideError) as caught:
        provider.complete(asked(vendor))
    assert len(stub.seen) == 1, "it was asked more than once"
    return caught.value


# -- a text -----------------------------------------------------------------------------------------------------------


def test_a_text_with_what_it_used(provider: Remote, vendor: str) -> None:
    answer = provider.complete(asked(vendor))
    assert (answer.text, answer.finish) == (TEXT, "stop")
    assert answer.usage == Usage(100, 50, cached_input_tokens=60, reasoning_tokens=20)
    assert (answer.model_requested, answer.request_id) == (MODELS[vendor], "req_1")
    assert answer.model_used.startswith(MODELS[vendor] + "-")
    assert answer.cost is None


def test_the_key_is_stripped_and_sent_and_the_instructions_too(stub: Stub, vendor: str) -> None:
    made(vendor, stub.base_url(vendor), "\t good-key\n").complete(asked(vendor))
    (seen,) = stub.seen
    assert vendor_stub.key_of(seen) == "good-key"
    assert "You write." in seen.body.decode()
    assert "Hello" in seen.body.decode()
    assert "temperature" not in seen.body.decode()


def test_thinking_is_no_text(provider: Remote, vendor: str, stub: Stub) -> None:
    stub.then(text(vendor, thought="Let me think."))
    assert provider.complete(asked(vendor)).text == TEXT


def test_a_model_that_thinks_gets_room_for_it(provider: Remote, vendor: str, stub: Stub) -> None:
    request = asked(vendor, max_output_tokens=500)
    provider.complete(request)
    assert provider.most_output_tokens(request) == 1000
    assert "1000" in stub.seen[0].body.decode()
    assert provider.most_output_tokens(asked(vendor, max_output_tokens=60_000)) == remote.MOST_OUTPUT


def test_a_cut_text_says_so_and_is_paid(provider: Remote, vendor: str, stub: Stub) -> None:
    stub.then(text(vendor, "Half a", ending="length"), text(vendor, "", ending="length"))
    half, nothing = provider.complete(asked(vendor)), provider.complete(asked(vendor))
    assert (half.text, half.finish, half.usage.output_tokens) == ("Half a", "length", 50)
    assert (nothing.text, nothing.finish) == ("", "length")


def test_an_answer_that_does_not_say_what_it_used(provider: Remote, vendor: str, stub: Stub) -> None:
    stub.then(text(vendor, no_usage=True))
    assert provider.complete(asked(vendor)).usage == Usage(reported=False)


def test_a_refusal_is_an_error_that_knows_what_it_cost(provider: Remote, vendor: str, stub: Stub) -> None:
    error = failing(provider, vendor, text(vendor, "I cannot.", ending="refused"), stub=stub)
    assert isinstance(error, Refused)
    assert "refused to write this" in str(error)
    assert (error.completion.finish, error.completion.usage.output_tokens) == ("refused", 50)


def test_an_answer_without_a_text_is_no_post(provider: Remote, vendor: str, stub: Stub) -> None:
    error = failing(provider, vendor, text(vendor, " \n"), stub=stub)
    assert isinstance(error, BadOutput)
    assert error.completion.usage.input_tokens == 100


# -- keys and models --------------------------------------------------------------------------------------------------


def test_the_key_is_checked_for_free(provider: Remote, vendor: str, stub: Stub) -> None:
    provider.check_key()
    stub.keys.clear()
    with pytest.raises(InvalidKey, match=f"{provider.label} does not accept the key.*AI settings.*https://"):
        provider.check_key()
    assert [seen.method for seen in stub.seen] == ["GET", "GET"]


def test_a_wrong_key_is_asked_about_once(provider: Remote, vendor: str, stub: Stub) -> None:
    stub.keys.clear()
    error = failing(provider, vendor, stub=stub)
    assert type(error) is InvalidKey
    assert "good" not in str(error)


@pytest.mark.parametrize("key", ["", "  \n", "sk two", "sk-\u2019x", "sk-a\nHost: b", "sk\x00", "schlüssel"])
def test_a_key_that_can_be_none_is_not_sent(stub: Stub, vendor: str, key: str) -> None:
    for ask in (lambda one: one.check_key(), lambda one: one.models(), lambda one: one.complete(asked(vendor))):
        with pytest.raises(InvalidKey, match="AI settings") as caught:
            ask(made(vendor, stub.base_url(vendor), key))
        assert not key.strip() or key not in str(caught.value)
    assert stub.seen == []


def test_a_provider_can_be_made_with_nothing(vendor: str) -> None:
    nobody = providers.get(vendor)()
    assert (nobody.needs_key, nobody.is_language_model, nobody.key_url[:8]) == (True, True, "https://")


def test_the_list_has_the_models_that_write(provider: Remote, vendor: str) -> None:
    first, *others = provider.models()
    assert first.id == MODELS[vendor]
    assert first.label
    assert first.retires_at is None
    if vendor == "gemini":
        assert (first.context_tokens, first.output_tokens, others) == (1_048_576, 65_536, [])
    else:
        ends = {"openai": date(2027, 1, 14), "anthropic": date(2026, 11, 30)}[vendor]
        assert [(model.status, model.retires_at) for model in others] == [("deprecated", ends)]


@pytest.mark.parametrize("reply", [vendor_stub.html(), vendor_stub.html_called_json(), vendor_stub.cut()])
def test_a_list_that_is_none(provider: Remote, vendor: str, stub: Stub, reply: Reply) -> None:
    stub.then(reply, reply)
    with pytest.raises(Overloaded):
        provider.models()
    with pytest.raises(Overloaded):
        provider.check_key()


def test_a_model_that_is_gone_is_named(provider: Remote, vendor: str, stub: Stub) -> None:
    with pytest.raises(ModelGone, match=r'"retired-1".*Choose another'):
        provider.complete(asked(vendor, model="retired-1"))
    assert len(stub.seen) == 1


# -- errors with a status ---------------------------------------------------------------------------------------------

STATUSES = [
    (400, "invalid_request_error", PermanentError, "cannot do what was asked"),
    (401, "", InvalidKey, "does not accept the key"),
    (402, "billing_error", NoCredit, "Add credit"),
    (403, "permission_error", PermanentError, "does not allow this"),
    (408, "timeout", Overloaded, "It is tried again"),
    (409, "conflict", Overloaded, "It is tried again"),
    (413, "request_too_large", ContextTooLong, "larger context"),
    (422, "invalid", PermanentError, "cannot do what was asked"),
    (429, "rate_limit_error", RateLimited, "asks us to wait"),
    (500, "api_error", Overloaded, "status 500"),
    (503, "overloaded", Overloaded, "status 503"),
    (529, "overloaded_error", Overloaded, "status 529"),
]


@pytest.mark.parametrize(("status", "code", "kind", "words"), STATUSES)
def test_each_status_has_its_error(
    provider: Remote, vendor: str, stub: Stub, status: int, code: str, kind: type, words: str
) -> None:
    error = failing(provider, vendor, problem(vendor, status, code, "Because."), stub=stub)
    assert type(error) is kind
    assert words in str(error)
    assert 40 < len(str(error)) < 400


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Your credit_balance is exhausted", NoCredit),
        ("prompt is too long: 300 tokens > 200 maximum", ContextTooLong),
        ("The input token count (9) exceeds the maximum number of tokens allowed (8).", ContextTooLong),
        ("blocked by our content_policy", Refused),
    ],
)
def test_a_400_is_many_things(provider: Remote, vendor: str, stub: Stub, words: str, kind: type) -> None:
    assert type(failing(provider, vendor, problem(vendor, 400, "invalid_request_error", words), stub=stub)) is kind


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after": "7"}, 7),
        ({"retry_after": "7", "retry_after_ms": "2500"}, 2.5),
        ({}, 60),
        ({"retry_after": "soon"}, 60),
        ({"retry_after": "nan"}, 60),
        ({"retry_after": "-3"}, 60),
        ({"retry_after": "0"}, 1),
        ({"retry_after": "9999999"}, 86_400),
    ],
)
def test_a_429_says_how_long(
    provider: Remote, vendor: str, stub: Stub, headers: dict[str, str], seconds: float
) -> None:
    error = failing(provider, vendor, problem(vendor, 429, "slow_down", "", **headers), stub=stub)
    assert isinstance(error, RateLimited)
    assert error.retry_after == seconds


def test_an_overloaded_vendor_may_say_how_long_too(provider: Remote, vendor: str, stub: Stub) -> None:
    error = failing(provider, vendor, problem(vendor, 503, "x", retry_after="30"), stub=stub)
    assert type(error) is Overloaded
    assert error.retry_after == 30


def test_the_vendor_is_quoted_without_the_key(stub: Stub, vendor: str) -> None:
    stub.then(problem(vendor, 400, "bad", f"Unsupported value: effort for {CANARY} and {CANARY[:9]}***{CANARY[-4:]}."))
    with pytest.raises(PermanentError, match='It says: "Unsupported value: effort for') as caught:
        made(vendor, stub.base_url(vendor), CANARY).complete(asked(vendor))
    assert CANARY[:9] not in str(caught.value)


ODD = [{}, [], None, "busy", {"error": "busy"}, ["busy"], [{"error": 3}], {"error": {"details": "x", "message": 3}}]


@pytest.mark.parametrize("body", [*ODD, {"error": {"details": [{"violations": "x", "reason": 5}, 7], "code": []}}])
def test_an_error_in_an_odd_form(provider: Remote, vendor: str, stub: Stub, body: object) -> None:
    stub.then(vendor_stub.answer(body, 429), vendor_stub.answer(body, 500), vendor_stub.answer(body, 400))
    for kind in (RateLimited, Overloaded, PermanentError):
        with pytest.raises(kind):
            provider.complete(asked(vendor))


@pytest.mark.parametrize("status", [404, 410])
def test_a_page_that_is_not_found_is_a_wrong_base_url(provider: Remote, vendor: str, stub: Stub, status: int) -> None:
    error = failing(provider, vendor, vendor_stub.html(status), stub=stub)
    assert type(error) is PermanentError
    assert f"Correct {provider.base_url_variable}" in str(error)


# -- answers that are none --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reply", [vendor_stub.html(), vendor_stub.html_called_json()])
def test_a_page_instead_of_json(provider: Remote, vendor: str, stub: Stub, reply: Reply) -> None:
    error = failing(provider, vendor, reply, stub=stub)
    assert type(error) is Overloaded
    assert "something that is not JSON" in str(error)
    assert provider.base_url_variable in str(error)


@pytest.mark.parametrize("body", [{}, [], None, "text", 7, {"output": 3, "content": 3, "candidates": 3}])
def test_json_that_is_no_answer(provider: Remote, vendor: str, stub: Stub, body: object) -> None:
    assert isinstance(failing(provider, vendor, vendor_stub.answer(body), stub=stub), BadOutput | Overloaded)


def test_an_answer_that_is_cut(provider: Remote, vendor: str, stub: Stub) -> None:
    assert isinstance(failing(provider, vendor, vendor_stub.cut(), stub=stub), NoAnswer)


def test_a_connection_that_is_dropped(provider: Remote, vendor: str, stub: Stub) -> None:
    error = failing(provider, vendor, vendor_stub.drop, stub=stub)
    assert isinstance(error, NoAnswer)
    assert "broke off" in str(error)


def test_a_vendor_that_hangs(provider: Remote, vendor: str, stub: Stub) -> None:
    stub.then(vendor_stub.hang)
    started = time.monotonic()
    with pytest.raises(NoAnswer, match=r"did not answer within 0\.4 seconds"):
        provider.complete(asked(vendor, timeout=0.4))
    assert time.monotonic() - started < 2


def test_an_answer_that_drips_is_given_up_in_time(provider: Remote, vendor: str, stub: Stub) -> None:
    stub.then(vendor_stub.drip(b" ", pause=0.05))
    started = time.monotonic()
    with pytest.raises(NoAnswer, match="did not answer within"):
        provider.complete(asked(vendor, timeout=0.5))
    assert time.monotonic() - started < 2


def test_an_answer_without_end_is_given_up(provider: Remote, vendor: str, stub: Stub) -> None:
    error = failing(provider, vendor, vendor_stub.drip(b" " * 1_000_000), stub=stub)
    assert isinstance(error, BadOutput)
    assert "more than 20 MB" in str(error)


def test_a_redirect_is_not_followed(provider: Remote, vendor: str, stub: Stub) -> None:
    error = failing(provider, vendor, vendor_stub.redirect("http://169.254.169.254/latest"), stub=stub)
    assert type(error) is PermanentError
    assert "169.254" not in str(error)


def test_nobody_there(clean_environment: None, vendor: str) -> None:
    with pytest.raises(Unreachable, match="Nothing was sent"):
        made(vendor, "http://127.0.0.1:1/v1").complete(asked(vendor))


def test_the_vendors_own_address_passes_the_guard_like_any_other(
    clean_environment: None, vendor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up = []

    def to_metadata(host: str, *_: object, **__: object) -> list:
        looked_up.append(host)
        return [(2, 1, 6, "", ("169.254.169.254", 443))]

    monkeypatch.setattr("socket.getaddrinfo", to_metadata)
    with pytest.raises(AddressRefused, match="no public address"):
        made(vendor, key="some-key").complete(asked(vendor))
    assert looked_up == [providers.get(vendor).home.split("/")[2]]


# -- clients ----------------------------------------------------------------------------------------------------------


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
    sdk = {"openai": "openai", "anthropic": "anthropic", "gemini": "google.genai"}[vendor]
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


# -- llmock: other people's idea of the wire formats -----------------------------------------------------------------


@pytest.fixture
def against_llmock(llmock: LLMock, vendor: str, clean_environment: None) -> Remote:
    remote.clients.kept.clear()
    return made(vendor, llmock.base_url(vendor), "any-key", api_version="v1beta")


def test_llmock_answers(against_llmock: Remote, llmock: LLMock, vendor: str) -> None:
    llmock.reply("A text.")
    answer = against_llmock.complete(asked(vendor))
    assert (answer.text, answer.finish) == ("A text.", "stop")
    assert answer.usage.input_tokens > 0
    assert answer.usage.output_tokens > 0
    llmock.assert_resilient(strict=True)


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, InvalidKey), (402, NoCredit), (404, ModelGone), (500, Overloaded), (503, Overloaded), (529, Overloaded)],
)
def test_llmock_fails(against_llmock: Remote, llmock: LLMock, vendor: str, status: int, kind: type) -> None:
    llmock.fail(status)
    with pytest.raises(kind):
        against_llmock.complete(asked(vendor))
    assert len(llmock.requests) == 1
    llmock.assert_resilient()


def test_llmock_is_obeyed(against_llmock: Remote, llmock: LLMock, vendor: str) -> None:
    llmock.rate_limit(retry_after=0.4)
    with pytest.raises(RateLimited) as caught:
        against_llmock.complete(asked(vendor))
    time.sleep(caught.value.retry_after)
    assert against_llmock.complete(asked(vendor)).text
    llmock.assert_resilient(strict=True)


def test_llmock_is_slow(against_llmock: Remote, llmock: LLMock, vendor: str) -> None:
    llmock.delay(1.5)
    with pytest.raises(NoAnswer):
        against_llmock.complete(asked(vendor, timeout=0.4))


def test_llmock_has_too_small_a_context(against_llmock: Remote, llmock: LLMock, vendor: str) -> None:
    llmock.context_overflow()
    with pytest.raises(ContextTooLong):
        against_llmock.complete(asked(vendor))
