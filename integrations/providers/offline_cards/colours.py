"""Colours: read, compared as WCAG 2.2 does, and changed in lightness without a change of hue.

The way to do that is OKLab: Björn Ottosson, "A perceptual color space for image processing", 2020.
"""

import math
import re
from typing import Any

Colour = tuple[int, int, int]

WHITE: Colour = (255, 255, 255)
BLACK: Colour = (0, 0, 0)
HEX = re.compile(r"#?([0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)


def read(text: Any) -> Colour | None:
    """The colour of "#rgb" or "#rrggbb", None for anything else."""
    found = HEX.fullmatch(text.strip()) if isinstance(text, str) else None
    if not found:
        return None
    digits = found[1] if len(found[1]) == 6 else "".join(digit * 2 for digit in found[1])
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)


def linear(channel: float) -> float:
    """One channel of sRGB, 0 to 255, as light, 0 to 1."""
    value = channel / 255
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def luminance(colour: Colour) -> float:
    """How bright a colour is, 0 (black) to 1 (white): WCAG's relative luminance."""
    red, green, blue = (linear(channel) for channel in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ratio(one: float, other: float) -> float:
    """The contrast of two luminances, 1 to 21."""
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)


def contrast(one: Colour, other: Colour) -> float:
    """The contrast of two colours, 1 to 21; text wants 4.5 and more."""
    return ratio(luminance(one), luminance(other))


# -- OKLab ------------------------------------------------------------------------------------------------------------


def lightness(colour: Colour) -> float:
    """How light a colour looks, 0 to 1."""
    return oklch(colour)[0]


def oklch(colour: Colour) -> tuple[float, float, float]:
    """Lightness 0 to 1, chroma 0 to about 0.32, hue in radians."""
    red, green, blue = (linear(channel) for channel in colour)
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    medium = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    return 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short, math.hypot(a, b), math.atan2(b, a)


def of_oklch(light: float, chroma: float, hue: float) -> Colour:
    """The colour; one that a screen cannot show loses chroma until it can."""
    light = min(1.0, max(0.0, light))
    for step in range(21):
        channels = _light(light, chroma * (1 - step / 20), hue)
        if all(-0.0005 <= channel <= 1.0005 for channel in channels):
            break
    red, green, blue = (_coded(channel) for channel in channels)
    return red, green, blue


def _light(light: float, chroma: float, hue: float) -> tuple[float, float, float]:
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _coded(value: float) -> int:
    value = min(1.0, max(0.0, value))
    coded = value * 12.92 if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055
    return round(coded * 255)


def toned(colour: Colour, light: float, chroma: float = 1.0, turn: float = 0.0) -> Colour:
    """The colour at another lightness, with `chroma` times its chroma, its hue turned by so many degrees."""
    _, saturation, hue = oklch(colour)
    return of_oklch(light, saturation * chroma, hue + math.radians(turn))


def readable(colour: Colour, ink: Colour, wanted: float) -> Colour:
    """The colour, made darker or lighter until its contrast with the ink is what is wanted, or as near as it gets."""
    light = lightness(colour)
    step = -0.02 if lightness(ink) > 0.5 else 0.02
    while contrast(colour, ink) < wanted and 0 < light < 1:
        light += step
        colour = toned(colour, light)
    return colour
