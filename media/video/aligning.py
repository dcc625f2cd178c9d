"""Sound on a time line: whatever the file has, what comes out has no gaps and begins at 0."""

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.resampler import AudioResampler

JITTER = 0.05  # seconds a frame may be early or late before silence is put in, or sound dropped
PIECE = 4096  # samples of one frame of silence


class TimeLine:
    """Turns decoded frames of sound into frames of one kind, numbered in samples from the origin on, without a gap.

    rate: samples per second; layout and form: as FFmpeg names them ("stereo", "fltp"); origin: seconds of the file's
    clock that become 0. latest: a time in seconds that no sound can have; where it has, the time is not believed.
    begin: the sample to begin with; what comes before is cut off.
    """

    def __init__(self, rate: int, layout: str, form: str, *, origin: float, latest: float, begin: int = 0) -> None:
        self.rate, self.layout, self.form, self.origin, self.latest = rate, layout, form, origin, latest
        self.position = begin  # the number of the next sample
        self.broken = 0
        self._skip = 0
        self._resampler: AudioResampler | None = None
        self._kind: tuple[str, str, int] | None = None
        self._has_begun = False

    def feed(self, frame: "AudioFrame") -> Iterator["AudioFrame"]:
        """The frames that come out for one that goes in. A frame that cannot be converted is counted in `broken`."""
        import av

        kind = (frame.format.name, frame.layout.name, frame.sample_rate)
        if kind != self._kind:
            yield from self.flush()
            self._resampler = av.AudioResampler(format=self.form, layout=self.layout, rate=self.rate)
            self._kind = kind
        if frame.pts is not None and frame.time_base:
            yield from self._move_to(round((float(frame.pts * frame.time_base) - self.origin) * self.rate))
        frame.pts = None
        assert self._resampler is not None
        try:
            made = self._resampler.resample(frame)
        except MemoryError:
            raise
        except (av.FFmpegError, ValueError):
            self.broken += 1
            self._kind = None
            return
        yield from self._numbered(made)

    def flush(self) -> Iterator["AudioFrame"]:
        """What the conversion still holds."""
        if self._resampler is not None:
            made = self._resampler.resample(None)
            self._resampler = self._kind = None
            yield from self._numbered([frame for frame in made if frame is not None])

    def silence(self, until: int) -> Iterator["AudioFrame"]:
        """Silence up to a sample."""
        import av

        while self.position < until:
            frame = av.AudioFrame(self.form, self.layout, min(PIECE, until - self.position))
            for plane in frame.planes:
                plane.update(bytes(plane.buffer_size))
            frame.sample_rate = self.rate
            yield from self._numbered([frame])

    def _move_to(self, place: int) -> Iterator["AudioFrame"]:
        """Make the next sample fall on its place, if it is far from it; the first one exactly."""
        is_near = abs(place - (self.position - self._skip)) <= JITTER * self.rate
        if (self._has_begun and is_near) or place > self.latest * self.rate:
            return
        self._has_begun = True
        self._skip = max(0, self.position - place)
        yield from self.silence(place)

    def _numbered(self, frames: list["AudioFrame"]) -> Iterator["AudioFrame"]:
        for frame in frames:
            kept = self._cut(frame) if self._skip else frame
            if kept is not None and kept.samples:
                kept.pts, kept.time_base = self.position, Fraction(1, self.rate)
                self.position += kept.samples
                yield kept

    def _cut(self, frame: "AudioFrame") -> "AudioFrame | None":
        """The frame without the samples at its beginning that are to be skipped."""
        import av

        gone = min(self._skip, frame.samples)
        self._skip -= gone
        if gone == frame.samples:
            return None
        rest = av.AudioFrame(self.form, self.layout, frame.samples - gone)
        rest.sample_rate = self.rate
        width = frame.format.bytes * (1 if frame.format.is_planar else len(frame.layout.channels))
        for new, old in zip(rest.planes, frame.planes, strict=True):
            wanted = bytes(memoryview(old)[gone * width : frame.samples * width])
            new.update(wanted.ljust(new.buffer_size, b"\0"))
        return rest
