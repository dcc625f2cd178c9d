"""Giving a picture its shape: turned upright, cropped or framed, scaled, at a steady rate, in ordinary colours.

All of it is one filter graph. Cropping and scaling come before turning, and a blurred frame is blurred small, because
every pixel costs time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

from media.video.platforms import RENDITIONS
from media.video.probing import Video

if TYPE_CHECKING:
    from av.filter import Graph
    from av.filter.context import FilterContext
    from av.video.frame import VideoFrame

Fit = Literal["crop", "pad", "blur"]
MAX_LONG, MAX_SHORT = 1920, 1080  # pixels of a picture that keeps its shape: what H.264 level 4.1 allows
SCALING = "bicubic"  # 0.6 ms for a frame of 1080x1920; lanczos takes 1.1
BLUR_AT = 8  # the frame is blurred at an eighth of its size


@dataclass(frozen=True)
class Plan:
    """What becomes of a picture, in pixels as a viewer sees them, all even.

    crop: the middle of it that is kept, None for all; inner: its size then; width, height: of the whole result.
    """

    width: int
    height: int
    inner: tuple[int, int]
    crop: tuple[int, int] | None = None
    is_blurred: bool = False


def plan(video: Video, shape: str | None, fit: Fit = "crop", width: int | None = None) -> Plan:
    """Plan the way to a rendition; None keeps the shape, at most 1920x1080 (or 1080x1920), or `width` pixels wide.

    Raises KeyError for a shape that is not in `platforms.RENDITIONS` and ValueError for an unknown fit.
    """
    if fit not in {"crop", "pad", "blur"}:
        raise ValueError(f'A picture is fitted by "crop", "pad" or "blur", not by "{fit}".')
    if shape is None:
        longer, shorter = max(video.width, video.height), min(video.width, video.height)
        factor = min(1.0, MAX_LONG / longer, MAX_SHORT / shorter) if width is None else min(1.0, width / video.width)
        size = (_even(video.width * factor), _even(video.height * factor))
        return Plan(*size, inner=size)
    made = RENDITIONS[shape]
    if fit == "crop":
        kept = min(video.width / made.width, video.height / made.height)
        crop = (max(1, round(made.width * kept)), max(1, round(made.height * kept)))
        size = (made.width, made.height)
        return Plan(*size, inner=size, crop=None if crop == (video.width, video.height) else crop)
    factor = min(made.width / video.width, made.height / video.height)
    inner = (min(made.width, _even(video.width * factor)), min(made.height, _even(video.height * factor)))
    return Plan(made.width, made.height, inner, is_blurred=fit == "blur" and inner != (made.width, made.height))


def _even(value: float) -> int:
    return max(2, int(value) // 2 * 2)


class Shaper:
    """The filter graph for one video. The first frame decides how it is built; later ones are made like it.

    rate: frames per second of the result, None for one frame out for each one in. form: pixel format of the result.
    """

    def __init__(self, video: Video, plan: Plan, *, rate: int | None, form: str = "yuv420p", threads: int = 1) -> None:
        self.video, self.plan, self.rate, self.form, self.threads = video, plan, rate, form, threads
        self._graph: Graph | None = None
        self._like: tuple[int, int, str] = (0, 0, "")

    @property
    def is_slow_to_begin(self) -> bool:
        """Whether the next frame is the first and takes seconds: then tables for the tones of HDR are made."""
        return self._graph is None and self.video.colours.needs_converting

    def feed(self, frame: "VideoFrame") -> Iterator["VideoFrame"]:
        """The frames that come out for one that goes in; its pts must be counted from the beginning."""
        if self._graph is None:
            self._like = (frame.width, frame.height, frame.format.name)
            self._graph = _Building(self, frame).graph
        elif (frame.width, frame.height, frame.format.name) != self._like:
            width, height, form = self._like
            frame = frame.reformat(width=width, height=height, format=form)
        self._graph.push(frame)
        yield from self._pull()

    def flush(self) -> Iterator["VideoFrame"]:
        """What the graph still holds."""
        if self._graph is not None:
            self._graph.push(None)
            yield from self._pull()

    def _pull(self) -> Iterator["VideoFrame"]:
        assert self._graph is not None
        while True:
            try:
                frame = self._graph.vpull()
            except (BlockingIOError, EOFError):
                return
            frame.pict_type = 0  # the encoder decides anew which frames are key frames
            yield frame


class _Building:
    """Puts the filters of a graph one after another."""

    def __init__(self, shaper: Shaper, frame: "VideoFrame") -> None:
        import av

        self.shaper, self.frame = shaper, frame
        self.video, self.plan = shaper.video, shaper.plan
        self.graph = av.filter.Graph()
        self.graph.threads = shaper.threads
        self.last = self._source()
        early = self.video.fps > 1.05 * (shaper.rate or 1000)  # throw frames away before work is done on them
        if early:
            self._steady()
        if self.video.is_interlaced:
            self._add("bwdif", "mode=send_frame:deint=interlaced")
        self._crop_and_scale()
        self._turn()
        self._surround()
        if not early:
            self._steady()
        self._add("setsar", "1")
        self._add("format", shaper.form)
        self._add("buffersink")
        self.graph.configure()

    def _add(self, name: str, args: str | None = None) -> "FilterContext":
        node = self.graph.add(name, args)
        self.last.link_to(node)
        self.last = node
        return node

    def _source(self) -> "FilterContext":
        frame, tags = self.frame, self.video.colours
        base = frame.time_base or Fraction(1, 1000)
        numbers: dict[str, Any] = {
            "video_size": f"{frame.width}x{frame.height}",
            "pix_fmt": frame.format.name,
            "time_base": f"{base.numerator}/{base.denominator}",
            "pixel_aspect": "1/1",
            "colorspace": tags.matrix,
            "range": "pc" if tags.full_range else "tv",
        }
        return self.graph.add("buffer", ":".join(f"{name}={value}" for name, value in numbers.items()))

    def _steady(self) -> None:
        if self.shaper.rate:
            self._add("fps", f"{self.shaper.rate}:start_time=0")

    def _coded(self, size: tuple[int, int]) -> tuple[int, int]:
        """A size that a viewer sees, as it lies in the file."""
        return size[::-1] if self.video.rotation in {90, 270} else size

    def _crop_and_scale(self) -> None:
        if self.plan.crop:
            across, down = self._coded(self.plan.crop)
            shown = self._coded((self.video.width, self.video.height))
            across = max(1, round(across * self.frame.width / shown[0]))  # pixels need not be square
            self._add("crop", f"{across}:{max(1, round(down * self.frame.height / shown[1]))}")
        across, down = self._coded(self.plan.inner)
        tags = self.video.colours
        new = tags.output()
        args = f"{across}:{down}:flags={SCALING}:out_color_matrix={new.matrix}"
        args += ":out_range=pc" if self.shaper.form == "rgb24" else ":out_range=tv"
        if tags.needs_converting:  # FFmpeg's own mapping of tones; it works four seconds before the first frame
            args += f":out_transfer={new.transfer}:out_primaries={new.primaries}:intent=perceptual"
        self._add("scale", args)
        self._add("format", self.shaper.form)

    def _turn(self) -> None:
        if self.video.is_mirrored:
            self._add("hflip")
        match self.video.rotation:
            case 90:
                self._add("transpose", "clock")
            case 180:
                self._add("hflip")
                self._add("vflip")
            case 270:
                self._add("transpose", "cclock")

    def _surround(self) -> None:
        width, height = self.plan.width, self.plan.height
        if self.plan.inner == (width, height):
            return
        if not self.plan.is_blurred:
            self._add("pad", f"{width}:{height}:(ow-iw)/2:(oh-ih)/2:black")
            return
        split = self._add("split")
        small = (_even(width / BLUR_AT), _even(height / BLUR_AT))
        self._add("scale", f"{small[0]}:{small[1]}:force_original_aspect_ratio=increase:flags=fast_bilinear")
        self._add("crop", f"{small[0]}:{small[1]}")
        self._add("gblur", "sigma=4")
        self._add("scale", f"{width}:{height}:flags=fast_bilinear")
        overlay = self._add("overlay", "(W-w)/2:(H-h)/2")
        split.link_to(overlay, 1, 1)
