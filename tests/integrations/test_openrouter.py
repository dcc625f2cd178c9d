"""What is special about OpenRouter. What it shares with the others is in test_provider_contract.py."""

import time
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from integrations.errors import (
    BadOutput,
    ContextTooLong,
    InvalidKey,
    ModelGone,
    NoCredit,
    OutsideError,
    Overloaded,
    PermanentError,
    RateLimited,
    Refused,
    Unsupported,
)
from integrations.providers.base import Model, Usage
from integrations.providers.openrouter import OpenRouter
from tests.integrations import asking
from tests.integrations.asking import asked
from tests.integrations.vendor_forms import openrouter_form, openrouter_key, openrouter_list
from tests.integrations.vendor_stub import TEXT, Reply, Stub, answer, problem, text

SCHEMA = {"type": "object", "properties": {"title": {"type": "string"}}}


@pytest.fixture
def openrouter(stub: Stub) -> OpenRouter:
    return OpenRouter("good-key", base_url=stub.base_url("openrouter"))


def failing(openrouter: OpenRouter, stub: Stub, reply: Reply, **more: Any) -> OutsideError:
    return asking.failing(openrouter, stub, reply, request=asked("openrouter", **more))


def inside(code: Any, words: str = "", **metadata: Any) -> Reply:
    """An error that comes with status 200."""
    return answer({"error": {"code": code, "message": words, "metadata": metadata}, "user_id": "user_1"})


# -- what is sent -----------------------------------------------------------------------------------------------------


def test_what_is_sent(openrouter: OpenRouter, stub: Stub) -> None:
    openrouter.complete(asked("openrouter", max_output_tokens=300, end_user="hash"))
    (seen,) = stub.seen
    assert (seen.method, seen.path) == ("POST", "/openrouter/api/v1/chat/completions")
    assert seen.headers["authorization"] == "Bearer good-key"
    assert seen.json == {
        "model": "openai/gpt-6-luna",
        "messages": [{"role": "system", "content": "You write."}, {"role": "user", "content": "Hello"}],
        "max_tokens": 600,
        "user": "hash",
    }


def test_a_schema_only_goes_to_who_keeps_to_it(openrouter: OpenRouter, stub: Stub) -> None:
    openrouter.complete(asked("openrouter", schema=SCHEMA, schema_name="a_title"))
    sent = stub.seen[0].json
    assert sent["provider"] == {"require_parameters": True}
    assert sent["response_format"]["json_schema"]["name"] == "a_title"
    # Many list max_tokens only, and would be passed over for the newer word.
    assert "max_completion_tokens" not in sent


def test_claude_is_asked_to_keep_the_instructions(openrouter: OpenRouter, stub: Stub) -> None:
    stub.then(text("openrouter"))
    openrouter.complete(asked("openrouter", model="anthropic/claude-sonnet-5.5"))
    system = {"type": "text", "text": "You write.", "cache_control": {"type": "ephemeral"}}
    assert stub.seen[0].json["messages"] == [
        {"role": "system", "content": [system]},
        {"role": "user", "content": "Hello"},
    ]
    stub.then(text("openrouter"))
    openrouter.complete(asked("openrouter", model="anthropic/claude-sonnet-5.5", system=""))
    assert stub.seen[1].json["messages"] == [{"role": "user", "content": "Hello"}]


@pytest.mark.parametrize(
    ("model", "takes"),
    [
        ("openai/gpt-6.1-terra", True),
        ("openai/gpt-4o:nitro", True),
        ("openai/o3", True),
        ("openai/gpt-4-turbo", False),
        ("openai/gpt-oss-120b", False),
        ("openai/gpt-5-image", False),
        ("anthropic/claude-haiku-4.5", True),
        ("anthropic/claude-opus-4.1", False),
        ("anthropic/claude-3.5-sonnet", False),
        ("google/gemini-3.8-flash", True),
        ("google/gemini-3.1-flash-image", False),
        ("google/gemma-4-27b-it:free", False),
        ("x-ai/grok-4.1", True),
        ("meta-llama/llama-4-scout", False),
    ],
)
def test_who_takes_a_schema(model: str, takes: bool) -> None:
    assert OpenRouter.takes_schema(model) is takes


# -- what it costs ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "cost"),
    [
        ({"cost": 0.00014}, "0.00014"),
        ({"cost": 1e-07}, "0.0000001"),
        ({"cost": 0}, "0"),
        ({"cost": 0.01, "is_byok": False, "cost_details": {"upstream_inference_cost": 5}}, "0.01"),
        ({"cost": 0.01, "is_byok": True, "cost_details": {"upstream_inference_cost": 0.2}}, "0.21"),
        ({"cost": 0.01, "is_byok": True, "cost_details": None}, "0.01"),
        ({"cost": None}, None),
        ({"cost": True}, None),
        ({"cost": "much"}, None),
        ({"cost": "NaN"}, None),
        ({"cost": -1}, None),
        ({}, None),
    ],
)
def test_its_own_figure_is_the_cost(openrouter: OpenRouter, stub: Stub, said: dict[str, Any], cost: str | None) -> None:
    usage = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7, **said}
    stub.then(text("openrouter", usage=usage))
    made = openrouter.complete(asked("openrouter"))
    assert made.cost == (None if cost is None else Decimal(cost))
    assert made.usage == Usage(3, 4)


# -- errors -----------------------------------------------------------------------------------------------------------

INSIDE = [
    (inside(401, "User not found."), InvalidKey),
    (inside(402, "Insufficient credits."), NoCredit),
    (inside(403, "Input was flagged", reasons=["violence"], flagged_input="..."), Refused),
    (inside(403, "Your input was flagged by moderation"), Refused),
    (inside(403, "Key limit exceeded (total limit)."), NoCredit),
    (inside(403, "Region not supported"), PermanentError),
    (inside(400, "x is not a valid model ID", error_type="model_not_found"), ModelGone),
    (inside(404, "No endpoints found for some/model."), ModelGone),
    (inside(404, "No endpoints found that can handle the requested parameters."), Unsupported),
    (inside(408, "Timed out"), Overloaded),
    (inside(429, "Rate limited"), RateLimited),
    (inside("429", "Rate limited"), RateLimited),
    (inside(502, "Provider returned error", provider_name="A", raw="upstream broke"), Overloaded),
    (inside(503, "No instances available"), Overloaded),
    (inside(529, "Overloaded"), Overloaded),
    (inside(400, "Provider returned error", raw='{"error":{"message":"prompt is too long: 9"}}'), ContextTooLong),
    (inside(400, "Provider returned error", raw={"code": "context_length_exceeded"}), ContextTooLong),
    (inside(None, "", error_type="payment_required"), NoCredit),
    (inside(None, "", error_type="rate_limit_exceeded"), RateLimited),
    (inside(None, "", error_type="provider_overloaded"), Overloaded),
    (inside(None, "", error_type="provider_unavailable"), Overloaded),
    (inside(None, "", error_type="context_length_exceeded"), ContextTooLong),
    (inside(None, "", error_type="content_policy_violation"), Refused),
    (inside([], "Odd", reasons=7, headers=7, raw=7), Refused),
    (answer({"error": "something"}), PermanentError),
    (answer({"error": 7}), PermanentError),
    (answer({"choices": []}), BadOutput),
]


@pytest.mark.parametrize(("reply", "kind"), INSIDE)
def test_an_error_may_come_with_a_200(openrouter: OpenRouter, stub: Stub, reply: Reply, kind: type) -> None:
    assert type(failing(openrouter, stub, reply)) is kind


@pytest.mark.parametrize(
    ("status", "words", "metadata", "kind"),
    [
        (402, "This request requires more credits", {}, NoCredit),
        (403, "Flagged", {"reasons": ["sexual"], "flagged_input": "..."}, Refused),
        (403, "Key limit exceeded (daily limit).", {}, NoCredit),
        (404, "No endpoints found for x/y.", {}, ModelGone),
        (502, "Provider returned error", {"raw": "x"}, Overloaded),
    ],
)
def test_an_error_with_a_status(
    openrouter: OpenRouter, stub: Stub, status: int, words: str, metadata: dict[str, Any], kind: type
) -> None:
    assert type(failing(openrouter, stub, problem("openrouter", status, "", words, metadata))) is kind


def test_an_answer_that_broke_off_may_be_billed(openrouter: OpenRouter, stub: Stub) -> None:
    choice = {"index": 0, "message": {"role": "assistant", "content": "Half"}, "finish_reason": "error"}
    choice["error"] = {"code": 502, "message": "Upstream went away"}
    error = failing(openrouter, stub, text("openrouter", choices=[choice]))
    assert type(error) is Overloaded
    assert (error.completion.text, error.completion.cost) == ("Half", Decimal("0.00014"))
    del choice["error"]
    stub.seen.clear()
    assert type(failing(openrouter, stub, text("openrouter", choices=[choice], usage=None))) is Overloaded


def test_a_content_filter_in_the_middle_of_a_text(openrouter: OpenRouter, stub: Stub) -> None:
    form = openrouter_form("Half", "stop", False, "")
    form["choices"][0]["finish_reason"] = "content_filter"
    error = failing(openrouter, stub, answer(form))
    assert type(error) is Refused
    assert error.completion.text == "Half"


@pytest.mark.parametrize(("ahead", "low", "high"), [(30, 25, 31), (0.1, 1, 60), (999_999, 86_400, 86_400)])
@pytest.mark.parametrize("status", [200, 429])
def test_a_limit_may_name_the_hour(
    openrouter: OpenRouter, stub: Stub, status: int, ahead: float, low: float, high: float
) -> None:
    reset = str(int((time.time() + ahead) * 1000))
    error = {"code": 429, "message": "free-models-per-day", "metadata": {"headers": {"X-RateLimit-Reset": reset}}}
    found = failing(openrouter, stub, answer({"error": error}, status))
    assert isinstance(found, RateLimited)
    assert low <= found.retry_after <= high


def test_a_limit_inside_a_200_may_name_the_seconds(openrouter: OpenRouter, stub: Stub) -> None:
    headers = {"Retry-After": "7", "X-RateLimit-Reset": "1"}
    error = failing(openrouter, stub, inside(429, "Slow down", headers=headers))
    assert isinstance(error, RateLimited)
    assert error.retry_after == 7


def test_what_cannot_be_asked_for_says_which_model(openrouter: OpenRouter, stub: Stub) -> None:
    error = failing(openrouter, stub, inside(404, "No endpoints found that can handle the requested parameters."))
    assert '"openai/gpt-6-luna"' in str(error)
    assert "JSON schema" in str(error)


# -- the key and the list ---------------------------------------------------------------------------------------------


def test_the_key_is_asked_about_itself(openrouter: OpenRouter, stub: Stub) -> None:
    openrouter.check_key()
    assert [(seen.method, seen.path) for seen in stub.seen] == [("GET", "/openrouter/api/v1/key")]


@pytest.mark.parametrize(
    ("left", "fine"), [(None, True), (0.01, True), ("3", True), (0, False), (-2.5, False), ("0.0", False)]
)
def test_a_key_that_may_spend_nothing_has_no_credit(openrouter: OpenRouter, stub: Stub, left: Any, fine: bool) -> None:
    stub.then(answer(openrouter_key(limit=5, limit_remaining=left)))
    if fine:
        openrouter.check_key()
    else:
        with pytest.raises(NoCredit, match="limit is used up"):
            openrouter.check_key()


@pytest.mark.parametrize("kind", ["is_management_key", "is_provisioning_key"])
def test_a_key_that_manages_keys_writes_nothing(openrouter: OpenRouter, stub: Stub, kind: str) -> None:
    stub.then(answer(openrouter_key(**{kind: True})))
    with pytest.raises(InvalidKey, match="manages other keys"):
        openrouter.check_key()


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"error": {"code": 401, "message": "No"}}, InvalidKey),
        ({}, BadOutput),
        ([], BadOutput),
        ({"data": 3}, BadOutput),
    ],
)
def test_an_odd_answer_about_the_key(openrouter: OpenRouter, stub: Stub, body: Any, kind: type) -> None:
    stub.then(answer(body))
    with pytest.raises(kind):
        openrouter.check_key()


def row(**more: Any) -> dict[str, Any]:
    return {**openrouter_list()["data"][0], **more}


def listed(openrouter: OpenRouter, stub: Stub, *rows: dict[str, Any]) -> list[Model]:
    stub.then(answer({"data": list(rows)}))
    return openrouter.models()


def test_a_row_of_the_list(openrouter: OpenRouter, stub: Stub) -> None:
    (model,) = listed(openrouter, stub, row(expiration_date="2027-01-14T00:00:00Z"))
    assert model == Model(
        id="openai/gpt-6-luna",
        label="OpenAI: GPT-6 Luna",
        context_tokens=922_000,
        output_tokens=128_000,
        usd_in_per_m=Decimal("0.1"),
        usd_out_per_m=Decimal("0.5"),
        usd_cache_read_per_m=Decimal("0.01"),
        status="deprecated",
        retires_at=date(2027, 1, 14),
        abilities=frozenset({"schema"}),
    )


@pytest.mark.parametrize(
    ("kinds", "abilities"),
    [
        (["text"], {"schema"}),
        (["text", "image"], {"schema", "images"}),
        (["image"], {"schema", "images"}),
        (["audio"], None),
        (["embeddings"], None),
    ],
)
def test_only_what_writes_or_draws_is_listed(
    openrouter: OpenRouter, stub: Stub, kinds: list[str], abilities: set[str] | None
) -> None:
    found = listed(openrouter, stub, row(architecture={"output_modalities": kinds}))
    assert [model.abilities for model in found] == ([] if abilities is None else [abilities])


@pytest.mark.parametrize("price", ["-1", "", None, "free", "NaN"])
def test_a_price_that_is_none(openrouter: OpenRouter, stub: Stub, price: Any) -> None:
    (model,) = listed(openrouter, stub, row(pricing={"prompt": price, "completion": "0"}))
    assert (model.usd_in_per_m, model.usd_out_per_m, model.usd_cache_read_per_m) == (None, Decimal(0), None)


def test_a_bare_row(openrouter: OpenRouter, stub: Stub) -> None:
    (model,) = listed(openrouter, stub, {"id": "a/b", "expiration_date": "soon", "pricing": 3, "top_provider": None})
    assert model == Model(id="a/b", label="a/b", status="active", abilities=frozenset())


def test_the_text_is_still_a_text(openrouter: OpenRouter) -> None:
    assert openrouter.complete(asked("openrouter")).text == TEXT
