"""What a model answers, as documents: flat blocks, also where it keeps only roughly to what was asked."""

from typing import Any

import pytest
from hypothesis import given
from pydantic import ValidationError

from lessons.documents import Blocks, document, plain_text
from tests.lessons import trees
from tests.lessons.test_documents import valid
from tests.lessons.trees import bounded, doc, node, p, text


def made(*blocks: dict[str, Any]) -> dict[str, Any]:
    result, _changes = document(Blocks.model_validate({"blocks": list(blocks)}).blocks)
    valid(result)
    return result


def test_every_kind_becomes_its_node():
    run = {"text": "a"}
    assert made(
        {"kind": "heading", "level": 3, "runs": [run]},
        {"kind": "paragraph", "runs": [run, {"text": "b", "bold": True, "italic": True, "href": "/b"}]},
        {"kind": "bullets", "items": [[run], [run, {"text": "c", "code": True}]]},
        {"kind": "numbered", "items": [[run]]},
        {"kind": "code", "language": "Python", "runs": [{"text": "x = 1\n"}]},
        {"kind": "quote", "runs": [run]},
        {"kind": "divider"},
    ) == doc(
        node("heading", text("a"), level=3),
        p("a", text("b", "bold", "italic", href="/b")),
        node("bulletList", node("listItem", p("a")), node("listItem", p("a", text("c", "code")))),
        node("orderedList", node("listItem", p("a"))),
        node("codeBlock", text("x = 1\n"), language="python"),
        node("blockquote", p("a")),
        node("horizontalRule"),
    )


@pytest.mark.parametrize("name", ["bullet", "list", "bullet_list", "bulletList", "unordered"])
def test_other_names_of_kinds_are_known(name):
    assert made({"kind": name, "items": ["a"]}) == doc(node("bulletList", node("listItem", p("a"))))


@pytest.mark.parametrize(
    "runs", ["a", {"text": "a"}, ["a"], [{"text": "a"}], [{"text": "a", "bold": False, "href": None}]]
)
def test_a_bare_text_is_a_run(runs):
    assert made({"kind": "paragraph", "runs": runs}) == doc(p("a"))
    assert made({"kind": "bullets", "items": [runs]}) == doc(node("bulletList", node("listItem", p("a"))))


def test_null_is_nothing():
    assert made({"kind": "paragraph", "runs": "a", "items": None}) == doc(p("a"))
    assert made({"kind": "bullets", "runs": None, "items": ["a"]}) == doc(node("bulletList", node("listItem", p("a"))))


def test_text_in_the_wrong_place_is_kept_in_order():
    assert made({"kind": "code", "runs": "a", "items": ["b", ["c", "d"]]}) == doc(node("codeBlock", text("a\nb\ncd")))
    assert plain_text(made({"kind": "paragraph", "runs": "a", "items": ["b"]})) == "a\nb"
    assert plain_text(made({"kind": "heading", "items": ["a", "b"]})) == "a\nb"
    assert plain_text(made({"kind": "bullets", "runs": "a", "items": ["b"]})) == "a\nb"
    assert plain_text(made({"kind": "quote", "runs": "a", "items": ["b"]})) == "a\nb"


def test_what_is_empty_or_unsafe_goes():
    assert made({"kind": "bullets"}, {"kind": "quote"}, {"kind": "heading"}) == doc(p())
    result, changes = document(
        Blocks.model_validate({"blocks": [{"kind": "paragraph", "runs": [{"text": "a", "href": "data:x"}]}]}).blocks
    )
    assert (result, changes) == (doc(p("a")), ["a link that leads nowhere safe was left out, its text kept"])
    assert made({"kind": "heading", "level": 9, "runs": "a"}) == doc(node("heading", text("a"), level=6))
    assert made({"kind": "code", "language": 'x" onload="', "runs": "a"}) == doc(node("codeBlock", text("a")))


@bounded
@given(trees.answers)
def test_any_blocks_become_a_valid_document(answer):
    blocks = Blocks.model_validate(answer).blocks
    result, _changes = document(blocks)
    valid(result)
    pieces = [run.text for block in blocks if block.kind != "divider" for run in block.runs]
    said = set("".join(plain_text(result).split()))
    assert {char for char in "".join(pieces) if char.isalnum()} <= said


@bounded
@given(trees.wild_answers)
def test_any_json_is_refused_or_becomes_a_valid_document(answer):
    try:
        blocks = Blocks.model_validate(answer).blocks
    except ValidationError:
        return
    valid(document(blocks)[0])
