"""Reading through a document of any depth, whether valid or not; without recursion, so that no depth is too deep."""

import re
from collections.abc import Iterator
from typing import Any

from lessons.documents.nodes import ALIASES, INLINE, Json


def name(node: Any) -> str:
    """The type of a node or mark, an alias as what it stands for; "" for what has none."""
    kind = node.get("type") if isinstance(node, dict) else None
    return ALIASES.get(kind, kind) if isinstance(kind, str) else ""


def children(node: Json) -> list[Any]:
    """What is in a node. Models write a text or one node in place of a list, or a `text` for what is no text."""
    content = node.get("content")
    if content is None and name(node) != "text":
        content = node.get("text")
    if not isinstance(content, list):
        content = [] if content is None else [content]
    return [{"type": "text", "text": child} if isinstance(child, str) else child for child in content]


def walk(node: Any) -> Iterator[Json]:
    """All nodes of a document, each before what is in it."""
    todo = [node]
    while todo:
        one = todo.pop()
        if isinstance(one, dict):
            yield one
            todo.extend(reversed(children(one)))


def texts(node: Json) -> Iterator[str | None]:
    """The texts of a document in their order; a hard break is a line break, None parts what stands in two nodes."""
    todo: list[Any] = [node]
    while todo:
        one = todo.pop()
        kind = name(one)
        if one is None:
            yield None
        elif kind == "hardBreak":
            yield "\n"
        elif kind == "text" and isinstance(one.get("text"), str):
            yield one["text"]
        if isinstance(one, dict):
            inner = reversed(children(one))
            todo.extend(inner if kind in INLINE else (None, *inner, None))


def plain_text(document: Json) -> str:
    """The words of a document, for search and counting; blocks are told apart by a line break."""
    pieces = ("\n" if piece is None else piece for piece in texts(document))
    return re.sub(r"\n{2,}", "\n", "".join(pieces)).strip()


def size(document: Json) -> tuple[int, int]:
    """How many nodes and how many characters of text are in a document."""
    return sum(1 for _node in walk(document)), sum(len(piece) for piece in texts(document) if piece)
