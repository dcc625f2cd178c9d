"""Whether a document may be stored: the StarterKit schema, and our own rules for what that schema takes wrongly."""

from collections.abc import Iterator
from typing import Any

from lessons.documents.mending import clean, normalise
from lessons.documents.nodes import (
    CHILDREN,
    DEEPEST,
    INLINE,
    LEVELS,
    MARKS,
    MOST_CHARACTERS,
    MOST_NODES,
    NODES,
    Json,
    attributes,
    is_level,
    safe_href,
)
from lessons.documents.walking import size

MOST_TOLD = 50
Problem = tuple[str, str]  # (path, what is wrong there)


class BadDocument(ValueError):
    """A document that cannot be stored; `problems` is a list of (path, what is wrong), such as `doc.content[2]`."""

    def __init__(self, problems: list[Problem]) -> None:
        path, what = problems[0]
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        super().__init__(f"{path} {what}{more}")
        self.problems = problems


def checked(document: Any) -> Json:
    """A posted document as it is stored; raises BadDocument, with the path of each thing that it may not hold."""
    found = [problem for problem, _n in zip(problems(document), range(MOST_TOLD), strict=False)]
    if found:
        raise BadDocument(found)
    made, changes = normalise(document)
    if changes:  # only a line break in a text is more in what is stored than in what was posted: it becomes a node
        raise BadDocument([("doc", f"holds more than {MOST_NODES:,} nodes and line breaks: split it into sections")])
    return made


def problems(document: Any) -> Iterator[Problem]:
    """What is wrong with a document: unknown nodes and marks, wrong nesting, bad attributes, too much of it."""
    if not isinstance(document, dict) or document.get("type") != "doc":
        yield "doc", "is no Tiptap document: it must be an object of the type doc"
        return
    nodes, characters = size(document)
    if nodes > MOST_NODES:
        yield "doc", f"holds {nodes:,} nodes, more than {MOST_NODES:,}: split it into sections"
    elif characters > MOST_CHARACTERS:
        yield "doc", f"holds {characters:,} characters, more than {MOST_CHARACTERS:,}: split it into sections"
    else:
        yield from _in_node(document, "doc", 0)


def _in_node(node: Json, path: str, depth: int) -> Iterator[Problem]:
    kind = str(node["type"])
    children = _listed(node, "content")
    if depth > DEEPEST:
        yield path, f"is nested deeper than {DEEPEST} levels: lift it up"
        return
    if children is None:
        yield path, "has a content that is no list"
        return
    yield from _in_attributes(node, kind, path)
    if kind not in INLINE and node.get("marks"):
        yield f"{path}.marks", f"may not stand there: a {kind} has no marks"
    if len(children) < NODES[kind].least:
        yield path, f"is an empty {kind}: give it content or remove it"
    for place, child in enumerate(children):
        yield from _in_child(child, kind, place, f"{path}.content[{place}]", depth)


def _listed(node: Json, key: str) -> list[Any] | None:
    """What is in a list, nothing where there is no list; None for what is none."""
    value = node.get(key)
    return [] if value is None else value if isinstance(value, list) else None


def _in_child(child: Any, parent: str, place: int, path: str, depth: int) -> Iterator[Problem]:
    name = child.get("type") if isinstance(child, dict) else None
    if not isinstance(name, str) or name not in (*NODES, "text"):
        yield path, _unknown(name)
    elif name not in (held := allowed(parent, place)):
        yield path, f"may not stand there: a {parent} holds {' or '.join(held) or 'nothing'}, no {name}"
    elif name in INLINE:
        yield from _in_inline(child, name, path, depth, is_code=parent == "codeBlock")
    else:
        yield from _in_node(child, path, depth + 1)


def _unknown(name: Any) -> str:
    return f"has the unknown type {name[:40]!r}" if isinstance(name, str) else "has no type"


def allowed(parent: str, place: int) -> tuple[str, ...]:
    """The types that may stand at a place in a node: a list item begins with a paragraph."""
    return ("paragraph",) if parent == "listItem" and place == 0 else CHILDREN[NODES[parent].holds]


def _in_attributes(node: Json, kind: str, path: str) -> Iterator[Problem]:
    if not isinstance(node.get("attrs", {}), dict | None):
        yield f"{path}.attrs", "is no object"
    elif kind == "heading" and not is_level(attributes(node).get("level", 1)):
        yield f"{path}.attrs.level", f"must be a whole number from {LEVELS[0]} to {LEVELS[-1]}"


def _in_inline(node: Json, kind: str, path: str, depth: int, *, is_code: bool) -> Iterator[Problem]:
    if kind == "hardBreak":
        yield from _in_node(node, path, depth)  # it makes nothing deeper
    elif not isinstance(node.get("text"), str) or not clean(node["text"]):
        yield path, "is a text without text: remove it"
    elif node.get("content"):
        yield f"{path}.content", "may not stand there: a text has no content"
    marks = _listed(node, "marks")
    if marks is None:
        yield f"{path}.marks", "is no list"
        return
    for place, mark in enumerate(marks):
        yield from _in_mark(mark, f"{path}.marks[{place}]", str(node.get("text"))[:40], is_code=is_code)
    names = [mark.get("type") for mark in marks if isinstance(mark, dict)]
    if "code" in names and len(names) > 1:
        yield f"{path}.marks", "may not join code with another mark"
    elif any(names.count(name) > 1 for name in MARKS):
        yield f"{path}.marks", "may not hold the same mark twice"


def _in_mark(mark: Any, path: str, text: str, *, is_code: bool) -> Iterator[Problem]:
    name = mark.get("type") if isinstance(mark, dict) else None
    if name not in MARKS:
        yield path, _unknown(name)
    elif is_code:
        yield path, "may not stand there: the text of a codeBlock has no marks"
    elif name == "link" and not safe_href(attributes(mark).get("href")):
        rule = "must be an http, https or mailto address without blanks, or begin with / or #"
        yield f"{path}.attrs.href", f"{rule} (the link of “{text}”)"
