"""Where things stand on a card: the box for the words, the name and the accent, for every shape of card."""

from dataclasses import dataclass
from typing import Literal

from integrations.providers.offline_cards.ordering import Order
from integrations.providers.offline_cards.setting import Room

# From this ratio of width to height on everything stands in one row.
BANNER = 2.6
# Below this height of a phone's full screen (9:16) its own buttons lie over the top and the bottom.
TALL, SAFE = 0.62, 0.13
LEAST_LETTER = 9


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels; right and bottom are outside of it."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def tuple(self) -> tuple[int, int, int, int]:
        """As Pillow wants it."""
        return self.left, self.top, self.right, self.bottom

    def grown(self, by: float) -> "Box":
        """The box with a rim, or without one where `by` is negative."""
        rim = round(by)
        return Box(self.left - rim, self.top - rim, self.right + rim, self.bottom + rim)

    def overlap(self, other: "Box") -> int:
        """How many pixels two boxes share."""
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(0, across) * max(0, down)

    def within(self, width: int, height: int) -> "Box":
        """What of the box is on a card of this size."""
        return Box(max(0, self.left), max(0, self.top), min(width, self.right), min(height, self.bottom))


@dataclass(frozen=True)
class Layout:
    """Where things stand. frame is the card without its margins, everything written is inside it.

    area is for the words with their accent; name_at for the name of the brand, None where it is not shown. art is the
    part that is only for looking at, None where the ground lies behind everything.
    """

    kind: Literal["stack", "row", "mark"]
    frame: Box
    area: Box
    align: str
    smallest: int
    largest: int
    name_size: int
    name_at: Box | None = None
    art: Box | None = None

    def room(self, more_left: int = 0, more_top: int = 0) -> Room:
        """The area as room for words, without what an accent takes."""
        width, height = self.area.width - more_left, self.area.height - more_top
        return Room(width, height, self.smallest, self.largest, self.align)


def layout(order: Order, art: float = 0.0, floor: float = 0.0, centred: bool = False) -> Layout:
    """The places of one card.

    art is the share of the card that is kept free of all words, on the right or on top; floor is the share that is kept
    free of words at the bottom, where the name may stand.
    """
    width, height, unit = order.width, order.height, order.unit
    margin = round(min(0.08 * unit, 0.14 * min(width, height)))
    above = round(max(margin, SAFE * height)) if width / height < TALL and height > 600 else margin
    frame = Box(margin, above, width - margin, height - above)
    smallest = round(max(LEAST_LETTER, min(0.024 * width, 0.026 * unit, 0.12 * height)))
    if frame.width < 6.5 * smallest or frame.height < 1.25 * smallest:
        return Layout("mark", frame, frame, "center", 6, min(width, height), 0)
    if width / height >= BANNER:
        return _row(order, frame, smallest, art)
    return _stack(order, frame, smallest, art, floor, centred)


def _side(order: Order, centred: bool) -> str:
    return "center" if centred else "right" if order.letters.right_to_left else "left"


def _stack(order: Order, frame: Box, smallest: int, art: float, floor: float, centred: bool) -> Layout:
    width, height, unit = order.width, order.height, order.unit
    name_size = round(max(LEAST_LETTER, 0.031 * unit))
    named = bool(order.name) and min(width, height) >= 140
    bottom = frame.bottom
    name_at = None
    if named:
        name_at = Box(frame.left, frame.bottom - round(1.3 * name_size), frame.right, frame.bottom)
        bottom = name_at.top - round(0.045 * unit)
    bottom = min(bottom, round(height * (1 - floor)))
    area, art_box = Box(frame.left, frame.top, frame.right, bottom), None
    if art and min(width, height) >= 140:
        art_box = art_place(width, height, art, order.letters.right_to_left)
        if art_box.height < height:
            area = Box(area.left, art_box.bottom + round(0.06 * unit), area.right, area.bottom)
        elif art_box.left:
            area = Box(area.left, area.top, art_box.left - frame.left, area.bottom)
        else:
            area = Box(art_box.right + frame.left, area.top, area.right, area.bottom)
    if name_at:
        name_at = Box(area.left, name_at.top, area.right, name_at.bottom)
    return Layout(
        "stack", frame, area, _side(order, centred), smallest, round(0.15 * unit), name_size, name_at, art_box
    )


def art_place(width: int, height: int, share: float, mirrored: bool) -> Box:
    """The part for the art, in whole squares: on top of square and high cards, else at the end of the lines."""
    if width / height > 1.25:
        side = height / max(2, round(height / (0.2 * (width * height) ** 0.5)))
        wide = round(side * max(1, round(width * share / side)))
        return Box(0, 0, wide, height) if mirrored else Box(width - wide, 0, width, height)
    side = width / max(3, min(6, round(width / (0.18 * (width * height) ** 0.5))))
    return Box(0, 0, width, round(side * max(1, round(height * share / side))))


def _row(order: Order, frame: Box, smallest: int, art: float) -> Layout:
    width, height = order.width, order.height
    name_size = round(max(LEAST_LETTER, 0.14 * height if height < 200 else 0.07 * height))
    right, art_box, name_at = frame.right, None, None
    if art and width / height > 3:
        art_box = Box(width - height, 0, width, height)
        right = art_box.left - frame.left
    if order.name and width >= 300 and height >= 40:
        wide = round(min(0.32 * width, order.name_letters.width(order.name, name_size, True) + name_size))
        name_at = Box(right - wide, frame.top, right, frame.bottom)
        right = name_at.left - name_size
    area = Box(frame.left, frame.top, right, frame.bottom)
    return Layout("row", frame, area, _side(order, False), smallest, round(0.4 * height), name_size, name_at, art_box)
