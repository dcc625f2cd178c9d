"""Sound cut at its silences into pieces that a recogniser takes: mono, 16 kHz, as WAV or MP3.

For recognisers without times (the place of a piece is the time of its words) and with limits of bytes and seconds. A
piece at a time is in memory. Times are those of the video (media/video/aligning.py).
"""

import math
from array import array
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from operator import mul
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from media.video import opening
from media.video.aligning import TimeLine
from media.video.opening import BadVideo
from media.video.probing import probe
from media.video.writing import written

if TYPE_CHECKING:
    from collections.abc import Generator

Kind = Literal["wav", "mp3"]
RATE = 16_000  # samples per second
MP3_BIT_RATE = 32_000  # a minute has 240 KB; as WAV, 1.9 MB
STEP = RATE // 50  # samples of 20 ms: the grid on which is measured and cut
FULL = 32_768.0
SILENCE = -55.0  # dB below full scale; a quiet voice in a quiet room is at about -45
PAUSE = 2.0  # how much louder (as RMS) than the quietest moment a pause between words may be


@dataclass(frozen=True)
class Piece:
    """A part of the sound, in a file of its own. start and seconds are exact; silent ones need not be sent."""

    path: Path
    start: float
    seconds: float
    silent: bool = False


def pieces(
    path: str | PathLike[str],
    *,
    longest: float = 60.0,
    shortest: float = 20.0,
    folder: str | PathLike[str],
    kind: Kind = "wav",
) -> Iterator[Piece]:
    """Cut the sound of a file into files of `shortest` to `longest` seconds in a folder; the last may be shorter.

    Each is written when it is asked for, and is the caller's to remove. Together they have every sample. Raises
    BadVideo where there is no sound, and what else media/video/opening.py says.
    """
    if not 0.1 <= shortest <= longest:
        raise ValueError("pieces: 0.1 <= shortest <= longest, in seconds")
    least, most = round(shortest * RATE), round(longest * RATE)
    held, begin, number = array("h"), 0, 0
    with closing(_samples(path)) as heard:
        for samples in heard:
            held.extend(samples)
            while len(held) > most:
                end = _quietest(held, least, most)
                yield _piece(held[:end], begin, Path(folder), number, kind)
                del held[:end]
                begin, number = begin + end, number + 1
    if not held:
        raise BadVideo("No sound can be decoded in this file: it is broken or encrypted. Export it again.")
    yield _piece(held, begin, Path(folder), number, kind)


def is_silent(path: str | PathLike[str]) -> bool:
    """Whether nothing is to be heard in a file: no tenth of a second is louder than -55 dB. Raises as `pieces` does."""
    rest = array("h")
    with closing(_samples(path)) as heard:
        for samples in heard:
            rest.extend(samples)
            whole = len(rest) // (5 * STEP) * 5 * STEP
            if not _is_silent(rest[:whole]):
                return False
            del rest[:whole]
    return _is_silent(rest)


def _samples(path: str | PathLike[str]) -> "Generator[array[int], None, None]":
    """The sound of a file on the time line of the video, 16 bit, a little at a time."""
    import av

    known = probe(path, need="audio")
    with opening.opened(path) as reading:
        stream = opening.sound_of(reading)
        assert stream is not None
        opening.ready(stream)
        origin = opening.origin(opening.picture_of(reading), stream)
        line = TimeLine(RATE, "mono", "s16", origin=origin, latest=opening.latest(known.seconds))
        for _, packet in opening.packets(reading, stream):
            try:
                frames: list[Any] = stream.decode(packet)
            except MemoryError:
                raise
            except (av.FFmpegError, EOFError):
                continue
            for frame in frames:
                yield from map(_numbers, line.feed(frame))
        yield from map(_numbers, line.flush())


def _numbers(frame: Any) -> "array[int]":
    """The samples of a frame, which may have more bytes than it needs."""
    return array("h", bytes(frame.planes[0])[: frame.samples * 2])


def _energies(samples: "array[int]") -> list[float]:
    """The mean square of each 20 ms; the last may be shorter."""
    parts = (samples[at : at + STEP] for at in range(0, len(samples), STEP))
    return [sum(map(mul, part, part)) / len(part) for part in parts]


def _is_silent(samples: "array[int]") -> bool:
    energies, limit = _energies(samples), (FULL * 10 ** (SILENCE / 20)) ** 2
    tenths = (energies[at : at + 5] for at in range(0, len(energies), 5))
    return all(sum(tenth) / len(tenth) <= limit for tenth in tenths)


def _quietest(samples: "array[int]", least: int, most: int) -> int:
    """Where to cut: in the middle of the longest pause between `least` and `most` samples."""
    first = math.ceil(least / STEP)
    energies = _energies(samples[first * STEP : most])
    limit = max(min(energies, default=0.0), 1.0) * PAUSE**2
    longest, run = (0, 0), 0  # (length, end), in steps
    for step, energy in enumerate([*energies, math.inf]):
        if energy > limit:
            longest, run = max(longest, (run, step)), 0
        else:
            run += 1
    length, end = longest
    return min(most, max(least, (first + end) * STEP - length * STEP // 2))


def _piece(samples: "array[int]", begin: int, folder: Path, number: int, kind: Kind) -> Piece:
    path = folder / f"piece-{number:04d}.{kind}"
    _write(samples, path, kind)
    return Piece(path, begin / RATE, len(samples) / RATE, _is_silent(samples))


def _write(samples: "array[int]", path: Path, kind: Kind) -> None:
    import av

    form, codec = ("s16p", "libmp3lame") if kind == "mp3" else ("s16", "pcm_s16le")
    options: dict[str, Any] = {"bit_rate": MP3_BIT_RATE} if kind == "mp3" else {}
    with written(path, kind) as writing:
        stream: Any = writing.add_stream(codec, rate=RATE, **options)
        stream.layout = "mono"
        stream.format = form
        size = stream.codec_context.frame_size or RATE
        for at in range(0, len(samples), size):
            part = samples[at : at + size]
            frame = av.AudioFrame(form, "mono", len(part))
            plane = frame.planes[0]
            plane.update(part.tobytes().ljust(plane.buffer_size, b"\0"))
            frame.sample_rate, frame.pts = RATE, at
            writing.mux(stream.encode(frame))
        writing.mux(stream.encode(None))
