"""What follows from the check of a post's facts: whether it is published, and how its contradictions are told."""

import hashlib
import json
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from blog.models import Post

Claims = list[dict[str, Any]]  # claims as Report.as_json has them
FIELDS = {
    "name": "title",
    "directors": "director",
    "creators": "creator",
    "writers": "writer",
    "production": "production company",
    "networks": "network",
    "countries": "country",
    "languages": "language",
    "genres": "genre",
    "last_year": "last year",
    "release_date": "release date",
    "runtime": "running time",
    "rating_count": "votes",
}
MOST_TOLD = 3


class Unconfirmed(Exception):
    """The post contradicts its source, and nobody confirmed just these contradictions. claims are what it says."""

    def __init__(self, claims: Claims) -> None:
        super().__init__(told(claims))
        self.claims = claims


def source_says(claim: dict[str, Any]) -> str:
    """What the record has in a claim's place and in which field, as "1999 (year)"; "" where it has nothing."""
    field = str(claim["field"])
    label = FIELDS.get(field, field.replace("_", " "))
    return f"{claim['says']} ({label})" if claim["says"] else label


def told(claims: Claims) -> str:
    """Contradictions in one clause: "it says “1998”, the record says 1999 (year)"; the first three of them."""
    parts = [f"it says “{claim['text']}”, the record says {source_says(claim)}" for claim in claims[:MOST_TOLD]]
    rest = len(claims) - len(parts)
    return "; ".join(parts) + (f"; and {rest} more" if rest > 0 else "")


def mark_of(claims: Claims) -> str:
    """A short mark of just these contradictions, sent along by whoever confirms them."""
    said = [[claim["kind"], claim["text"], claim["says"]] for claim in claims]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]


def publish_if_supported(post: Post) -> Claims:
    """Publish a post that contradicts its record nowhere; the caller saves. Else return what it contradicts."""
    claims = post.contradictions
    if not claims:
        post.publish()
    return claims


def publish(post: Post, *, by: User, confirmed: str = "") -> None:
    """Publish and save a post; against its source only where `confirmed` is the mark of what it contradicts, audited.

    Raises Unconfirmed, and changes nothing then.
    """
    with transaction.atomic():
        claims = publish_if_supported(post)
        if claims and confirmed != mark_of(claims):
            raise Unconfirmed(claims)
        if claims:
            post.publish()
            said = [{name: claim[name] for name in ("kind", "text", "field", "says")} for claim in claims]
            audit.record(
                by, "post.published_against_source", tenant=post.tenant, target=post, post=post.pk, claims=said
            )
        post.save(update_fields=["state", "published_at", "updated_at", "grounding"])
