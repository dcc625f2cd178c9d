"""A media file opened with care: FFmpeg sees the bytes of one open file, no name, and can open nothing else.

It gets a file object instead of a name, so names such as `concat:` or `http:` mean nothing; only container formats of
our list are tried, no protocol is allowed, and a format that asks for a second file is refused. Sizes, times and codecs
beyond the limits below are refused before anything is decoded. Everything refused raises BadVideo.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

from integrations.errors import PermanentError
from media.video import headers

if TYPE_CHECKING:
    import io

    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream
    from av.video.stream import VideoStream

MAX_BYTES = 2 * 1024**3
MAX_SECONDS = 2 * 3600
MAX_SIDE = 8192  # pixels
MIN_SIDE = 16
MAX_PIXELS = 8192 * 4320
MAX_FPS = 480

FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,flv,ogg,wav,mp3,flac,aac"
# Codecs of cameras, browsers, editors and recorders. FFmpeg knows hundreds more, of old games and of experiments.
VIDEO_CODECS = frozenset(
    [
        "h264",
        "hevc",
        "av1",
        "vp8",
        "vp9",
        "mpeg4",
        "mpeg2video",
        "mpeg1video",
        "h263",
        "flv1",
        "mjpeg",
        "prores",
        "dnxhd",
        "theora",
        "msmpeg4v2",
        "msmpeg4v3",
        "qtrle",
        "png",
        "ffv1",
        "rawvideo",
        "dvvideo",
        "vp6",
        "vp6f",
        "cfhd",
        "huffyuv",
        "ffvhuff",
        "utvideo",
    ]
)
AUDIO_CODECS = frozenset(
    [
        "aac",
        "aac_latm",
        "mp1",
        "mp2",
        "mp3",
        "ac3",
        "eac3",
        "opus",
        "vorbis",
        "flac",
        "alac",
        "amr_nb",
        "amr_wb",
        "speex",
        "nellymoser",
        "adpcm_ima_qt",
        "adpcm_ima_wav",
        "adpcm_ms",
        "adpcm_swf",
        "pcm_alaw",
        "pcm_mulaw",
        "pcm_u8",
        "pcm_s8",
        "pcm_s16le",
        "pcm_s16be",
        "pcm_s24le",
        "pcm_s24be",
        "pcm_s32le",
        "pcm_s32be",
        "pcm_f32le",
        "pcm_f32be",
        "pcm_f64le",
        "pcm_f64be",
    ]
)
_OPTIONS = {
    "format_whitelist": FORMATS,
    "protocol_whitelist": "",
    "probesize": "8000000",  # bytes read to learn what the streams are
    "analyzeduration": "10000000",  # microseconds of them
    "max_streams": "64",
    "max_pixels": str(MAX_PIXELS),
}
_READ_AT_ONCE = 1 << 17  # bytes
JUMP = 10.0  # seconds between two packets of a broadcast that are a jump of its clock, as in FFmpeg's own tool
_PATIENCE = 20.0  # seconds for learning what the streams are

KINDS = "MP4, MOV, WebM, MKV, AVI, MPEG-TS, FLV or Ogg"
_CONVERT = "Open it in a player; if it plays there, export it as MP4 (H.264 and AAC) and upload that."


class BadVideo(PermanentError):
    """This file is refused or broken. The text is for people: what is wrong with it and what to do."""


@contextmanager
def opened(path: str | os.PathLike[str]) -> Iterator["InputContainer"]:
    """Open a media file for reading and close all of it afterwards. Raises BadVideo, also for errors of FFmpeg inside.

    FileNotFoundError and errors of the disk (OSError) pass through.
    """
    import av

    with _plain_file(path) as file:
        head = file.read(headers.HEAD)
        if name := headers.kind(head):
            raise BadVideo(f"This is {name}, not a video. Upload the video itself, as {KINDS}.")
        file.seek(0)
        try:
            with _open(file, head) as container:
                yield container
        except MemoryError as error:  # FFmpeg's is one too
            raise BadVideo(
                "This video needs more memory than one video may have. Export it smaller, at most 3840x2160, as MP4."
            ) from error
        except (BadVideo, OSError):
            raise
        except av.FFmpegError as error:
            raise BadVideo(f"This video could not be worked on ({error.strerror}). {_CONVERT}") from error


def head_of(path: str | os.PathLike[str]) -> bytes:
    """The first bytes of a file that was opened before."""
    with _plain_file(path) as file:
        return file.read(headers.HEAD)


def _plain_file(path: str | os.PathLike[str]) -> "io.FileIO":
    """The file itself, opened for reading without following a link or waiting for a pipe."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise BadVideo(f"This is not a plain file ({error.strerror}). Upload the video itself.") from error
    info = os.fstat(descriptor)
    problem = ""
    if not stat.S_ISREG(info.st_mode):
        problem = "This is not a plain file but a link, a folder or a device. Upload the video itself."
    elif info.st_size == 0:
        problem = "This file is empty (0 bytes): nothing arrived. Upload it again."
    elif info.st_size > MAX_BYTES:
        gigabytes = info.st_size / 1024**3
        problem = f"This file has {gigabytes:.1f} GB; at most 2 GB are taken. Export the video smaller or shorter."
    if problem:
        os.close(descriptor)
        raise BadVideo(problem)
    return open(descriptor, "rb", buffering=0)


class _Bytes:
    """The bytes of a file, as FFmpeg asks for them. A broken file asks for places that are none."""

    def __init__(self, file: "io.FileIO") -> None:
        self.read, self.tell, self._seek = file.read, file.tell, file.seek

    def seek(self, offset: int, whence: int = 0) -> int:
        try:
            return self._seek(offset, whence)
        except (OSError, ValueError, OverflowError):
            return -1


def _open(file: "io.FileIO", head: bytes) -> "InputContainer":
    import av

    try:
        container = av.open(
            _Bytes(file),
            "r",
            options=_OPTIONS,
            metadata_errors="replace",
            buffer_size=_READ_AT_ONCE,
            timeout=(_PATIENCE, None),
            io_open=_no_second_file,
        )
    except MemoryError:
        raise
    except (av.FFmpegError, ValueError, RuntimeError) as error:
        raise BadVideo(_unreadable(head)) from error
    if not (set(container.format.name.split(",")) & set(FORMATS.split(","))):  # the whitelist is FFmpeg's; this is ours
        container.close()
        raise BadVideo(_unreadable(head))
    return container


def _no_second_file(url: str, flags: int, options: dict[str, str]) -> NoReturn:
    raise BadVideo(f"This file wants to read another one, which is never done. Upload the whole video as {KINDS}.")


def _unreadable(head: bytes) -> str:
    if headers.is_text(head):
        return f"This is text, not a video, whatever its name says. Upload the video itself, as {KINDS}."
    if headers.is_mp4(head):
        return (
            "This begins like an MP4, but its index (moov) is missing or broken: the recording or the upload was cut "
            f"off. {_CONVERT}"
        )
    return f"This is not a video we can read, or it is broken from its beginning; we read {KINDS}. {_CONVERT}"


def picture_of(container: "InputContainer") -> "VideoStream | None":
    """The moving picture of a file, within the limits; None where there is none. A cover of an album is none."""
    from av.stream import Disposition

    no_film = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image
    best = container.streams.best("video")
    candidates = [best, *container.streams.video] if best else container.streams.video
    stream: Any = next((s for s in candidates if s and not s.disposition & no_film), None)
    if stream is None:
        return None
    codec = _codec(stream)
    if codec not in VIDEO_CODECS:
        raise BadVideo(f"The picture is in a codec we do not read ({codec or 'unknown'}). {_CONVERT}")
    check_size(stream.codec_context.width, stream.codec_context.height)
    found: VideoStream = stream
    return found


def sound_of(container: "InputContainer") -> "AudioStream | None":
    """The sound of a file in a codec that we read; None where there is none."""
    best: Any = container.streams.best("audio")
    candidates = [best, *container.streams.audio] if best else container.streams.audio
    return next((s for s in candidates if _codec(s) in AUDIO_CODECS and s.codec_context.sample_rate), None)


def _codec(stream: "Stream") -> str:
    """The name of the codec whatever decoder reads it; "" where there is no decoder."""
    context = stream.codec_context
    return context.codec.canonical_name if context is not None else ""


def check_size(width: int, height: int) -> None:
    """Raise BadVideo for a picture with more pixels than we decode."""
    if width > MAX_SIDE or height > MAX_SIDE or width * height > MAX_PIXELS:
        raise BadVideo(
            f"The picture claims {width}x{height} pixels; at most {MAX_SIDE}x4320 are decoded. Export it smaller."
        )


def ready(stream: "Stream", threads: int = 1) -> None:
    """Prepare the decoder of a stream: its threads, and the limits of its memory."""
    context = stream.codec_context
    context.options = {"max_pixels": str(MAX_PIXELS)} if stream.type == "video" else {}
    context.thread_count = threads
    context.thread_type = "AUTO" if threads > 1 else "NONE"


def packets(
    container: "InputContainer", *streams: "VideoStream | AudioStream"
) -> Iterator[tuple["Stream", "Packet[Any] | None"]]:
    """Read the packets of these streams in their order; the last of each has no data and empties the decoder.

    A file that breaks off ends there. In a recorded broadcast, whose clock may jump, the times go on as if it had not.
    """
    import av

    jumps = _Jumps() if container.format.name == "mpegts" else None
    try:
        for packet in _demuxed(container, *streams):
            if jumps is not None:
                jumps.even_out(packet)
            yield packet.stream, packet
    except (OSError, MemoryError):
        raise
    except av.FFmpegError:
        for stream in streams:
            yield stream, None


def _demuxed(container: "InputContainer", *streams: "VideoStream | AudioStream") -> Iterator["Packet[Any]"]:
    """The packets of streams. PyAV stops at the first packet of a stream that a broadcast begins later: we go on."""
    while True:
        try:
            yield from container.demux(*streams)
        except IndexError:
            continue
        return


class _Jumps:
    """Takes the jumps of a broadcast's clock out of the times of packets."""

    def __init__(self) -> None:
        self._last: float | None = None  # seconds, evened out
        self._shift = 0.0

    def even_out(self, packet: "Packet[Any]") -> None:
        time = packet.dts if packet.dts is not None else packet.pts
        if time is None or not packet.time_base:
            return
        seconds = float(time * packet.time_base)
        if self._last is not None and abs(seconds + self._shift - self._last) > JUMP:
            self._shift = self._last - seconds
        self._last = seconds + self._shift
        shift = round(self._shift / packet.time_base)
        packet.pts = packet.pts + shift if packet.pts is not None else None
        packet.dts = packet.dts + shift if packet.dts is not None else None


def latest(seconds: float) -> float:
    """A time in seconds that nothing in a file of this length has, unless its times are broken."""
    return max(2 * seconds, seconds + 10)


def origin(*streams: "VideoStream | AudioStream | None") -> float:
    """When a file begins, in seconds of its own clock: with the picture, or with the sound where that is earlier.

    Encoders of sound begin some milliseconds early, so that alone moves nothing.
    """
    starts = {
        s.type: float(s.start_time * s.time_base) for s in streams if s and s.start_time is not None and s.time_base
    }
    if not starts:
        return 0.0
    first = min(starts.values())
    video = starts.get("video")
    return video if video is not None and video - first < 0.1 else first
