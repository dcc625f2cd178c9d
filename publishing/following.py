"""What follows a post: the next parts of a thread, or the first comment. Each is a publication of its own.

Its words were accepted, checked and approved with the first part, as they are in the same content. It is made in the
step that stores that the part before it is out, so none is forgotten, and none comes twice.
"""

import re
from typing import Any

from django.db.models.functions import Now

from publishing.models import Publication

# Between the parts of a thread, where they stand in one field.
SEPARATOR = re.compile(r"^\s*-{3,}\s*$", re.MULTILINE)
PART = "\n---\n"
KEPT = ("language", "madeWithAi")


def parts_in(text: str) -> list[str]:
    """The parts of a thread that stand in one field, between lines of ---."""
    return [part.strip() for part in SEPARATOR.split(text.replace("\r\n", "\n")) if part.strip()]


def follow(publication: Publication) -> Publication | None:
    """Schedule what comes after a part that is out; in the transaction that stores that. Updates have no more parts."""
    rest = publication.content.get("thread") or []
    if not rest or publication.replaces_id or Publication.objects.filter(follows=publication).exists():
        return None
    content: dict[str, Any] = {"text": rest[0]}
    content |= {name: publication.content[name] for name in KEPT if name in publication.content}
    if rest[1:]:
        content["thread"] = rest[1:]
    made = Publication(
        tenant=publication.tenant,
        user=publication.user,
        account=publication.account,
        state=Publication.State.SCHEDULED,
        scheduled_at=Now(),
        origin=publication.origin,
        follows=publication,
        is_test=publication.is_test,
    )
    made.set_content(content)
    made.save()
    return made
