"""From a model's answer to the fields of a post."""

import re
from dataclasses import dataclass

from blog.rendering import to_text
from integrations.errors import BadOutput

FEWEST_WORDS = 80
EXCERPT, SEO_TITLE, SEO_DESCRIPTION = 280, 60, 155


@dataclass(frozen=True)
class Draft:
    """The fields of a post, as the answer gives them; body is Markdown without the title."""

    title: str
    body: str
    excerpt: str
    seo_title: str
    seo_description: str


def draft(answer: str, fallback_title: str) -> Draft:
    """Read a Markdown answer: the first `# ` line is the title, excerpt and SEO fields are derived from the text.

    Plain text of at least 80 words is a valid post; less raises BadOutput.
    """
    text = _without_fence(answer.replace("\r\n", "\n").replace("\x00", "").strip())
    title, body = fallback_title, text
    found = re.search(r"^# +(.+?)\s*#*$", text, re.MULTILINE)
    if found:
        title = to_text(found.group(1)) or fallback_title
        body = (text[: found.start()] + text[found.end() :]).strip()
    words = to_text(body).split()
    if len(words) < FEWEST_WORDS:
        raise BadOutput(f"the answer has {len(words)} words; a post needs {FEWEST_WORDS}. Order it again to ask anew.")
    prose = _first_paragraph(body)
    return Draft(
        title=shorten(title, 200),
        body=body,
        excerpt=shorten(prose, EXCERPT),
        seo_title=shorten(title, SEO_TITLE),
        seo_description=shorten(prose, SEO_DESCRIPTION),
    )


def shorten(text: str, limit: int) -> str:
    """Cut at a word so that the text has at most `limit` characters, the ellipsis included."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1].rsplit(" ", 1)[0].rstrip(" ,;:–-")
    return f"{cut or text[: limit - 1]}…"


def _without_fence(text: str) -> str:
    """Models like to wrap the whole text in a code fence."""
    fence = re.fullmatch(r"```(?:markdown|md)?\n(.*)\n```", text, re.DOTALL)
    return fence.group(1).strip() if fence else text


def _first_paragraph(body: str) -> str:
    for block in re.split(r"\n\s*\n", body):
        if not re.match(r"\s*(#|[-*+] |\d+[.)] |>|\||```)", block) and (text := to_text(block)):
            return text
    return to_text(body)
