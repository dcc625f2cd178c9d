"""Files for platforms that fetch them themselves: at an address that nobody can guess, for some days.

A platform that takes no PNG or WebP gets such a picture as a JPEG.
"""

import io
from typing import IO, Any

from django.conf import settings
from django.core import signing
from django.core.files.storage import default_storage
from django.urls import reverse
from PIL import Image

from media.models import Kind, MediaFile

SALT = "publishing.fetching"
GOOD_FOR = 3 * 86_400  # seconds; Meta fetches a file within minutes, and again where it could not
JPEG = "image/jpeg"
TURNED = {"image/png", "image/webp"}
QUALITY = 90


def address_of(row: MediaFile, mime: str) -> str:
    """Where a platform finds a file for some days, in the form that it takes."""
    token = signing.dumps({"file": row.pk, "as": mime}, salt=SALT, compress=True)
    return f"{settings.SITE_URL}{reverse('publishing:outgoing', args=[token])}"


def find(token: str) -> tuple[MediaFile, str] | None:
    """The file of an address, and the form in which it is wanted; None for one that is not ours, or too old."""
    try:
        found: dict[str, Any] = signing.loads(token, salt=SALT, max_age=GOOD_FOR)
    except signing.BadSignature:
        return None
    row = MediaFile.objects.filter(pk=found["file"], state=MediaFile.State.READY).first()
    return (row, str(found["as"])) if row else None


def mime_for(row: MediaFile, kinds: tuple[str, ...]) -> str:
    """In which form a platform with these kinds gets a file."""
    turns = row.kind == Kind.IMAGE and row.mime in TURNED and row.mime not in kinds and JPEG in kinds
    return JPEG if turns else row.mime


def open_as(row: MediaFile, mime: str) -> IO[bytes]:
    """The bytes of a file in that form."""
    file: IO[bytes] = default_storage.open(str(row.file.name))
    if mime == row.mime:
        return file
    with file, Image.open(file) as picture:
        flat = Image.new("RGB", picture.size, "white")
        has_alpha = picture.mode in ("RGBA", "LA", "P", "PA")
        layer = picture.convert("RGBA") if has_alpha else picture.convert("RGB")
        flat.paste(layer, mask=layer if has_alpha else None)
    content = io.BytesIO()
    flat.save(content, "JPEG", quality=QUALITY)
    content.seek(0)
    return content
