"""The sound of a video or an audio file: alone in a file for transcription, and how loud it is.

All of it is streamed. Times are those of the video: where the sound begins later, silence comes first.
"""

from collections.abc import Generator, Iterator
from contextlib import closing, suppress
from os import PathLike
from typing import TYPE_CHECKING, Any, Literal

from media.video import opening
from media.video.aligning import TimeLine
from media.video.opening import BadVideo, opened, packets
from media.video.probing import Probe, probe
from media.video.ticking import OnProgress, Ticker
from media.video.writing import written

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.filter import Graph

Kind = Literal["mp3", "wav"]
RATE = 16_000  # samples per second, mono: what recognisers of speech want
MP3_BIT_RATE = 32_000  # 14.4 MB for an hour
QUIETEST = -100.0  # dB; digital silence has no level


def has_sound(source: str | PathLike[str]) -> bool:
    """Whether a media file has sound in a codec that we read. Raises BadVideo where it is refused."""
    return probe(source).audio is not None


def extract(
    source: str | PathLike[str], target: str | PathLike[str], kind: Kind = "mp3", on_progress: OnProgress | None = None
) -> float:
    """Write the sound as mono of 16 kHz, MP3 of 32 kbit/s or WAV of 16 bit, and return its length in seconds.

    on_progress gets 0..1; what it raises stops the work. Raises BadVideo where there is no sound or none that can be
    decoded; after an error there is no target.
    """
    known, ticker = probe(source, need="audio"), Ticker(on_progress)
    form, codec = ("s16p", "libmp3lame") if kind == "mp3" else ("s16", "pcm_s16le")
    samples = 0
    with written(target, kind) as writing, closing(_heard(source, known, form, ticker)) as heard:
        options: dict[str, Any] = {"bit_rate": MP3_BIT_RATE} if kind == "mp3" else {}
        stream: Any = writing.add_stream(codec, rate=RATE, **options)
        stream.layout = "mono"
        stream.format = form
        for frame in heard:
            samples += frame.samples
            writing.mux(stream.encode(frame))
        if not samples:
            raise BadVideo("No sound can be decoded in this file: it is broken or encrypted. Export it again.")
        writing.mux(stream.encode(None))
    ticker.end()
    return samples / RATE


def loudness(source: str | PathLike[str]) -> list[float]:
    """How loud each second is: RMS in dB below full scale, -100 for digital silence. Speech is at about -30 to -15.

    Raises BadVideo where there is no sound.
    """
    known = probe(source, need="audio")
    meter = _meter()
    levels: list[float] = []
    with closing(_heard(source, known, "s16", Ticker(None))) as heard:
        for frame in heard:
            meter.push(frame)
            levels.extend(_levels(meter))
    meter.push(None)
    return [*levels, *_levels(meter)]


def _meter() -> "Graph":
    """A graph that measures each second."""
    import av

    graph = av.filter.Graph()
    graph.threads = 1
    graph.link_nodes(
        graph.add("abuffer", f"sample_rate={RATE}:sample_fmt=s16:channel_layout=mono:time_base=1/{RATE}"),
        graph.add("asetnsamples", f"n={RATE}:p=0"),
        graph.add("astats", "metadata=1:reset=1:measure_perchannel=none:measure_overall=RMS_level"),
        graph.add("abuffersink"),
    ).configure()
    return graph


def _levels(meter: "Graph") -> Iterator[float]:
    with suppress(BlockingIOError, EOFError):
        while True:
            said = meter.pull().metadata.get("lavfi.astats.Overall.RMS_level", "")
            yield max(QUIETEST, round(float(said), 1)) if said not in {"", "-inf", "nan"} else QUIETEST


def _heard(source: str | PathLike[str], known: Probe, form: str, ticker: Ticker) -> Generator["AudioFrame", None, None]:
    """The sound of a file as frames of mono 16 kHz on the time line of the video."""
    import av

    with opened(source) as reading:
        stream = opening.sound_of(reading)
        assert stream is not None
        opening.ready(stream)
        origin = opening.origin(opening.picture_of(reading), stream)
        line = TimeLine(RATE, "mono", form, origin=origin, latest=opening.latest(known.seconds))
        for _, packet in packets(reading, stream):
            ticker.tick(line.position / RATE / known.seconds)
            try:
                frames: list[Any] = stream.decode(packet)
            except MemoryError:
                raise
            except (av.FFmpegError, EOFError):
                continue
            for frame in frames:
                yield from line.feed(frame)
        yield from line.flush()
