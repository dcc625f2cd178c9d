"""What is special about servers that copy OpenAI's API: the address is a user's, and every server is a little other."""

import socket
from typing import Any

import pytest

from integrations.errors import (
    AddressRefused,
    BadOutput,
    ContextTooLong,
    InvalidKey,
    ModelGone,
    NoAnswer,
    OutsideError,
    PermanentError,
)
from integrations.providers.base import Model
from integrations.providers.compatible import Compatible
from tests.integrations import asking, vendor_stub
from tests.integrations.asking import HERE, asked
from tests.integrations.vendor_forms import compatible_form
from tests.integrations.vendor_stub import TEXT, Reply, Stub, answer, problem, text

SCHEMA = {"type": "object", "properties": {"title": {"type": "string"}}}
REQUEST = asked("compatible", max_output_tokens=300)


@pytest.fixture
def server(stub: Stub) -> Compatible:
    return Compatible("good-key", base_url=stub.base_url("compatible"), allow_hosts=HERE)


def failing(server: Compatible, stub: Stub, *replies: Reply, **more: Any) -> OutsideError:
    return asking.failing(server, stub, *replies, request=asked("compatible", **more))


# -- what is sent -----------------------------------------------------------------------------------------------------


def test_what_is_sent_and_what_is_not(server: Compatible, stub: Stub) -> None:
    server.complete(asked("compatible", max_output_tokens=300, end_user="hash"))
    (seen,) = stub.seen
    assert (seen.method, seen.path) == ("POST", "/compatible/v1/chat/completions")
    assert seen.json == {
        "model": "qwen4:8b",
        "messages": [{"role": "system", "content": "You write."}, {"role": "user", "content": "Hello"}],
        "max_completion_tokens": 600,
    }


def test_no_key_is_needed(stub: Stub) -> None:
    stub.keys.add("none")
    server = Compatible(base_url=stub.base_url("compatible"), allow_hosts=HERE)
    assert server.complete(REQUEST).text == TEXT
    server.check_key()
    assert [model.id for model in server.models()] == ["qwen4:8b"]


def test_a_server_that_wants_one_says_so(stub: Stub) -> None:
    with pytest.raises(InvalidKey, match="does not accept the key"):
        Compatible(base_url=stub.base_url("compatible"), allow_hosts=HERE).complete(REQUEST)


def test_its_words_are_quoted_although_there_is_no_key(stub: Stub) -> None:
    stub.then(problem("compatible", 400, "bad", "Unsupported value: effort."))
    with pytest.raises(PermanentError, match='It says: "Unsupported value: effort'):
        Compatible(base_url=stub.base_url("compatible"), allow_hosts=HERE).complete(REQUEST)


@pytest.mark.parametrize("mode", ["schema", "object", "prompt"])
def test_the_owner_says_how_json_is_asked_for(stub: Stub, mode: str) -> None:
    server = Compatible("good-key", base_url=stub.base_url("compatible"), allow_hosts=HERE, json_mode=mode)
    stub.then(text("compatible", '{"title": "Films"}'))
    assert server.complete(asked("compatible", schema=SCHEMA)).parsed == {"title": "Films"}
    sent = stub.seen[0].json
    assert sent.get("response_format", {}).get("type") == {"schema": "json_schema", "object": "json_object"}.get(mode)
    assert ("JSON schema" in sent["messages"][0]["content"]) is (mode != "schema")


# -- the address ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("base_url", ["", "  ", "/"])
def test_there_must_be_an_address(base_url: str) -> None:
    server = Compatible("good-key", base_url=base_url, allow_hosts=HERE)
    for ask in (server.check_key, server.models, lambda: server.complete(REQUEST)):
        with pytest.raises(InvalidKey, match=r"no address for the compatible AI server\. Enter it in"):
            ask()


@pytest.mark.parametrize("end", ["", "/", "//", "/chat/completions", "/chat/completions/"])
def test_what_people_copy_along_is_cut_off(stub: Stub, end: str) -> None:
    server = Compatible("good-key", base_url=f" {stub.base_url('compatible')}{end}\n", allow_hosts=HERE)
    assert server.complete(REQUEST).text == TEXT
    assert stub.seen[0].path == "/compatible/v1/chat/completions"


@pytest.mark.parametrize("end", ["?key=1", "#top"])
def test_an_address_with_more_than_a_path(stub: Stub, end: str) -> None:
    with pytest.raises(InvalidKey, match="correct it in the AI settings"):
        Compatible("good-key", base_url=stub.base_url("compatible") + end, allow_hosts=HERE).complete(REQUEST)
    assert stub.seen == []


def test_a_private_address_is_the_operators_to_open(stub: Stub) -> None:
    server = Compatible("good-key", base_url=stub.base_url("compatible"))
    for ask in (server.check_key, server.models, lambda: server.complete(REQUEST)):
        with pytest.raises(AddressRefused, match=r"no public address.*add 127\.0\.0\.1:\d+ to OUTBOUND_ALLOW_HOSTS"):
            ask()
    assert stub.seen == []


@pytest.mark.parametrize("entry", ["127.0.0.1", "127.0.0.0/8", None])
def test_an_operator_opens_it(stub: Stub, entry: str | None) -> None:
    allow = [entry or stub.url.removeprefix("http://")]
    assert Compatible("good-key", base_url=stub.base_url("compatible"), allow_hosts=allow).complete(REQUEST).text


def test_another_client_is_made_when_the_operator_closes_it_again(stub: Stub) -> None:
    assert Compatible("good-key", base_url=stub.base_url("compatible"), allow_hosts=HERE).complete(REQUEST).text
    with pytest.raises(AddressRefused):
        Compatible("good-key", base_url=stub.base_url("compatible")).complete(REQUEST)


def test_a_name_that_leads_inside_is_refused(monkeypatch: pytest.MonkeyPatch, clean_environment: None) -> None:
    inside = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.7", 443))]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: inside)
    with pytest.raises(AddressRefused, match=r"ai\.example\.com is no public address"):
        Compatible("good-key", base_url="https://ai.example.com/v1").complete(REQUEST)


@pytest.mark.parametrize("base_url", ["ftp://ai.example.com", "ai.example.com/v1", "https://u:p@ai.example.com/v1"])
def test_an_address_in_an_odd_form(base_url: str) -> None:
    with pytest.raises(AddressRefused):
        Compatible("good-key", base_url=base_url).complete(REQUEST)


NOWHERE = [
    vendor_stub.html(404),
    vendor_stub.send(404, b"404 page not found", Content_Type="text/plain"),
    answer({"detail": "Not Found"}, 404),
    answer({"error": {"code": 404, "message": "File Not Found", "type": "not_found_error"}}, 404),
    answer({"detail": "Method Not Allowed"}, 405),
    answer({"error": "Unexpected endpoint or method. (POST /chat/completions)"}),
]


@pytest.mark.parametrize("reply", NOWHERE)
def test_nothing_there_names_the_usual_address(stub: Stub, reply: Reply) -> None:
    base_url = stub.base_url("compatible").removesuffix("/v1")
    server = Compatible("good-key", base_url=base_url, allow_hosts=HERE)
    error = failing(server, stub, reply)
    assert type(error) is PermanentError
    assert f'try "{base_url}/v1"' in str(error)
    assert "Correct the server's address in the AI settings" in str(error)
    stub.then(reply)
    with pytest.raises(PermanentError, match="answers as OpenAI does"):
        server.check_key()


def test_with_the_usual_address_nothing_is_guessed(server: Compatible, stub: Stub) -> None:
    assert "As a rule" not in str(failing(server, stub, vendor_stub.html(404)))


# -- models -----------------------------------------------------------------------------------------------------------

GONE = [
    answer({"error": {"message": 'model "qwen4:8b" not found, try pulling it first', "type": "not_found_error"}}, 404),
    answer({"error": {"message": "The model `qwen4:8b` does not exist.", "type": "NotFoundError", "code": 404}}, 404),
    answer({"object": "error", "message": "The model `qwen4:8b` does not exist.", "code": 404}, 404),
    answer({"error": "model 'qwen4:8b' not found"}, 404),
    answer({"error": {"message": "Resource not found.", "code": "not_found"}}, 404),
]


@pytest.mark.parametrize("reply", GONE)
def test_a_model_that_is_not_there_can_be_pulled(server: Compatible, stub: Stub, reply: Reply) -> None:
    error = failing(server, stub, reply)
    assert type(error) is ModelGone
    assert "ollama pull qwen4:8b" in str(error)


def test_the_list(server: Compatible, stub: Stub) -> None:
    rows = [{"id": "a", "max_model_len": 8192}, {"id": "b", "context_length": 4096}, {"id": "c", "max_model_len": "x"}]
    stub.then(answer({"object": "list", "data": rows}))
    assert server.models() == [
        Model(id="a", label="a", context_tokens=8192),
        Model(id="b", label="b", context_tokens=4096),
        Model(id="c", label="c"),
    ]


def test_ollama_without_a_model_says_null(server: Compatible, stub: Stub) -> None:
    stub.then(*[answer({"object": "list", "data": None})] * 2)
    assert server.models() == []
    server.check_key()


@pytest.mark.parametrize("body", [{}, {"data": None}, {"ok": True}, [], {"data": 3}])
def test_another_kind_of_server(server: Compatible, stub: Stub, body: Any) -> None:
    stub.then(answer(body))
    with pytest.raises(BadOutput):
        server.check_key()


# -- the older word for the length ------------------------------------------------------------------------------------

UNKNOWN = problem("compatible", 400, "unknown", "Unrecognized request argument supplied: max_completion_tokens")
EXTRA = answer({"detail": [{"loc": ["body", "max_completion_tokens"], "msg": "Extra inputs"}]}, 422)
TOLD = answer({"message": "Unknown field max_completion_tokens"}, 422)


@pytest.mark.parametrize("reply", [UNKNOWN, EXTRA, TOLD])
def test_a_server_that_knows_only_the_older_word(server: Compatible, stub: Stub, reply: Reply) -> None:
    stub.then(reply)
    assert server.complete(REQUEST).text == TEXT
    assert server.complete(REQUEST).text == TEXT
    newer, *later = [seen.json for seen in stub.seen]
    assert newer["max_completion_tokens"] == 600
    assert len(later) == 2, "it is remembered"
    for sent in later:
        assert sent["max_tokens"] == 600
        assert "max_completion_tokens" not in sent


def test_it_is_remembered_for_that_model_of_that_client(server: Compatible, stub: Stub) -> None:
    stub.then(UNKNOWN)
    server.complete(REQUEST)
    stub.then(text("compatible"))
    server.complete(asked("compatible", model="another"))
    assert "max_completion_tokens" in stub.seen[-1].json
    stub.keys.add("other-key")
    Compatible("other-key", base_url=stub.base_url("compatible"), allow_hosts=HERE).complete(REQUEST)
    assert "max_completion_tokens" in stub.seen[-1].json


def test_it_is_not_remembered_where_it_did_not_help(server: Compatible, stub: Stub) -> None:
    stub.then(UNKNOWN, problem("compatible", 400, "bad", "Something else"))
    with pytest.raises(PermanentError, match="Something else"):
        server.complete(REQUEST)
    server.complete(REQUEST)
    assert "max_completion_tokens" in stub.seen[-1].json


def test_too_much_is_not_an_unknown_word(server: Compatible, stub: Stub) -> None:
    words = (
        "'max_tokens' or 'max_completion_tokens' is too large: 600. This model's maximum context length is 512 tokens"
    )
    assert type(failing(server, stub, problem("compatible", 400, "BadRequestError", words))) is ContextTooLong


def test_nothing_else_is_asked_twice(server: Compatible, stub: Stub) -> None:
    failing(server, stub, problem("compatible", 400, "bad", "Unsupported value: model"))
    stub.seen.clear()
    assert isinstance(failing(server, stub, vendor_stub.drop), NoAnswer)


# -- texts ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "text_is"),
    [
        ("<think>\nHm.\n</think>\n\nA text.", "A text."),
        ("  <think></think>A text.", "A text."),
        ("A text about <think> tags.", "A text about <think> tags."),
        ([{"type": "text", "text": "A "}, {"type": "text", "text": "text."}, "x"], "A text."),
    ],
)
def test_what_a_model_thought_is_no_text(server: Compatible, stub: Stub, said: Any, text_is: str) -> None:
    stub.then(text("compatible", said))
    assert server.complete(REQUEST).text == text_is


def test_a_thought_that_was_cut_leaves_nothing(server: Compatible, stub: Stub) -> None:
    stub.then(text("compatible", "<think>\nHm, let me", ending="length"))
    made = server.complete(REQUEST)
    assert (made.text, made.finish) == ("", "length")


@pytest.mark.parametrize("finish", ["stop", None, "", "eos", "tool_calls"])
def test_servers_have_many_words_for_the_end(server: Compatible, stub: Stub, finish: str | None) -> None:
    form = compatible_form(TEXT, "stop", False, "")
    form["choices"][0]["finish_reason"] = finish
    stub.then(answer(form))
    assert server.complete(REQUEST).finish == "stop"


def test_a_bare_answer(server: Compatible, stub: Stub) -> None:
    stub.then(answer({"choices": [{"message": {"content": "A text."}}]}))
    made = server.complete(REQUEST)
    assert (made.text, made.finish, made.model_used, made.cost) == ("A text.", "stop", "qwen4:8b", None)
    assert (made.usage.reported, made.request_id) == (False, "")
