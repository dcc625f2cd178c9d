"""Realistic: soft light, depth and grain. It is a mood, not a photograph of anything."""

import math

from PIL import Image, ImageChops, ImageFilter

from integrations.providers.offline_cards import painting
from integrations.providers.offline_cards.colours import Colour, lightness, oklch, toned
from integrations.providers.offline_cards.grounds.design import Design, Scene
from integrations.providers.offline_cards.palette import GREY, is_muddy

# The colours are worked out on so many pixels and made larger softly.
COARSE = 24
# Lights out of focus have no sharp edges: they are painted so many times smaller.
SMALLER = 2


def design(_order: object) -> Design:
    """A dark room with lights of the brand's colours."""
    return Design(paint, "deep", centred=True)


def paint(scene: Scene) -> Image.Image:
    """Colours that run into each other, light from one side, lights out of focus, a darker rim, grain."""
    left = bool(scene.order.luck.roll("side") % 2)
    image = ImageChops.screen(_mist(scene, left), _lamps(scene, left))
    return painting.grain(_rim(image), scene.order.luck.seed, 4)


def _warm(scene: Scene) -> Colour:
    """The colour of the light: the most colourful one that is not the ground's."""
    own = [colour for colour in scene.palette.own if colour != _main(scene) and oklch(colour)[1] > GREY]
    others = own or [toned(_main(scene), 0.7)]
    return max(others, key=lambda colour: oklch(colour)[1] * (1 if lightness(colour) > 0.4 else 0.4))


def _main(scene: Scene) -> Colour:
    """The colour of the dark: the first one that is not brown there."""
    return next((colour for colour in scene.palette.shapes if not is_muddy(colour)), scene.palette.ground)


def _mist(scene: Scene, left: bool) -> Image.Image:
    """Each pixel of a small picture is a mean of relatives of the main colour, weighed by how near they are."""
    order, main = scene.order, _main(scene)
    turn = order.luck.between("turn", -24, 24)
    strong = toned(main, min(0.5, max(0.4, lightness(main))), 1.05)
    spots = [
        (0.15 if left else 0.85, 0.0, strong),
        (order.luck.between("x1", 0.2, 0.8), order.luck.between("y1", 0.15, 0.5), toned(main, 0.36, 0.95, turn)),
        (0.9 if left else 0.1, 0.75, toned(main, 0.24, 0.8, -turn)),
        (order.luck.between("x2", 0.1, 0.9), 1.0, toned(main, 0.2, 0.7)),
        (0.9 if left else 0.1, 0.1, toned(main, 0.26, 0.9, 2 * turn)),
    ]
    small = Image.new("RGB", (COARSE, COARSE))
    for row in range(COARSE):
        for column in range(COARSE):
            small.putpixel((column, row), _mean(spots, column / (COARSE - 1), row / (COARSE - 1)))
    image = small.resize((order.width, order.height), Image.Resampling.BICUBIC)
    edge, warm = image.width * (0.0 if left else 1.0), _warm(scene)
    painting.glow(image, (edge, 0), 1.6 * order.unit, toned(warm, 0.62, 1.1), 0.85)
    painting.glow(image, (edge, 0), 0.55 * order.unit, toned(warm, 0.8, 0.9), 0.6)
    painting.glow(image, (image.width - edge, image.height), 0.9 * order.unit, toned(main, 0.5, 1.1, 2 * turn), 0.5)
    return image


def _mean(spots: list[tuple[float, float, Colour]], x: float, y: float) -> Colour:
    weights = [math.exp(-((x - left) ** 2 + (y - top) ** 2) / 0.12) + 1e-5 for left, top, _ in spots]
    total = sum(weights)
    red, green, blue = (
        round(sum(weight * spot[2][channel] for weight, spot in zip(weights, spots, strict=True)) / total)
        for channel in range(3)
    )
    return red, green, blue


def _lamps(scene: Scene, left: bool) -> Image.Image:
    """What is added as light: discs, as a lens makes them of lamps far away."""
    order, warm = scene.order, _warm(scene)
    luck, unit = order.luck, order.unit / SMALLER
    image = painting.flat(max(1, order.width // SMALLER), max(1, order.height // SMALLER), (0, 0, 0))
    for number in range(14):
        across = luck.between(f"lx{number}", 0.0, 1.0) ** 1.6 * 0.62
        x = image.width * (across if left else 1 - across)
        y = image.height * luck.between(f"ly{number}", 0.0, 1.0)
        radius = unit * (0.012 + 0.075 * luck.between(f"lr{number}", 0.0, 1.0) ** 2)
        colour = toned(warm if number % 3 else scene.palette.shapes[number % len(scene.palette.shapes)], 0.74, 0.9)
        strength = luck.between(f"lo{number}", 0.1, 0.42) * (1 - 0.5 * across)
        painting.disc(image, (x, y), radius, colour, strength)
        painting.ring(image, (x, y), radius, max(1.0, 0.07 * radius), colour, strength)
    image = image.filter(ImageFilter.GaussianBlur(max(0.6, 0.0025 * unit)))
    return image.resize((order.width, order.height), Image.Resampling.BICUBIC)


def _rim(image: Image.Image) -> Image.Image:
    """The picture, darker towards its corners."""
    small = Image.radial_gradient("L").point(lambda far: round(70 * max(0.0, far / 255 - 0.4)))
    small = small.filter(ImageFilter.GaussianBlur(8))
    image.paste((6, 6, 10), (0, 0), small.resize(image.size, Image.Resampling.BILINEAR))
    return image
