"""Recordings that come into the library by a job: fetched from an address, and looked at before all else."""

from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage

from integrations import http
from integrations.addresses import Guard
from jobs.running import Run
from media import storing
from media.library import mime_of
from media.models import Kind, MediaFile, Processing, Transcript
from media.video.opening import BadVideo
from media.video.probing import Probe, probe

FETCH_SECONDS = 900.0
SUFFIXES = {"mov": ".mp4", "matroska": ".mkv"} | {
    name: f".{name}" for name in ("webm", "mp3", "wav", "ogg", "flac", "m4a", "3gp", "avi", "aac")
}


def brought(order: Processing | Transcript, target: Path, run: Run) -> MediaFile:
    """The recording of a wish, as a row of the library and as the file `target`; fetched from its address if need be.

    Raises BadVideo for one that was refused, AddressRefused and Refused for an address that we do not read, and what
    else `integrations.http.download` raises.
    """
    if order.media is None:
        return _fetch(order, target, run)
    if order.media.state == MediaFile.State.REFUSED:
        raise BadVideo(f"This file was refused: {order.media.note}")
    storing.copy_to(order.media, target)
    return order.media


def _fetch(order: Processing | Transcript, target: Path, run: Run) -> MediaFile:
    def on_part(size: int) -> None:
        run.checkpoint("fetch", 1, f"Fetching the file: {size // 1_000_000} MB")

    most = settings.LARGEST_UPLOAD_MB * 1024 * 1024
    guard = Guard(settings.OUTBOUND_ALLOW_HOSTS)
    seconds = min(FETCH_SECONDS, max(1.0, run.remaining()))
    url = order.source_url
    http.download(guard, url, target, max_bytes=most, seconds=seconds, on_part=on_part)
    name = storing.put(order.stored_as("source.bin"), target)
    title = url.split("?")[0].rstrip("/").rsplit("/", 1)[-1][:200] or "video"
    with run.owned():
        media = MediaFile.objects.create(
            tenant=order.tenant,
            owner=order.user,
            kind=Kind.VIDEO,
            title=title,
            file=name,
            state=MediaFile.State.CHECKING,
            facts={"source_url": url},
        )
        type(order).objects.filter(pk=order.pk).update(media=media)
    order.media = media
    return media


def looked_at(media: MediaFile, source: Path, run: Run) -> Probe:
    """What is in a recording; its row is ready then. Raises BadVideo: it is refused, and gone from the store."""
    try:
        known = probe(source)
    except BadVideo as error:
        if media.state == MediaFile.State.READY:  # it was looked at before: its content is not to blame
            raise
        name = str(media.file.name)
        with run.owned():
            refused = {"state": MediaFile.State.REFUSED, "note": str(error)[:300], "file": "", "bytes": 0}
            MediaFile.objects.filter(pk=media.pk).update(**refused)
        default_storage.delete(name)
        raise
    with source.open("rb") as file:
        checksum = storing.checksum(file)
    media.kind = Kind.VIDEO if known.video else Kind.AUDIO
    media.state, media.note, media.seconds, media.bytes = MediaFile.State.READY, "", known.seconds, known.bytes
    media.checksum, media.facts = checksum, {**media.facts, **known.as_json()}
    media.mime = mime_of(Path(f"x{SUFFIXES.get(known.container, '.mp4')}"))
    if known.video:
        media.width, media.height = known.video.width, known.video.height
    with run.owned():
        media.save()
    for note in known.notes:
        run.log(note, "warning")
    return known
