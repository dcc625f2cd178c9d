"""What is in a media file: read by its content, whatever its name says."""

import itertools
import math
import statistics
import struct
from dataclasses import asdict, dataclass, fields
from os import PathLike
from typing import TYPE_CHECKING, Any, Literal

from media.video import colours, headers
from media.video.opening import (
    MAX_FPS,
    MAX_SECONDS,
    MIN_SIDE,
    BadVideo,
    check_size,
    head_of,
    opened,
    packets,
    picture_of,
    ready,
    sound_of,
)

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

__all__ = ["Audio", "BadVideo", "Probe", "Video", "probe"]

ORDINARY = "what is made of it has ordinary colours, which may look a little different"
LOOK_AT = 300  # packets of the picture, to see a frame and how regular the times are
LOOK_AT_BYTES = 64 * 1024**2
LEAST_BIT_RATE = 20_000  # bits per second; a broadcast with fewer has a clock that jumps
LEAST_FPS = 0.1  # of what takes longer than a minute
MINUTE = 60
UNEVEN = 0.25  # a step between frames that is this much longer or shorter than usual is uneven
MAX_UNEVEN = 0.05  # share of such steps in a steady rate: cameras drop a frame
_MILLISECONDS = 0.0021  # Matroska rounds times to these


@dataclass(frozen=True)
class Video:
    """A moving picture. width and height are what a viewer sees: turned upright and with square pixels.

    rotation: degrees clockwise that make it upright (0, 90, 180, 270); is_mirrored: after it is flipped left to right.
    fps: frames per second on average. transfer, primaries, matrix: names of `colours`, "" where the file says nothing.
    """

    width: int
    height: int
    coded_width: int
    coded_height: int
    rotation: int
    is_mirrored: bool
    fps: float
    is_variable: bool
    is_interlaced: bool
    codec: str
    profile: str
    pixel_format: str
    is_hdr: bool
    transfer: str
    primaries: str
    matrix: str
    is_full_range: bool

    @property
    def colours(self) -> colours.Colours:
        """The tags of the colours together."""
        return colours.Colours(self.matrix, self.transfer, self.primaries, self.is_full_range)


@dataclass(frozen=True)
class Audio:
    """Sound; the rate is in samples per second."""

    codec: str
    sample_rate: int
    channels: int


@dataclass(frozen=True)
class Probe:
    """What is in a file. seconds: how long it is; bit_rate: bits per second, all streams.

    notes: sentences for people about what is unusual and what comes of it.
    """

    container: str
    seconds: float
    bytes: int
    bit_rate: int
    video: Video | None
    audio: Audio | None
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The same as JSON data, with null for what is not there."""
        return {**asdict(self), "notes": list(self.notes)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Probe":
        """What `as_json` has made of one; what else is in the data is left out."""
        known = {one.name: data[one.name] for one in fields(cls)}
        video, audio = known["video"], known["audio"]
        return cls(
            **known
            | {
                "video": Video(**video) if video else None,
                "audio": Audio(**audio) if audio else None,
                "notes": tuple(known["notes"]),
            }
        )


def probe(path: str | PathLike[str], need: Literal["video", "audio"] | None = None) -> Probe:
    """Read what is in a media file; at most some 64 MB of it, more only where it does not say how long it is.

    Raises BadVideo for what is no media file, is refused by the limits of `opening`, has no picture that can be
    decoded, or lacks what is needed.
    """
    with opened(path) as container:
        stream, sound = picture_of(container), sound_of(container)
        if need == "video" and stream is None:
            raise BadVideo("There is no moving picture in this file, only sound. Choose a video.")
        if need == "audio" and sound is None:
            raise BadVideo("There is no sound in this file that we can read. Choose one with sound.")
        if stream is None and sound is None:
            raise BadVideo("There is neither a picture nor sound in this file. Export it again as MP4 (H.264 and AAC).")
        audio = Audio(sound.codec_context.codec.canonical_name, sound.sample_rate, sound.channels) if sound else None
        notes = []
        if container.streams.audio and not sound:
            notes.append("The sound is in a form that we do not read, so it is left out.")
        video = _video(container, stream) if stream else None
        if video and video.is_hdr:
            kind = colours.HDR[video.transfer]
            notes.append(f"This is an HDR video ({kind}); {ORDINARY}.")
        size, form = container.size, container.format.name
        seconds = container.duration / 1_000_000 if container.duration else 0.0
    if seconds <= 0 or (form == "mpegts" and (seconds > MAX_SECONDS or size * 8 / seconds < LEAST_BIT_RATE)):
        seconds = _measured(path)
    _check_times(seconds, video)
    return Probe(
        headers.container(form, head_of(path)),
        max(0.001, round(seconds, 3)),
        size,
        round(size * 8 / seconds),
        video,
        audio,
        tuple(notes),
    )


def _check_times(seconds: float, video: Video | None) -> None:
    if not math.isfinite(seconds) or seconds <= 0:
        raise BadVideo("This file does not say how long it is, and nothing in it has a time. Export it again as MP4.")
    if seconds > MAX_SECONDS:
        raise BadVideo(f"This takes {seconds / 3600:.1f} hours; at most 2 hours are taken. Cut it into parts.")
    if video and video.fps < LEAST_FPS and seconds > MINUTE:
        raise BadVideo(
            f"This video claims one picture every {1 / video.fps:.0f} seconds: its times are broken. "
            "Export it again as MP4 with 30 frames per second."
        )


def _measured(path: str | PathLike[str]) -> float:
    """How long a file is that does not say so (recordings of browsers): all of it is read, nothing decoded."""
    first, last = math.inf, -math.inf
    with opened(path) as container:
        streams = [stream for stream in (picture_of(container), sound_of(container)) if stream is not None]
        for _, packet in packets(container, *streams):
            if packet is not None and packet.time_base and (time := _time(packet)) is not None:
                first = min(first, float(time * packet.time_base))
                last = max(last, float((time + (packet.duration or 0)) * packet.time_base))
    return last - first if last > first else 0.0


def _time(packet: "Packet[Any]") -> int | None:
    """When a packet is decoded, in its own unit: it grows evenly, also where a frame is shown later."""
    return packet.dts if packet.dts is not None else packet.pts


def _video(container: "InputContainer", stream: "VideoStream") -> Video:
    frame, times = _first_frame(container, stream)
    check_size(frame.width, frame.height)
    if min(frame.width, frame.height) < MIN_SIDE:
        raise BadVideo(
            f"The picture has only {frame.width}x{frame.height} pixels; at least {MIN_SIDE} each way are needed. "
            "Choose a larger video."
        )
    steps = _steps(container, stream, times)
    fps = _fps(stream, steps)
    rotation, is_mirrored = _turn(frame)
    ratio = stream.sample_aspect_ratio
    stretch = float(ratio) if ratio and 0.1 <= ratio <= 10 else 1.0
    shown = (max(1, round(frame.width * stretch)), frame.height)
    width, height = shown[::-1] if rotation in {90, 270} else shown
    known = colours.of(frame)
    return Video(
        width=width,
        height=height,
        coded_width=frame.width,
        coded_height=frame.height,
        rotation=rotation,
        is_mirrored=is_mirrored,
        fps=round(fps, 3),
        is_variable=_is_uneven(steps),
        is_interlaced=frame.interlaced_frame,
        codec=stream.codec_context.codec.canonical_name,
        profile=stream.profile or "",
        pixel_format=frame.format.name,
        is_hdr=known.is_hdr,
        transfer=known.transfer,
        primaries=known.primaries,
        matrix=known.matrix,
        is_full_range=known.full_range,
    )


def _first_frame(container: "InputContainer", stream: "VideoStream") -> "tuple[VideoFrame, list[float]]":
    """The first frame that can be decoded, and the times of the first packets, in seconds, sorted."""
    import av

    ready(stream)
    frame, times, read = None, [], 0
    is_whole = True
    for number, (_, packet) in enumerate(packets(container, stream)):
        if frame is None:
            try:
                frame = next(iter(stream.decode(packet)), None)
            except MemoryError:
                raise
            except (av.FFmpegError, EOFError):
                pass
        if packet is not None and packet.size:
            read += packet.size
            if packet.pts is not None and packet.time_base:
                times.append(float(packet.pts * packet.time_base))
        if read > LOOK_AT_BYTES or number >= (LOOK_AT if frame else 3 * LOOK_AT):
            is_whole = False
            break
    if frame is None:
        raise BadVideo(
            "No picture in this video can be decoded: it is broken, encrypted or cut off. "
            "Open it in a player; if it plays there, export it as MP4 (H.264 and AAC) and upload that."
        )
    return frame, sorted(times) if is_whole else sorted(times)[:-16]  # frames that are shown earlier may still come


def _steps(container: "InputContainer", stream: "VideoStream", times: list[float]) -> list[float]:
    """The seconds between frames: of all, where the file has an index of all (MP4), else of the first ones."""
    if container.format.name.startswith("mov") and len(stream.index_entries) > 2 and stream.time_base:
        unit = float(stream.time_base)
        times = sorted(entry.timestamp * unit for entry in itertools.islice(stream.index_entries, 20_000))
    return [later - earlier for earlier, later in itertools.pairwise(times) if later > earlier]


def _is_uneven(steps: list[float]) -> bool:
    if len(steps) < 3:
        return False
    usual = statistics.median(steps)
    most = max(usual * UNEVEN, _MILLISECONDS)
    return sum(abs(step - usual) > most for step in steps) > MAX_UNEVEN * len(steps)


def _fps(stream: "VideoStream", steps: list[float]) -> float:
    """Frames per second on average; measured where the file says nothing of use, or one number for an uneven rate."""
    said = float(stream.average_rate or stream.guessed_rate or 0)
    measured = 1 / statistics.fmean(steps) if steps else said
    is_wrong = not 0 < said <= MAX_FPS or (_is_uneven(steps) and abs(said - measured) > UNEVEN * measured)
    fps = measured if is_wrong else said
    if fps > MAX_FPS:
        raise BadVideo(
            f"This video claims {fps:.0f} frames per second; at most {MAX_FPS} are taken. Export it with 30."
        )
    return fps if fps > 0 else 1.0


def _turn(frame: "VideoFrame") -> tuple[int, bool]:
    """How the picture is turned, from its display matrix: degrees clockwise, and whether it is flipped before."""
    try:
        data: Any = frame.side_data["DISPLAYMATRIX"]  # type: ignore[typeddict-item]
    except KeyError:
        return 0, False
    a, b, _, c, d, *_ = struct.unpack("=9i", bytes(data))  # 16.16; the point (x, y) goes to (ax + cy, bx + dy)
    degrees = math.degrees(math.atan2(-c, d)) if c or d else 0.0
    return round(degrees / 90) * 90 % 360, a * d - b * c < 0
