"""All that is written on a card, set and put on its place: the words, the accent beside them, the name."""

from dataclasses import dataclass, replace

from PIL import Image, ImageDraw

from integrations.providers.offline_cards.grounds.design import Design
from integrations.providers.offline_cards.layout import LEAST_LETTER, Box, Layout
from integrations.providers.offline_cards.letters import font
from integrations.providers.offline_cards.ordering import Order
from integrations.providers.offline_cards.setting import Block, Room, Setter
from integrations.providers.offline_cards.words import Words, initial

# A panel has a rim of its own.
PANEL_AIR = 1.0, 0.86
WORDS, ACCENT, NAME = "words", "accent", "name"


@dataclass(frozen=True)
class Placed:
    """Something written, without a colour yet: where its mask is white; at is its top left corner."""

    what: str
    mask: Image.Image
    at: tuple[int, int]

    @property
    def box(self) -> Box:
        """Where it is."""
        return Box(*self.at, self.at[0] + self.mask.width, self.at[1] + self.mask.height)


@dataclass(frozen=True)
class Written:
    """All that is written. centre is the box around the words and what belongs to them; cut: words are missing."""

    things: list[Placed]
    centre: Box
    cut: bool


def write(order: Order, design: Design, places: Layout) -> Written | None:
    """Everything on its place; None where the words find none, however small."""
    if places.kind == "row":
        return _in_a_row(order, design, places)
    return _in_a_stack(order, design, places) or _in_a_stack(order, replace(design, accent="none"), places)


def monogram(order: Order, places: Layout) -> Written:
    """The first sign of the name or of the words, for cards on which no word can be read."""
    text, letters = (order.name, order.name_letters) if order.name else (order.words.headline, order.letters)
    side = min(order.width, order.height)
    room = Room(places.frame.width, places.frame.height, 6, round(0.62 * side), "center")
    block = Setter(letters).block(Words(initial(text)), room)
    if block is None:
        return Written([], places.frame, True)
    left = places.frame.left + (places.frame.width - block.mask.width) // 2
    top = places.frame.top + (places.frame.height - block.mask.height) // 2
    thing = Placed(WORDS, block.mask, (left, top))
    return Written([thing], thing.box, True)


# -- one above the other ----------------------------------------------------------------------------------------------


def _in_a_stack(order: Order, design: Design, places: Layout) -> Written | None:
    """The accent, the words and, on a panel, the name, in the middle of the area; else the name below it."""
    unit, area = order.unit, places.area
    inside = design.inset > 0
    if inside:
        bottom = places.frame.bottom if places.name_at else area.bottom
        area = Box(area.left, area.top, area.right, bottom).grown(-design.inset * unit)
    above = [
        (ACCENT, accent, round((0.03 if order.words.is_quote else 0.045) * unit)) for accent in _accents(order, design)
    ]
    name = _name(order, places, area.width if inside else places.frame.width)
    below = [(ACCENT, _bar(unit), round(0.04 * unit)), (NAME, name, round(0.028 * unit))] if inside and name else []
    taken = sum(mask.height + gap for _, mask, gap in above + below)
    room = Room(area.width, area.height - taken, places.smallest, places.largest, places.align)
    room = replace(room, air=PANEL_AIR) if inside else room
    block = Setter(order.letters).block(order.words, room) if room.height >= places.smallest else None
    if block is None:
        return None
    things = []
    top = area.top + round((area.height - taken - block.mask.height) * (0.5 if inside else 0.47))
    for what, mask, gap in [*above, (WORDS, block.mask, 0), *((what, mask, -gap) for what, mask, gap in below)]:
        top -= min(0, gap)
        things.append(Placed(what, mask, (_left(area, mask.width, places.align), top)))
        top += mask.height + max(0, gap)
    centre = _around(things)
    if name and not inside and places.name_at:
        at = places.name_at
        things.append(Placed(NAME, name, (_left(at, name.width, places.align), at.bottom - name.height)))
    return Written(things, centre, block.cut)


def _left(area: Box, width: int, align: str) -> int:
    return area.left + {"left": 0, "center": (area.width - width) // 2, "right": area.width - width}[align]


def _around(things: list[Placed]) -> Box:
    boxes = [thing.box for thing in things]
    return Box(
        min(box.left for box in boxes),
        min(box.top for box in boxes),
        max(box.right for box in boxes),
        max(box.bottom for box in boxes),
    )


# -- side by side -----------------------------------------------------------------------------------------------------


def _in_a_row(order: Order, design: Design, places: Layout) -> Written | None:
    """A bar, the words, and the name at the end."""
    area, unit = places.area, order.unit
    rim = round(min(design.inset * unit, 0.12 * order.height)) if design.inset else 0
    area = Box(area.left + (rim if design.inset else 0), area.top + rim, area.right, area.bottom - rim)
    mirrored = places.align == "right"
    thick, gap = max(2, round(0.045 * order.height)), round(0.14 * order.height)
    taken = thick + gap if design.accent == "bar" else 0
    room = Room(area.width - taken, area.height, places.smallest, places.largest, places.align)
    block = Setter(order.letters).block(order.words, room) if room.width > 4 * places.smallest else None
    if block is None:
        return None
    left = area.right - taken - block.mask.width if mirrored else area.left + taken
    things = [Placed(WORDS, block.mask, (left, area.top + (area.height - block.mask.height) // 2))]
    if taken:
        high = min(area.height, max(block.mask.height, round(0.4 * order.height)))
        bar = Image.new("L", (thick, high), 255)
        things.append(
            Placed(ACCENT, bar, (area.right - thick if mirrored else area.left, area.top + (area.height - high) // 2))
        )
    if (at := places.name_at) and (name := _name(order, places, at.width - rim)):
        left = at.left if mirrored else at.right - rim - name.width
        things.append(Placed(NAME, name, (left, at.top + (at.height - name.height) // 2)))
    centre = places.frame.grown(-rim) if design.inset else _around(things)
    return Written(things, centre, block.cut)


# -- small things -----------------------------------------------------------------------------------------------------


def _accents(order: Order, design: Design) -> list[Image.Image]:
    """What stands above the words: a quotation mark above a quotation, else a bar."""
    if design.accent == "none" and not (order.words.is_quote and not design.inset):
        return []
    if order.words.is_quote and (path := order.letters.path_of("“", small=False)):
        large = font(path, max(LEAST_LETTER, round(0.3 * order.unit)))
        side = round(2 * large.size)
        mask = Image.new("L", (side, side))
        ImageDraw.Draw(mask).text((side // 4, side // 4), "“", fill=255, font=large)
        return [mask.crop(mask.getbbox() or (0, 0, 1, 1))]
    return [_bar(order.unit)]


def _bar(unit: float) -> Image.Image:
    return Image.new("L", (max(6, round(0.095 * unit)), max(2, round(0.0115 * unit))), 255)


def _name(order: Order, places: Layout, width: int) -> Image.Image | None:
    """The name in one line, cut where it is too long."""
    if places.name_at is None:
        return None
    room = Room(width, round(1.3 * places.name_size), min(LEAST_LETTER, places.name_size), places.name_size)
    block: Block | None = Setter(order.name_letters).block(Words(order.name.replace(" ", "\u00a0")), room)
    return block.mask if block else None
