"""What the providers that are asked over the network promise alike, through their official SDKs, over a connection."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from integrations.errors import BadOutput, InvalidKey, ModelGone, Overloaded, Refused, Unsupported
from integrations.providers import providers, remote
from integrations.providers.base import Drawing, Usage
from integrations.providers.remote import Remote
from tests.integrations import vendor_stub
from tests.integrations.asking import asked, failing, made
from tests.integrations.vendor_stub import EVERYONE, PICTURE_MODELS, TEXT, THEIR_MODELS, VENDORS, Reply, Stub, text

SCHEMA = {"type": "object", "properties": {"title": {"type": "string", "maxLength": 60}}, "required": ["title"]}
PLAIN_MODELS = {
    "openai": "gpt-4-turbo",
    "anthropic": "claude-opus-4-1",
    "gemini": "gemma-4-27b-it",
    "openrouter": "mistralai/mistral-tiny",
    "compatible": "qwen4:8b",
}

pytestmark = pytest.mark.parametrize("vendor", EVERYONE)


def schema_in(vendor: str, body: dict[str, Any]) -> dict[str, Any]:
    """The schema where each vendor has it."""
    if vendor == "openai":
        assert body["text"]["format"]["strict"] is True
        return body["text"]["format"]["schema"]
    if vendor == "anthropic":
        return body["output_config"]["format"]["schema"]
    if vendor == "gemini":
        assert body["generationConfig"]["responseMimeType"] == "application/json"
        return body["generationConfig"]["responseJsonSchema"]
    assert body["response_format"]["json_schema"]["strict"] is True
    return body["response_format"]["json_schema"]["schema"]


# -- a text -----------------------------------------------------------------------------------------------------------


def test_a_text_with_what_it_used(provider: Remote, vendor: str) -> None:
    answer = provider.complete(asked(vendor))
    assert (answer.text, answer.finish) == (TEXT, "stop")
    written = 0 if vendor == "gemini" else 10  # Google writes its cache on its own and for nothing
    assert answer.usage == Usage(100, 50, cached_input_tokens=60, cache_write_tokens=written, reasoning_tokens=20)
    assert (answer.model_requested, answer.request_id) == (THEIR_MODELS[vendor], "req_1")
    assert answer.model_used.startswith(THEIR_MODELS[vendor] + "-")
    assert answer.cost == (Decimal("0.00014") if vendor == "openrouter" else None)
    assert answer.parsed is None


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
    error = failing(provider, stub, text(vendor, "I cannot.", ending="refused"))
    assert isinstance(error, Refused)
    assert f"{provider.label} refused this" in str(error)
    assert (error.completion.finish, error.completion.usage.output_tokens) == ("refused", 50)


def test_an_answer_without_a_text_is_no_post(provider: Remote, vendor: str, stub: Stub) -> None:
    error = failing(provider, stub, text(vendor, " \n"))
    assert isinstance(error, BadOutput)
    assert error.completion.usage.input_tokens == 100


# -- JSON -------------------------------------------------------------------------------------------------------------


def test_a_schema_is_enforced_and_the_answer_is_read(provider: Remote, vendor: str, stub: Stub) -> None:
    stub.then(text(vendor, '{"title": "Films"}\n'))
    answer = provider.complete(asked(vendor, schema=SCHEMA, schema_name="a_title"))
    assert answer.parsed == {"title": "Films"}
    assert answer.text == '{"title": "Films"}\n'
    sent = schema_in(vendor, stub.seen[0].json)
    assert sent["properties"]["title"] == {"type": "string", "description": "(maxLength: 60)"}
    assert sent["required"] == ["title"]
    assert sent.get("additionalProperties", False) is False
    assert "JSON schema" not in stub.seen[0].body.decode(), "it is not said twice"


@pytest.mark.parametrize("said", ["Here it is: {}", '```json\n{"title": 1}\n```', '{"title": "Fi', '{"title": NaN}'])
def test_an_answer_that_is_no_json_is_handed_up_as_it_is(provider: Remote, vendor: str, stub: Stub, said: str) -> None:
    stub.then(text(vendor, said))
    answer = provider.complete(asked(vendor, schema=SCHEMA))
    assert (answer.text, answer.parsed, answer.finish) == (said, None, "stop")


def test_a_cut_answer_is_not_read_even_if_it_looks_whole(provider: Remote, vendor: str, stub: Stub) -> None:
    stub.then(text(vendor, "{}", ending="length"))
    assert provider.complete(asked(vendor, schema=SCHEMA)).parsed is None


def test_without_a_schema_nothing_is_read(provider: Remote, vendor: str, stub: Stub) -> None:
    stub.then(text(vendor, '{"title": "Films"}'))
    assert provider.complete(asked(vendor)).parsed is None
    assert "schema" not in stub.seen[0].body.decode()


def test_a_model_that_cannot_is_told_in_words(stub: Stub, vendor: str) -> None:
    provider = made(vendor, stub.base_url(vendor), **({"json_mode": "prompt"} if vendor == "compatible" else {}))
    stub.then(text(vendor, '{"title": "Films"}'))
    model = PLAIN_MODELS[vendor]
    assert not provider.takes_schema(model)
    assert provider.complete(asked(vendor, model=model, schema=SCHEMA)).parsed == {"title": "Films"}
    body = stub.seen[0].body.decode()
    assert "It keeps to this JSON schema" in body
    assert json.dumps(json.dumps(SCHEMA, separators=(",", ":")))[1:-1] in body
    assert body.index("You write.") < body.index("JSON schema"), "what stays the same comes first"
    assert not {"text", "output_config", "response_format"} & stub.seen[0].json.keys()


# -- keys and models --------------------------------------------------------------------------------------------------


def test_the_key_is_checked_for_free(provider: Remote, vendor: str, stub: Stub) -> None:
    provider.check_key()
    stub.keys.clear()
    with pytest.raises(
        InvalidKey, match=rf"{provider.label} does not accept the key.*AI settings \((get one at https://|ask who)"
    ):
        provider.check_key()
    assert [seen.method for seen in stub.seen] == ["GET", "GET"]


def test_a_wrong_key_is_asked_about_once(provider: Remote, vendor: str, stub: Stub) -> None:
    stub.keys.clear()
    error = failing(provider, stub)
    assert type(error) is InvalidKey
    assert "good" not in str(error)


@pytest.mark.for_vendors(*VENDORS, "openrouter")  # a compatible server needs none
@pytest.mark.parametrize("key", ["", "  \n"])
def test_no_key_is_not_sent(stub: Stub, vendor: str, key: str) -> None:
    test_a_key_that_can_be_none_is_not_sent(stub, vendor, key)


@pytest.mark.parametrize("key", ["sk two", "sk-\u2019x", "sk-a\nHost: b", "sk\x00", "schlüssel"])
def test_a_key_that_can_be_none_is_not_sent(stub: Stub, vendor: str, key: str) -> None:
    for ask in (lambda one: one.check_key(), lambda one: one.models(), lambda one: one.complete(asked(vendor))):
        with pytest.raises(InvalidKey, match="AI settings") as caught:
            ask(made(vendor, stub.base_url(vendor), key))
        assert not key.strip() or key not in str(caught.value)
    assert stub.seen == []


def test_a_provider_can_be_made_with_nothing(vendor: str) -> None:
    nobody = providers.get(vendor)()
    assert nobody.is_language_model
    assert (nobody.needs_key, nobody.needs_base_url) == (vendor != "compatible", vendor == "compatible")
    assert nobody.key_url.startswith("https://") is nobody.needs_key
    assert not nobody.needs_base_url or not nobody.key_url


def test_the_list_has_the_models_that_write(provider: Remote, vendor: str) -> None:
    first, *others = provider.models()
    assert first.id == THEIR_MODELS[vendor]
    assert first.label
    assert first.retires_at is None
    ends = {"openai": date(2027, 1, 14), "anthropic": date(2026, 11, 30), "openrouter": date(2027, 1, 14)}
    expected = [("deprecated", ends[vendor])] if vendor in ends else []
    assert [(model.status, model.retires_at) for model in others] == expected


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


@pytest.mark.parametrize("model", ["", " ", "gpt 6", "gpt-6\n", "gpt-6\x00", "gpt\u20136", "x" * 201, "a/../b"])
def test_a_model_that_can_be_none_is_not_sent(provider: Remote, vendor: str, stub: Stub, model: str) -> None:
    with pytest.raises(ModelGone, match=r"is no name of a model.*AI settings") as caught:
        provider.complete(asked(vendor, model=model))
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 400
    assert stub.seen == []


# -- what not everybody can -------------------------------------------------------------------------------------------


@pytest.mark.for_vendors(*(set(EVERYONE) - set(PICTURE_MODELS)))  # the others: test_provider_pictures.py
def test_who_cannot_draw_says_so(provider: Remote, vendor: str, stub: Stub) -> None:
    assert not provider.draws
    with pytest.raises(Unsupported, match="draws no pictures: choose another"):
        provider.draw(Drawing(THEIR_MODELS[vendor], "A film"))
    assert stub.seen == []


@pytest.mark.for_vendors("gemini", "openrouter", "compatible")  # the others: test_provider_lots.py
def test_who_has_no_cheaper_lane_says_so(provider: Remote, vendor: str, stub: Stub) -> None:
    assert not provider.takes_lots
    for ask in (
        lambda: provider.submit({"a": asked(vendor)}, "label"),
        lambda: provider.lot("lot_1"),
        lambda: provider.answers("lot_1", {}),
        lambda: provider.cancel_lot("lot_1"),
    ):
        with pytest.raises(Unsupported, match="no cheaper lane"):
            ask()
    assert provider.find_lot("label") is None
    assert stub.seen == []
