"""A card from an order: the words set, the ground painted, the contrast checked, everything laid together."""

from dataclasses import dataclass, replace
from io import BytesIO

from PIL import Image

from integrations.providers.offline_cards.colours import BLACK, WHITE, Colour, contrast
from integrations.providers.offline_cards.grounds import DESIGNS
from integrations.providers.offline_cards.grounds.design import Scene
from integrations.providers.offline_cards.layout import layout
from integrations.providers.offline_cards.legibility import least_contrast, veiled
from integrations.providers.offline_cards.ordering import Order
from integrations.providers.offline_cards.palette import ACCENT as ACCENT_CONTRAST
from integrations.providers.offline_cards.palette import TEXT, Palette, palette
from integrations.providers.offline_cards.placing import ACCENT, WORDS, Placed, Written, monogram, write

# Larger cards are JPEG: a PNG of them takes long and is large.
LARGE = 2_000_000
JPEG_QUALITY = 91
# A little more than what is right, for whoever measures it otherwise.
WANTED = TEXT + 0.1


@dataclass(frozen=True)
class Mark(Placed):
    """Something written, in its colour."""

    colour: Colour = BLACK


@dataclass(frozen=True)
class Card:
    """A card in layers. cut says that words are missing and an ellipsis stands for them."""

    ground: Image.Image
    marks: list[Mark]
    cut: bool

    def picture(self) -> Image.Image:
        """Everything laid together."""
        image = self.ground.copy()
        for mark in self.marks:
            image.paste(mark.colour, mark.at, mark.mask)
        return image

    def file(self) -> tuple[bytes, str]:
        """The bytes of the picture and their type: PNG, or JPEG for large cards. There is nothing else in them."""
        image, file = self.picture(), BytesIO()
        if image.width * image.height > LARGE:
            image.save(file, "JPEG", quality=JPEG_QUALITY, subsampling=0)
            return file.getvalue(), "image/jpeg"
        image.save(file, "PNG")
        return file.getvalue(), "image/png"


def compose(order: Order) -> Card:
    """The card of an order, with a contrast of 4.5 and more between all that is written and what is behind it."""
    design = DESIGNS[order.style](order)
    places = layout(order, design.art, design.floor, design.centred)
    written = write(order, design, places) if places.kind != "mark" else None
    if written is None:
        places = replace(places, kind="mark")
        written = monogram(order, places)
    colours = palette(order, design.theme)
    ground = design.paint(Scene(order, colours, places, written.centre))
    return _inked(ground, colours, written)


def _inked(ground: Image.Image, colours: Palette, written: Written) -> Card:
    """Everything written gets the colour that suits its place, and where none does, the ground is veiled there."""
    marks = []
    for thing in sorted(written.things, key=lambda thing: thing.what == ACCENT):
        if thing.what == ACCENT:
            visible = least_contrast(ground, thing.box, colours.accent) >= ACCENT_CONTRAST
            colour = colours.accent if visible else colours.ink
        else:
            colour = _ink(ground, thing, colours)
            veil = colours.ground if contrast(colours.ground, colour) > WANTED else _opposite(colour)
            ground = veiled(ground, thing.box.grown(2), colour, veil, WANTED)
        marks.append(Mark(thing.what, thing.mask, thing.at, colour))
    return Card(ground, marks, written.cut)


def _ink(ground: Image.Image, thing: Placed, colours: Palette) -> Colour:
    """The ink of the palette for the words; for the name, whichever is read best where it stands."""
    if thing.what == WORDS:
        return colours.ink
    options = [colours.ink, WHITE, colours.ground, BLACK]
    enough = [ink for ink in options if least_contrast(ground, thing.box.grown(2), ink) >= WANTED]
    return enough[0] if enough else colours.ink


def _opposite(colour: Colour) -> Colour:
    return BLACK if contrast(colour, BLACK) > contrast(colour, WHITE) else WHITE
