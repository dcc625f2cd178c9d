"""What a text becomes on Bluesky: the key of its record, and the places in it that are links, hashtags and mentions.

Bluesky links nothing by itself: each place is a facet with offsets in UTF-8 bytes. What counts as a link, a hashtag or
a mention is as in Bluesky's own app (rich text detection of @atproto/api).
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import regex

SORTABLE = "234567abcdefghijklmnopqrstuvwxyz"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LONGEST_TAG = 64  # graphemes (lexicon app.bsky.richtext.facet#tag)

LINK = regex.compile(r"(?<![^\s(])https?://[^\s<>\"“”]+", regex.IGNORECASE)
TAG = regex.compile(r"(?<!\S)[#＃](?!\ufe0f)([^\s\u00AD\u2060\u200A-\u200D\u20e2]*)")
MENTION = regex.compile(r"(?<![^\s(])@((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9])", regex.I)


def record_key(created_at: datetime, key: str) -> str:
    """The TID of a draft: 13 characters, the same each time.

    53 bits are microseconds: the second of created_at, and a fraction out of the key, as many drafts are for the same
    minute; 10 bits more come out of the key too.
    """
    digest = sha256(key.encode()).digest()
    fraction = int.from_bytes(digest[:8], "big") % 1_000_000
    seconds = (created_at - EPOCH) // timedelta(seconds=1)
    clock = int.from_bytes(digest[8:10], "big") & 1023
    number = (seconds * 1_000_000 + fraction) << 10 | clock
    return "".join(SORTABLE[number >> shift & 31] for shift in range(60, -1, -5))


def mentioned(text: str) -> list[str]:
    """The handles that a text names, in lower case, each once."""
    return list(dict.fromkeys(found[1].lower() for found in MENTION.finditer(text)))


def facets(text: str, dids: Mapping[str, str]) -> list[dict[str, Any]]:
    """The places of a text that are more than text, in order; a handle without a DID in `dids` stays text."""
    found = [*_links(text), *_tags(text), *_mentions(text, dids)]
    return [
        {
            "index": {"byteStart": len(text[:start].encode()), "byteEnd": len(text[:end].encode())},
            "features": [{"$type": f"app.bsky.richtext.facet#{kind}", name: value}],
        }
        for start, end, kind, name, value in sorted(found)
    ]


Place = tuple[int, int, str, str, str]


def _links(text: str) -> Iterator[Place]:
    for found in LINK.finditer(text):
        uri = found[0].rstrip(".,;:!?'")
        if uri.endswith(")") and "(" not in uri:
            uri = uri[:-1].rstrip(".,;:!?'")
        if len(uri.partition("://")[2]):
            yield found.start(), found.start() + len(uri), "link", "uri", uri


def _tags(text: str) -> Iterator[Place]:
    for found in TAG.finditer(text):
        tag = regex.sub(r"\p{P}+$", "", found[1])
        # A number alone is no hashtag: "#1" stays text.
        if regex.search(r"[^\d\s\p{P}]", tag) and len(regex.findall(r"\X", tag)) <= LONGEST_TAG:
            yield found.start(), found.start(1) + len(tag), "tag", "tag", tag


def _mentions(text: str, dids: Mapping[str, str]) -> Iterator[Place]:
    for found in MENTION.finditer(text):
        if did := dids.get(found[1].lower()):
            yield found.start(), found.end(), "mention", "did", did
