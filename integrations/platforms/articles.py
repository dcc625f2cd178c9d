"""What platforms for articles share: the slug that an article is looked for under, and the mark that says it is ours.

A blog keeps a slug once, and gives another one to whoever comes later, without a word. So an article has two slugs,
the same two each time: its own, and one with a piece of its key, for where the own one is another article's. Which of
the articles there is ours is told by a comment in its HTML: `<!-- pressroom:KEY -->`.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable

from integrations.errors import Refused
from integrations.platforms.base import Draft, Posted

# WordPress cuts slugs after 200 bytes, Ghost after 185; the longer of the two slugs has to stay whole.
LONGEST_SLUG = 170
# The last closing tag of a text. Behind it WordPress would make a paragraph of the mark, and leave a gap for it.
LAST_TAG = re.compile(r"</(?:p|h[1-6]|div|ul|ol|blockquote|figure|table|section|article)>\s*\Z", re.IGNORECASE)


def slugs_of(draft: Draft) -> tuple[str, str]:
    """The two slugs of an article: a-z, 0-9 and single hyphens, made from its title where it has none."""
    piece = hashlib.sha256(draft.key.encode()).hexdigest()[:6]  # keys that are made one after another begin alike
    first = slug_from(draft.slug) or slug_from(draft.title) or f"article-{piece}"
    return first, f"{first}-{piece}"


def slug_from(text: str) -> str:
    """A text as a slug; "" where none of its letters are Latin."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain.replace("'", ""))
    return words.strip("-")[:LONGEST_SLUG].strip("-")


def mark_of(draft: Draft) -> str:
    """The comment by which an article is known to be this one."""
    return f"<!-- pressroom:{draft.key} -->"


def marked(draft: Draft) -> str:
    """The HTML of an article with its mark at the end, inside the last element where that can be."""
    html, mark = draft.html.strip(), mark_of(draft)
    if last := LAST_TAG.search(html):
        return f"{html[: last.start()]}{mark}{html[last.start() :]}"
    return f"{html}\n{mark}"


def tag_names(tags: Iterable[str]) -> list[str]:
    """The names of tags without signs in front of them, each once, however it is spelled."""
    names = [" ".join(one.split()).lstrip("#, ") for one in tags]
    return list({one.casefold(): one for one in reversed(names) if one}.values())[::-1]


def posted(remote_id: str, url: object, version: str, draft: Draft | None, slug: str, problem: str = "") -> Posted:
    """What is there. Its note has what is to be said besides (problem), and a slug that is not the one of the draft."""
    notes = [problem] if problem else []
    wished = (draft.slug or slugs_of(draft)[0]) if draft else slug
    if draft and slug != wished:
        why = ": another post there has that one" if slug == slugs_of(draft)[1] else ""
        notes.append(f"Its address ends in “{slug}” and not in “{wished}”{why}.")
    address = url if isinstance(url, str) and url.startswith(("https://", "http://")) else ""
    return Posted(remote_id, address, version, " ".join(notes))


def free_slug(draft: Draft, taken: Iterable[str], label: str) -> str:
    """The first of its slugs that nobody has; raises Refused where others have both."""
    slugs, others = slugs_of(draft), set(taken)
    for one in slugs:
        if one not in others:
            return one
    raise Refused(f"Other posts at {label} have both {' and '.join(slugs)}. Change the slug.")
