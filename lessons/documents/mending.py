"""Making a document valid: it says as much of the given one as can be said."""

import re
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

from lessons.documents.nodes import (
    DEEPEST,
    HIGHEST_START,
    INLINE,
    LANGUAGE,
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
from lessons.documents.walking import children, name, plain_text, size, texts, walk

LISTS = ("bulletList", "orderedList")
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")  # all but tab and line break


def normalise(document: Any) -> tuple[Json, list[str]]:
    """A valid document and what was changed, each change in a few words, once.

    Aliases are renamed, unknown nodes give up their text, loose text gets a paragraph, lists get their items, empty
    text goes, levels are clamped, links that lead nowhere safe lose their mark, attributes that nobody needs go. Doing
    it twice changes nothing more.
    """
    mending = _Mending()
    if name(document) != "doc":
        mending.changes.append("what was no document became one")
        document = {"content": document}
    blocks = mending.bounded(mending.blocks(children(document), 1))
    return {"type": "doc", "content": blocks or [{"type": "paragraph"}]}, list(dict.fromkeys(mending.changes))


def clean(text: str) -> str:
    """Text that databases and browsers take: no control characters but tab and line break, no halves of characters."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "ignore").decode()
    return CONTROLS.sub(lambda found: " " if found[0].isspace() else "", text)


def _is_inline(node: Any) -> bool:
    """Whether it can stand in a paragraph, if need be as its text alone: no block is in it."""
    return all(name(one) in INLINE or name(one) not in NODES for one in walk(node))


def _has_words(inline: list[Json]) -> bool:
    return any(node.get("text", "").strip() for node in inline)


def paragraph(text: str) -> list[Json]:
    """A paragraph of plain text in one line, none for no text."""
    text = " ".join(text.split())
    return [{"type": "paragraph", "content": [{"type": "text", "text": text}]}] if text else []


class _Mending:
    """One run through a document, with what it changed. depth is how deep the nodes in hand stand, doc is 0."""

    def __init__(self) -> None:
        self.changes: list[str] = []

    def blocks(self, nodes: list[Any], depth: int) -> list[Json]:
        """Blocks out of whatever stands where blocks belong."""
        made: list[Json] = []
        for is_loose, group in groupby(nodes, key=lambda node: name(node) in INLINE):
            if not is_loose:
                for node in group:
                    made += self.block(node, name(node), depth) if isinstance(node, dict) else []
            elif _has_words(inline := self.inline(group)):
                self.changes.append("loose text got a paragraph")
                made.append({"type": "paragraph", "content": inline})
        return made

    def block(self, node: Json, kind: str, depth: int) -> list[Json]:
        """One block as a list: it may fall apart into several, or into none."""
        inside = children(node)
        if kind == "codeBlock":
            return [self.code(node, inside)]
        if kind in ("paragraph", "heading"):
            return self.prose(node, kind, depth)
        if kind == "horizontalRule" and not inside:
            return [{"type": kind}]
        if depth + (2 if kind in LISTS else 1) > DEEPEST:
            return self.flat(node)
        if kind in LISTS:
            return self.items(node, kind, depth)
        inner = self.blocks(inside, depth + 1)
        if kind == "blockquote":
            return [{"type": kind, "content": inner}] if inner else []
        self.taken_apart(kind)
        return [{"type": kind}, *inner] if kind == "horizontalRule" else inner

    def flat(self, node: Json) -> list[Json]:
        self.changes.append(f"what was nested deeper than {DEEPEST} levels became a paragraph")
        return paragraph(clean(plain_text(node)))

    def taken_apart(self, kind: str) -> None:
        what = f"a {kind} in the wrong place" if kind in NODES else f"a node of the unknown type {kind[:40]!r}"
        self.changes.append(f"{what} was taken apart, its text kept")

    def prose(self, node: Json, kind: str, depth: int) -> list[Json]:
        """A paragraph or heading; blocks that stood in it part it. An empty heading goes."""
        made: list[Json] = []
        attrs = {"attrs": {"level": self.level(attributes(node).get("level", 1))}} if kind == "heading" else {}
        for is_inline, group in groupby(children(node), key=_is_inline):
            if not is_inline:
                self.changes.append(f"blocks in a {kind} were moved out of it")
                others = list(group)
                made += self.blocks(others, depth + 1) if depth < DEEPEST else self.flat({"content": others})
            elif words := self.inline(group):
                made.append({"type": kind, **attrs, "content": words})
        return made or ([{"type": kind}] if kind == "paragraph" else [])

    def level(self, level: Any) -> int:
        if is_level(level):
            return int(level)
        self.changes.append("the level of a heading was put right")
        try:
            return min(LEVELS[-1], max(LEVELS[0], int(level)))
        except (TypeError, ValueError, OverflowError):
            return 2

    def items(self, node: Json, kind: str, depth: int) -> list[Json]:
        """A list whose items begin with a paragraph; one without items goes."""
        items = []
        for child in children(node):
            is_item = name(child) == "listItem"
            inner = self.blocks(children(child) if is_item else [child], depth + 2)
            if inner and inner[0]["type"] != "paragraph":
                self.changes.append("a list item got a paragraph to begin with")
                inner.insert(0, {"type": "paragraph"})
            if inner:
                items.append({"type": "listItem", "content": inner})
        if not items:
            return []
        made: Json = {"type": kind, "content": items}
        start = attributes(node).get("start")
        if kind == "orderedList" and type(start) is int and 1 < start <= HIGHEST_START:
            made["attrs"] = {"start": start}
        return [made]

    def code(self, node: Json, inside: list[Any]) -> Json:
        """A code block: one text without marks. What stood in several nodes is on lines of its own."""
        if any(name(child) != "text" or child.get("marks") for child in inside):
            self.changes.append("of what is in a code block only the text was kept")
        lines: list[str] = []
        is_parted = False
        for piece in (piece for child in inside for piece in texts(child)):
            if piece and is_parted and lines and not lines[-1].endswith("\n"):
                lines.append("\n")
            lines += [piece] if piece else []
            is_parted = piece is None or (is_parted and not piece)
        made: Json = {"type": "codeBlock"}
        language = attributes(node).get("language")
        if isinstance(language, str) and LANGUAGE.fullmatch(language.lower()):
            made["attrs"] = {"language": language.lower()}
        if text := clean("".join(lines)):
            made["content"] = [{"type": "text", "text": text}]
        return made

    def inline(self, nodes: Iterator[Any]) -> list[Json]:
        """Texts and line breaks; neighbours that look the same become one, as in the editor."""
        made: list[Json] = []
        for marks, group in groupby(self.pieces(nodes), key=itemgetter(0)):
            if marks is None:
                made += [{"type": "hardBreak"} for _piece in group]
            else:
                text = "".join(piece for _marks, piece in group)
                made.append({"type": "text", "text": text, **({"marks": marks} if marks else {})})
        return made

    def pieces(self, nodes: Iterator[Any]) -> Iterator[tuple[list[Json] | None, str]]:
        """Marks and text, one after another; the marks of a line break are None."""
        for node in (one for given in nodes for one in walk(given)):
            kind, text = name(node), node.get("text")
            if kind == "hardBreak":
                yield None, "\n"
            elif kind != "text":
                self.taken_apart(kind)
            elif isinstance(text, str):
                marks = self.marks(node.get("marks"))
                for number, line in enumerate(clean(text).split("\n")):
                    if number:
                        yield None, "\n"
                    if line:
                        yield marks, line

    def marks(self, marks: Any) -> list[Json]:
        """The marks that are known, each once; code takes no other beside it."""
        kept: dict[str, Json] = {}
        for mark in marks if isinstance(marks, list) else []:
            kind = name(mark)
            href = attributes(mark).get("href") if kind == "link" else None
            if kind == "link" and safe_href(href):
                kept[kind] = {"type": kind, "attrs": {"href": href}}
            elif kind == "link":
                self.changes.append("a link that leads nowhere safe was left out, its text kept")
            elif kind in MARKS:
                kept[kind] = {"type": kind}
            else:
                self.changes.append(f"the unknown mark {kind[:40]!r} was left out")
        return [{"type": "code"}] if "code" in kept else [kept[kind] for kind in MARKS if kind in kept]

    def bounded(self, blocks: list[Json]) -> list[Json]:
        """As many of the blocks as a document may hold; of a single one that is too large, its text."""
        kept: list[Json] = []
        nodes, characters = 1, 0
        for block in blocks:
            more_nodes, more_characters = size(block)
            nodes, characters = nodes + more_nodes, characters + more_characters
            if nodes > MOST_NODES or characters > MOST_CHARACTERS:
                self.changes.append(f"what followed after {MOST_NODES:,} nodes or {MOST_CHARACTERS:,} characters went")
                return kept or paragraph(plain_text(block)[:MOST_CHARACTERS])
            kept.append(block)
        return kept
