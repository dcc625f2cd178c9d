"""JSON schemas on their way to a model."""

import json
from typing import Any, Literal

import anthropic
import pytest
from openai.lib._pydantic import to_strict_json_schema
from pydantic import BaseModel, Field

from integrations.providers.schemas import for_gemini, in_words, strict, value


class Beat(BaseModel):
    """One step of a lesson."""

    heading: str = Field(description="A few words.", max_length=60)
    minutes: int = Field(ge=1, le=90)
    kind: Literal["read", "write"] = "read"
    note: str | None = None


class Lesson(BaseModel):
    title: str
    main: Beat = Field(description="The one that matters.")
    beats: list[Beat] = Field(min_length=1, max_length=9)


LESSON = Lesson.model_json_schema()


def every(schema: Any) -> list[dict[str, Any]]:
    """All schemas within one."""
    found = [schema] if isinstance(schema, dict) else []
    inner = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else []
    return found + [one for part in inner for one in every(part)]


def test_everything_is_required_and_closed() -> None:
    for one in every(strict(LESSON)):
        if one.get("type") == "object":
            assert one["required"] == list(one["properties"])
            assert one["additionalProperties"] is False


def test_it_closes_what_openais_own_helper_closes() -> None:
    ours, theirs = strict(LESSON), to_strict_json_schema(Lesson)
    for mine, its in ((ours, theirs), (ours["$defs"]["Beat"], theirs["$defs"]["Beat"])):
        assert (mine["type"], mine["required"], mine["additionalProperties"]) == ("object", its["required"], False)
        assert list(mine["properties"]) == list(its["properties"])
    assert ours["properties"]["beats"]["items"] == theirs["properties"]["beats"]["items"]


def test_what_is_not_enforced_is_said() -> None:
    beat = strict(LESSON)["$defs"]["Beat"]["properties"]
    assert beat["heading"]["description"] == "A few words. (maxLength: 60)"
    assert beat["minutes"]["description"] == "(maximum: 90, minimum: 1)"
    assert not any({"maxLength", "minimum", "default", "minItems"} & one.keys() for one in every(strict(LESSON)))


def test_a_reference_stands_alone() -> None:
    assert strict(LESSON)["properties"]["main"] == {
        "anyOf": [{"$ref": "#/$defs/Beat"}],
        "description": "The one that matters.",
    }


@pytest.mark.parametrize(
    ("schema", "made"),
    [
        ({"type": ["string", "null"]}, {"anyOf": [{"type": "string"}, {"type": "null"}]}),
        ({"oneOf": [{"type": "string"}, {"const": 3}]}, {"anyOf": [{"type": "string"}, {"const": 3}]}),
        ({"allOf": [{"type": "string"}], "title": "A"}, {"type": "string", "title": "A"}),
        (
            {"type": "object", "additionalProperties": {"type": "string"}},
            {"type": "object", "properties": {}, "required": [], "additionalProperties": False},
        ),
        ({"type": "array", "items": True}, {"type": "array", "items": True}),
        (
            {"type": ["object", "null"], "properties": {"a": True}},
            {
                "anyOf": [
                    {"type": "object", "properties": {"a": {}}, "required": ["a"], "additionalProperties": False},
                    {"type": "null"},
                ]
            },
        ),
        (
            {"$ref": "#/definitions/A", "definitions": {"A": {"type": "string", "pattern": "x"}}},
            {"type": "string", "description": '(pattern: "x")', "$defs": {"A": {"type": "string"}}},
        ),
    ],
)
def test_less_common_words(schema: dict[str, Any], made: dict[str, Any]) -> None:
    found = strict(schema)
    found.get("$defs", {}).get("A", {}).pop("description", None)
    assert found == made


def test_a_schema_is_not_changed_by_being_read() -> None:
    before = json.dumps(LESSON)
    strict(LESSON)
    for_gemini(LESSON)
    assert json.dumps(LESSON) == before


def test_gemini_keeps_ranges_and_what_is_optional() -> None:
    made = for_gemini(LESSON)
    beat = made["$defs"]["Beat"]
    assert beat["properties"]["minutes"] == {"type": "integer", "minimum": 1, "maximum": 90, "title": "Minutes"}
    assert beat["properties"]["heading"]["description"] == "A few words. (maxLength: 60)"
    assert made["properties"]["beats"]["maxItems"] == 9
    assert for_gemini({"const": 3}) == {"enum": [3]}


def test_anthropics_own_transform_has_nothing_left_to_say() -> None:
    made = anthropic.transform_schema(strict(LESSON))
    assert made["$defs"]["Beat"]["required"] == ["heading", "minutes", "kind", "note"]
    assert made["properties"] == strict(LESSON)["properties"]
    assert made["$defs"]["Beat"]["properties"]["heading"]["description"] == "A few words. (maxLength: 60)"


def test_in_words_it_is_short_and_whole() -> None:
    words = in_words({"type": "object", "title": "Überschrift"})
    assert words.endswith('{"type":"object","title":"Überschrift"}')
    assert len(words) < 150


@pytest.mark.parametrize(
    ("text", "made"),
    [
        (' {"a": [1, 2.5, null]} \n', {"a": [1, 2.5, None]}),
        ("3", 3),
        ("", None),
        ("{}{}", None),
        ("```json\n{}\n```", None),
        ("NaN", None),
        ('{"a": Infinity}', None),
        ("[" * 100_000, None),
        ("9" * 5000, None),
    ],
)
def test_a_text_is_one_json_value_or_none(text: str, made: Any) -> None:
    assert value(text) == made
