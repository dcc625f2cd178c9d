"""Documents for reading in a browser: our own allow-list, and nh3 behind it."""

from html import escape

import nh3

from lessons.documents.nodes import LANGUAGE, Json, attributes

TAGS = {
    "p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "code", "hr", "br",
    "strong", "em", "s", "u", "a",
}  # fmt: skip
ATTRIBUTES = {"a": {"href"}, "ol": {"start"}, "code": {"class"}}
SCHEMES = {"http", "https", "mailto"}
PLAIN_TAGS = {"paragraph": "p", "bulletList": "ul", "listItem": "li", "blockquote": "blockquote"}
MARK_TAGS = {"bold": "strong", "italic": "em", "strike": "s", "underline": "u", "code": "code"}


def to_html(document: Json, *, below: int = 0) -> str:
    """Clean HTML of a valid document; headings are moved `below` levels down, for pages that have their own."""
    return nh3.clean(
        "".join(_html(node, below) for node in document.get("content", [])),
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        link_rel="nofollow ugc noopener noreferrer",
    )


def _html(node: Json, below: int) -> str:
    kind = node["type"]
    if kind == "text":
        return _marked(node)
    inner = "".join(_html(child, below) for child in node.get("content", []))
    if kind in PLAIN_TAGS:
        return f"<{PLAIN_TAGS[kind]}>{inner}</{PLAIN_TAGS[kind]}>"
    match kind:
        case "heading":
            level = min(6, int(attributes(node).get("level", 1)) + below)
            return f"<h{level}>{inner}</h{level}>"
        case "orderedList":
            start = int(attributes(node).get("start", 1))
            return f'<ol start="{start}">{inner}</ol>' if start != 1 else f"<ol>{inner}</ol>"
        case "codeBlock":
            language = str(attributes(node).get("language") or "")
            named = f' class="language-{language}"' if LANGUAGE.fullmatch(language) else ""
            return f"<pre><code{named}>{inner}</code></pre>"
        case "horizontalRule":
            return "<hr>"
        case "hardBreak":
            return "<br>"
    return inner


def _marked(node: Json) -> str:
    text = escape(node["text"], quote=True)
    for mark in reversed(node.get("marks", [])):
        if mark["type"] == "link":
            text = f'<a href="{escape(mark["attrs"]["href"], quote=True)}">{text}</a>'
        else:
            tag = MARK_TAGS[mark["type"]]
            text = f"<{tag}>{text}</{tag}>"
    return text
