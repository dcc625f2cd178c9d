"""Snapshots: what is stored of a publication's content, and what the platform gets of it."""

from dataclasses import replace
from datetime import UTC
from typing import Any

from accounts.models import Tenant
from integrations.platforms.base import Draft, Medium
from media.models import Kind, MediaFile
from publishing import fetching
from publishing.models import Publication
from publishing.opening import platform_class

TEXTS = ("text", "title", "html", "excerpt", "slug", "canonicalUrl", "language")


class BadContent(ValueError):
    """A file that cannot go out, or a post that this one follows and that is not known; the text says which and why."""


def files_of(tenant: Tenant, ids: list[int]) -> list[MediaFile]:
    """The files of a workspace by their ids, in that order; raises BadContent."""
    found = {row.pk: row for row in MediaFile.objects.for_tenant(tenant).filter(pk__in=ids)}
    for pk in ids:
        row = found.get(pk)
        if row is None:
            raise BadContent(f"There is no file {pk} in your library.")
        if row.state != MediaFile.State.READY or row.kind == Kind.AUDIO:
            raise BadContent(
                f"The file {pk} ({row.title}) cannot be published: it is no picture or video that is ready."
            )
    return [found[pk] for pk in ids]


def draft_of(publication: Publication) -> Draft:
    """What the platform gets; the same content has the same key each time. Raises BadContent where a file is gone.

    Its time is the one it was let go for, which stays the same until it is settled: platforms show it.
    """
    content, before = publication.content, publication.follows
    if before is not None and not before.is_there:
        raise BadContent("The post that this one follows is not there, or nobody knows what it is called there.")
    kinds = platform_class(publication.account.platform).limits.kinds
    files = files_of(publication.tenant, content.get("mediaIds", []))
    return Draft(
        key=f"{publication.key}{publication.content_hash[:10]}",
        created_at=(publication.scheduled_at or publication.created_at).astimezone(UTC),
        media=tuple(_medium(row, content.get("alts", {}).get(str(row.pk)), kinds) for row in files),
        reply_to=before.remote_id if before else "",
        made_with_ai=bool(content.get("madeWithAi")),
        tags=tuple(content.get("tags", [])),
        **{_snake(name): content.get(name, "") for name in TEXTS},
    )


def parts_of(publication: Publication) -> list[Draft]:
    """A content as all the posts that it becomes: the first, and what follows it under a name that is not known yet."""
    first = draft_of(publication)
    thread = publication.content.get("thread") or []
    return [first, *(replace(first, text=text, title="", html="", media=(), reply_to="0") for text in thread)]


def _medium(row: MediaFile, alt: str | None, kinds: tuple[str, ...]) -> Medium:
    mime = fetching.mime_for(row, kinds)
    suffix = str(row.file.name).rpartition(".")[2] if mime == row.mime else "jpg"
    return Medium(
        name=f"{row.pk}.{suffix}",
        mime=mime,
        size=row.bytes if mime == row.mime else 0,  # what is turned into a JPEG is not weighed before
        alt=row.alt_text if alt is None else alt,
        width=row.width or 0,
        height=row.height or 0,
        seconds=row.seconds or 0.0,
        url=fetching.address_of(row, mime),
        open=lambda: fetching.open_as(row, mime),
    )


def _snake(name: str) -> str:
    return {"canonicalUrl": "canonical_url"}.get(name, name)


def plain(content: dict[str, Any]) -> str:
    """A content in a few words, for lists."""
    return str(content.get("title") or content.get("text") or "")
