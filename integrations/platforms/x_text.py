"""A text on X: its weighted length, its links, and what it is in the text that comes back."""

import html
from collections.abc import Mapping
from typing import Any
from unicodedata import normalize

import regex
from twitter_text import extract_urls, parse_tweet

URL_LENGTH = 23
# The parser looks for bare host names in cubic time: longer words than this are no host names, and not given to it.
LONGEST_WORD = 500
LONGEST_TEXT = 20_000
LINK = regex.compile(r"https?://\S+", regex.IGNORECASE)
# twitter-text's configuration v3: what weighs 1; everything else weighs 2.
LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))


def weighted_length(text: str) -> int:
    """As X counts (twitter-text v3): links are 23, emoji 2, letters of most alphabets 1, of Chinese and the like 2.

    What is far too long is counted by its letters alone.
    """
    if len(text) > LONGEST_TEXT:
        return _plain(text)
    parts = regex.split(r"(\s+)", text)
    return sum(_length(part) for part in parts if part)


def has_link(text: str) -> bool:
    """Whether X makes a link of something in it, which costs more."""
    return any(_links(word) for word in text.split())


def _length(part: str) -> int:
    if len(part) <= LONGEST_WORD:
        return int(parse_tweet(part).weightedLength)
    if LINK.fullmatch(part):
        return URL_LENGTH
    return _plain(part)


def _plain(text: str) -> int:
    return sum(1 if any(first <= ord(one) <= last for first, last in LIGHT) else 2 for one in normalize("NFC", text))


def _links(word: str) -> bool:
    return bool(extract_urls(word)) if len(word) <= LONGEST_WORD else bool(LINK.search(word))


def comparable(text: str) -> str:
    """A text without what X changes in it: spaces, and how links begin and end."""
    bare = regex.sub(r"https?://", "", " ".join(text.split()), flags=regex.IGNORECASE)
    return normalize("NFC", regex.sub(r"/(?=[\p{P}]*(?: |$))", "", bare))


def words_of(post: Mapping[str, Any]) -> str:
    """The text of a post that X sent, with its links as they were written; those that stand for files are left out."""
    note = post.get("note_tweet")
    whole = note if isinstance(note, dict) and isinstance(note.get("text"), str) else post
    entities = whole.get("entities")
    text = str(whole.get("text", ""))
    for one in (entities.get("urls") or []) if isinstance(entities, dict) else []:
        if isinstance(one, dict) and isinstance(one.get("url"), str) and one["url"]:
            instead = "" if one.get("media_key") else str(one.get("expanded_url") or one["url"])
            text = text.replace(one["url"], instead, 1)
    return html.unescape(text).strip()
