"""Files that no row knows: left by a process that was killed between the store and the database."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage
from django.utils import timezone

from media.models import MediaFile

# Younger ones may be on their way into the library.
AGE = timedelta(hours=3)


def sweep() -> int:
    """Delete what no row of the library names, from the store and from the uploads; returns how many files went."""
    known = set(MediaFile.objects.exclude(file="").values_list("file", flat=True))
    before = timezone.now() - AGE
    gone = 0
    for name in names(""):
        if name not in known and default_storage.get_modified_time(name) < before:
            default_storage.delete(name)
            gone += 1
    for path in Path(settings.FILE_UPLOAD_TEMP_DIR).glob("*"):
        if path.is_file() and path.stat().st_mtime < before.timestamp():
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def names(folder: str) -> Iterator[str]:
    """The names of all stored files below a folder."""
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    yield from (f"{folder}/{name}".lstrip("/") for name in files)
    for inner in folders:
        yield from names(f"{folder}/{inner}".lstrip("/"))
