"""Files in the store: put in the same place again, read in pieces, and removed with their row."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage

from media.models import MediaFile

CHUNK = 256 * 1024


class Movable(File):  # type: ignore[type-arg]
    """A file of ours that a store on the same disk may move in one step: nobody ever sees half of it."""

    def __init__(self, path: Path) -> None:
        super().__init__(path.open("rb"), name=path.name)
        self.path = path

    def temporary_file_path(self) -> str:
        """Where it is, as an upload says it."""
        return str(self.path)


def put(name: str, content: bytes | Path) -> str:
    """Store bytes or a copy of a file under exactly this name, in the place of what is there; returns the name."""
    if isinstance(content, bytes):
        return default_storage.save(name, ContentFile(content))
    with content.open("rb") as file:
        return default_storage.save(name, File(file))


def move(name: str, path: Path) -> str:
    """Store a file, which is gone from its place afterwards, under exactly this name; returns the name."""
    with Movable(path) as file:
        name = default_storage.save(name, file)
    path.unlink(missing_ok=True)
    return name


def checksum(file: IO[bytes]) -> str:
    """The SHA-256 of a file, read in pieces."""
    found = hashlib.sha256()
    while piece := file.read(CHUNK):
        found.update(piece)
    return found.hexdigest()


def copy_to(media: MediaFile, target: Path) -> Path:
    """A file of the library as a file on this machine."""
    with media.file.open("rb") as source, target.open("wb") as copy:
        for piece in source.chunks(CHUNK):
            copy.write(piece)
    return target


def pieces(file: Any, start: int, length: int) -> Iterator[bytes]:
    """A part of an open file, which is closed at the end."""
    with file:
        file.seek(start)
        while length > 0 and (piece := file.read(min(CHUNK, length))):
            length -= len(piece)
            yield piece


def remove(media: MediaFile) -> None:
    """Delete a row of the library with what was made of it, and their files."""
    rows, found = [media], [media.pk]
    while found:  # what is made of a file may have been made more of
        made = list(MediaFile.objects.filter(parent__in=found))
        rows, found = rows + made, [row.pk for row in made]
    names = [str(row.file.name) for row in rows if row.file]
    media.delete()
    for name in names:
        default_storage.delete(name)
