"""What a document may hold: the nodes and marks of Tiptap's StarterKit (line 3.3x), and our limits."""

import re
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
SCHEMA_VERSION = 1  # stored with each document
EMPTY: Json = {"type": "doc", "content": [{"type": "paragraph"}]}
DEEPEST, MOST_NODES, MOST_CHARACTERS, LONGEST_HREF = 20, 5_000, 200_000, 2_000
LEVELS = range(1, 7)
LANGUAGE = re.compile(r"[a-z0-9+#.-]{1,30}")  # of a code block; it becomes part of a CSS class
SCHEMES = ("http://", "https://", "mailto:")
HIGHEST_START = 999_999  # of a numbered list


@dataclass(frozen=True)
class Node:
    """One kind of node: what may be in it ("blocks", "items", "inline", "text", "" for nothing), and how many."""

    holds: str
    least: int = 0


NODES = {
    "doc": Node("blocks", 1),
    "paragraph": Node("inline"),
    "heading": Node("inline"),
    "bulletList": Node("items", 1),
    "orderedList": Node("items", 1),
    "listItem": Node("blocks", 1),
    "blockquote": Node("blocks", 1),
    "codeBlock": Node("text"),
    "horizontalRule": Node(""),
    "hardBreak": Node(""),
}
BLOCKS = ("paragraph", "heading", "bulletList", "orderedList", "blockquote", "codeBlock", "horizontalRule")
INLINE = ("text", "hardBreak")
CHILDREN = {"blocks": BLOCKS, "items": ("listItem",), "inline": INLINE, "text": ("text",), "": ()}
MARKS = ("link", "bold", "code", "italic", "strike", "underline")  # in the order in which the editor keeps them
# Names of the older prosemirror-schema-basic, which models know too.
ALIASES = {
    "bullet_list": "bulletList",
    "ordered_list": "orderedList",
    "list_item": "listItem",
    "code_block": "codeBlock",
    "hard_break": "hardBreak",
    "horizontal_rule": "horizontalRule",
    "block_quote": "blockquote",
    "strong": "bold",
    "em": "italic",
}


def safe_href(href: Any) -> bool:
    """Whether a link may lead there: http, https, mailto, or inside this site."""
    if not isinstance(href, str) or not 0 < len(href) <= LONGEST_HREF or not href.isprintable() or " " in href:
        return False
    if href[0] in "/#":
        return href[1:2] not in ("/", "\\")  # a browser takes both for another host
    return href.lower().startswith(SCHEMES)


def is_level(level: Any) -> bool:
    """Whether this is the level of a heading; the schema itself takes "2" and 7."""
    return type(level) is int and level in LEVELS


def attributes(node: Json) -> Json:
    """The attributes of a node or mark, none where they are no object."""
    attrs = node.get("attrs")
    return attrs if isinstance(attrs, dict) else {}
