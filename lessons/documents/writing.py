"""Documents as Markdown, for taking away. What is a sign of Markdown in the text is escaped."""

import re
from collections.abc import Iterator
from itertools import groupby
from string import punctuation
from typing import NamedTuple

from lessons.documents.nodes import Json, attributes

# These mean something anywhere, an exclamation mark at the end because a link may follow: that would be a picture.
SIGNS = re.compile(r"[\\`*_\[\]<>&~|]|!\Z")
# At the beginning of a line these would open a list, a heading, a rule or underline a heading.
OPENING = re.compile(r"(\d+(?=[.)])|(?=[-+=#]))")
# In the address of a link; an ampersand only where it looks like a character reference.
ADDRESS_SIGNS = re.compile(r"[<>\\]|&(?=#?\w+;)")
PLACES = frozenset(f"{punctuation} ")  # beside these, emphasis may begin or end whatever is in it


class Look(NamedTuple):
    """How a text looks, as far as Markdown can say; one star is italic, two are bold."""

    code: bool = False
    stars: int = 0
    strike: bool = False
    href: str = ""


def to_markdown(document: Json, *, below: int = 0) -> str:
    """A valid document as CommonMark; headings are moved `below` levels down. Underlining is lost: there is none."""
    return _blocks(document.get("content", []), below)


def _blocks(nodes: list[Json], below: int) -> str:
    """Blocks one after another; two lists of one kind in a row would become one, so a comment stands between."""
    pieces: list[str] = []
    last = ""
    for node in nodes:
        text = _markdown(node, below)
        if not text:
            continue
        if node["type"] == last and last in ("bulletList", "orderedList"):
            pieces.append("<!-- -->")
        pieces.append(text)
        last = node["type"]
    return "\n\n".join(pieces)


def _markdown(node: Json, below: int) -> str:
    children = node.get("content", [])
    match node["type"]:
        case "paragraph":
            return "\\\n".join(_lines(children))
        case "heading":
            level = min(6, int(attributes(node).get("level", 1)) + below)
            return f"{'#' * level} {_title(children)}".rstrip()
        case "bulletList":
            return "\n".join(_item("- ", child, below) for child in children)
        case "orderedList":
            start = int(attributes(node).get("start", 1))
            return "\n".join(_item(f"{start + number}. ", child, below) for number, child in enumerate(children))
        case "blockquote":
            return "\n".join(f"> {line}" if line else ">" for line in _blocks(children, below).split("\n"))
        case "codeBlock":
            return _fenced("".join(child["text"] for child in children), str(attributes(node).get("language") or ""))
        case "horizontalRule":
            return "***"  # of dashes, it would be one with the dash of a list item
    return ""


def _fenced(text: str, language: str) -> str:
    fence = "`" * max(3, _longest_ticks(text) + 1)
    return "\n".join([f"{fence}{language}", *([text.removesuffix("\n")] if text else []), fence])


def _longest_ticks(text: str) -> int:
    return max((len(run) for run in re.findall(r"`+", text)), default=0)


def _item(bullet: str, node: Json, below: int) -> str:
    text = bullet + _blocks(node.get("content", []), below)
    return re.sub(r"\n(?!\n)", "\n" + " " * len(bullet), text).rstrip(" ")


def _title(nodes: list[Json]) -> str:
    """The text of a heading, in one line; number signs at its end would go."""
    return re.sub(r"(?<=\s)#+\Z", r"\\\g<0>", " ".join(_lines(nodes)))


def _lines(nodes: list[Json]) -> list[str]:
    """The lines of a paragraph, as hard breaks part them; breaks at its end show nothing and would be a backslash."""
    rows: list[list[Json]] = [[]]
    for node in nodes:
        if node["type"] == "hardBreak":
            rows.append([])
        else:
            rows[-1].append(node)
    lines = [OPENING.sub(r"\1\\", line, count=1) if OPENING.match(line) else line for line in map(_line, rows)]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _line(nodes: list[Json]) -> str:
    """Texts one after another. Where emphasis would not begin or end, its neighbour becomes a character reference."""
    line = ""
    is_open = False  # whether the emphasis before ends only if a sign or a blank follows
    for look, text in _looks(nodes):
        if look == Look():
            line += _reference(text[0]) + _escaped(text[1:]) if is_open else _escaped(text)
            is_open = False
        elif look.code or look.href:
            line += _code(text) if look.code else f"[{_emphasis(look, text, '*')}]({_address(look.href)})"
            is_open = False
        else:
            star = "_" if line.endswith("*") else "*"  # stars beside stars would be read as one sign
            is_firm = not (look.strike and look.stars)
            if line and not (is_firm and text[0].isalnum()):
                line = line[:-1] + _reference(line[-1], is_escaped=True)
            line += _emphasis(look, text, star)
            is_open = not (is_firm and text[-1].isalnum()) or star == "_"
    return line.strip()


def _looks(nodes: list[Json]) -> Iterator[tuple[Look, str]]:
    """Texts with their looks; blanks at the ends of an emphasised text are outside of it, as Markdown wants."""
    for look, group in groupby(nodes, _look):
        text = "".join(node["text"] for node in group)
        body = text.strip()
        if look.code or look == Look() or not body:
            yield look if look.code else Look(), text
            continue
        before, _body, after = text.partition(body)
        yield from ((one, piece) for one, piece in ((Look(), before), (look, body), (Look(), after)) if piece)


def _look(node: Json) -> Look:
    marks = {mark["type"]: mark for mark in node.get("marks", [])}
    href = marks["link"]["attrs"]["href"] if "link" in marks else ""
    return Look("code" in marks, 2 * ("bold" in marks) + ("italic" in marks), "strike" in marks, href)


def _emphasis(look: Look, text: str, star: str) -> str:
    strike, stars = "~~" * look.strike, star * look.stars
    return f"{stars}{strike}{_escaped(text)}{strike}{stars}"


def _escaped(text: str) -> str:
    return SIGNS.sub(r"\\\g<0>", text)


def _reference(char: str, *, is_escaped: bool = False) -> str:
    """One character so that emphasis may begin or end beside it."""
    if char in PLACES:
        return char if is_escaped else _escaped(char)
    return f"&#{ord(char)};"


def _code(text: str) -> str:
    fence = "`" * (_longest_ticks(text) + 1)
    blank = " " if text.strip() and (text != text.strip() or "`" in text) else ""
    return f"{fence}{blank}{text}{blank}{fence}"


def _address(href: str) -> str:
    address = ADDRESS_SIGNS.sub(r"\\\g<0>", href)
    return f"<{address}>"
