"""Files that no row knows: left by a process that was killed between the store and the database."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage
from django.utils import timezone

from jobs.models import Job, request_ref
from media.models import Drawing, MediaFile

# Younger ones may be on their way into the library.
AGE = timedelta(hours=3)
# What this room stores itself: in a bucket with other things in it, those are not ours to delete.
OURS = re.compile(r"\d+/(uploads|made|drawing-\d+|processing-\d+|transcript-\d+)/.+")


def sweep() -> int:
    """Delete what no row of the library names, from the store and from the uploads; returns how many files went.

    What an unfinished drawing has got stays as long as its job can be retried: it may be paid for.
    """
    known = set(MediaFile.objects.exclude(file="").values_list("file", flat=True))
    before, resumable = timezone.now() - AGE, _resumable()
    gone = 0
    for name in names(""):
        if name in known or not OURS.fullmatch(name) or name.startswith(resumable):
            continue
        if default_storage.get_modified_time(name) < before:
            default_storage.delete(name)
            gone += 1
    for path in Path(settings.FILE_UPLOAD_TEMP_DIR).glob("*"):
        if path.is_file() and path.stat().st_mtime < before.timestamp():
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def _resumable() -> tuple[str, ...]:
    """Where the files of drawings lie that have no picture yet, and whose job is still there."""
    rows = list(Drawing.objects.filter(media=None))
    jobs = set(Job.objects.filter(request__in=[request_ref(row) for row in rows]).values_list("request", flat=True))
    return tuple(row.stored_as("") for row in rows if request_ref(row) in jobs)


def names(folder: str) -> Iterator[str]:
    """The names of all stored files below a folder."""
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    yield from (f"{folder}/{name}".lstrip("/") for name in files)
    for inner in folders:
        yield from names(f"{folder}/{inner}".lstrip("/"))
