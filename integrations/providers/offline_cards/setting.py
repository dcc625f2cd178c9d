"""Typesetting: the size at which the words fit a box and look well, found by halving, and the block of words drawn."""

import math
from dataclasses import dataclass, replace
from functools import lru_cache, partial

from PIL import Image, ImageDraw

from integrations.providers.offline_cards.breaking import balanced, filled, measured, split, torn
from integrations.providers.offline_cards.letters import Letters, font
from integrations.providers.offline_cards.words import Words, clusters

# The size of the smaller parts, as a share of the headline's.
BODY, CREDIT = 0.52, 0.46
# The space before a smaller part, and before a paragraph of the body, as a share of the size of what follows.
GAP, PARAGRAPH = 1.0, 0.7
# From so many signs on a headline is a text: lighter letters, wider spaces between the lines.
TEXT_FROM = 160
LEADING = {True: 1.38, False: 1.14}
# Words that need not be small take only so much of the width and of the height.
AIR = 0.92, 0.84
AT_EASE = 1.7
# Sizes that are tried for better lines, as shares of the largest, and how much a smaller one is worse.
SIZES, SMALLNESS = (1.0, 0.94, 0.88, 0.82, 0.76, 0.7, 0.65), 0.6
ELLIPSIS = "…"
TRIES = 3


@dataclass(frozen=True)
class Room:
    """The box for the words in pixels, how small and how large they may be, and where lines stand in it."""

    width: int
    height: int
    smallest: int
    largest: int
    align: str = "left"
    air: tuple[float, float] = AIR


@dataclass(frozen=True)
class Row:
    """One line on its place: the baseline is in pixels from the top of the room."""

    text: str
    size: int
    small: bool
    baseline: float


@dataclass(frozen=True)
class Rows:
    """All lines, how high they are together, and how bad they look."""

    rows: list[Row]
    height: float
    bad: float


@dataclass(frozen=True)
class Block:
    """The words as they are set.

    mask is white where ink goes, and cut to the ink. size is the headline's, in pixels. cut says that words are
    missing and an ellipsis stands for them.
    """

    mask: Image.Image
    size: int
    lines: int
    cut: bool


class Setter:
    """Sets the words of one card in its letters."""

    def __init__(self, letters: Letters) -> None:
        self.letters = letters
        self.measure = lru_cache(maxsize=8192)(letters.width)
        self.reach = lru_cache(maxsize=8)(self._reach)

    def block(self, words: Words, room: Room) -> Block | None:
        """The words in a room, as large as they look well in it; None where not even the beginning fits."""
        airy = replace(room, width=round(room.width * room.air[0]), height=round(room.height * room.air[1]))
        for some in (airy, room):
            size = self._largest(words, some, may_tear=False)
            if size and (some is room or size >= AT_EASE * room.smallest):
                return self._drawn(words, some, self._nicest(words, some, size), False)
        if size := self._largest(words, room, may_tear=True):
            return self._drawn(words, room, size, False)
        shortened = self._shortened(words, room)
        return self._drawn(shortened, room, room.smallest, True) if shortened else None

    # -- which size ----------------------------------------------------------------------------------------------------

    def _largest(self, words: Words, room: Room, may_tear: bool) -> int:
        """The largest size that fits, 0 where none does."""
        low, high = room.smallest, max(room.smallest, room.largest)
        if not self._fits(words, room, low, may_tear):
            return 0
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self._fits(words, room, middle, may_tear) else (low, middle - 1)
        return low

    def _fits(self, words: Words, room: Room, size: int, may_tear: bool) -> bool:
        found = self._rows(words, room, size, may_tear, even=False)
        return found is not None and found.height <= room.height

    def _nicest(self, words: Words, room: Room, largest: int) -> int:
        """A size near the largest at which the lines look best."""
        best, least = largest, math.inf
        for share in SIZES:
            size = round(largest * share)
            found = self._rows(words, room, size, False, even=True) if size >= room.smallest else None
            if found and found.bad - SMALLNESS * math.log(share) < least:
                best, least = size, found.bad - SMALLNESS * math.log(share)
        return best

    def _reach(self, words: Words, small: bool) -> tuple[float, float]:
        """How far the ink goes above and below the baseline, as shares of the size."""
        signs = "".join(dict.fromkeys(clusters(f"{words.headline}{words.body}{words.credit}".replace("\n", ""))))
        boxes = [font(path, 100).getbbox(run, anchor="ls") for path, run in self.letters.runs(signs, small)]
        return max(-box[1] for box in boxes) / 100, max(0.0, *(box[3] for box in boxes)) / 100

    # -- lines ---------------------------------------------------------------------------------------------------------

    def _rows(self, words: Words, room: Room, size: int, may_tear: bool, even: bool) -> Rows | None:
        """All lines on their places; None where a word is wider than the room and may not be torn."""
        rows: list[Row] = []
        bad = 0.0
        parts = [(words.headline, 1.0, words.length >= TEXT_FROM), (words.body, BODY, True)]
        parts.append((f"— {words.credit}" if words.credit else "", CREDIT, True))
        for text, scale, small in parts:
            part_size = size if scale == 1 else max(room.smallest, round(size * scale))
            gap = GAP * part_size if rows else 0.0
            for line in filter(None, text.replace("\n\n", "\n \n").split("\n")):
                if line == " ":
                    gap = PARAGRAPH * part_size
                    continue
                found = self._broken(line, room.width, part_size, small, may_tear, even)
                if found is None:
                    return None
                bad += found[1]
                for broken in found[0]:
                    rows.append(self._below(words, rows, Row(broken, part_size, small, gap)))
                    gap = 0.0
        below = self.reach(words, rows[-1].small)[1] * rows[-1].size
        return Rows(rows, rows[-1].baseline + below, bad)

    def _broken(
        self, line: str, width: int, size: int, small: bool, may_tear: bool, even: bool
    ) -> tuple[list[str], float] | None:
        """One written line in lines that fit, and how bad they look."""
        measure = partial(self.measure, size=size, small=small)
        parts, blank = measured(split(line), measure), measure("n n") - measure("nn")
        if may_tear:
            parts = torn(parts, width, measure)
        if even:
            return balanced(parts, width, blank)
        lines = filled(parts, width, blank)
        return None if lines is None else (lines, 0.0)

    def _below(self, words: Words, rows: list[Row], row: Row) -> Row:
        """The row, whose baseline is only a gap so far, below the last one."""
        above, below = self.reach(words, row.small)
        if not rows:
            return replace(row, baseline=above * row.size)
        step = max(LEADING[row.small], above + below + 0.03) * row.size
        return replace(row, baseline=rows[-1].baseline + step + row.baseline)

    # -- what does not fit ---------------------------------------------------------------------------------------------

    def _shortened(self, words: Words, room: Room) -> Words | None:
        """The words cut at the end until they fit at the smallest size; the credit goes before the last word does."""
        signs = clusters(_whole(words))
        for credit in dict.fromkeys([words.credit, ""]):
            low, high = 0, len(signs)
            while low < high:
                middle = (low + high + 1) // 2
                fits = self._fits(_head(words, signs[:middle], credit), room, room.smallest, True)
                low, high = (middle, high) if fits else (low, middle - 1)
            if low:
                return _head(words, signs[:low], credit)
        return None

    # -- drawing -------------------------------------------------------------------------------------------------------

    def _drawn(self, words: Words, room: Room, size: int, cut: bool) -> Block:
        """The block. Where ink reaches out of the room, it is set once more in a narrower one, then cut off."""
        found = self._even(words, room, size)
        assert found is not None, "a size that fits"
        mask = self._inked(found.rows, room)
        narrow = room
        for _ in range(TRIES):
            over = mask.width - room.width
            if over <= 0 and mask.height <= room.height:
                break
            narrow = replace(narrow, width=narrow.width - max(1, over), largest=size)
            size = self._largest(words, narrow, True) or size
            if (again := self._even(words, narrow, size)) is None:
                break
            found, mask = again, self._inked(again.rows, room)
        mask = mask.crop((0, 0, min(mask.width, room.width), min(mask.height, room.height)))
        return Block(mask, size, len(found.rows), cut)

    def _even(self, words: Words, room: Room, size: int) -> Rows | None:
        """All lines, alike in length, with words torn only where they must be."""
        return self._rows(words, room, size, False, True) or self._rows(words, room, size, True, True)

    def _inked(self, rows: list[Row], room: Room) -> Image.Image:
        """The lines in white on black, cut to the ink. A line begins where its ink does, not where its space does."""
        rim = max(row.size for row in rows)
        mask = Image.new("L", (room.width + 2 * rim, math.ceil(rows[-1].baseline) + 2 * rim))
        board = ImageDraw.Draw(mask)
        for row in rows:
            path, first = self.letters.runs(row.text, row.small)[0]
            indent = font(path, row.size).getbbox(first[:1], anchor="ls")[0]
            spare = room.width - self.measure(row.text, size=row.size, small=row.small)
            shift = {"left": -indent, "center": spare / 2, "right": spare}[room.align]
            self.letters.draw(board, (rim + shift, rim + row.baseline), row.text, row.size, row.small)
        return mask.crop(mask.getbbox() or (0, 0, 1, 1))


def _whole(words: Words) -> str:
    return f"{words.headline}\n\n{words.body}".strip()


def _head(words: Words, signs: list[str], credit: str) -> Words:
    """The words that begin with these signs, cut at the end of a word where there is one near."""
    text, whole = "".join(signs), _whole(words)
    if len(text) < len(whole):
        head = text.rpartition(" ")[0] if " " in text[len(text) // 2 :] and whole[len(text)] not in " \n" else text
        text = (head or text).rstrip(" \n,;:.–—-(\u200d") + ELLIPSIS
    headline, _, body = text.partition("\n\n")
    return replace(words, headline=headline, body=body.strip(), credit=credit)
