"""What is special about OpenAI. What it shares with the others is in test_provider_contract.py."""

import pytest

from integrations.errors import BadOutput, ModelGone, NoCredit, OutsideError, Overloaded, RateLimited, Refused
from integrations.providers.base import Request
from integrations.providers.openai import WRITES_TEXT, OpenAI
from tests.integrations.vendor_stub import Reply, Stub, problem, text

REQUEST = Request(model="gpt-6-luna", system="", prompt="Hello", max_output_tokens=300, timeout=5)


@pytest.fixture
def openai(stub: Stub) -> OpenAI:
    return OpenAI("good-key", base_url=stub.base_url("openai"))


def failing(openai: OpenAI, stub: Stub, reply: Reply) -> OutsideError:
    stub.then(reply)
    with pytest.raises(OutsideError) as caught:
        openai.complete(REQUEST)
    return caught.value


def test_what_is_sent(openai: OpenAI, stub: Stub) -> None:
    openai.complete(REQUEST)
    (seen,) = stub.seen
    assert (seen.method, seen.path) == ("POST", "/openai/v1/responses")
    assert seen.headers["authorization"] == "Bearer good-key"
    assert seen.json == {"model": "gpt-6-luna", "input": "Hello", "max_output_tokens": 600, "store": False}


def test_people_are_told_apart_by_a_hash_if_there_is_one(openai: OpenAI, stub: Stub) -> None:
    openai.complete(Request(model="gpt-6-luna", system="", prompt="Hello", end_user="hash"))
    assert stub.seen[0].json["safety_identifier"] == "hash"


def test_a_schema_is_strict_and_named(openai: OpenAI, stub: Stub) -> None:
    schema = {"type": "object", "properties": {"title": {"type": "string"}, "note": {"type": "string"}}}
    openai.complete(Request("gpt-6-luna", "You write.", "Hello", schema=schema, schema_name="a_title"))
    sent = stub.seen[0].json
    assert sent["instructions"] == "You write."
    assert sent["text"] == {
        "format": {
            "type": "json_schema",
            "name": "a_title",
            "strict": True,
            "schema": {**schema, "required": ["title", "note"], "additionalProperties": False},
        }
    }


@pytest.mark.parametrize(
    ("model", "takes"),
    [
        ("gpt-6-luna", True),
        ("gpt-6.1-terra", True),
        ("gpt-5", True),
        ("gpt-4.1-mini", True),
        ("gpt-4o", True),
        ("o3-mini", True),
        ("o1", True),
        ("o1-mini", False),
        ("o1-preview", False),
        ("gpt-4-turbo", False),
        ("gpt-4", False),
        ("gpt-3.5-turbo", False),
        ("gpt-5-chat-latest", False),
    ],
)
def test_who_takes_a_schema(model: str, takes: bool) -> None:
    assert OpenAI.takes_schema(model) is takes


@pytest.mark.parametrize(
    ("model", "thinks"),
    [("gpt-6-luna", True), ("gpt-5.4-nano", True), ("o3-mini", True), ("gpt-4.1", False), ("gpt-4o-mini", False)],
)
def test_who_thinks(model: str, thinks: bool) -> None:
    assert OpenAI.thinks(model) is thinks


@pytest.mark.parametrize(
    "code",
    [
        "insufficient_quota",
        "credit_balance_exhausted",
        "organization_spend_limit_exceeded",
        "project_spend_limit_exceeded",
        "organization_usage_limit_exceeded",
    ],
)
def test_a_429_without_money_is_not_waited_for(openai: OpenAI, stub: Stub, code: str) -> None:
    error = failing(openai, stub, problem("openai", 429, code, "You exceeded your current quota", retry_after="1"))
    assert type(error) is NoCredit


@pytest.mark.parametrize("code", ["rate_limit_exceeded", "slow_down", "tokens"])
def test_any_other_429_is(openai: OpenAI, stub: Stub, code: str) -> None:
    assert type(failing(openai, stub, problem("openai", 429, code, retry_after="2"))) is RateLimited


def test_a_model_may_be_gone_with_a_400(openai: OpenAI, stub: Stub) -> None:
    assert type(failing(openai, stub, problem("openai", 400, "model_not_found", "No such model"))) is ModelGone


@pytest.mark.parametrize("code", ["invalid_prompt", "content_policy_violation", "moderation_blocked", "bio_policy"])
def test_a_refusal_may_be_a_400(openai: OpenAI, stub: Stub, code: str) -> None:
    error = failing(openai, stub, problem("openai", 400, code, "Not this"))
    assert type(error) is Refused
    assert code in str(error)


@pytest.mark.parametrize(
    ("code", "kind"),
    [("server_error", Overloaded), ("rate_limit_exceeded", RateLimited), ("invalid_prompt", Refused)],
)
def test_an_error_inside_a_200(openai: OpenAI, stub: Stub, code: str, kind: type) -> None:
    assert type(failing(openai, stub, text("openai", status="failed", error={"code": code, "message": "x"}))) is kind


def test_a_200_with_nothing_but_an_error(openai: OpenAI, stub: Stub) -> None:
    assert type(failing(openai, stub, problem("openai", 200, "insufficient_quota", "Pay"))) is NoCredit


def test_a_content_filter_in_the_middle_of_a_text(openai: OpenAI, stub: Stub) -> None:
    ending = {"status": "incomplete", "incomplete_details": {"reason": "content_filter"}}
    error = failing(openai, stub, text("openai", "Half", **ending))
    assert type(error) is Refused
    assert error.completion.text == "Half"


@pytest.mark.parametrize("status", ["queued", "in_progress", "cancelled", None])
def test_an_answer_that_is_not_ready(openai: OpenAI, stub: Stub, status: str | None) -> None:
    assert type(failing(openai, stub, text("openai", status=status))) is BadOutput


@pytest.mark.parametrize(
    ("name", "writes"),
    [
        ("gpt-6.1-terra", True),
        ("o3", True),
        ("gpt-image-2", False),
        ("gpt-4o-transcribe", False),
        ("gpt-realtime", False),
        ("whisper-1", False),
        ("text-embedding-3-small", False),
    ],
)
def test_which_models_of_the_list_write(name: str, writes: bool) -> None:
    assert bool(WRITES_TEXT.match(name)) is writes
