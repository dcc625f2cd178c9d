"""What is special about Google Gemini. What it shares with the others is in test_provider_contract.py."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from integrations.errors import (
    BadOutput,
    InvalidKey,
    ModelGone,
    NoCredit,
    OutsideError,
    PermanentError,
    RateLimited,
    Refused,
)
from integrations.providers.base import Request
from integrations.providers.gemini import Gemini, wait
from tests.integrations.vendor_stub import Reply, Stub, answer, problem, text

REQUEST = Request(model="gemini-3.8-flash", system="You write.", prompt="Hello", max_output_tokens=300, timeout=5)
PER_DAY = {"violations": [{"quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]}
PER_MINUTE = {"violations": [{"quotaId": "GenerateRequestsPerMinutePerProjectPerModel"}]}


@pytest.fixture
def gemini(stub: Stub) -> Gemini:
    return Gemini("good-key", base_url=stub.base_url("gemini"))


def failing(gemini: Gemini, stub: Stub, reply: Reply) -> OutsideError:
    stub.then(reply)
    with pytest.raises(OutsideError) as caught:
        gemini.complete(REQUEST)
    return caught.value


def test_what_is_sent(gemini: Gemini, stub: Stub) -> None:
    gemini.complete(REQUEST)
    (seen,) = stub.seen
    assert (seen.method, seen.path) == ("POST", "/gemini/v1/models/gemini-3.8-flash:generateContent")
    assert (seen.headers["x-goog-api-key"], seen.headers["x-server-timeout"]) == ("good-key", "5")
    assert seen.json == {
        "contents": [{"role": "user", "parts": [{"text": "Hello"}]}],
        "systemInstruction": {"role": "user", "parts": [{"text": "You write."}]},
        "generationConfig": {"maxOutputTokens": 600},
    }


def test_the_version_can_be_set(stub: Stub) -> None:
    Gemini("good-key", base_url=stub.base_url("gemini"), api_version="v1beta").complete(REQUEST)
    assert stub.seen[0].path.startswith("/gemini/v1beta/")


@pytest.mark.parametrize(
    ("model", "thinks"), [("gemini-3.8-flash", True), ("gemini-2.5-pro", True), ("gemini-2.0-flash-exp", False)]
)
def test_who_thinks(model: str, thinks: bool) -> None:
    assert Gemini.thinks(model) is thinks


@pytest.mark.parametrize(
    ("model", "takes"),
    [
        ("gemini-3.8-flash", True),
        ("gemini-4-argon", True),
        ("gemini-2.5-pro", True),
        ("models/gemini-3.8-flash", True),
        ("gemini-flash-latest", True),
        ("gemini-2.0-flash-exp", False),
        ("gemini-1.5-pro", False),
        ("gemma-4-27b-it", False),
    ],
)
def test_who_takes_a_schema(model: str, takes: bool) -> None:
    assert Gemini.takes_schema(model) is takes


def test_a_schema_keeps_what_google_enforces(gemini: Gemini, stub: Stub) -> None:
    beats = {"type": "array", "items": {"type": "string"}, "maxItems": 3, "uniqueItems": True}
    gemini.complete(replace(REQUEST, schema={"type": "object", "properties": {"beats": beats}}))
    config = stub.seen[0].json["generationConfig"]
    assert config["responseMimeType"] == "application/json"
    del beats["uniqueItems"]
    assert config["responseJsonSchema"] == {
        "type": "object",
        "properties": {"beats": {**beats, "description": "(uniqueItems: true)"}},
    }


@pytest.mark.parametrize("model", ["gemini?x", "gemini#x", "gemini%2e", "../gemini", "gemini:x"])
def test_a_model_stays_within_its_part_of_the_url(gemini: Gemini, stub: Stub, model: str) -> None:
    with pytest.raises(ModelGone, match="is no name of a model"):
        gemini.complete(replace(REQUEST, model=model))
    assert stub.seen == []


@pytest.mark.parametrize("reason", ["SAFETY", "OTHER", "BLOCKLIST", "PROHIBITED_CONTENT", "IMAGE_SAFETY"])
def test_a_blocked_prompt_is_a_200(gemini: Gemini, stub: Stub, reason: str) -> None:
    body = {"promptFeedback": {"blockReason": reason}, "usageMetadata": {"promptTokenCount": 9}}
    error = failing(gemini, stub, answer(body))
    assert type(error) is Refused
    assert reason.lower() in str(error)
    assert error.completion.usage.input_tokens == 9


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("SAFETY", Refused),
        ("RECITATION", Refused),
        ("LANGUAGE", Refused),
        ("BLOCKLIST", Refused),
        ("PROHIBITED_CONTENT", Refused),
        ("SPII", Refused),
        ("A_REASON_OF_NEXT_YEAR", Refused),
        ("MALFORMED_RESPONSE", BadOutput),
        ("UNEXPECTED_TOOL_CALL", BadOutput),
        ("OTHER", BadOutput),
    ],
)
def test_how_a_text_may_end(gemini: Gemini, stub: Stub, reason: str, kind: type) -> None:
    candidate = {"content": {"role": "model", "parts": [{"text": "Half"}]}, "finishReason": reason}
    assert type(failing(gemini, stub, text("gemini", candidates=[candidate]))) is kind


def test_no_candidates_at_all(gemini: Gemini, stub: Stub) -> None:
    assert type(failing(gemini, stub, text("gemini", candidates=[]))) is BadOutput


def test_thoughts_alone_fill_the_room(gemini: Gemini, stub: Stub) -> None:
    stub.then(text("gemini", candidates=[{"finishReason": "MAX_TOKENS"}]))
    made = gemini.complete(REQUEST)
    assert (made.text, made.finish, made.usage.output_tokens) == ("", "length", 50)


def test_without_a_version_the_model_is_the_one_asked_for(gemini: Gemini, stub: Stub) -> None:
    stub.then(text("gemini", modelVersion=None))
    assert gemini.complete(REQUEST).model_used == "gemini-3.8-flash"


def test_a_wrong_key_is_a_400(gemini: Gemini, stub: Stub) -> None:
    stub.keys.clear()
    with pytest.raises(InvalidKey):
        gemini.complete(REQUEST)
    assert len(stub.seen) == 1


def test_a_region_without_the_service(gemini: Gemini, stub: Stub) -> None:
    reply = problem("gemini", 400, "FAILED_PRECONDITION", "User location is not supported for the API use.")
    error = failing(gemini, stub, reply)
    assert type(error) is PermanentError
    assert "User location is not supported" in str(error)


def test_a_spending_cap_is_a_402(gemini: Gemini, stub: Stub) -> None:
    reply = problem("gemini", 402, "FAILED_PRECONDITION", "The spend cap of this project is reached")
    assert type(failing(gemini, stub, reply)) is NoCredit


def test_the_quota_of_a_day_is_waited_for_a_long_time(gemini: Gemini, stub: Stub) -> None:
    error = failing(gemini, stub, problem("gemini", 429, "RESOURCE_EXHAUSTED", "Quota exceeded", [PER_DAY]))
    assert isinstance(error, RateLimited)
    assert 0 < error.retry_after <= 86_400
    assert error.retry_after == pytest.approx(wait([PER_DAY], datetime.now(UTC)), abs=60)


def test_a_429_may_say_how_long_in_its_body(gemini: Gemini, stub: Stub) -> None:
    info = [PER_MINUTE, {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "46.5s"}]
    error = failing(gemini, stub, problem("gemini", 429, "RESOURCE_EXHAUSTED", "Quota exceeded", info))
    assert isinstance(error, RateLimited)
    assert error.retry_after == 46.5


def test_a_quota_of_none_is_not_waited_for(gemini: Gemini, stub: Stub) -> None:
    error = failing(gemini, stub, problem("gemini", 429, "RESOURCE_EXHAUSTED", "Quota exceeded, limit: 0, model: x"))
    assert type(error) is NoCredit
    assert '"gemini-3.8-flash"' in str(error)


@pytest.mark.parametrize(("hour", "seconds"), [(7, 3600), (9, 23 * 3600), (8, 24 * 3600)])
def test_a_quota_of_a_day_is_waited_for_until_googles_midnight(hour: int, seconds: float) -> None:
    now = datetime(2026, 11, 22, hour, tzinfo=UTC)
    assert wait([PER_DAY, {"retryDelay": "46s"}], now) == seconds


@pytest.mark.parametrize(
    ("delay", "seconds"), [("0s", 1), ("0.2s", 1), ("999999s", 86_400), ("soon", None), ("1.2.3s", None)]
)
def test_odd_delays(delay: str, seconds: float | None) -> None:
    assert wait([{"retryDelay": delay}], datetime.now(UTC)) == seconds
