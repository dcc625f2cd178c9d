import pytest

from tests.accounts.urls import api

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.accounts.urls")]


def test_answers_are_camel_case_at_every_depth(owner, client_for):
    client = client_for(owner)
    answer = client.post("/api/probe/order", '{"mediaType": "tv"}', content_type="application/json")
    assert answer.json() == {"mediaType": "tv", "allLines": [{"firstName": "Ann"}]}
    assert client.get("/api/probe/model").json() == {"mediaType": "tv", "allLines": []}


def test_openapi_shows_the_names_of_the_wire():
    schemas = api.get_openapi_schema()["components"]["schemas"]
    assert set(schemas["Answer"]["properties"]) == {"mediaType", "allLines"}
    assert schemas["Answer"]["required"] == ["mediaType"]
    assert set(schemas["Order"]["properties"]) == {"mediaType", "firstCount", "innerPart"}
    assert schemas["Order"]["additionalProperties"] is False
