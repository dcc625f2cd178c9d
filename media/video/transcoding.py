"""Making a rendition: H.264 and AAC in an MP4 that every platform takes and every browser plays while it loads.

H.264 High 4.1, yuv420p, crf 21, 30 frames per second, a key frame every two seconds at least (closed GOP); AAC-LC of
128 kbit/s, 48 kHz, stereo; the index first; no metadata of the source. There are no B-frames, and the sound begins
where its encoder has nothing to add: so the file needs no edit list, which some platforms refuse, and encoding takes a
fifth less time for a few per cent more bytes.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from fractions import Fraction
from os import PathLike
from typing import TYPE_CHECKING, Any

from media.cues import Cue
from media.video import opening
from media.video.aligning import TimeLine
from media.video.burning import Burner
from media.video.opening import BadVideo, opened, packets
from media.video.probing import Probe, probe
from media.video.shaping import Fit, Plan, Shaper, plan
from media.video.ticking import EVERY, OnProgress, Ticker
from media.video.writing import written

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer, OutputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

FPS = 30
GOP = 60  # frames
PRESET = "veryfast"
X264 = {
    "preset": PRESET,
    "crf": "21",
    "profile": "high",
    "level": "4.1",
    "bf": "0",
    "flags": "+cgop",
    "maxrate": "20000000",  # bits per second; Instagram takes 25 million
    "bufsize": "20000000",
    "a53cc": "0",  # captions inside the frames of the source are metadata too
}
RATE = 48_000
BIT_RATE = 128_000
PRIMING = 1024  # samples of nothing that the AAC encoder puts before the first
MP4 = {"movflags": "+faststart", "use_editlist": "0"}
MAX_BROKEN = 0.1  # share of the frames


def transcode(
    source: str | PathLike[str],
    target: str | PathLike[str],
    shape: str | None,
    *,
    fit: Fit = "crop",
    on_progress: OnProgress | None = None,
    threads: int = 1,
    burn: Sequence[Cue] = (),
    font: str | None = None,
) -> Probe:
    """Make a rendition of a video and return what it is, with notes for people about what was done to it.

    shape: a name of `platforms.RENDITIONS`; None keeps the shape, at most 1920x1080. fit: "crop" keeps the middle,
    "pad" puts black around, "blur" a blurred copy. on_progress gets 0..1 a few times a second; what it raises stops the
    work. threads: for decoding, scaling and encoding each. burn: subtitles to lay over the picture; font: a file with
    the letters for them, None is Source Sans. Raises BadVideo where the source is refused or more than a tenth of it is
    broken, KeyError for an unknown shape. After an error there is no target.
    """
    known = probe(source, need="video")
    assert known.video is not None
    planned = plan(known.video, shape, fit)
    burner = Burner(burn, planned.width, planned.height, font) if burn else None
    with opened(source) as reading, written(target, "mp4", MP4) as writing:
        work = _Work(reading, writing, known, planned, burner, Ticker(on_progress), threads)
        work.run()
    made = probe(target, need="video")
    work.ticker.end()
    return replace(made, notes=(*known.notes, *work.notes))


class _Work:
    """One transcode: two streams in, two streams out."""

    def __init__(
        self,
        reading: "InputContainer",
        writing: "OutputContainer",
        known: Probe,
        planned: Plan,
        burner: Burner | None,
        ticker: Ticker,
        threads: int,
    ) -> None:
        assert known.video is not None
        self.known, self.ticker, self.burner, self.writing = known, ticker, burner, writing
        self.reading = reading
        self.picture, self.sound = opening.picture_of(reading), opening.sound_of(reading)
        self.origin = opening.origin(self.picture, self.sound)
        self.latest = opening.latest(known.seconds)
        self.shaper = Shaper(known.video, planned, rate=FPS, threads=threads)
        self.line = TimeLine(RATE, "stereo", "fltp", origin=self.origin, latest=self.latest, begin=PRIMING)
        self.film = self._film(planned, threads)
        self.track: AudioStream | None = self._track() if self.sound else None
        self.good = self.broken = self.read = 0
        self.shown = 0.0  # seconds of the result that are encoded
        self.next = 0.0  # when a frame without a time is shown
        self.notes: list[str] = []
        for stream in filter(None, (self.picture, self.sound)):
            opening.ready(stream, threads if stream.type == "video" else 1)

    def _film(self, planned: Plan, threads: int) -> "VideoStream":
        stream = self.writing.add_stream("libx264", rate=FPS, width=planned.width, height=planned.height, options=X264)
        context = stream.codec_context
        context.time_base = Fraction(1, FPS)
        context.gop_size = GOP
        context.thread_count = threads
        assert self.known.video is not None
        self.known.video.colours.output().tag(context)
        return stream

    def _track(self) -> "AudioStream":
        stream = self.writing.add_stream("aac", rate=RATE, bit_rate=BIT_RATE)
        stream.codec_context.layout = "stereo"
        stream.codec_context.time_base = Fraction(1, RATE)
        return stream

    def run(self) -> None:
        assert self.picture is not None
        streams = [stream for stream in (self.picture, self.sound) if stream is not None]
        for stream, packet in packets(self.reading, *streams):
            self.ticker.tick(self.shown / self.known.seconds)
            if stream is self.picture:
                self.read += bool(packet is not None and packet.size)
                for frame in self._decoded(stream, packet):
                    self._show(frame)
            else:
                for frame in self._decoded(stream, packet):
                    self._hear(self.line.feed(frame))
        self._encode(self.shaper.flush())
        self.writing.mux(self.film.encode(None))
        if self.track is not None:
            self._end_sound(self.track)
        self._judge()
        if self.burner is not None and self.burner.missing:
            signs = " ".join(sorted(self.burner.missing)[:20])
            self.notes.append(f"The font of the subtitles has no sign for {signs}: boxes are shown instead.")

    def _decoded(self, stream: Any, packet: "Packet[Any] | None") -> list[Any]:
        """The frames of a packet. What cannot be decoded is counted and passed over."""
        import av

        try:
            frames: list[Any] = stream.decode(packet)
        except MemoryError:
            raise
        except (av.FFmpegError, EOFError):
            frames = []
            if packet is not None and packet.size:
                self._count(stream, broken=1)
        self._count(stream, good=len(frames), broken=sum(frame.is_corrupt for frame in frames))
        return frames

    def _count(self, stream: Any, good: int = 0, broken: int = 0) -> None:
        if stream is self.picture:
            self.good, self.broken = self.good + good, self.broken + broken
        else:
            self.line.broken += broken

    def _show(self, frame: "VideoFrame") -> None:
        base = frame.time_base or Fraction(1, 1000)
        seconds = float(frame.pts * base) - self.origin if frame.pts is not None else self.next
        if seconds > self.latest:
            self.broken += 1
            return
        self.next = seconds + (float(frame.duration * base) or 1 / max(self.known.video.fps, 1.0))  # type: ignore[union-attr]
        frame.pts = round(seconds / base)
        frame.duration = min(frame.duration, round((self.latest - seconds) / base))  # the last one is shown so long
        if self.shaper.is_slow_to_begin:
            self._encode(self._patiently(self.shaper.feed(frame)))
        else:
            self._encode(self.shaper.feed(frame))

    def _patiently(self, frames: Iterator["VideoFrame"]) -> Iterator["VideoFrame"]:
        """The first frames, while progress is told: the tables that map HDR take seconds."""
        with ThreadPoolExecutor(1) as pool:
            first = pool.submit(next, frames, None)
            while not wait([first], EVERY).done:
                self.ticker.tick()
        if (frame := first.result()) is not None:
            yield frame
            yield from frames

    def _encode(self, frames: Iterator["VideoFrame"]) -> None:
        for frame in frames:
            self.shown = frame.pts / FPS if frame.pts is not None else self.shown
            if self.burner is not None:
                self.burner.burn(frame, self.shown)
            self.writing.mux(self.film.encode(frame))
            self.ticker.tick(self.shown / self.known.seconds)

    def _hear(self, frames: Iterator[Any]) -> None:
        assert self.track is not None
        for frame in frames:
            self.writing.mux(self.track.encode(frame))
            self.ticker.tick(self.shown / self.known.seconds)

    def _end_sound(self, track: "AudioStream") -> None:
        self._hear(self.line.flush())
        if self.line.position == PRIMING:
            self.notes.append("The sound could not be decoded, so the result is silent.")
            self._hear(self.line.silence(round(self.shown * RATE)))
        elif self.line.broken:
            self.notes.append(f"Pieces of the sound that were broken and are missing: {self.line.broken}.")
        self.writing.mux(track.encode(None))

    def _judge(self) -> None:
        """Raise BadVideo where too much was broken or missing; else note what was."""
        assert self.picture is not None
        promised = len(self.picture.index_entries) if self.known.container in {"mp4", "mov", "3gp"} else 0
        missing = max(0, promised - self.read)
        if missing > MAX_BROKEN * promised:
            there = 100 * self.read // promised
            raise BadVideo(f"This video is cut off: only {there} % of its pictures are there. Upload it again.")
        if self.broken > MAX_BROKEN * (self.good + self.broken) or not self.good:
            raise BadVideo(
                f"{self.broken} of {self.good + self.broken} pictures of this video are broken, more than a tenth. "
                "Upload it again, or export it again as MP4."
            )
        if self.broken or missing:
            self.notes.append(f"Pictures that were broken or missing and were passed over: {self.broken + missing}.")
