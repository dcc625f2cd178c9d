"""Shapes with smooth edges, gradients, light and grain, laid on a picture."""

import math
from collections.abc import Callable, Sequence
from hashlib import shake_256

from PIL import Image, ImageChops, ImageDraw

from integrations.providers.offline_cards.colours import Colour

Point = tuple[float, float]
# Shapes are drawn so many times larger and then made smaller, which smooths their edges; large ones less so.
FINE, LARGE = 3, 3_000_000
GRAIN_TILE = 256
# What Pillow's radial gradient has in the middle of its edges; 255 is in its corners.
RIM = 180


def flat(width: int, height: int, colour: Colour) -> Image.Image:
    """A picture of one colour."""
    return Image.new("RGB", (width, height), colour)


def gradient(width: int, height: int, corners: Sequence[Colour]) -> Image.Image:
    """A picture that runs between four colours: top left, top right, bottom left, bottom right."""
    small = Image.frombytes("RGB", (2, 2), bytes(channel for corner in corners for channel in corner))
    return small.resize((width, height), Image.Resampling.BILINEAR, box=(0.5, 0.5, 1.5, 1.5))


def stamp(
    image: Image.Image,
    bounds: tuple[float, float, float, float],
    colour: Colour,
    opacity: float,
    paint: Callable[[ImageDraw.ImageDraw, Callable[[Point], Point], float], None],
) -> None:
    """Lay on what `paint` draws in white inside the bounds, with smooth edges.

    paint gets a board, a function from places on the picture to places on the board, and how much larger that is.
    """
    left, top = max(0, math.floor(bounds[0])), max(0, math.floor(bounds[1]))
    right, bottom = min(image.width, math.ceil(bounds[2])), min(image.height, math.ceil(bounds[3]))
    if right <= left or bottom <= top:
        return
    scale = FINE if (right - left) * (bottom - top) < LARGE else FINE - 1
    mask = Image.new("L", ((right - left) * scale, (bottom - top) * scale))
    paint(ImageDraw.Draw(mask), lambda at: ((at[0] - left) * scale, (at[1] - top) * scale), scale)
    mask = mask.reduce(scale)
    if opacity < 1:
        mask = mask.point(lambda value: round(value * opacity))
    image.paste(colour, (left, top), mask)


def polygon(image: Image.Image, points: Sequence[Point], colour: Colour, opacity: float = 1.0) -> None:
    """A polygon, filled."""
    across, down = [x for x, _ in points], [y for _, y in points]
    bounds = min(across), min(down), max(across), max(down)
    stamp(image, bounds, colour, opacity, lambda board, at, _: board.polygon([at(p) for p in points], fill=255))


def disc(image: Image.Image, centre: Point, radius: float, colour: Colour, opacity: float = 1.0) -> None:
    """A circle, filled."""
    x, y = centre
    low, high = (x - radius, y - radius), (x + radius, y + radius)
    stamp(image, (*low, *high), colour, opacity, lambda board, at, _: board.ellipse([at(low), at(high)], fill=255))


def ring(image: Image.Image, centre: Point, radius: float, thick: float, colour: Colour, opacity: float = 1.0) -> None:
    """The rim of a circle; thick is inwards."""
    x, y = centre
    low, high = (x - radius, y - radius), (x + radius, y + radius)

    def paint(board: ImageDraw.ImageDraw, at: Callable[[Point], Point], scale: float) -> None:
        board.ellipse([at(low), at(high)], outline=255, width=max(1, round(thick * scale)))

    stamp(image, (*low, *high), colour, opacity, paint)


def rounded(
    image: Image.Image,
    box: tuple[float, float, float, float],
    radius: float,
    colour: Colour,
    opacity: float = 1.0,
) -> None:
    """A rectangle with round corners, filled."""

    def paint(board: ImageDraw.ImageDraw, at: Callable[[Point], Point], scale: float) -> None:
        low, high = at((box[0], box[1])), at((box[2], box[3]))
        board.rounded_rectangle([low, (high[0] - 1, high[1] - 1)], radius=radius * scale, fill=255)

    stamp(image, box, colour, opacity, paint)


def glow(image: Image.Image, centre: Point, radius: float, colour: Colour, opacity: float) -> None:
    """Light that fades out from a centre."""
    side = max(2, round(2 * radius))
    left, top = round(centre[0] - radius), round(centre[1] - radius)
    box = max(0, left), max(0, top), min(image.width, left + side), min(image.height, top + side)
    if box[2] <= box[0] or box[3] <= box[1]:
        return
    small = Image.radial_gradient("L").point(lambda far: round(255 * opacity * max(0.0, 1 - far / RIM) ** 2))
    scale = 256 / side
    part = (box[0] - left) * scale, (box[1] - top) * scale, (box[2] - left) * scale, (box[3] - top) * scale
    mask = small.resize((box[2] - box[0], box[3] - box[1]), Image.Resampling.BICUBIC, box=part)
    image.paste(colour, box[:2], mask)


def grain(image: Image.Image, seed: str, strength: int) -> Image.Image:
    """The picture with noise of up to `strength` steps of 255, the same on all three channels."""
    noise = shake_256(seed.encode()).digest(GRAIN_TILE * GRAIN_TILE)
    tile = Image.frombytes("L", (GRAIN_TILE, GRAIN_TILE), noise)
    tile = tile.point(lambda value: 128 + round((value / 255 - 0.5) * 2 * strength))
    sheet = Image.new("L", image.size)
    for left in range(0, image.width, GRAIN_TILE):
        for top in range(0, image.height, GRAIN_TILE):
            sheet.paste(tile, (left, top))
    return ImageChops.add(image, Image.merge("RGB", (sheet, sheet, sheet)), offset=-128)


def star(centre: Point, outer: float, inner: float, points: int, turn: float = 0.0) -> list[Point]:
    """The corners of a star."""
    found = []
    for number in range(2 * points):
        radius, angle = (inner if number % 2 else outer), turn + math.pi * number / points
        found.append((centre[0] + radius * math.sin(angle), centre[1] - radius * math.cos(angle)))
    return found
