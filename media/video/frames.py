"""Stills from a video: the poster that stands for it, and thumbnails along its length. Upright, in ordinary colours."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from media.video import opening
from media.video.opening import BadVideo, opened, packets
from media.video.probing import probe
from media.video.shaping import Shaper, plan
from media.video.ticking import OnProgress

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from PIL import Image

CANDIDATES = (0.1, 0.3, 0.5, 0.75, 0.02)  # shares of the length at which a poster is looked for
CLEAR = 30.0  # standard deviation of the brightness (0-255) of a picture that shows something
QUALITY = 82
TOLERANCE = 0.001  # seconds; times in files are rounded
MAX_DECODED = 600  # frames from a key frame to the wanted one


def poster(
    source: str | PathLike[str], target: str | PathLike[str], at: float | None = None, width: int = 1280
) -> float:
    """Write a still of a video as JPEG, at most `width` pixels wide, and return when it is shown, in seconds.

    at: seconds from the beginning (the last frame where it is later); None looks at a few and takes one that is neither
    black nor blank. Raises BadVideo where no frame can be decoded.
    """
    with _Album.of(source, width) as album:
        shares = (share * album.seconds for share in CANDIDATES)
        frame = album.clearest(shares) if at is None else album.frame(at)
        album.write(frame, Path(target))
        return max(0.0, round(frame.time - album.origin, 3)) if frame.pts is not None else at or 0.0


def thumbnails(
    source: str | PathLike[str],
    folder: str | PathLike[str],
    count: int = 5,
    width: int = 320,
    on_progress: OnProgress | None = None,
) -> list[Path]:
    """Write stills along a video, each from the middle of its part, as thumbnail-1.jpg ... in a folder, made if needed.

    on_progress gets 0..1 after each; what it raises stops the work. Raises BadVideo where no frame can be decoded.
    """
    paths = [Path(folder) / f"thumbnail-{number}.jpg" for number in range(1, count + 1)]
    with _Album.of(source, width) as album:
        Path(folder).mkdir(exist_ok=True)
        for number, path in enumerate(paths):
            album.write(album.frame(album.seconds * (2 * number + 1) / (2 * count)), path)
            if on_progress:
                on_progress((number + 1) / count)
    return paths


class _Album:
    """A video that is open to take stills from."""

    def __init__(self, container: "InputContainer", shaper: Shaper, seconds: float) -> None:
        self.container, self.shaper, self.seconds = container, shaper, seconds
        stream = opening.picture_of(container)
        assert stream is not None
        self.stream = stream
        self.origin = opening.origin(stream, opening.sound_of(container))
        opening.ready(stream)

    @classmethod
    @contextmanager
    def of(cls, source: str | PathLike[str], width: int) -> Iterator["_Album"]:
        known = probe(source, need="video")
        assert known.video is not None
        video = replace(known.video, is_interlaced=False)  # there is no next frame to mix it with
        shaper = Shaper(video, plan(video, None, width=width), rate=None, form="rgb24")
        with opened(source) as container:
            yield cls(container, shaper, known.seconds)

    def frame(self, seconds: float) -> "VideoFrame":
        """The frame that is shown at a time; the last one before it where there is none."""
        import av

        wanted = seconds + self.origin
        best = None
        for earlier in (0.0, 3.0, seconds):  # where there is no index, the place is only about right
            with suppress(av.FFmpegError):
                self.container.seek(
                    int((max(0.0, seconds - earlier) + self.origin) * 1_000_000)
                )  # the key frame before
            best = self._until(wanted) or best
            if best is not None and (best.pts is None or best.time <= wanted + TOLERANCE):
                return best
        if best is None:
            raise BadVideo("No picture can be decoded there: the video is broken or cut off. Export it again as MP4.")
        return best

    def _until(self, wanted: float) -> "VideoFrame | None":
        last = None
        for number, frame in enumerate(self._decoded()):
            if last is not None and frame.pts is not None and frame.time > wanted + TOLERANCE:
                return last  # it is still shown
            last = frame
            if number >= MAX_DECODED:
                break
        return last

    def clearest(self, times: Iterator[float]) -> "VideoFrame":
        """The first frame of these times that shows something, else the one that shows most."""
        best: tuple[float, VideoFrame] | None = None
        problem: BadVideo | None = None
        for seconds in times:
            try:
                frame = self.frame(seconds)
            except BadVideo as error:
                problem = error
                continue
            spread = _spread(frame)
            if best is None or spread > best[0]:
                best = (spread, frame)
            if spread >= CLEAR:
                break
        if best is None:
            raise problem or BadVideo("This video has no picture.")
        return best[1]

    def write(self, frame: "VideoFrame", target: Path) -> None:
        """Write a frame as JPEG."""
        image: Image.Image = next(iter(self.shaper.feed(frame))).to_image()  # type: ignore[no-untyped-call]
        image.save(target, "JPEG", quality=QUALITY, optimize=True)

    def _decoded(self) -> Iterator["VideoFrame"]:
        import av

        for _, packet in packets(self.container, self.stream):
            try:
                yield from self.stream.decode(packet)
            except MemoryError:
                raise
            except (av.FFmpegError, EOFError):
                continue


def _spread(frame: "VideoFrame") -> float:
    """How different the parts of a picture are in brightness: the standard deviation, 0 for one colour."""
    from PIL import ImageStat

    small: Image.Image = frame.reformat(width=64, height=36, format="gray").to_image()  # type: ignore[no-untyped-call]
    return float(ImageStat.Stat(small.convert("L")).stddev[0])
