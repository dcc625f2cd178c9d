"""The colours of one card, made from those of the brand."""

from dataclasses import dataclass

from integrations.providers.offline_cards.colours import (
    BLACK,
    WHITE,
    Colour,
    contrast,
    lightness,
    oklch,
    read,
    readable,
    toned,
)
from integrations.providers.offline_cards.ordering import Order

# What text must have against what is behind it (WCAG 2.2, AA), and what an accent has, which is only for looking at.
TEXT, ACCENT = 4.5, 2.0
GREY = 0.03
# For brands without colours.
DEFAULTS = [
    "#0f4c5c #fb8b24 #f3dfc1",
    "#1d3557 #e63946 #a8dadc",
    "#2d1e4f #f25f5c #ffe066",
    "#1b4332 #ffb703 #95d5b2",
    "#3a0ca3 #f72585 #4cc9f0",
    "#5f0f40 #fb8b24 #9fd8cb",
    "#003049 #f77f00 #eae2b7",
    "#264653 #e76f51 #e9c46a",
]


@dataclass(frozen=True)
class Palette:
    """ground lies behind, ink is for text on it, accent stands out.

    shapes are all colours there are to play with, three and more; the first ones of them, own, are the brand's.
    """

    ground: Colour
    ink: Colour
    accent: Colour
    shapes: tuple[Colour, ...]
    own: tuple[Colour, ...]


def own_colours(order: Order) -> tuple[Colour, ...]:
    """The brand's colours, or some that suit its name."""
    chosen = order.brand_luck.pick("colours", DEFAULTS).split()
    return order.colours or tuple(colour for text in chosen if (colour := read(text)))


def with_relatives(found: tuple[Colour, ...]) -> tuple[Colour, ...]:
    """The colours, with relatives of the most colourful one where there are fewer than three."""
    main = max(found, key=lambda colour: oklch(colour)[1])
    light, turn = lightness(main), -38 if is_muddy(main) else 38
    relative = toned(main, light - 0.2 if light > 0.6 else light + 0.25, turn=turn)
    far = toned(main, 0.24, 0.3) if light > 0.7 else toned(main, 0.84, 0.8, turn=-32)
    return found + (relative, far)[: max(0, 3 - len(found))]


def palette(order: Order, theme: str) -> Palette:
    """The colours for a theme: "deep" (dark), "solid" (the brand's first colour) or "paper" (nearly white)."""
    own = own_colours(order)
    main = own[0]
    if theme == "paper":
        ground = toned(main, 0.965, min(1.0, 0.014 / max(0.001, oklch(main)[1])))
        ink = readable(toned(main, 0.26, 0.75), ground, 7)
    elif theme == "deep":
        ground = deep(min(order.colours or own[:1], key=lightness))
        ink = toned(ground, 0.985, 0.08)
    else:
        ground, ink = solid(main)
    shapes = with_relatives(own)
    accent = accent_on(ground, own[1:] + own[:1] + shapes[len(own) :], ink)
    return Palette(ground, ink, accent, shapes, own)


def deep(colour: Colour) -> Colour:
    """A colour in the dark. Yellow and orange would be brown there, so that they become nearly black."""
    if is_muddy(colour):
        return toned(colour, 0.21, 0.28)
    return toned(colour, min(0.3, max(0.2, lightness(colour))), 0.85)


def is_muddy(colour: Colour) -> bool:
    """Whether it is yellow or orange."""
    _, chroma, hue = oklch(colour)
    return 0.6 < hue < 2.1 and chroma > GREY


def solid(main: Colour) -> tuple[Colour, Colour]:
    """A colour to lie behind text and the ink on it: white where a little darkness is enough for it, else dark."""
    if contrast(main, WHITE) >= 3.4:
        return readable(main, WHITE, TEXT + 0.3), WHITE
    dark = toned(main, 0.2, 0.6)
    return main, dark if contrast(dark, main) >= TEXT + 1 else BLACK


def accent_on(ground: Colour, options: tuple[Colour, ...], ink: Colour) -> Colour:
    """The first of the colours that stands out; else the most colourful one, changed until it does; else the ink."""
    vivid = [colour for colour in options if contrast(colour, ground) >= ACCENT and oklch(colour)[1] > GREY]
    if vivid:
        return vivid[0]
    best = max(options, key=lambda colour: oklch(colour)[1])
    changed = readable(best, ground, ACCENT)
    return changed if contrast(changed, ground) >= ACCENT and oklch(changed)[1] > GREY else ink
