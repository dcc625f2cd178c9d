"""Markdown to HTML. The text is untrusted: HTML in it is shown as text, and nh3 keeps a short list of tags."""

import re

import nh3
from markdown_it import MarkdownIt

TAGS = {
    "h2", "h3", "h4", "p", "br", "hr", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a",
    "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto"}

_markdown = (
    MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(["table", "strikethrough"]).disable("image")
)


def to_html(markdown: str) -> str:
    """Clean HTML of a Markdown text. Pictures are not loaded from anywhere; a heading 1 becomes a heading 2."""
    html = re.sub(r"<(/?)h1>", r"<\1h2>", _markdown.render(markdown))
    return nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        link_rel="nofollow ugc noopener noreferrer",
        strip_comments=True,
    )


def to_text(markdown: str) -> str:
    """The words of a Markdown text, without marks, in one line."""
    html = _markdown.render(markdown)
    text = nh3.clean(re.sub(r"</(p|li|h\d|blockquote|td|th)>", " ", html), tags=set())
    return re.sub(r"\s+", " ", _unescape(text)).strip()


def _unescape(text: str) -> str:
    from html import unescape

    return unescape(text)
