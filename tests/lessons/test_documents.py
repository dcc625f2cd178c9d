"""What may be stored, and how what may not is mended: the verdicts of the real editor, and what hypothesis posts."""

import json
import re
import time
from typing import Any

import pytest
from hypothesis import example, given, settings

from lessons.documents import EMPTY, BadDocument, checked, normalise, plain_text, problems
from lessons.documents.nodes import DEEPEST, MOST_CHARACTERS, MOST_NODES, NODES
from lessons.documents.walking import walk
from tests.lessons import trees
from tests.lessons.schema import judge
from tests.lessons.trees import BREAK, bounded, doc, nested, node, p, text

ITEM = node("listItem", p("a"))


def valid(document: Any) -> None:
    """What every document that we store must be."""
    judge(document)
    assert list(problems(document)) == []
    assert checked(document) == document
    assert normalise(document) == (document, [])
    stored = json.dumps(document, ensure_ascii=False)
    assert "\\u0000" not in stored
    stored.encode()


def refused(document: Any) -> None:
    with pytest.raises((ValueError, KeyError)):  # prosemirror has no class of its own
        judge(document)


# (what is given, what it becomes): tiptap.md section 4, where the editor refuses it.
VERDICTS = {
    "doc without content": ({"type": "doc"}, EMPTY),
    "doc of nothing": (doc(), EMPTY),
    "empty text": (doc(p("a", "")), doc(p("a"))),
    "text without text": (doc(p("a", {"type": "text"})), doc(p("a"))),
    "text in doc": (doc(text("a"), text("b", "bold"), p("c")), doc(p("a", text("b", "bold")), p("c"))),
    "text in blockquote": (doc(node("blockquote", text("a"))), doc(node("blockquote", p("a")))),
    "text in listItem": (
        doc(node("bulletList", node("listItem", text("a")))),
        doc(node("bulletList", ITEM)),
    ),
    "text in tableCell": (doc(node("table", node("tableRow", node("tableCell", text("a"))))), doc(p("a"))),
    "unknown node": (doc(node("callout", p("a"))), doc(p("a"))),
    "unknown mark": (doc(p(text("a", "sparkle"))), doc(p("a"))),
    "names of the older schema": (
        doc(node("bullet_list", node("list_item", p(text("a", "strong"), node("hard_break"), text("b", "em"))))),
        doc(node("bulletList", node("listItem", p(text("a", "bold"), BREAK, text("b", "italic"))))),
    ),
    "bulletList of nothing": (doc(node("bulletList"), p("a")), doc(p("a"))),
    "bulletList of paragraphs": (
        doc(node("bulletList", p("a"), p("b"))),
        doc(node("bulletList", ITEM, node("listItem", p("b")))),
    ),
    "listItem beginning with a heading": (
        doc(node("bulletList", node("listItem", node("heading", text("a"), level=3)))),
        doc(node("bulletList", node("listItem", p(), node("heading", text("a"), level=3)))),
    ),
    "listItem beginning with a list": (
        doc(node("bulletList", node("listItem", node("bulletList", ITEM)))),
        doc(node("bulletList", node("listItem", p(), node("bulletList", ITEM)))),
    ),
    "listItem beginning with a codeBlock": (
        doc(node("orderedList", node("listItem", node("codeBlock", text("a"))))),
        doc(node("orderedList", node("listItem", p(), node("codeBlock", text("a"))))),
    ),
    "codeBlock with bold text": (
        doc(node("codeBlock", text("a", "bold"), text("b"))),
        doc(node("codeBlock", text("ab"))),
    ),
    "codeBlock with a hardBreak": (
        doc(node("codeBlock", text("a"), BREAK, text("b"))),
        doc(node("codeBlock", text("a\nb"))),
    ),
    "codeBlock with paragraphs": (doc(node("codeBlock", p("a"), p("b"))), doc(node("codeBlock", text("a\nb")))),
    "code and bold": (doc(p(text("a", "code", "bold"))), doc(p(text("a", "code")))),
    "the same mark twice": (doc(p(text("a", "bold", "bold"))), doc(p(text("a", "bold")))),
    "paragraph in paragraph": (doc(p(p("a"), p("b"))), doc(p("a"), p("b"))),
    "horizontalRule in paragraph": (
        doc(p("a", node("horizontalRule"), "b")),
        doc(p("a"), node("horizontalRule"), p("b")),
    ),
    "image in paragraph": (doc(p("a", node("image", src="/a.png"), "b")), doc(p("ab"))),
    "blockquote of nothing": (doc(node("blockquote"), p("a")), doc(p("a"))),
    "taskItem in bulletList": (doc(node("bulletList", node("taskItem", p("a")))), doc(node("bulletList", ITEM))),
}

# What the editor takes and leaves alone; with what becomes of it here.
TAKEN = {
    "paragraph without content": (doc(p()), doc(p())),
    "heading without attrs": (doc(node("heading", text("a"))), doc(node("heading", text("a"), level=1))),
    "heading of level 7": (doc(node("heading", text("a"), level=7)), doc(node("heading", text("a"), level=6))),
    "heading of level '2'": (doc(node("heading", text("a"), level="2")), doc(node("heading", text("a"), level=2))),
    "list in a list item": (
        doc(node("bulletList", node("listItem", p("a"), node("bulletList", ITEM)))),
        doc(node("bulletList", node("listItem", p("a"), node("bulletList", ITEM)))),
    ),
    "empty codeBlock": (doc(node("codeBlock", language="python")), doc(node("codeBlock", language="python"))),
    "bold, italic": (doc(p(text("a", "bold", "italic"))), doc(p(text("a", "bold", "italic")))),
    "italic, bold": (doc(p(text("a", "italic", "bold"))), doc(p(text("a", "bold", "italic")))),
    "neighbours with equal marks": (doc(p("a", "b")), doc(p("ab"))),
    "link without attrs": (doc(p(text("a", "link"))), doc(p("a"))),
    "link to javascript": (doc(p(text("a", href="javascript:alert(1)"))), doc(p("a"))),
    "extra attrs": (doc(node("paragraph", text("a"), foo=1)), doc(p("a"))),
    "content null": (doc({"type": "paragraph", "content": None}), doc(p())),
    "line break in a text": (doc(p("a\nb\r\nc\rd")), doc(p("a", BREAK, "b", BREAK, "c", BREAK, "d"))),
    "marks of a hardBreak": (doc(p("a", {**BREAK, "marks": [{"type": "bold"}]}, "b")), doc(p("a", BREAK, "b"))),
    "link with what the editor adds": (
        doc(p(text("a", href="/a", target="_blank", rel="noopener", title=None))),
        doc(p(text("a", href="/a"))),
    ),
}


@pytest.mark.parametrize("name", VERDICTS)
def test_what_the_editor_refuses_is_mended_and_may_not_be_stored(name):
    given, expected = VERDICTS[name]
    refused(given)
    made, changes = normalise(given)
    assert made == expected
    valid(made)
    assert changes or any(problems(given)), "nobody was told"
    with pytest.raises(BadDocument):
        checked(given)


@pytest.mark.parametrize("name", TAKEN)
def test_what_the_editor_takes_is_kept(name):
    given, expected = TAKEN[name]
    judge(given)
    made, _changes = normalise(given)
    assert made == expected
    valid(made)


LEVEL = "doc.content[0].attrs.level"
FIRST = "doc.content[0].content[0]"
MARK = f"{FIRST}.marks[0]"
HREF = f"{MARK}.attrs.href"


@pytest.mark.parametrize(
    ("document", "path", "what"),
    [
        (None, "doc", "no Tiptap document"),
        ([p("a")], "doc", "no Tiptap document"),
        ("doc", "doc", "no Tiptap document"),
        (p("a"), "doc", "no Tiptap document"),
        ({"type": ["doc"]}, "doc", "no Tiptap document"),
        ({"content": [p("a")]}, "doc", "no Tiptap document"),
        (doc(), "doc", "empty doc"),
        ({"type": "doc", "content": None}, "doc", "empty doc"),
        ({"type": "doc", "content": {}}, "doc", "no list"),
        ({"type": "doc", "content": "a"}, "doc", "no list"),
        ({"type": "doc", "content": p("a")}, "doc", "no list"),
        (doc(p("a"), {"type": "paragraph", "content": "b"}), "doc.content[1]", "no list"),
        (doc(p("a"), None), "doc.content[1]", "no type"),
        (doc(p("a"), "b"), "doc.content[1]", "no type"),
        (doc({}), "doc.content[0]", "no type"),
        (doc({"type": ["paragraph"]}), "doc.content[0]", "no type"),
        (doc({"type": nested("a", 5_000, {})}), "doc.content[0]", "no type"),
        (doc(node("callout")), "doc.content[0]", "unknown type 'callout'"),
        (doc(node("bullet_list", ITEM)), "doc.content[0]", "unknown type 'bullet_list'"),
        (doc(node("bulletList", node("list_item", p()))), FIRST, "unknown type 'list_item'"),
        (doc(p("a", node("hard_break"))), "doc.content[0].content[1]", "unknown type 'hard_break'"),
        (doc(doc(p("a"))), "doc.content[0]", "no doc"),
        (doc(text("a")), "doc.content[0]", "no text"),
        (doc(node("blockquote", text("a"))), FIRST, "no text"),
        (doc(node("bulletList", node("listItem", text("a")))), f"{FIRST}.content[0]", "no text"),
        (doc(node("bulletList", node("listItem", p(), text("a")))), f"{FIRST}.content[1]", "no text"),
        (doc(node("bulletList", node("listItem", node("heading")))), f"{FIRST}.content[0]", "no heading"),
        (doc(node("bulletList", p("a"))), FIRST, "a bulletList holds listItem, no paragraph"),
        (doc(ITEM), "doc.content[0]", "no listItem"),
        (doc(p(p("a"))), FIRST, "no paragraph"),
        (doc(p(node("horizontalRule"))), FIRST, "no horizontalRule"),
        (doc(node("horizontalRule", p("a"))), FIRST, "holds nothing"),
        (doc(p(node("hardBreak", text("a")))), f"{FIRST}.content[0]", "holds nothing"),
        (doc(node("codeBlock", BREAK)), FIRST, "no hardBreak"),
        (doc(node("codeBlock", p("a"))), FIRST, "no paragraph"),
        (doc(node("codeBlock", text("a", "bold"))), MARK, "no marks"),
        (doc(node("bulletList")), "doc.content[0]", "empty bulletList"),
        (doc(node("orderedList")), "doc.content[0]", "empty orderedList"),
        (doc(node("orderedList", node("listItem"))), FIRST, "empty listItem"),
        (doc(node("blockquote")), "doc.content[0]", "empty blockquote"),
        (doc(p("a", "")), "doc.content[0].content[1]", "without text"),
        (doc(p({"type": "text"})), FIRST, "without text"),
        (doc(p(text(5))), FIRST, "without text"),
        (doc(p({**text("a"), "marks": {}})), f"{FIRST}.marks", "no list"),
        (doc(p({**text("a"), "marks": "bold"})), f"{FIRST}.marks", "no list"),
        (doc(p({**text("a"), "marks": ["bold"]})), MARK, "no type"),
        (doc(p({**text("a"), "marks": [{"type": ["bold"]}]})), MARK, "no type"),
        (doc(p(text("a", "strong"))), MARK, "unknown type 'strong'"),
        (doc(p(text("a", "code", "bold"))), f"{FIRST}.marks", "code"),
        (doc(p(text("a", "code", href="/a"))), f"{FIRST}.marks", "code"),
        (doc(p(text("a", "bold", "bold"))), f"{FIRST}.marks", "twice"),
        (doc(p({**BREAK, "marks": [{"type": "sparkle"}]})), MARK, "unknown type 'sparkle'"),
        (doc({**p("a"), "marks": [{"type": "bold"}]}), "doc.content[0].marks", "no marks"),
        (doc({**p("a"), "attrs": "x"}), "doc.content[0].attrs", "no object"),
        (doc({**p("a"), "attrs": []}), "doc.content[0].attrs", "no object"),
        ({**doc(p("a")), "attrs": 5}, "doc.attrs", "no object"),
        *(
            (doc(node("heading", text("a"), level=level)), LEVEL, "from 1 to 6")
            for level in ("2", 7, 0, -1, True, 2.0, None, [2])
        ),
        (doc(p({**text("a"), "marks": [{"type": "link", "attrs": "/a"}]})), HREF, "http"),
        *(
            (doc(p(text("a", href=href))), HREF, "must be an http")
            for href in (
                "javascript:alert(1)",
                "JaVaScRiPt:alert(1)",
                "\tjavascript:alert(1)",
                "java\nscript:alert(1)",
                "\x00javascript:alert(1)",
                "\u200bhttps://a.example",
                "data:text/html,<script>alert(1)</script>",
                "vbscript:x",
                "file:///etc/passwd",
                "ftp://a.example",
                "//evil.example",
                "/\\evil.example",
                "/\t/evil.example",
                "\\\\evil.example",
                "https:evil.example",
                "https://a.example/a b",
                "https://a.example/\ud800",
                "https://a.example/" + "a" * 5_000,
                "page",
                "",
                None,
                5,
                ["/a"],
            )
        ),
    ],
)
def test_what_may_not_be_stored_is_named_by_its_path(document, path, what):
    found = list(problems(document))
    assert [told for told, message in found if told == path and what in message], found
    with pytest.raises(BadDocument) as refusal:
        checked(document)
    assert refusal.value.problems == found
    made, _changes = normalise(document)
    valid(made)


@pytest.mark.parametrize(
    "href", ["https://a.example", "HTTP://A.example/?a=1&b=2", "mailto:a@a.example", "/", "/a//b", "#", "#a", "/é"]
)
def test_links_that_lead_somewhere_safe_are_kept(href):
    valid(doc(p(text("a", href=href))))


def test_all_that_is_wrong_is_told_up_to_a_number():
    document = doc(*(node("callout") for _number in range(200)))
    with pytest.raises(BadDocument) as refusal:
        checked(document)
    assert len(refusal.value.problems) == 50
    assert str(refusal.value).startswith("doc.content[0] has the unknown type 'callout' (and 49 more")


# How much and how deep


def test_a_document_is_as_deep_as_it_may_be():
    """Blocks stand on levels 1 to 20; what stands in a paragraph makes it no deeper."""
    deepest = doc(nested("blockquote", DEEPEST - 1, p("a", BREAK, "b")))
    valid(deepest)
    lists = p("a", BREAK, "b")
    for _level in range((DEEPEST - 2) // 2):
        lists = node("bulletList", node("listItem", p(), lists))
    valid(doc(node("blockquote", lists)))
    assert next(problems(doc(nested("blockquote", DEEPEST, p("a")))))[0] == "doc" + ".content[0]" * (DEEPEST + 1)


@pytest.mark.parametrize("kind", ["callout", *(kind for kind in NODES if kind not in ("doc", "hardBreak"))])
@pytest.mark.parametrize("depth", [10, 21, 40, 5_000])
def test_no_depth_is_too_deep(kind, depth):
    document = doc(nested(kind, depth, text("deep")), p("after"))
    assert list(problems(document))
    with pytest.raises(BadDocument):
        checked(document)
    made, changes = normalise(document)
    valid(made)
    assert changes
    assert plain_text(made).split() == ["deep", "after"]


def test_deep_lists_keep_their_words_apart():
    inner: Any = node("orderedList", node("listItem", p("one"), text("two"), p("three", node("hard_break"), "four")))
    for number in range(2_000):
        inner = node("bulletList", node("listItem", p(f"w{number}"), inner))
    made, _changes = normalise(doc(inner))
    valid(made)
    assert plain_text(made).split() == [*(f"w{n}" for n in reversed(range(2_000))), "one", "two", "three", "four"]


@pytest.mark.parametrize(
    ("document", "what"),
    [
        (doc(*(p("a") for _number in range(20_000))), "nodes"),
        (doc(p(*(BREAK for _number in range(10_000)))), "nodes"),
        (doc(p(*(one for number in range(10_000) for one in (str(number), BREAK)))), "nodes"),
        (doc(p("a" * 300_000)), "characters"),
        (doc(p("a " * 150_000)), "characters"),
        (doc(node("codeBlock", text("a\n" * 150_000))), "characters"),
        (doc(p("x"), p("a" + " " * 199_000 + "b"), p("c" + " " * 199_000 + "d")), "characters"),
        (doc(*(p(" " * 150_000 + "a") for _number in range(3))), "characters"),
        (doc(p("a\n" * 10_000)), "line breaks"),
        (doc(p("a"), p("\n" * 10_000)), "line breaks"),
    ],
)
def test_too_much_is_refused_and_cut(document, what):
    began = time.perf_counter()
    with pytest.raises(BadDocument, match=f"^doc holds .*{what}"):
        checked(document)
    made, changes = normalise(document)
    assert time.perf_counter() - began < 5
    valid(made)
    assert [change for change in changes if "went" in change]
    assert sum(1 for _node in walk(made)) <= MOST_NODES
    assert len(plain_text(made)) <= MOST_CHARACTERS
    assert plain_text(made)[:1] == plain_text(document)[:1]


def test_as_much_as_may_be_is_kept():
    valid(doc(p("a" * MOST_CHARACTERS)))
    valid(doc(*(p("a") for _number in range(MOST_NODES // 2 - 1)), p()))
    valid(doc(node("codeBlock", text("\n" * MOST_CHARACTERS))))


def test_many_pieces_of_one_text_are_joined_in_time():
    began = time.perf_counter()
    made, _changes = normalise(doc(p(*("ab" for _number in range(90_000)))))
    assert time.perf_counter() - began < 5
    assert made == doc(p("ab" * 90_000))


# Mending what models write


@pytest.mark.parametrize(
    "given",
    [
        [p("a")],
        p("a"),
        {"content": [p("a")]},
        {"type": "document", "content": [p("a")]},
        doc(doc(p("a"))),
        doc("a"),
        "a",
        {"type": "doc", "content": "a"},
        {"type": "doc", "content": p("a")},
        doc({"type": "paragraph", "content": "a"}),
        doc({"type": "paragraph", "content": ["a"]}),
        doc({"type": "paragraph", "text": "a"}),
        doc({"type": "paragraph", "content": [{"text": "a"}]}),
        doc({"type": "paragraph", "content": [{"type": "span", "content": [text("a")]}]}),
        doc({"type": "paragraph", "content": [node("hardBreak", text("a"))]})["content"][0]["content"][0]["content"],
    ],
)
def test_a_paragraph_is_made_of_whatever_means_one(given):
    made, changes = normalise(given)
    assert made == doc(p("a"))
    assert normalise(made) == (made, [])
    assert changes or any(problems(given)) or "text" in given["content"][0]


def test_the_order_of_the_words_stays():
    three = node("bulletList", node("listItem", text("three")))
    made, _changes = normalise(doc(p("one ", node("span", text("two")), " ", three, "four", p("five"), "six")))
    assert plain_text(made).split() == ["one", "two", "three", "four", "five", "six"]
    made, _changes = normalise(doc(node("heading", text("one"), node("codeBlock", text("two")), text("three"))))
    assert [(block["type"], plain_text(block)) for block in made["content"]] == [
        ("heading", "one"),
        ("codeBlock", "two"),
        ("heading", "three"),
    ]


def test_words_of_two_nodes_stay_apart():
    odd = p("one", node("listItem", text("two")), node("list_item", text("three")), node("hard_break"), "four")
    assert plain_text(normalise(doc(odd))[0]).split() == ["one", "two", "three", "four"]


def test_the_lines_of_code_stay_lines():
    given = node("code_block", p("a = 1", BREAK, "b = 2"), text("  c"), {"text": "d"}, language="Python")
    made, _changes = normalise(doc(given))
    assert made == doc(node("codeBlock", text("a = 1\nb = 2\n  c\nd"), language="python"))


def test_leaves_give_up_what_is_in_them():
    made, _changes = normalise(doc(node("horizontalRule", p("a")), p("b", node("hardBreak", text("c")))))
    assert made == doc(node("horizontalRule"), p("a"), p("b", BREAK, "c"))


def test_control_characters_go_and_part_words_where_they_are_blanks():
    assert normalise(doc(p("a\x00b\x07\x9f\ud800c\x0bd\x85e\tf")))[0] == doc(p("abc d e\tf"))


def test_blanks_between_blocks_are_no_paragraph():
    assert normalise(doc(p("a"), text("\n  "), p("b"), BREAK, p("c")))[0] == doc(p("a"), p("b"), p("c"))


@pytest.mark.parametrize(
    ("start", "attrs"), [(3, {"start": 3}), (1, {}), (0, {}), (-3, {}), (True, {}), ("3", {}), (10**9, {}), (None, {})]
)
def test_where_a_list_starts(start, attrs):
    made, _changes = normalise(doc(node("orderedList", ITEM, start=start, type="a")))
    assert made == doc(node("orderedList", ITEM, **attrs))


@pytest.mark.parametrize("level", [10**30, "9" * 5_000, float("inf"), float("nan"), "x", {}, [], 2.9, "4", -5])
def test_any_level_becomes_one(level):
    made, changes = normalise(doc(node("heading", text("a"), level=level)))
    valid(made)
    assert changes == ["the level of a heading was put right"]


def test_what_was_changed_is_told_once_and_can_be_stored():
    made, changes = normalise(doc(*(node("\x00\ud800'", text("a")) for _number in range(3)), p(text("a", "\x00"))))
    assert len(changes) == len(set(changes))
    assert "\\u0000" not in json.dumps(changes)
    json.dumps(changes, ensure_ascii=False).encode()
    valid(made)


# Whatever is posted


@bounded
@given(trees.wild_documents)
@example(doc(node("bulletList", text("a"), node("orderedList", node("heading")))))
@example(doc(p(text("a", "code", "bold"), "", text("b", "code"))))
def test_anything_becomes_a_valid_document(document):
    made, _changes = normalise(document)
    valid(made)


@settings(bounded, max_examples=60)
@given(trees.long_ways(10) | trees.long_ways(40))
def test_anything_deep_becomes_a_valid_document(document):
    made, _changes = normalise(document)
    valid(made)


@bounded
@given(trees.wild_documents)
def test_the_editor_opens_whatever_may_be_stored(document):
    if not list(problems(document)):
        judge(document)
        valid(checked(document))
        assert normalise(document)[1] == []


@bounded
@given(trees.tame_documents)
def test_what_an_editor_made_keeps_its_shape(document):
    made, _changes = normalise(document)
    valid(made)
    kept = [node["type"] for node in walk(made) if node["type"] == "horizontalRule"]
    assert kept == [node["type"] for node in walk(document) if node["type"] == "horizontalRule"]


@bounded
@given(trees.told_documents())
def test_the_words_of_known_nodes_are_kept_in_order(told):
    document, words = told
    made, _changes = normalise(document)
    valid(made)
    assert re.findall(r"w\d+w", plain_text(made)) == words
