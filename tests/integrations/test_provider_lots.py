"""The cheaper lane: many requests handed in at once, answered within a day; through the official SDKs."""

from typing import Any

import pytest
from llmock.pytest_plugin import LLMock
from llmock.routers import batch as llmock_lots

from integrations.errors import (
    BadOutput,
    ContextTooLong,
    InvalidKey,
    ModelGone,
    NoAnswer,
    NoCredit,
    Overloaded,
    PermanentError,
    RateLimited,
    Refused,
    Unsupported,
)
from integrations.providers import remote
from integrations.providers.base import Completion, Lot
from integrations.providers.remote import Remote
from tests.integrations import vendor_stub
from tests.integrations.asking import asked, made
from tests.integrations.vendor_forms import FORMS
from tests.integrations.vendor_lots import jsonl
from tests.integrations.vendor_stub import Reply, Stub, problem

LANES = ["openai", "anthropic"]
SCHEMA = {"type": "object", "properties": {"title": {"type": "string"}}}

pytestmark = pytest.mark.parametrize("vendor", LANES)


def three(vendor: str) -> dict[str, Any]:
    return {name: asked(vendor, prompt=f"Write {name}.", end_user="hash", schema=SCHEMA) for name in ("a", "b", "c")}


def failed(vendor: str, status: int, code: str, words: str = "") -> dict[str, Any]:
    """A line of a request that failed, in the vendor's form."""
    error = {"type": code, "code": code, "message": words}
    if vendor == "anthropic":
        return {"type": "errored", "error": {"type": "error", "error": error}}
    return {"response": {"status_code": status, "request_id": "req_x", "body": {"error": error}}, "error": None}


def answered(vendor: str, said: str, **how: Any) -> dict[str, Any]:
    form = FORMS[vendor](said, how.get("ending", "stop"), False, "")
    if vendor == "anthropic":
        return {"type": "succeeded", "message": form}
    return {"response": {"status_code": 200, "request_id": "req_x", "body": form}}


def left(vendor: str) -> dict[str, Any]:
    if vendor == "anthropic":
        return {"type": "expired"}
    return {"response": None, "error": {"code": "batch_expired", "message": "It took too long."}}


# -- there and back ---------------------------------------------------------------------------------------------------


def test_a_lot_goes_there_and_comes_back(provider: Remote, vendor: str, stub: Stub) -> None:
    requests = three(vendor)
    lot_id = provider.submit(requests, "batch-7-1")
    lot = provider.lot(lot_id)
    assert (lot.id, lot.state) == (lot_id, "working")
    stub.lots.finish(lot_id, b=failed(vendor, 400, "invalid_request_error", "prompt is too long"))
    lot = provider.lot(lot_id)
    why = {"openai": "completed", "anthropic": "ended"}[vendor]
    assert lot == Lot(lot_id, "ended", why, done=3, total=3)
    answers = provider.answers(lot_id, requests)
    assert answers.keys() == {"a", "b", "c"}
    assert isinstance(answers["b"], ContextTooLong)
    good = answers["a"]
    assert isinstance(good, Completion)
    assert (good.text, good.finish) == (stub.lots.said, "stop")
    assert (good.usage.input_tokens, good.usage.cached_input_tokens, good.usage.output_tokens) == (100, 60, 50)
    assert good.request_id == {"openai": "req_a", "anthropic": "msg_1"}[vendor]
    assert good.model_used.startswith(good.model_requested + "-")


def test_what_is_sent_is_what_a_single_request_sends(provider: Remote, vendor: str, stub: Stub) -> None:
    requests = three(vendor)
    lot_id = provider.submit(requests, "batch-7-1")
    provider.complete(requests["b"])
    assert stub.lots.requests[lot_id]["b"] == stub.seen[-1].json
    assert {seen.headers["authorization"] for seen in stub.seen} == {"Bearer good-key"}


def test_json_is_read_here_too(provider: Remote, vendor: str, stub: Stub) -> None:
    requests = three(vendor)
    lot_id = provider.submit(requests, "batch-7-1")
    stub.lots.finish(lot_id, a=answered(vendor, '{"title": "Films"}'), b=answered(vendor, "{", ending="length"))
    answers = provider.answers(lot_id, requests)
    assert [(answers[name].parsed, answers[name].finish) for name in "ab"] == [
        ({"title": "Films"}, "stop"),
        (None, "length"),
    ]


def test_what_nobody_worked_on_is_left_out(provider: Remote, vendor: str, stub: Stub) -> None:
    requests = three(vendor)
    lot_id = provider.submit(requests, "batch-7-1")
    stub.lots.finish(lot_id, b=left(vendor))
    assert provider.answers(lot_id, requests).keys() == {"a", "c"}


def test_only_what_was_asked_for_is_answered(provider: Remote, vendor: str, stub: Stub) -> None:
    requests = three(vendor)
    lot_id = provider.submit(requests, "batch-7-1")
    stub.lots.finish(lot_id)
    assert provider.answers(lot_id, {"c": requests["c"], "d": requests["a"]}).keys() == {"c"}


LINES = [
    (400, "invalid_request_error", "Your credit balance is too low", NoCredit),
    (401, "authentication_error", "", InvalidKey),
    (404, "not_found_error", "No such model", ModelGone),
    (413, "request_too_large", "", ContextTooLong),
    (429, "rate_limit_error", "", RateLimited),
    (500, "api_error", "", Overloaded),
    (400, "invalid_request_error", "blocked by our content_policy", Refused),
    (400, "invalid_request_error", "Unsupported value", PermanentError),
]


@pytest.mark.parametrize(("status", "code", "words", "kind"), LINES)
def test_a_line_that_failed_is_sorted_like_a_single_request(
    provider: Remote, vendor: str, stub: Stub, status: int, code: str, words: str, kind: type
) -> None:
    requests = three(vendor)
    lot_id = provider.submit(requests, "batch-7-1")
    stub.lots.finish(lot_id, a=failed(vendor, status, code, words))
    error = provider.answers(lot_id, requests)["a"]
    assert type(error) is kind


def test_a_refusal_in_a_lot_is_paid(provider: Remote, vendor: str, stub: Stub) -> None:
    requests = three(vendor)
    lot_id = provider.submit(requests, "batch-7-1")
    stub.lots.finish(lot_id, a=answered(vendor, "I cannot.", ending="refused"), b=answered(vendor, " "))
    answers = provider.answers(lot_id, requests)
    assert isinstance(answers["a"], Refused)
    assert answers["a"].completion.usage.output_tokens == 50
    assert isinstance(answers["b"], BadOutput)
    assert isinstance(answers["c"], Completion)


ODD_LINES = [{"result": None, "response": None}, {"result": 7, "response": 7, "error": "x"}, {"result": {"type": "?"}}]


@pytest.mark.parametrize("odd", ODD_LINES)
def test_an_odd_line_spoils_no_other(provider: Remote, vendor: str, stub: Stub, odd: dict[str, Any]) -> None:
    requests = three(vendor)
    lot_id = provider.submit(requests, "batch-7-1")
    stub.lots.finish(lot_id)
    rows = [{"custom_id": "a", **odd}, "no object", stub.lots.openai_row("b") | stub.lots.anthropic_row("b")]
    if vendor == "openai":
        batch = stub.lots.batches[lot_id]
        stub.then(vendor_stub.answer(batch))
    stub.then(vendor_stub.send(200, jsonl(rows)))
    answers = provider.answers(lot_id, requests)
    assert isinstance(answers["a"], BadOutput | PermanentError)
    assert isinstance(answers["b"], Completion)


# -- finding and stopping ---------------------------------------------------------------------------------------------


def test_a_lot_is_found_by_our_label_where_the_vendor_keeps_it(provider: Remote, vendor: str, stub: Stub) -> None:
    ids = [provider.submit({"a": asked(vendor)}, f"batch-{number}") for number in range(8)]
    before = len(stub.seen)
    if vendor == "openai":
        assert [provider.find_lot(f"batch-{number}") for number in (7, 0)] == [ids[7], ids[0]]
        assert provider.find_lot("batch-9") is None
    else:
        assert provider.find_lot("batch-7") is None
        assert len(stub.seen) == before


def test_a_lot_is_stopped_once(provider: Remote, vendor: str, stub: Stub) -> None:
    lot_id = provider.submit(three(vendor), "batch-7-1")
    provider.cancel_lot(lot_id)
    assert provider.lot(lot_id).state == "working"
    stub.lots.finish(lot_id, "cancelled", a=left(vendor), b=left(vendor))
    assert provider.lot(lot_id).state == "ended"
    assert provider.answers(lot_id, three(vendor)).keys() == {"c"}
    before = len(stub.seen)
    provider.cancel_lot(lot_id)
    assert [seen.method for seen in stub.seen[before:]] == ["GET"]


# -- what goes wrong --------------------------------------------------------------------------------------------------

FAULTS = [
    (lambda vendor: problem(vendor, 429, "rate_limit_error", retry_after="7"), RateLimited),
    (lambda vendor: problem(vendor, 402, "billing_error"), NoCredit),
    (lambda vendor: problem(vendor, 503, "overloaded"), Overloaded),
    (lambda vendor: vendor_stub.wrong_key(vendor), InvalidKey),
    (lambda vendor: vendor_stub.html(), Overloaded),
    (lambda vendor: vendor_stub.html_called_json(), Overloaded),
    (lambda vendor: vendor_stub.drop, NoAnswer),
    (lambda vendor: vendor_stub.cut(), NoAnswer),
    (lambda vendor: vendor_stub.answer([]), BadOutput),
]


@pytest.mark.parametrize(("fault", "kind"), FAULTS)
@pytest.mark.parametrize("step", ["submit", "lot", "answers", "cancel_lot"])
def test_each_step_may_fail_and_is_asked_once(
    provider: Remote, vendor: str, stub: Stub, step: str, fault: Any, kind: type
) -> None:
    lot_id = provider.submit(three(vendor), "batch-7-1")
    before = len(stub.seen)
    stub.then(fault(vendor))
    arguments = {"submit": (three(vendor), "batch-8-1"), "answers": (lot_id, three(vendor))}.get(step, (lot_id,))
    with pytest.raises(kind):
        getattr(provider, step)(*arguments)
    assert len(stub.seen) == before + 1


@pytest.mark.for_vendors("openai")
@pytest.mark.parametrize("kind", [NoAnswer, NoCredit])
def test_the_second_step_of_openais_submit_may_fail_too(provider: Remote, vendor: str, stub: Stub, kind: type) -> None:
    stub.then(vendor_stub.answer({"id": "file-0"}))
    stub.then(vendor_stub.drop if kind is NoAnswer else problem(vendor, 402, "insufficient_quota"))
    with pytest.raises(kind):
        provider.submit(three(vendor), "batch-7-1")


def test_a_lot_without_a_number_is_no_answer(provider: Remote, vendor: str, stub: Stub) -> None:
    stub.then(*[vendor_stub.answer({"status": "validating", "processing_status": "in_progress"})] * 2)
    with pytest.raises(NoAnswer, match="under which number"):
        provider.submit(three(vendor), "batch-7-1")


def test_a_lot_that_the_vendor_has_forgotten(provider: Remote, vendor: str) -> None:
    for ask in (provider.lot, lambda lot_id: provider.answers(lot_id, {})):
        with pytest.raises(PermanentError, match="too old there: order its texts again"):
            ask("batch_none")


@pytest.mark.parametrize("reply", [vendor_stub.html(), vendor_stub.send(200, b'{"custom_id": "a"}\n{"cust')])
def test_a_file_of_answers_that_is_none(provider: Remote, vendor: str, stub: Stub, reply: Reply) -> None:
    lot_id = provider.submit(three(vendor), "batch-7-1")
    stub.lots.finish(lot_id)
    stub.then(*[vendor_stub.answer(stub.lots.batches[lot_id])] * (vendor == "openai"), reply)
    with pytest.raises(Overloaded, match="not JSON"):
        provider.answers(lot_id, three(vendor))


@pytest.mark.parametrize("body", [b"{}", b"[]", b'"x"\n7\n'])
def test_a_file_that_is_of_no_lot(provider: Remote, vendor: str, stub: Stub, body: bytes) -> None:
    lot_id = provider.submit(three(vendor), "batch-7-1")
    stub.lots.finish(lot_id)
    stub.then(*[vendor_stub.answer(stub.lots.batches[lot_id])] * (vendor == "openai"), vendor_stub.send(200, body))
    with pytest.raises(BadOutput):
        provider.answers(lot_id, three(vendor))


@pytest.mark.for_vendors("anthropic")  # the other one has a file only where there are answers
def test_no_results_are_not_no_answers(provider: Remote, vendor: str, stub: Stub) -> None:
    lot_id = provider.submit(three(vendor), "batch-7-1")
    stub.then(vendor_stub.send(200, b""))
    with pytest.raises(BadOutput, match="no results"):
        provider.answers(lot_id, three(vendor))


def test_an_odd_model_is_not_handed_in(provider: Remote, vendor: str, stub: Stub) -> None:
    with pytest.raises(ModelGone, match="is no name of a model"):
        provider.submit({"a": asked(vendor, model="gpt 6")}, "batch-7-1")
    assert stub.seen == []


def test_openai_takes_one_model_a_lot(provider: Remote, vendor: str, stub: Stub) -> None:
    mixed = {"a": asked(vendor), "b": asked(vendor, model="gpt-6-sol")}
    if vendor == "openai":
        with pytest.raises(Unsupported, match="one lot for each model"):
            provider.submit(mixed, "batch-7-1")
        assert stub.seen == []
    else:
        assert provider.submit(mixed, "batch-7-1")


@pytest.mark.for_vendors("openai")  # the other one answers with a 400
def test_a_lot_that_was_refused_as_a_whole(provider: Remote, vendor: str, stub: Stub) -> None:
    lot_id = provider.submit(three(vendor), "batch-7-1")
    mistakes = {"object": "list", "data": [{"code": "token_limit_exceeded", "message": "Too much"}]}
    stub.lots.batches[lot_id] |= {"status": "failed", "errors": mistakes}
    assert provider.lot(lot_id) == Lot(lot_id, "ended", "failed (token_limit_exceeded)")
    assert provider.answers(lot_id, three(vendor)) == {}


# -- llmock -----------------------------------------------------------------------------------------------------------


def test_llmock_takes_a_lot(
    llmock: LLMock, vendor: str, clean_environment: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(llmock_lots, "_BATCH_DELAY", 0.0)
    remote.clients.kept.clear()
    provider = made(vendor, llmock.base_url(vendor), "any-key")
    requests = three(vendor)
    lot_id = provider.submit(requests, "batch-7-1")
    assert provider.find_lot("batch-7-1") == (lot_id if vendor == "openai" else None)
    answers = provider.answers(lot_id, requests) if provider.lot(lot_id).state == "ended" else {}
    assert answers.keys() == {"a", "b", "c"}
    if vendor == "anthropic":  # llmock has no lots of OpenAI's Responses API
        assert all(isinstance(one, Completion) and one.text and one.usage.output_tokens for one in answers.values())
    llmock.assert_resilient(strict=True)
