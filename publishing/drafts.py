"""Snapshots: what is stored of a publication's content, and what the platform gets of it."""

from datetime import UTC
from typing import Any

from django.core.files.storage import default_storage

from accounts.models import Tenant
from integrations.platforms.base import Draft, Medium
from media.models import Kind, MediaFile
from publishing.models import Publication

TEXTS = ("text", "title", "html", "excerpt", "slug", "canonicalUrl", "language")


class BadMedia(ValueError):
    """A file that cannot go out; the text says which and why."""


def files_of(tenant: Tenant, ids: list[int]) -> list[MediaFile]:
    """The files of a workspace by their ids, in that order; raises BadMedia."""
    found = {row.pk: row for row in MediaFile.objects.for_tenant(tenant).filter(pk__in=ids)}
    for pk in ids:
        row = found.get(pk)
        if row is None:
            raise BadMedia(f"There is no file {pk} in your library.")
        if row.state != MediaFile.State.READY or row.kind == Kind.AUDIO:
            raise BadMedia(f"The file {pk} ({row.title}) cannot be published: it is no picture or video that is ready.")
    return [found[pk] for pk in ids]


def draft_of(publication: Publication) -> Draft:
    """What the platform gets; the same content has the same key each time. Raises BadMedia where a file is gone.

    Its time is the one it was let go for, which stays the same until it is settled: platforms show it.
    """
    content = publication.content
    files = files_of(publication.tenant, content.get("mediaIds", []))
    return Draft(
        key=f"{publication.key}{publication.content_hash[:10]}",
        created_at=(publication.scheduled_at or publication.created_at).astimezone(UTC),
        media=tuple(_medium(row, content.get("alts", {}).get(str(row.pk))) for row in files),
        tags=tuple(content.get("tags", [])),
        **{_snake(name): content.get(name, "") for name in TEXTS},
    )


def _medium(row: MediaFile, alt: str | None) -> Medium:
    name = str(row.file.name)
    return Medium(
        name=f"{row.pk}.{name.rpartition('.')[2]}",
        mime=row.mime,
        size=row.bytes,
        alt=row.alt_text if alt is None else alt,
        width=row.width or 0,
        height=row.height or 0,
        seconds=row.seconds or 0.0,
        open=lambda: default_storage.open(name),
    )


def _snake(name: str) -> str:
    return {"canonicalUrl": "canonical_url"}.get(name, name)


def plain(content: dict[str, Any]) -> str:
    """A content in a few words, for lists."""
    return str(content.get("title") or content.get("text") or "")
