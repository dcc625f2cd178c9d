"""Subtitles laid over frames: FFmpeg's filters in the wheel have none, so Pillow draws them, once for each cue.

White letters with a dark outline, wrapped, at the bottom within the margins that players and apps leave free.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from media.cues import Cue

if TYPE_CHECKING:
    from av.video.frame import VideoFrame
    from PIL import Image, ImageFont

BLACK, WHITE, GREY = 16, 235, 128  # of limited-range YUV; GREY is "no colour"
SIZE = 0.05  # height of the letters, as a share of the shorter side
WIDTH = 0.86  # share of the width that a line may fill
MARGIN, TALL_MARGIN = 0.07, 0.2  # share of the height below; apps write over the bottom of tall videos
HIGHEST = 0.35  # share of the height that all lines together may take
MAX_LETTERS = 500
NO_SIGN = "\uffff"  # no font has it: it shows what a font draws for a sign that it lacks


@dataclass(frozen=True)
class _Drawn:
    """A text as it is laid over: where its top left corner is, how bright it is and how much it covers."""

    left: int
    top: int
    luma: "Image.Image"
    cover: "Image.Image"


class Burner:
    """Lays the cues over frames of one size, in yuv420p.

    font: a file of letters; None is Source Sans, which has those of Latin, Greek and Cyrillic. missing: signs met so
    far that the font does not have; they are shown as boxes.
    """

    def __init__(self, cues: Sequence[Cue], width: int, height: int, font: str | None = None) -> None:
        self.cues = sorted((cue for cue in cues if cue.text.strip() and cue.end > cue.start), key=lambda cue: cue.start)
        self.width, self.height, self.font = width, height, font or _source_sans()
        self.missing: set[str] = set()
        self._first = 0  # cues before this one are over
        self._drawn: tuple[str, _Drawn] | None = None

    def burn(self, frame: "VideoFrame", seconds: float) -> None:
        """Lay over a frame what is said at this time, in seconds from the beginning; times must grow."""
        now = round(seconds * 1000)
        while self._first < len(self.cues) and self.cues[self._first].end <= now:
            self._first += 1
        said = [cue.text for cue in self._started(now) if cue.end > now]
        if not said:
            return
        text = "\n".join(said)
        if self._drawn is None or self._drawn[0] != text:
            self._drawn = (text, self._draw(text))
        frame.make_writable()
        _lay(frame, self._drawn[1])

    def _started(self, now: int) -> list[Cue]:
        found = []
        for cue in self.cues[self._first :]:
            if cue.start > now:
                break
            found.append(cue)
        return found

    def _draw(self, text: str) -> _Drawn:
        from PIL import Image, ImageDraw

        font, lines = self._typeset(_clean(text))
        no_sign = bytes(font.getmask(NO_SIGN))
        self.missing |= {sign for sign in set(text) if sign.isprintable() and bytes(font.getmask(sign)) == no_sign}
        edge = max(2, round(float(font.size) / 11))
        joined, gap = "\n".join(lines), round(float(font.size) * 0.25)
        measure = ImageDraw.Draw(Image.new("L", (1, 1)))
        box = measure.multiline_textbbox((0, 0), joined, font=font, spacing=gap, align="center", stroke_width=edge)
        size = (_even(min(self.width, box[2] - box[0] + 2)), _even(min(self.height, box[3] - box[1] + 2)))
        cover, luma = Image.new("L", size), Image.new("L", size, BLACK)
        place = (1 - box[0], 1 - box[1])
        for image, fill, stroke in ((cover, 255, 255), (luma, WHITE, BLACK)):
            ImageDraw.Draw(image).multiline_text(
                place, joined, fill, font, spacing=gap, align="center", stroke_width=edge, stroke_fill=stroke
            )
        margin = TALL_MARGIN if self.height > 1.3 * self.width else MARGIN
        top = max(0, round(self.height * (1 - margin)) - size[1])
        return _Drawn((self.width - size[0]) // 4 * 2, top // 2 * 2, luma, cover)

    def _typeset(self, text: str) -> "tuple[ImageFont.FreeTypeFont, list[str]]":
        """The font and the lines; letters get smaller until all of it has room."""
        size = max(14.0, min(self.width, self.height) * SIZE)
        while True:
            font = self._load(size)
            lines = [line for part in text.split("\n") for line in _wrapped(part, font, self.width * WIDTH)]
            most = max(1, int(self.height * HIGHEST / (size * 1.35)))
            if len(lines) <= most or size <= 10:
                return font, lines if len(lines) <= most else [*lines[: most - 1], "…"]
            size *= 0.85

    def _load(self, size: float) -> "ImageFont.FreeTypeFont":
        from PIL import ImageFont

        return ImageFont.truetype(self.font, size)


def _source_sans() -> str:
    from font_source_sans_pro import SourceSansProSemibold

    return str(SourceSansProSemibold)


def _clean(text: str) -> str:
    lines = (" ".join("".join(c for c in line if c.isprintable() or c == " ").split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line)[:MAX_LETTERS]


def _wrapped(text: str, font: "ImageFont.FreeTypeFont", room: float) -> list[str]:
    """Break a line into lines that have room; a word that is too long is broken itself."""
    lines, line = [], ""
    for word in text.split(" "):
        if not line or font.getlength(f"{line} {word}") <= room:
            line = f"{line} {word}" if line else word
        else:
            lines.append(line)
            line = word
        while len(line) > 1 and font.getlength(line) > room:
            fitting = _how_many(line, font, room)
            lines.append(line[:fitting])
            line = line[fitting:]
    return [*lines, line] if line else lines


def _how_many(text: str, font: "ImageFont.FreeTypeFont", room: float) -> int:
    """How many of the first letters have room, but one at least."""
    return max(1, bisect_right(range(1, len(text)), room, key=lambda end: font.getlength(text[:end])))


def _even(value: float) -> int:
    return max(2, int(value) // 2 * 2)


def _lay(frame: "VideoFrame", drawn: _Drawn) -> None:
    """Lay a text over a writable frame in yuv420p: over its brightness, and without colour over its colours."""
    from PIL import Image

    cover = drawn.cover.reduce(2)
    for number, plane in enumerate(frame.planes):
        share, paint, mask = (1, drawn.luma, drawn.cover) if number == 0 else (2, GREY, cover)
        stride = plane.line_size
        first, rows = drawn.top // share, min(mask.height, plane.height - drawn.top // share)
        band = memoryview(plane)[first * stride : (first + rows) * stride]
        image = Image.frombytes("L", (stride, rows), bytes(band))
        image.paste(paint, (drawn.left // share, 0), mask)
        band[:] = image.tobytes()
