"""The contrast of text with what is really behind it: measured on the pixels, and made enough where it is not."""

from functools import cache

from PIL import Image, ImageDraw, ImageFilter

from integrations.providers.offline_cards.colours import Colour, linear, luminance, ratio
from integrations.providers.offline_cards.layout import Box

WEIGHTS = (0.2126, 0.7152, 0.0722, 0.0)
VEILS = (0.25, 0.4, 0.55, 0.7, 0.82, 0.92, 1.0)
# A soft veil is drawn so many times smaller than it is.
SMALLER = 8


@cache
def _light(up: bool) -> list[int]:
    """For each step of a channel its light in 255 steps, rounded up or down."""
    exact = [linear(step) * 255 for step in range(256)]
    return [min(255, int(value) + 1) if up and value > int(value) else int(value) for value in exact]


def least_contrast(ground: Image.Image, box: Box, ink: Colour) -> float:
    """The worst contrast of an ink with any pixel in a box, 1 to 21; it may be a little better, never worse."""
    part = ground.crop(box.within(*ground.size).tuple)
    darkest = part.point(_light(False) * 3).convert("L", WEIGHTS).getextrema()[0]
    lightest = part.point(_light(True) * 3).convert("L", WEIGHTS).getextrema()[1]
    assert isinstance(darkest, int)
    assert isinstance(lightest, int)
    mine, low, high = luminance(ink), max(0, darkest - 1) / 255, min(255, lightest + 1) / 255
    return 1.0 if low <= mine <= high else min(ratio(mine, low), ratio(mine, high))


def veiled(ground: Image.Image, box: Box, ink: Colour, veil: Colour, wanted: float) -> Image.Image:
    """The ground, with as thin a veil over the box and around it as gives the ink the contrast that is wanted."""
    if least_contrast(ground, box, ink) >= wanted:
        return ground
    soft = max(2.0, 0.06 * min(ground.size))
    mask = _soft_box(ground.size, box, soft)
    for strength in VEILS:
        found = ground.copy()
        found.paste(veil, (0, 0), mask.point(lambda value, strength=strength: round(value * strength)))
        if strength == 1:
            found.paste(veil, box.within(*ground.size).tuple)
        if least_contrast(found, box, ink) >= wanted:
            break
    return found


def _soft_box(size: tuple[int, int], box: Box, soft: float) -> Image.Image:
    """White in the box, fading out around it."""
    small = Image.new("L", (max(1, size[0] // SMALLER), max(1, size[1] // SMALLER)))
    across, down = small.width / size[0], small.height / size[1]
    grown = box.grown(2 * soft)
    edges = (grown.left * across, grown.top * down, grown.right * across, grown.bottom * down)
    ImageDraw.Draw(small).rectangle(edges, fill=255)
    small = small.filter(ImageFilter.GaussianBlur(soft * across))
    return small.resize(size, Image.Resampling.BILINEAR)
