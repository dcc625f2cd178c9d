"""Looking at a video or sound file, and making others of it: in a child process, in a folder that is gone after it."""

import time
from pathlib import Path
from typing import Any

from jobs.running import Run
from media.cues import Cue
from media.fetching import brought, looked_at
from media.library import is_made, keep_made
from media.models import Kind, MediaFile, Processing, Transcript
from media.video import frames, sound
from media.video.opening import BadVideo
from media.video.probing import Probe, probe
from media.video.transcoding import transcode

THREADS = 2
LOOKED_AT, FIRST_MADE = 5.0, 15.0  # per cent


def process(processing: Processing, run: Run) -> dict[str, Any]:
    """Look at the file, make poster, thumbnails and sound, then what was wanted; returns {"mediaId", "url", "made"}.

    Raises BadVideo for a file that is none: it is refused in the library and its content is gone from the store.
    """
    run.checkpoint("fetch", 0, "Fetching the file")
    source = run.folder / "source"
    media = brought(processing, source, run)
    run.checkpoint("look", 3, f"Looking at {media.title}")
    known = looked_at(media, source, run)
    work = _Making(processing, media, source, known, run)
    work.first()
    work.wanted()
    made = list(media.made.order_by("pk").values_list("pk", flat=True))
    run.checkpoint("completed", 100, f"{len(made)} files made of {media.title}")
    return {"mediaId": media.pk, "url": media.url, "made": made}


class _Making:
    """What is made of one file by one run."""

    def __init__(self, processing: Processing, media: MediaFile, source: Path, known: Probe, run: Run) -> None:
        self.order, self.media, self.source, self.known, self.run = processing, media, source, known, run

    def first(self) -> None:
        """The poster, five thumbnails and the sound."""
        run, folder = self.run, self.run.folder
        there = set(self.media.made.values_list("variant", flat=True))
        if self.known.video and "thumbnail-5" not in there:
            run.checkpoint("poster", LOOKED_AT, "Choosing a poster frame")
            poster = folder / "poster.jpg"
            frames.poster(self.source, poster)
            self._keep("poster", poster, Kind.IMAGE)
            shots = frames.thumbnails(self.source, folder / "shots", on_progress=self._shot)
            for number, shot in enumerate(shots, start=1):
                self._keep(f"thumbnail-{number}", shot, Kind.IMAGE)
        if self.known.audio and "sound" not in there:
            run.checkpoint("sound", LOOKED_AT + 5, "Taking the sound out")
            target = folder / "sound.mp3"
            sound.extract(self.source, target, kind="mp3")
            self._keep("sound", target, Kind.AUDIO, seconds=self.known.seconds)

    def _shot(self, done: float) -> None:
        self.run.checkpoint("poster", LOOKED_AT + 4 * done, f"Taking thumbnails: {done:.0%}")

    def wanted(self) -> None:
        """The renditions that were ordered, such as "vertical-crop"."""
        wanted: list[str] = self.order.wanted if self.known.video else []
        for number, name in enumerate(wanted):
            if is_made(self.order, self.media, name):
                continue
            low = FIRST_MADE + (99 - FIRST_MADE) * number / len(wanted)
            high = FIRST_MADE + (99 - FIRST_MADE) * (number + 1) / len(wanted)
            self._rendition(name, number, len(wanted), low, high)

    def _rendition(self, name: str, number: int, total: int, low: float, high: float) -> None:
        target, began = self.run.folder / f"{name}.mp4", time.monotonic()

        def on_progress(done: float) -> None:
            text = f"Making {name}, {number + 1} of {total}: {done:.0%}"
            self.run.checkpoint("transcode", low + (high - low) * done, text)

        shape, _dash, fit = name.partition("-")
        burn = self._cues() if shape == "subtitled" else []
        result = transcode(
            self.source,
            target,
            None if shape == "subtitled" else shape,
            fit=fit or "crop",  # type: ignore[arg-type]
            on_progress=on_progress,
            threads=THREADS,
            burn=burn,
        )
        self._keep(name, target, Kind.VIDEO, seconds=result.seconds, facts=result.as_json())
        took = time.monotonic() - began
        self.run.log(f"Made {name} in {took:.1f} s, {result.seconds / max(took, 0.01):.1f} times real time")
        for note in result.notes:
            if note not in self.known.notes:
                self.run.log(note, "warning")

    def _cues(self) -> list[Cue]:
        found = Transcript.objects.filter(media=self.media).exclude(cues=[]).order_by("-pk").first()
        if found is None:
            raise BadVideo("There is no transcript of this video yet, so there are no subtitles to lay over it.")
        return [Cue(**cue) for cue in found.cues]

    def _keep(self, variant: str, path: Path, kind: Kind, **columns: Any) -> None:
        if kind != Kind.AUDIO:
            columns |= _size_of(path, kind)
        keep_made(self.run, self.order, self.media, variant, path, kind, **columns)


def _size_of(path: Path, kind: Kind) -> dict[str, int]:
    if kind == Kind.VIDEO:
        video = probe(path).video
        return {"width": video.width, "height": video.height} if video else {}
    from PIL import Image

    with Image.open(path) as picture:
        return {"width": picture.width, "height": picture.height}
