"""Abstract: shapes that overlap, in all colours of the brand."""

import math
from typing import Literal

from PIL import Image, ImageChops

from integrations.providers.offline_cards import painting
from integrations.providers.offline_cards.colours import Colour, contrast, lightness, toned
from integrations.providers.offline_cards.grounds.design import Design, Scene
from integrations.providers.offline_cards.layout import Box
from integrations.providers.offline_cards.ordering import Order
from integrations.providers.offline_cards.painting import Point

# A long text leaves no room for tiles.
LONG = 220
WAVES = 3
# So many places are tried for a disc, to find one away from the words.
TRIES = 5


def design(order: Order) -> Design:
    """Discs, waves, or tiles beside the words."""
    themes: dict[str, Literal["deep", "solid", "paper"]] = {"paper": "paper", "solid": "solid", "deep": "deep"}
    theme = themes[order.luck.pick("theme", ["deep", "solid", "paper"])]
    forms = ["discs", "waves"] if order.words.length > LONG else ["discs", "waves", "tiles", "tiles"]
    form = order.luck.pick("form", forms)
    paint = {"discs": discs, "waves": waves, "tiles": tiles}[form]
    floor = 0.16 if order.words.length > LONG else 0.27
    return Design(paint, theme, art=0.36 if form == "tiles" else 0.0, floor=floor if form == "waves" else 0.0)


def _shapes(scene: Scene) -> list[Colour]:
    """The colours that can be seen on the ground, and shades of the ground itself."""
    ground = scene.palette.ground
    seen = [colour for colour in scene.palette.shapes if contrast(colour, ground) >= 1.35]
    light = lightness(ground)
    if light > 0.9:
        return [*seen, *(toned(colour, 0.87, 0.5) for colour in scene.palette.shapes[:2])]
    step = 0.1 if light < 0.55 else -0.1
    return [*seen, toned(ground, light + step, 1.1, 12), toned(ground, light + 2 * step, 1.2, -14)]


def _base(scene: Scene) -> Image.Image:
    ground = scene.palette.ground
    light = lightness(ground)
    other = toned(ground, light - 0.05 if light < 0.6 else light - 0.03, 1.1, 14)
    return painting.gradient(scene.order.width, scene.order.height, [ground, ground, other, other])


def discs(scene: Scene) -> Image.Image:
    """Large discs and rings that meet in the corners away from where the words begin."""
    image, luck, unit = _base(scene), scene.order.luck, scene.order.unit
    colours = _shapes(scene)
    mirrored = scene.layout.align == "right"
    long, wide = max(image.size), min(image.size)
    for number in range(6):
        low = number % 3 != 2
        radius = min(0.42 * wide, 0.26 * long) * luck.between(f"r{number}", 0.45, 1.0) * (1.0 if low else 0.7)
        places = []
        for attempt in range(TRIES):
            x = image.width * luck.between(f"x{number} {attempt}", 0.7, 1.06)
            y = image.height * luck.between(f"y{number} {attempt}", *((0.78, 1.08) if low else (-0.08, 0.18)))
            places.append((image.width - x if mirrored else x, y))
        centre = min(places, key=lambda place: _around(place, radius).overlap(scene.words))
        colour = colours[number % len(colours)]
        if number % 3 == 1:
            painting.ring(image, centre, radius, 0.02 * unit, colour, 0.95)
        else:
            painting.disc(image, centre, radius, colour, luck.between(f"o{number}", 0.72, 0.95))
    return image


def waves(scene: Scene) -> Image.Image:
    """Hills along the bottom, one behind the other, and a sun."""
    image, luck, unit = _base(scene), scene.order.luck, scene.order.unit
    colours = _shapes(scene)
    mirrored = scene.layout.align == "right"
    x = image.width * luck.between("sun x", 0.8, 0.92)
    sun = (image.width - x if mirrored else x, image.height * luck.between("sun y", 0.1, 0.2))
    if _around(sun, 0.14 * unit).overlap(scene.words):
        sun = 0.0 if mirrored else float(image.width), 0.0
    if not _around(sun, 0.14 * unit).overlap(scene.words):
        painting.disc(image, sun, 0.13 * unit, scene.palette.accent, 0.95)
    high = 0.16 if scene.order.words.length > LONG else 0.25
    for number in range(WAVES):
        level = image.height * (1 - high + 0.42 * high * number)
        crest = _wave(image, level, luck.between(f"phase{number}", 0, 2 * math.pi), 0.14 * high * image.height, number)
        painting.polygon(image, crest, colours[(number + 1) % len(colours)])
    return image


def _around(centre: Point, radius: float) -> Box:
    x, y = centre
    return Box(round(x - radius), round(y - radius), round(x + radius), round(y + radius))


def _wave(image: Image.Image, level: float, phase: float, height: float, number: int) -> list[Point]:
    turns = (1.1 + 0.35 * number) * 2 * math.pi
    points = [(image.width * step / 60, level + height * math.sin(phase + turns * step / 60)) for step in range(-1, 62)]
    return [*points, (image.width + 9, image.height + 9), (-9, image.height + 9)]


def tiles(scene: Scene) -> Image.Image:
    """A grid of quarters, halves and discs, on the part of the card that has no words."""
    art = scene.layout.art
    if art is None:
        return discs(scene)
    image = painting.flat(scene.order.width, scene.order.height, scene.palette.ground)
    across, down = _grid(art, scene)
    side = art.width / across
    for row in range(down):
        for column in range(across):
            _tile(image, scene, (art.left + column * side, art.top + row * side), side, row * across + column)
    return image


def _grid(art: Box, scene: Scene) -> tuple[int, int]:
    """How many tiles there are, across and down."""
    if scene.layout.kind == "row":
        return 2, 2
    if art.height < scene.order.height:
        across = max(3, min(6, round(art.width / (0.18 * scene.order.unit))))
        return across, max(1, round(art.height / (art.width / across)))
    down = max(2, round(art.height / (0.2 * scene.order.unit)))
    return max(1, round(art.width / (art.height / down))), down


def _tile(image: Image.Image, scene: Scene, at: Point, side: float, number: int) -> None:
    luck, colours = scene.order.luck, _shapes(scene)
    first = luck.roll(f"behind{number}") % len(colours)
    behind = colours[first]
    front = colours[(first + 1 + luck.roll(f"front{number}") % (len(colours) - 1)) % len(colours)]
    if contrast(front, behind) < 1.2:
        front = scene.palette.ground
    x, y = at
    tile = painting.flat(round(x + side) - round(x), round(y + side) - round(y), behind)
    wide = tile.width
    form = luck.pick(f"tile{number}", ["quarter", "quarter", "half", "disc", "ring", "leaf"])
    corner = [(0.0, 0.0), (wide, 0.0), (wide, wide), (0.0, wide)][luck.roll(f"corner{number}") % 4]
    if form == "quarter":
        painting.disc(tile, corner, wide, front)
        painting.disc(tile, corner, wide * 0.45, behind)
    elif form == "half":
        painting.disc(tile, (wide / 2, corner[1]), wide / 2, front)
    elif form == "disc":
        painting.disc(tile, (wide / 2, wide / 2), wide * 0.36, front)
    elif form == "ring":
        painting.ring(tile, (wide / 2, wide / 2), wide * 0.38, wide * 0.13, front)
    else:
        other = wide - corner[0], wide - corner[1]
        leaf = painting.flat(tile.width, tile.height, behind)
        painting.disc(leaf, corner, wide, front)
        rest = painting.flat(tile.width, tile.height, behind)
        painting.disc(rest, other, wide, front)
        tile = _darker(leaf, rest, behind)
    image.paste(tile, (round(x), round(y)))


def _darker(one: Image.Image, other: Image.Image, behind: Colour) -> Image.Image:
    """Where both have the front colour: the lens of two discs."""
    plain = painting.flat(one.width, one.height, behind)
    mask = ImageChops.difference(other, plain).convert("L").point(lambda value: 255 if value else 0)
    return Image.composite(one, plain, mask)
