"""A publication as it will look: what an approver sees, in a mail, on a page, or on a phone. HTML is untrusted."""

from typing import Any

import nh3

from publishing.models import Publication

TAGS = {
    "a", "b", "blockquote", "br", "code", "em", "figcaption", "figure", "h1", "h2", "h3", "h4", "hr", "i", "li", "ol",
    "p", "pre", "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "u", "ul",
}  # fmt: skip


def shown(publication: Publication) -> dict[str, Any]:
    """Title, text, what follows it, article (cleaned HTML) and files with the alt texts that go out, for templates."""
    content = publication.content
    alts = content.get("alts", {})
    order = {pk: place for place, pk in enumerate(content.get("mediaIds", []))}
    files = sorted(publication.media.all(), key=lambda row: order.get(row.pk, len(order)))
    return {
        "title": content.get("title", ""),
        "text": content.get("text", ""),
        "thread": content.get("thread", []),
        "article": clean(content.get("html", "")),
        "files": [{"row": row, "alt": alts.get(str(row.pk), row.alt_text)} for row in files],
    }


def clean(html: str) -> str:
    """The article without anything that could act: no scripts, forms, styles or pictures from elsewhere."""
    return nh3.clean(html, tags=TAGS, attributes={"a": {"href"}}, url_schemes={"http", "https", "mailto"})
