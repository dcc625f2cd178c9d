"""What goes wrong at every vendor, and what we make of it; through their official SDKs, over a real connection."""

import time

import pytest

from integrations.errors import (
    AddressRefused,
    BadOutput,
    ContextTooLong,
    InvalidKey,
    NoAnswer,
    NoCredit,
    Overloaded,
    PermanentError,
    RateLimited,
    Refused,
    Unreachable,
)
from integrations.providers import providers
from integrations.providers.remote import Remote
from tests.integrations import vendor_stub
from tests.integrations.asking import asked, failing, made
from tests.integrations.vendor_stub import EVERYONE, VENDORS, Reply, Stub, problem

CANARY = "sk-canary-7Hq2Zr9Lw4Xv8Tn3"

pytestmark = pytest.mark.parametrize("vendor", EVERYONE)


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
    error = failing(provider, stub, problem(vendor, status, code, "Because."))
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
    assert type(failing(provider, stub, problem(vendor, 400, "invalid_request_error", words))) is kind


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
    error = failing(provider, stub, problem(vendor, 429, "slow_down", "", **headers))
    assert isinstance(error, RateLimited)
    assert error.retry_after == seconds


def test_an_overloaded_vendor_may_say_how_long_too(provider: Remote, vendor: str, stub: Stub) -> None:
    error = failing(provider, stub, problem(vendor, 503, "x", retry_after="30"))
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
    error = failing(provider, stub, vendor_stub.html(status))
    assert type(error) is PermanentError
    assert f"Correct {provider.base_url_variable}" in str(error)


# -- answers that are none --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reply", [vendor_stub.html(), vendor_stub.html_called_json()])
def test_a_page_instead_of_json(provider: Remote, vendor: str, stub: Stub, reply: Reply) -> None:
    error = failing(provider, stub, reply)
    assert type(error) is Overloaded
    assert "something that is not JSON" in str(error)
    assert provider.base_url_variable in str(error)


@pytest.mark.parametrize("body", [{}, [], None, "text", 7, {"output": 3, "content": 3, "candidates": 3}])
def test_json_that_is_no_answer(provider: Remote, vendor: str, stub: Stub, body: object) -> None:
    assert isinstance(failing(provider, stub, vendor_stub.answer(body)), BadOutput | Overloaded)


def test_an_answer_that_is_cut(provider: Remote, vendor: str, stub: Stub) -> None:
    assert isinstance(failing(provider, stub, vendor_stub.cut()), NoAnswer)


def test_a_connection_that_is_dropped(provider: Remote, vendor: str, stub: Stub) -> None:
    error = failing(provider, stub, vendor_stub.drop)
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
    error = failing(provider, stub, vendor_stub.drip(b" " * 1_000_000))
    assert isinstance(error, BadOutput)
    assert "more than 20 MB" in str(error)


def test_a_redirect_is_not_followed(provider: Remote, vendor: str, stub: Stub) -> None:
    error = failing(provider, stub, vendor_stub.redirect("http://169.254.169.254/latest"))
    assert type(error) is PermanentError
    assert "169.254" not in str(error)


def test_nobody_there(clean_environment: None, vendor: str) -> None:
    with pytest.raises(Unreachable, match="Nothing was sent"):
        made(vendor, "http://127.0.0.1:1/v1").complete(asked(vendor))


@pytest.mark.for_vendors(*VENDORS, "openrouter")  # a compatible server has no address of its own
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
