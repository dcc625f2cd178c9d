"""Uploads: known by their content, pictures made harmless at once, video and sound looked at by a job."""

import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from PIL import Image

from accounts import audit
from accounts.models import Tenant
from integrations.errors import PermanentError
from jobs.accepting import KeyReused
from jobs.models import Job, request_ref
from media import ordering, storing
from media.drawing import THUMBNAIL
from media.library import mime_of
from media.models import LONGEST_ALT, Kind, MediaFile, Processing, Source, new_name
from media.pictures import cleaning, fitting, reading
from media.video import headers

MB = 1024 * 1024
PICTURES = ("a picture (PNG)", "a picture (GIF)", "a picture (JPEG)", "a picture (WebP)", "a picture (HEIC or AVIF)")


class BadUpload(PermanentError):
    """The file cannot be taken; the sentence says why and what to do. Nothing of it is kept."""


def take(
    upload: UploadedFile, *, tenant: Tenant, user: Any, title: str = "", alt_text: str = "", key: str | None = None
) -> tuple[MediaFile, Job | None]:
    """Put an uploaded file into the library; video and sound come with the job that looks at them.

    The same key and file is the same row. Raises BadUpload, the BadPicture of media/pictures, and KeyReused.
    """
    size = upload.size or 0
    if not size:
        raise BadUpload("The file is empty. Choose another one.")
    if size > settings.LARGEST_UPLOAD_MB * MB:
        raise BadUpload(f"The file has {size / MB:.0f} MB; at most {settings.LARGEST_UPLOAD_MB} MB are taken.")
    upload.seek(0)
    head = upload.read(headers.HEAD)
    upload.seek(0)
    name = (title or _title_of(upload)).replace("\x00", "").strip()[:200] or "file"
    alt_text = alt_text.replace("\x00", "").strip()[:LONGEST_ALT]
    columns = {"tenant": tenant, "owner": user, "title": name, "alt_text": alt_text}
    if key:
        columns |= {"upload_key": key, "upload_hash": storing.checksum(upload)}
        upload.seek(0)
        if found := _earlier(tenant, key, columns["upload_hash"]):
            return found, Job.objects.filter(request__in=[request_ref(row) for row in found.processings.all()]).first()
    kind = headers.kind(head)
    if kind in PICTURES:
        return _picture(upload, columns), None
    if kind or headers.is_text(head):
        raise BadUpload(f"This is {kind or 'a text'}, no picture, video or sound. Choose another file.")
    return _recording(upload, columns)


def _earlier(tenant: Tenant, key: str, checksum: str) -> MediaFile | None:
    found = MediaFile.objects.for_tenant(tenant).filter(upload_key=key).first()
    if found and found.upload_hash != checksum:
        raise KeyReused("this Idempotency-Key was used before for another file: send a new key")
    return found


def _title_of(upload: UploadedFile) -> str:
    """The name a person gave the file, as words: it becomes part of no path."""
    name = "".join(c if c.isprintable() else " " for c in Path(upload.name or "").name)
    return name.rsplit(".", 1)[0]


def _picture(upload: UploadedFile, columns: dict[str, Any]) -> MediaFile:
    with tempfile.TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR) as folder:
        source = Path(folder, "source")
        with source.open("wb") as copy:
            for piece in upload.chunks():
                copy.write(piece)
        clean = cleaning.clean(source, Path(folder))
        look = reading.look(clean)
        small = Path(folder, "thumbnail.webp")
        with Image.open(clean) as picture:
            fitting.thumbnail(picture, THUMBNAIL).save(small, "WEBP", quality=82)
        return _stored_picture(clean, look, small, columns)


def _stored_picture(clean: Path, look: Any, small: Path, columns: dict[str, Any]) -> MediaFile:
    """Store a clean picture and its thumbnail: the files first, then both rows."""
    tenant = columns["tenant"]
    with clean.open("rb") as file:
        checksum = storing.checksum(file)
    name = storing.put(new_name(tenant, clean.suffix), clean)
    small_name = storing.put(new_name(tenant, small.suffix), small)
    shrunk = reading.look(small)
    with transaction.atomic():
        media = MediaFile.objects.create(
            kind=Kind.IMAGE,
            file=name,
            mime=mime_of(clean),
            checksum=checksum,
            bytes=clean.stat().st_size,
            width=look.width,
            height=look.height,
            **columns,
        )
        MediaFile.objects.create(
            kind=Kind.IMAGE,
            parent=media,
            variant="thumbnail",
            source=Source.DERIVED,
            file=small_name,
            mime=mime_of(small),
            bytes=small.stat().st_size,
            width=shrunk.width,
            height=shrunk.height,
            **{**columns, "title": f"{media.title}: thumbnail"[:200], "upload_key": None},
        )
        _tell(media)
    return media


def _recording(upload: UploadedFile, columns: dict[str, Any]) -> tuple[MediaFile, Job]:
    """Store a file that may be video or sound; whether it is one says the job, in a process of its own."""
    from django.core.files.storage import default_storage

    name = default_storage.save(new_name(columns["tenant"], ".bin"), upload)
    with transaction.atomic():
        media = MediaFile.objects.create(
            kind=Kind.VIDEO, file=name, state=MediaFile.State.CHECKING, bytes=upload.size or 0, **columns
        )
        row = Processing.objects.create(tenant=media.tenant, user=media.owner, media=media)
        job = ordering.enqueue(row, ordering.PROCESS, media.owner)
        _tell(media)
    return media, job


def _tell(media: MediaFile) -> None:
    audit.record(media.owner or "somebody", "media.uploaded", tenant=media.tenant, target=media.title, media=media.pk)
