"""Putting files into the library: what a run made of another file or of a wish, each once."""

import mimetypes
from pathlib import Path
from typing import Any

from jobs.running import Run
from media import storing
from media.models import Kind, MediaFile, Order, Source


def keep_made(
    run: Run, order: Order, parent: MediaFile, variant: str, path: Path, kind: Kind, **columns: Any
) -> MediaFile:
    """Store what was made of a file, whose `path` is used up; it takes the place of what was made before.

    columns are further ones of the row: width, height, seconds, facts, title. The place in the store follows from the
    parent and the variant alone: whichever wish comes last and whoever is killed between file and row, none is left.
    """
    with path.open("rb") as file:
        checksum = storing.checksum(file)
    size = path.stat().st_size
    name = storing.move(f"{parent.tenant_id}/made/{parent.pk}/{variant}{path.suffix}", path)
    facts = {**columns.pop("facts", {}), "made_by": _maker(order)}
    with run.owned():
        made, _is_new = MediaFile.objects.update_or_create(
            parent=parent,
            variant=variant,
            defaults={
                "tenant": parent.tenant,
                "owner": order.user,
                "kind": kind,
                "title": f"{parent.title}: {variant}"[:200],
                "file": name,
                "source": Source.DERIVED,
                "mime": mime_of(path),
                "checksum": checksum,
                "bytes": size,
                "facts": facts,
                "alt_text": parent.alt_text if kind == Kind.IMAGE else "",
                "brand": parent.brand,
                **columns,
            },
        )
    return made


def is_made(order: Order, parent: MediaFile, variant: str) -> bool:
    """Whether an earlier try of this wish made it."""
    return MediaFile.objects.filter(parent=parent, variant=variant, facts__made_by=_maker(order)).exists()


def _maker(order: Order) -> str:
    return f"{order._meta.model_name}-{order.pk}"


def mime_of(path: Path) -> str:
    """The type of a file by its ending, which we gave it."""
    return mimetypes.guess_type(path.name)[0] or "application/octet-stream"
