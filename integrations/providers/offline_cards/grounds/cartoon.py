"""Cartoon: bold colours, thick outlines, rays and dots, and the words on a panel."""

import math
from collections.abc import Callable

from PIL import Image, ImageDraw

from integrations.providers.offline_cards import painting
from integrations.providers.offline_cards.colours import Colour, lightness, oklch, toned
from integrations.providers.offline_cards.grounds.design import Design, Scene
from integrations.providers.offline_cards.layout import Box
from integrations.providers.offline_cards.ordering import Order
from integrations.providers.offline_cards.painting import Point

INSET = 0.055
# A lower or narrower card is one panel.
PLAIN = 56


def design(order: Order) -> Design:
    """Rays or dots behind a panel."""
    small = min(order.width, order.height) < PLAIN
    return Design(paint, "paper", centred=True, accent="none", inset=0.0 if small else INSET)


def paint(scene: Scene) -> Image.Image:
    """The ground, what peeps out behind the panel, and the panel."""
    main, other = _bold(scene)
    image = painting.flat(scene.order.width, scene.order.height, main)
    if min(image.size) < PLAIN:
        line = round(0.05 * min(image.size))
        image.paste(scene.palette.ground, (line, line, image.width - line, image.height - line))
        return image
    form = scene.order.luck.pick("form", ["rays", "dots"])
    if form == "rays":
        _rays(image, scene, main)
    else:
        _dots(image, scene, main)
    panel = panel_of(scene)
    if scene.layout.kind == "stack" and min(image.size) >= 140:
        _burst(image, scene, panel, other)
    _panel(image, scene, panel)
    return image


def _bold(scene: Scene) -> tuple[Colour, Colour]:
    """The colour of the ground, which is neither dark nor pale, and one that shouts beside it."""
    colours = scene.palette.shapes
    vivid = [colour for colour in colours if lightness(colour) > 0.45 and oklch(colour)[1] > 0.05]
    main = vivid[0] if vivid else toned(colours[0], 0.62, 1.2)
    rest = [colour for colour in colours if colour != main and abs(lightness(colour) - lightness(main)) > 0.14]
    return main, rest[0] if rest else toned(main, 0.88, 1.2, 40)


def panel_of(scene: Scene) -> Box:
    """The panel around the words."""
    return scene.words.grown(max(INSET * scene.order.unit, outline(scene.order) + 4))


def outline(order: Order) -> int:
    """How thick lines are, in pixels."""
    return max(2, round(0.0085 * order.unit))


def _rays(image: Image.Image, scene: Scene, main: Colour) -> None:
    light = lightness(main)
    ray = toned(main, light + 0.07 if light < 0.8 else light - 0.07)
    centre = image.width / 2, image.height * 0.55
    far, count = math.hypot(*image.size), 18
    turn = scene.order.luck.between("turn", 0, math.pi / count)
    for number in range(count):
        angles = turn + 2 * math.pi * number / count, turn + 2 * math.pi * (number + 0.5) / count
        ends = [(centre[0] + far * math.cos(angle), centre[1] + far * math.sin(angle)) for angle in angles]
        painting.polygon(image, [centre, *ends], ray)


def _dots(image: Image.Image, scene: Scene, main: Colour) -> None:
    """Dots as in old print, which grow towards one corner."""
    light = lightness(main)
    dot = toned(main, light + 0.1 if light < 0.75 else light - 0.1)
    pitch = 0.042 * scene.order.unit
    from_right = scene.order.luck.roll("side") % 2
    far = math.hypot(*image.size)
    places = []
    for row in range(-1, math.ceil(image.height / pitch) + 2):
        for column in range(-1, math.ceil(image.width / pitch) + 2):
            x, y = (column + (row % 2) / 2) * pitch, row * pitch * 0.87
            away = math.hypot(image.width - x if from_right else x, y) / far
            radius = pitch * 0.5 * max(0.0, 0.92 - 1.05 * away)
            if radius > 0.5:
                places.append(((x, y), radius))

    def all_dots(board: ImageDraw.ImageDraw, at: Callable[[Point], Point], _scale: float) -> None:
        for (x, y), radius in places:
            board.ellipse([at((x - radius, y - radius)), at((x + radius, y + radius))], fill=255)

    painting.stamp(image, (0, 0, *image.size), dot, 1.0, all_dots)


def _burst(image: Image.Image, scene: Scene, panel: Box, colour: Colour) -> None:
    """A star behind one corner of the panel, and small ones elsewhere."""
    unit, line, ink = scene.order.unit, outline(scene.order), scene.palette.ink
    left = scene.order.luck.roll("burst") % 2
    x = panel.left + 0.02 * unit if left else panel.right - 0.02 * unit
    centre = (x, panel.top + 0.01 * unit)
    size = 0.15 * unit
    painting.polygon(image, painting.star(centre, size + 1.7 * line, size * 0.6 + 1.2 * line, 11, 0.2), ink)
    painting.polygon(image, painting.star(centre, size, size * 0.6, 11, 0.2), colour)
    other = (panel.right - 0.03 * unit if left else panel.left + 0.03 * unit, panel.bottom + 0.005 * unit)
    painting.disc(image, other, 0.06 * unit + line, ink)
    painting.disc(image, other, 0.06 * unit, scene.palette.shapes[-1])


def _panel(image: Image.Image, scene: Scene, panel: Box) -> None:
    """A sheet with a thick outline and a hard shadow."""
    unit, line, ink = scene.order.unit, outline(scene.order), scene.palette.ink
    radius = min(0.045 * unit, panel.height / 3)
    drop = round(0.014 * unit)
    shadow = (panel.left + drop, panel.top + drop, panel.right + drop, panel.bottom + drop)
    painting.rounded(image, shadow, radius, ink)
    painting.rounded(image, panel.tuple, radius, ink)
    painting.rounded(image, panel.grown(-line).tuple, max(1, radius - line), scene.palette.ground)
