import json
import logging

import pytest
from django.test import Client

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.accounts.urls")]


@pytest.fixture
def caller(owner, client_for):
    return client_for(owner)


def post(client, content):
    body = content if isinstance(content, bytes | str) else json.dumps(content)
    return client.post("/api/probe/order", body, content_type="application/json")


@pytest.mark.parametrize(
    ("how", "status", "code"),
    [
        ("conflict", 409, "wrong_state"),
        ("slow", 429, "rate_limited"),
        ("missing", 404, "not_found"),
        ("denied", 403, "forbidden"),
        ("http", 409, "conflict"),
        ("crash", 500, "internal"),
    ],
)
def test_every_error_has_one_shape(client, how, status, code):
    answer = client.get(f"/api/probe/fail/{how}")
    assert answer.status_code == status
    assert set(answer.json()) == {"error"}
    assert set(answer.json()["error"]) == {"code", "message", "details"}
    assert answer.json()["error"]["code"] == code
    assert answer.json()["error"]["message"]


def test_details_are_passed_on(client):
    assert client.get("/api/probe/fail/conflict").json()["error"]["details"] == {"state": "completed"}


def test_retry_after_is_whole_seconds(client):
    assert client.get("/api/probe/fail/slow")["Retry-After"] == "13"


def test_a_crash_says_nothing_of_the_inside_and_is_logged(client, caplog):
    with caplog.at_level(logging.ERROR):
        text = client.get("/api/probe/fail/crash").content.decode()
    assert "hunter2" not in text
    assert "RuntimeError" not in text
    record = next(r for r in caplog.records if r.exc_info)
    assert record.args[0] in text


def test_404_does_not_repeat_the_exception(client):
    assert "secret" not in client.get("/api/probe/fail/missing").content.decode()


@pytest.mark.parametrize("body", ["{not json", b"\xff\xfe\xfa"])
def test_not_json_is_400(caller, body):
    answer = post(caller, body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "not_json")


def test_too_large_a_body_is_413(caller, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    assert post(caller, {"mediaType": "x" * 200}).status_code == 413


def problems(answer):
    assert answer.status_code == 422, answer.content
    assert answer.json()["error"]["code"] == "invalid"
    return {(d["field"], d["problem"]) for d in answer.json()["error"]["details"]}


def test_fields_are_named_as_the_caller_knows_them(caller):
    answer = post(caller, {"mediaType": "film", "firstCount": "many", "innerPart": {"maxWords": 1.5}, "extra": 1})
    assert problems(answer) == {
        ("mediaType", "must be one of 'movie' or 'tv'"),
        ("firstCount", "must be a whole number"),
        ("innerPart.maxWords", "must be a whole number"),
        ("extra", "is not a field of this request; remove it"),
    }


def test_a_missing_field_and_a_missing_body(caller):
    assert problems(post(caller, {})) == {("mediaType", "is required")}
    assert problems(post(caller, "")) == {("", "a JSON object is required")}
    assert problems(post(caller, "[1]")) == {("", "must be a JSON object")}


def test_text_that_cannot_be_stored_is_refused(caller):
    assert problems(post(caller, '{"mediaType": "a\\u0000b"}')) == {("", "mediaType holds a NUL character")}
    assert problems(post(caller, '{"mediaType": "movie", "\\ud800": 1}'))


def test_parameters_of_the_address(caller):
    answer = caller.get("/api/probe/page?number=x")
    assert problems(answer) == {("number", "must be a whole number")}


def test_no_credentials_are_401_with_a_challenge():
    answer = Client().get("/api/probe/who")
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    assert answer.json()["error"]["code"] == "unauthenticated"
