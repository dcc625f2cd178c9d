"""Letters: which font draws which sign, how wide a text is, and the drawing of one line. No sign becomes a box."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from PIL import ImageDraw, ImageFont, features

from integrations.providers.offline_cards.families import Family
from integrations.providers.offline_cards.words import JOINERS, clusters, is_right_to_left

MISSING = "\U0010fffe"
# Pillow's wheels join Arabic letters and turn lines around; a Pillow built without libraqm does not.
SHAPES = features.check("raqm")
# They choose between a picture and a letter, which no font here has both of.
SELECTORS = dict.fromkeys(range(65024, 65040))


@lru_cache(maxsize=96)
def font(path: str, size: int) -> ImageFont.FreeTypeFont:
    """A font, opened."""
    return ImageFont.truetype(path, size)


@lru_cache(maxsize=16)
def _plain(path: str) -> tuple[ImageFont.FreeTypeFont, tuple[tuple[int, int], bytes]]:
    """A small font that draws sign by sign, and what it draws for a sign that it lacks."""
    small = ImageFont.truetype(path, 24, layout_engine=ImageFont.Layout.BASIC)
    return small, _picture(small, MISSING)


def _picture(small: ImageFont.FreeTypeFont, sign: str) -> tuple[tuple[int, int], bytes]:
    mask = small.getmask(sign, mode="L")
    return mask.size, bytes(mask)


@lru_cache(maxsize=8192)
def has(path: str, sign: str) -> bool:
    """Whether the font draws the sign: it draws something else than for what it lacks."""
    if sign.isspace() or sign in JOINERS:
        return True
    small, missing = _plain(path)
    return _picture(small, sign) != missing


@dataclass(frozen=True)
class Letters:
    """The fonts for the words of one card: one for nearly all, others for the few signs that it lacks."""

    families: tuple[Family, ...]
    right_to_left: bool

    def path_of(self, cluster: str, small: bool) -> str | None:
        """The first font that draws a sign and all its marks."""
        paths = (family.text if small else family.display for family in self.families)
        return next((path for path in paths if all(has(path, sign) for sign in cluster)), None)

    def runs(self, text: str, small: bool) -> list[tuple[str, str]]:
        """The text in pieces of one font each, with their fonts, as they stand from left to right."""
        main = self.families[0].text if small else self.families[0].display
        if all(has(main, sign) for sign in text):
            return [(main, text)]
        placed = [(self.path_of(cluster, small) or main, cluster) for cluster in clusters(text)]
        found = [(path, "".join(part for _, part in parts)) for path, parts in groupby(placed, lambda pair: pair[0])]
        return found[::-1] if self.right_to_left else found

    def width(self, text: str, size: int, small: bool) -> float:
        """How far the text runs, in pixels."""
        return sum(font(path, size).getlength(run) for path, run in self.runs(text, small))

    def draw(self, board: ImageDraw.ImageDraw, at: tuple[float, float], text: str, size: int, small: bool) -> None:
        """Draw one line in white, from `at` on its baseline."""
        left, baseline = at
        direction = "rtl" if self.right_to_left and SHAPES else None
        for path, run in self.runs(text, small):
            board.text((left, baseline), run, fill=255, font=font(path, size), anchor="ls", direction=direction)
            left += font(path, size).getlength(run)


def letters_for(text: str, families: list[Family]) -> Letters:
    """The fonts for a text: first the family that has most of its letters, of several the one that was wanted most."""
    alphabet = {sign for sign in text if sign.isalnum()}
    first = max(families, key=lambda family: sum(has(family.display, sign) for sign in alphabet))
    return Letters((first, *(family for family in families if family is not first)), is_right_to_left(text))


def drawable(text: str, letters: Letters) -> tuple[str, str]:
    """The text without the signs that no font draws, and those signs."""
    kept: list[str] = []
    lost: list[str] = []
    for cluster in clusters(text.translate(SELECTORS)):
        shown = cluster if letters.path_of(cluster, small=False) else _bare(cluster, letters.families)
        kept.append(shown)
        if not shown:
            lost.append(cluster)
    lines = [" ".join(part for part in line.split(" ") if part) for line in "".join(kept).split("\n")]
    return "\n".join(lines).strip(), "".join(dict.fromkeys(lost))


def _bare(cluster: str, families: tuple[Family, ...]) -> str:
    """The sign without its marks, where some font has that; a joined picture is nothing in parts."""
    base = cluster[0]
    joined = "\u200d" in cluster
    return base if not joined and any(has(family.display, base) for family in families) else ""
