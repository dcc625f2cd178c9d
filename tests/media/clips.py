"""Clips made for the tests: seconds long, small, and such that a test can see what became of them.

The picture has a corner of its own colour each (red, green / blue, white-ish grey), so that a turned or mirrored one is
known, and a bar that moves. Between `flash` seconds it is white, and the sound is loud at the same time.
"""

import array
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from PIL import Image

RED, GREEN, BLUE, GREY = (200, 30, 30), (30, 180, 30), (30, 30, 200), (180, 180, 180)
CODECS = {".mp4": ("libx264", "aac"), ".mov": ("libx264", "aac"), ".mkv": ("libx264", "aac"), ".ts": ("libx264", "aac")}
CODECS |= {".webm": ("libvpx", "libopus"), ".avi": ("mpeg4", "libmp3lame")}
TICK = 600  # of the time base


@dataclass(frozen=True)
class Clip:
    """What a clip is to be like. times: seconds of each frame, where the rate is not steady."""

    size: tuple[int, int] = (320, 180)
    seconds: float = 1.0
    fps: int = 30
    times: tuple[float, ...] = ()
    rotation: int = 0  # degrees counter-clockwise, as in `set_display_rotation`
    mirrored: bool = False
    rate: int | None = 48_000  # samples per second; None for no sound
    layout: str = "stereo"
    late: float = 0.0  # seconds by which the sound begins after the picture
    flash: tuple[float, float] = (0.0, 0.0)
    black_until: float = 0.0
    start: float = 0.0  # seconds of the clock at the first frame
    x264: str = ""
    codec: str = ""
    pixel_format: str = "yuv420p"
    tags: tuple[int, int, int] | None = None  # transfer, primaries, matrix
    metadata: dict[str, str] = field(default_factory=dict, hash=False)
    muxing: dict[str, str] = field(default_factory=dict, hash=False)


def make(path: Path, clip: Clip = Clip()) -> Path:
    """Write a clip; its name says in which container."""
    film_codec, sound_codec = CODECS[path.suffix]
    with av.open(str(path), "w", container_options=clip.muxing) as out:
        out.metadata.update(clip.metadata)
        film = _film(out, clip, clip.codec or film_codec)
        track: Any = None
        if clip.rate:
            track = out.add_stream(sound_codec, rate=clip.rate)
            track.layout = clip.layout
        sound = iter(_sound(clip)) if clip.rate else iter(())
        heard = next(sound, None)
        for seconds in _times(clip):
            while heard is not None and heard.time <= seconds + clip.start:
                out.mux(track.encode(heard))
                heard = next(sound, None)
            frame = _picture(clip, seconds)
            frame.pts, frame.time_base = round((seconds + clip.start) * TICK), Fraction(1, TICK)
            out.mux(film.encode(frame))
        out.mux(film.encode(None))
        while heard is not None:
            out.mux(track.encode(heard))
            heard = next(sound, None)
        if track:
            out.mux(track.encode(None))
    return path


def make_sound(path: Path, codec: str, seconds: float = 1.0, rate: int = 22_050, layout: str = "mono") -> Path:
    """Write a file that has only sound: half of it silent, half of it loud."""
    clip = Clip(seconds=seconds, rate=rate, layout=layout, flash=(seconds / 2, seconds))
    with av.open(str(path), "w") as out:
        track: Any = out.add_stream(codec, rate=rate)
        track.layout = layout
        for frame in _sound(clip):
            out.mux(track.encode(frame))
        out.mux(track.encode(None))
    return path


def _film(out: Any, clip: Clip, codec: str) -> Any:
    options = {"libx264": {"preset": "ultrafast", "g": "15"}, "libvpx": {"deadline": "realtime", "cpu-used": "8"}}
    if clip.x264:
        options["libx264"]["x264-params"] = clip.x264
    options["libx265"] = {"preset": "ultrafast", "x265-params": "log-level=none"}
    width, height = clip.size
    film = out.add_stream(codec, rate=clip.fps, width=width, height=height, options=options.get(codec, {}))
    film.pix_fmt = clip.pixel_format
    context = film.codec_context
    context.time_base = Fraction(1, TICK) if codec != "mpeg4" else Fraction(1, clip.fps)
    if clip.tags:
        context.color_trc, context.color_primaries, context.colorspace = clip.tags
    if clip.rotation or clip.mirrored:
        film.set_display_rotation(clip.rotation, hflip=clip.mirrored)
    return film


def _times(clip: Clip) -> Sequence[float]:
    return clip.times or [number / clip.fps for number in range(round(clip.seconds * clip.fps))]


def _picture(clip: Clip, seconds: float) -> Any:
    width, height = clip.size
    if seconds < clip.black_until:
        return av.VideoFrame.from_image(Image.new("RGB", clip.size)).reformat(format=clip.pixel_format)
    if clip.flash[0] <= seconds < clip.flash[1]:
        return av.VideoFrame.from_image(Image.new("RGB", clip.size, "white")).reformat(format=clip.pixel_format)
    image = Image.new("RGB", clip.size, (90, 90, 90))
    for number, colour in enumerate((RED, GREEN, BLUE, GREY)):
        image.paste(colour, _corner(width, height, number))
    bar = round(seconds * width) % width
    image.paste((250, 250, 0), (bar, height * 3 // 8, min(width, bar + width // 16 + 1), height * 5 // 8))
    return av.VideoFrame.from_image(image).reformat(format=clip.pixel_format)


def _corner(width: int, height: int, number: int) -> tuple[int, int, int, int]:
    left, top = (number % 2) * (width - width // 4), (number // 2) * (height - height // 4)
    return left, top, left + width // 4, top + height // 4


def _sound(clip: Clip) -> Sequence[Any]:
    assert clip.rate
    frames = []
    channels = 2 if clip.layout == "stereo" else 1
    for first in range(0, round((clip.seconds - clip.late) * clip.rate), 1024):
        count = min(1024, round((clip.seconds - clip.late) * clip.rate) - first)
        samples = array.array("h")
        for number in range(first, first + count):
            seconds = clip.late + number / clip.rate
            loud = clip.flash[0] <= seconds < clip.flash[1]
            value = round(12_000 * math.sin(2 * math.pi * 440 * seconds)) if loud else 0
            samples.extend([value] * channels)
        frame = av.AudioFrame("s16", clip.layout, count)
        frame.planes[0].update(samples.tobytes())
        frame.sample_rate, frame.time_base = clip.rate, Fraction(1, clip.rate)
        frame.pts = first + round((clip.late + clip.start) * clip.rate)
        frames.append(frame)
    return frames


# --- looking at results ------------------------------------------------------------------------------------------


def image_at(path: Path, seconds: float) -> Image.Image:
    """The frame that is shown at a time; decoded from the beginning, independent of the code under test."""
    with av.open(str(path)) as container:
        last = None
        for frame in container.decode(video=0):
            if last is not None and frame.time > seconds + 0.001:
                break
            last = frame
        assert last is not None
        image: Image.Image = last.to_image()
        return image


def corners(image: Image.Image) -> list[str]:
    """The names of the colours in the corners: top left, top right, bottom left, bottom right."""
    names = {"red": RED, "green": GREEN, "blue": BLUE, "grey": GREY, "black": (0, 0, 0)}
    across, down = image.width // 12, image.height // 12
    places = [(x, y) for y in (down, image.height - 1 - down) for x in (across, image.width - 1 - across)]
    found = []
    for place in places:
        pixel: Any = image.convert("RGB").getpixel(place)
        found.append(min(names, key=lambda name: sum((a - b) ** 2 for a, b in zip(names[name], pixel, strict=True))))
    return found


def flash_begins(path: Path) -> float:
    """When the picture is white for the first time, in seconds."""
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            small: Image.Image = frame.reformat(width=16, height=16, format="gray").to_image().convert("L")
            if min(small.crop((6, 6, 10, 10)).tobytes()) > 225:
                return float(frame.time)
    raise AssertionError("no white picture")


def sound_begins(path: Path) -> float:
    """When the sound is loud for the first time, in seconds."""
    with av.open(str(path)) as container:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=48_000)
        for frame in container.decode(audio=0):
            begin = frame.time
            frame.pts = None
            for made in resampler.resample(frame):
                samples = array.array("h", bytes(made.planes[0])[: made.samples * 2])
                for number, value in enumerate(samples):
                    if abs(value) > 3000:
                        return float(begin + number / 48_000)
    raise AssertionError("no loud sound")


def boxes(path: Path) -> list[str]:
    """The names of the top boxes of an MP4, in their order."""
    return [name for name, _begin, _end in _boxes(path.read_bytes())]


def has_box(path: Path, name: bytes) -> bool:
    """Whether a box is anywhere in the index of an MP4."""
    data = path.read_bytes()
    begin, end = next((begin, end) for found, begin, end in _boxes(data) if found == "moov")
    return name in data[begin:end]


def _boxes(data: bytes) -> list[tuple[str, int, int]]:
    found, place = [], 0
    while place + 8 <= len(data):
        size = int.from_bytes(data[place : place + 4], "big")
        if size == 1:
            size = int.from_bytes(data[place + 8 : place + 16], "big")
        found.append((data[place + 4 : place + 8].decode("latin-1"), place, place + size))
        if size < 8:
            break
        place += size
    return found
