"""What is special about Anthropic. What it shares with the others is in test_provider_contract.py."""

from dataclasses import replace

import pytest

from integrations.errors import (
    ContextTooLong,
    InvalidKey,
    ModelGone,
    NoCredit,
    OutsideError,
    Overloaded,
    PermanentError,
    RateLimited,
    Refused,
)
from integrations.providers.anthropic import Anthropic
from integrations.providers.base import Request
from tests.integrations.vendor_stub import Reply, Stub, answer, problem, text

REQUEST = Request(model="claude-sonnet-5-5", system="You write.", prompt="Hello", max_output_tokens=300, timeout=5)


@pytest.fixture
def anthropic(stub: Stub) -> Anthropic:
    return Anthropic("good-key", base_url=stub.base_url("anthropic"))


def failing(anthropic: Anthropic, stub: Stub, reply: Reply) -> OutsideError:
    stub.then(reply)
    with pytest.raises(OutsideError) as caught:
        anthropic.complete(REQUEST)
    return caught.value


def test_what_is_sent(anthropic: Anthropic, stub: Stub) -> None:
    anthropic.complete(REQUEST)
    (seen,) = stub.seen
    assert (seen.method, seen.path) == ("POST", "/anthropic/v1/messages")
    assert (seen.headers["authorization"], seen.headers["anthropic-version"]) == ("Bearer good-key", "2026-10-21")
    assert seen.json == {
        "model": "claude-sonnet-5-5",
        "system": [{"type": "text", "text": "You write.", "cache_control": {"type": "ephemeral"}}],
        "messages": [{"role": "user", "content": "Hello"}],
        "max_tokens": 600,
    }


def test_people_are_told_apart_by_a_hash_if_there_is_one(anthropic: Anthropic, stub: Stub) -> None:
    anthropic.complete(Request(model="claude-sonnet-5-5", system="", prompt="Hello", end_user="hash"))
    assert stub.seen[0].json["metadata"] == {"user_id": "hash"}
    assert "system" not in stub.seen[0].json


def test_a_very_long_text_needs_no_stream(anthropic: Anthropic, stub: Stub) -> None:
    anthropic.complete(Request(model="claude-sonnet-5-5", system="", prompt="Hello", max_output_tokens=64_000))
    assert stub.seen[0].json["max_tokens"] == 64_000


@pytest.mark.parametrize(
    ("model", "thinks"),
    [
        ("claude-sonnet-5-5", True),
        ("claude-haiku-5-5", True),
        ("claude-fable-5-1", True),
        ("claude-opus-5", True),
        ("claude-opus-4-8", False),
        ("claude-haiku-4-5", False),
        ("claude-3-opus-20240229", False),
    ],
)
def test_who_thinks(model: str, thinks: bool) -> None:
    assert Anthropic.thinks(model) is thinks


@pytest.mark.parametrize(
    ("model", "takes"),
    [
        ("claude-sonnet-5-5", True),
        ("claude-fable-5-1", True),
        ("claude-opus-5", True),
        ("claude-opus-4-8", True),
        ("claude-haiku-4-5-20251001", True),
        ("claude-opus-4-1", False),
        ("claude-sonnet-4-20250514", False),
        ("claude-3-5-sonnet-20241022", False),
        ("claude-3-opus-20240229", False),
    ],
)
def test_who_takes_a_schema(model: str, takes: bool) -> None:
    assert Anthropic.takes_schema(model) is takes


def test_a_schema_has_what_anthropic_knows(anthropic: Anthropic, stub: Stub) -> None:
    beats = {"type": "array", "items": {"type": "string"}, "maxItems": 3}
    schema = {"type": "object", "properties": {"beats": beats}}
    anthropic.complete(replace(REQUEST, schema=schema))
    assert stub.seen[0].json["output_config"]["format"] == {
        "type": "json_schema",
        "schema": {
            "type": "object",
            "properties": {
                "beats": {"type": "array", "items": {"type": "string"}, "description": "(maxItems: 3)"},
            },
            "required": ["beats"],
            "additionalProperties": False,
        },
    }


def test_the_list_says_what_a_model_can(anthropic: Anthropic, stub: Stub) -> None:
    can, unknown = anthropic.models()
    assert can.abilities == {"schema", "batch"}
    assert unknown.abilities is None
    row = {"type": "model", "id": "claude-x", "capabilities": {"structured_outputs": {"supported": False}}}
    stub.then(answer({"data": [row], "has_more": False}))
    assert [model.abilities for model in anthropic.models()] == [frozenset()]


def test_the_results_are_fetched_from_where_the_key_belongs(anthropic: Anthropic, stub: Stub) -> None:
    lot_id = anthropic.submit({"a": REQUEST}, "label")
    stub.lots.finish(lot_id)
    assert "169.254" in stub.lots.batches[lot_id]["results_url"]
    assert anthropic.answers(lot_id, {"a": REQUEST}).keys() == {"a"}
    assert stub.seen[-1].path == f"/anthropic/v1/messages/batches/{lot_id}/results"


def test_a_429_at_the_spending_limit_is_not_waited_for(anthropic: Anthropic, stub: Stub) -> None:
    details = {"error_code": "enforced_spend_limit_reached"}
    assert type(failing(anthropic, stub, problem("anthropic", 429, "rate_limit_error", "", details))) is NoCredit


def test_an_empty_account_may_be_a_400(anthropic: Anthropic, stub: Stub) -> None:
    words = "Your credit balance is too low to access the Anthropic API."
    assert type(failing(anthropic, stub, problem("anthropic", 400, "invalid_request_error", words))) is NoCredit


@pytest.mark.parametrize("reason", ["max_tokens", "model_context_window_exceeded", "pause_turn"])
def test_a_text_is_cut_for_several_reasons(anthropic: Anthropic, stub: Stub, reason: str) -> None:
    stub.then(text("anthropic", stop_reason=reason))
    assert anthropic.complete(REQUEST).finish == "length"


def test_a_refusal_has_a_category(anthropic: Anthropic, stub: Stub) -> None:
    error = failing(anthropic, stub, text("anthropic", "No.", ending="refused"))
    assert type(error) is Refused
    assert "(cyber)" in str(error)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("server_error", Overloaded),
        ("overloaded_error", Overloaded),
        ("api_error", Overloaded),
        ("timeout_error", Overloaded),
        ("rate_limit_error", RateLimited),
        ("billing_error", NoCredit),
        ("authentication_error", InvalidKey),
        ("not_found_error", ModelGone),
        ("request_too_large", ContextTooLong),
        ("permission_error", PermanentError),
    ],
)
def test_a_200_with_nothing_but_an_error(anthropic: Anthropic, stub: Stub, code: str, kind: type) -> None:
    assert type(failing(anthropic, stub, problem("anthropic", 200, code, "Because."))) is kind


def test_texts_in_several_blocks_are_one(anthropic: Anthropic, stub: Stub) -> None:
    blocks = [
        {"type": "text", "text": "One "},
        {"type": "redacted_thinking", "data": "x"},
        {"type": "text", "text": "two."},
    ]
    stub.then(text("anthropic", content=blocks))
    assert anthropic.complete(REQUEST).text == "One two."
