"""JSON schemas on their way to a model: cut down to the words that a vendor knows, or said in plain words."""

import json
from collections.abc import Collection
from typing import Any

# What OpenAI's strict mode and the servers that copy it keep to; checks of length and range are ours afterwards.
OPENAI_WORDS = frozenset({"type", "enum", "const", "items", "anyOf", "properties", "description", "title"})
# https://ai.google.dev/gemini-api/docs/structured-output
GEMINI_WORDS = frozenset(
    {"type", "format", "title", "description", "enum", "items", "prefixItems", "minItems", "maxItems"}
    | {"minimum", "maximum", "anyOf", "properties", "required", "additionalProperties"}
)


def strict(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema as OpenAI's strict mode wants it: closed objects, every property required, and only words it knows.

    What a property means by being left out must be said by null: `anyOf` with null, as pydantic writes it. Words that
    are not known become part of the description. The root must be an object; a map with free keys becomes an empty
    object, so ask for a list of pairs instead.
    Source: the rules in openai's own `lib/_pydantic.py`, which only takes pydantic classes.
    """
    return _cut(schema, OPENAI_WORDS, closed=True)


def for_gemini(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema with only the words that Gemini's `response_json_schema` knows; the others join the description."""
    return _cut(schema, GEMINI_WORDS, closed=False)


def in_words(schema: dict[str, Any]) -> str:
    """The wish for JSON, as a sentence, for a model that nothing forces."""
    written = json.dumps(schema, ensure_ascii=False, separators=(",", ":"))
    return (
        f"Answer with one JSON value and nothing else, no Markdown around it. It keeps to this JSON schema:\n{written}"
    )


def value(text: str) -> Any:
    """The JSON value that a text is, None where it is none. NaN and Infinity are none: no database takes them."""
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _cut(schema: Any, known: Collection[str], *, closed: bool) -> dict[str, Any]:
    if not isinstance(schema, dict):  # `true` lets anything pass
        return {}
    schema = _plain(schema, known)
    if "$ref" in schema:
        return _reference(schema, known, closed=closed)
    made: dict[str, Any] = {}
    left = []
    for word, what in schema.items():
        if word in ("$defs", "properties"):
            made[word] = {name: _cut(one, known, closed=closed) for name, one in what.items()}
        elif word in ("anyOf", "prefixItems") and word in known:
            made[word] = [_cut(one, known, closed=closed) for one in what]
        elif word == "items" and isinstance(what, dict):
            made[word] = _cut(what, known, closed=closed)
        elif word in known:
            made[word] = what
        elif word not in ("$schema", "$id", "default", "required", "additionalProperties"):
            left.append(f"{word}: {json.dumps(what, ensure_ascii=False)}")
    if left:
        made["description"] = " ".join(filter(None, [made.get("description"), f"({', '.join(left)})"]))
    if closed and (made.get("type") == "object" or "properties" in made):
        made.setdefault("properties", {})
        made |= {"required": list(made["properties"]), "additionalProperties": False}
    return made


def _plain(schema: dict[str, Any], known: Collection[str]) -> dict[str, Any]:
    """The same schema in commoner words: one of several is any of them, and a constant is a choice of one."""
    schema = dict(schema)
    if "definitions" in schema:
        schema["$defs"] = schema.pop("definitions")
    if "oneOf" in schema:
        schema["anyOf"] = schema.pop("oneOf")
        schema.pop("discriminator", None)
    if isinstance(whole := schema.get("allOf"), list) and len(whole) == 1 and isinstance(whole[0], dict):
        schema.pop("allOf")
        schema = {**whole[0], **schema}
    if "const" in schema and "const" not in known:
        schema["enum"] = [schema.pop("const")]
    if isinstance(kinds := schema.get("type"), list):
        rest = {word: what for word, what in schema.items() if word not in ("type", "title", "description", "$defs")}
        made = [{"type": kind} if kind == "null" else {**rest, "type": kind} for kind in kinds]
        schema = {**{word: what for word, what in schema.items() if word not in ("type", *rest)}, "anyOf": made}
    return schema


def _reference(schema: dict[str, Any], known: Collection[str], *, closed: bool) -> dict[str, Any]:
    """A reference stands alone; at the root, where an object has to be, it is what it refers to."""
    target = str(schema["$ref"]).replace("#/definitions/", "#/$defs/")
    if definitions := schema.get("$defs"):
        root = definitions.get(target.rpartition("/")[2], {})
        return _cut({**root, "$defs": definitions}, known, closed=closed)
    if description := schema.get("description"):
        return {"anyOf": [{"$ref": target}], "description": description}
    return {"$ref": target}
