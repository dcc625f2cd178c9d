"""Pictures in other sizes, never stretched, and what colours are in them."""

import os
from collections import Counter
from pathlib import Path

from PIL import Image

from integrations.providers.offline_cards import colours as shades
from integrations.providers.offline_cards.colours import Colour
from media.pictures.cleaning import plain
from media.pictures.reading import MOST_PIXELS, MOST_SIDE, PROBLEMS, BadPicture, Source, has_alpha, opened
from media.pictures.walking import BROKEN

# Pillow first shrinks roughly to so many times the size, then finely.
ROUGHLY = 2.0
QUALITY = 82
# Colours that differ by less than this, each channel 0 to 255, are one.
ALIKE = 48
SAMPLE = 96
SHAPES = {
    "1:1": 1.0,
    "4:5": 4 / 5,
    "5:4": 5 / 4,
    "2:3": 2 / 3,
    "3:2": 3 / 2,
    "3:4": 3 / 4,
    "4:3": 4 / 3,
    "9:16": 9 / 16,
    "16:9": 16 / 9,
    "1.91:1": 1.91,
    "21:9": 21 / 9,
    "3:1": 3.0,
}


def cover(image: Image.Image, width: int, height: int) -> Image.Image:
    """The middle of a picture in exactly this size: made larger or smaller, and what is too much cut off on both sides.

    Raises ValueError for a size that is none (1 to 16,384 a side, 50 million pixels).
    """
    _check(width, height)
    image = _resizable(image, width, height)
    scale = max(width / image.width, height / image.height)
    across, down = min(image.width, width / scale), min(image.height, height / scale)
    left, top = (image.width - across) / 2, (image.height - down) / 2
    box = (left, top, left + across, top + down)
    return image.resize((width, height), Image.Resampling.LANCZOS, box=box, reducing_gap=ROUGHLY)


def contain(image: Image.Image, width: int, height: int, background: str = "") -> Image.Image:
    """The whole picture, as large as it fits into this size; with a background ("#rrggbb") on exactly this size.

    Raises ValueError for a size or a background that is none.
    """
    _check(width, height)
    image = _resizable(image, width, height)
    scale = min(width / image.width, height / image.height)
    size = max(1, min(width, round(image.width * scale))), max(1, min(height, round(image.height * scale)))
    found = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=ROUGHLY)
    if not background:
        return found
    colour = shades.read(background)
    if colour is None:
        raise ValueError(f"{background[:20]!r} is no colour: write it as #rrggbb.")
    whole = Image.new("RGB", (width, height), colour)
    at = (width - found.width) // 2, (height - found.height) // 2
    whole.paste(found, at, found if has_alpha(found) else None)
    return whole


def thumbnail(image: Image.Image, width: int) -> Image.Image:
    """The whole picture, at most so wide and so high, never larger than it is."""
    _check(width, width)
    scale = min(1.0, width / image.width, width / image.height)
    return contain(image, max(1, round(image.width * scale)), max(1, round(image.height * scale)))


def thumbnail_file(source: Source, target: str | os.PathLike[str], width: int) -> Path:
    """Write a thumbnail of a picture's file as WebP, upright and without metadata; raises BadPicture."""
    with opened(source) as (image, _, lies):
        image.draft(image.mode, (2 * width, 2 * width))
        thumbnail(plain(image, lies), width).save(target, "WEBP", quality=QUALITY)
    return Path(target)


def colours(image: Image.Image, most: int = 5) -> list[str]:
    """The colours that a picture has most of, as "#rrggbb", the first one first; none where all can be seen through."""
    small = _resizable(image, SAMPLE, SAMPLE).resize((SAMPLE, SAMPLE), Image.Resampling.BOX, reducing_gap=ROUGHLY)
    data = small.convert("RGBA").tobytes()
    pixels = [data[place : place + 3] for place in range(0, len(data), 4) if data[place + 3] > 127]
    found: dict[bytes, int] = {}
    for colour, count in Counter(pixels).most_common():
        near = next((other for other in found if _is_alike(colour, other)), colour)
        found[near] = found.get(near, 0) + count
    best = sorted(found, key=lambda colour: (-found[colour], colour))[:most]
    return [f"#{colour.hex()}" for colour in best]


def _is_alike(one: bytes, other: bytes) -> bool:
    return max(abs(a - b) for a, b in zip(one, other, strict=True)) < ALIKE


def contrast(one: str | Colour, other: str | Colour) -> float:
    """The contrast of two colours ("#rrggbb" or three channels), 1 to 21 (WCAG 2.2); raises ValueError."""
    return shades.contrast(_colour(one), _colour(other))


def describe_size(width: int, height: int) -> str:
    """A size in words: "1,080 x 1,920 pixels, portrait, 9:16"."""
    shape = "square" if width == height else "landscape" if width > height else "portrait"
    near = [name for name, ratio in SHAPES.items() if abs(width / height / ratio - 1) < 0.012 and name != "1:1"]
    return f"{width:,} x {height:,} pixels, {', '.join([shape, *near[:1]])}"


def _colour(value: str | Colour) -> Colour:
    found = shades.read(value) if isinstance(value, str) else value
    if found is None:
        raise ValueError(f"{value[:20]!r} is no colour: write it as #rrggbb.")
    return found


def _check(width: int, height: int) -> None:
    if not (1 <= width <= MOST_SIDE and 1 <= height <= MOST_SIDE and width * height <= MOST_PIXELS):
        raise ValueError(f"There is no picture of {width} x {height} pixels: 1 to {MOST_SIDE:,} a side are possible.")


def _resizable(image: Image.Image, width: int, height: int) -> Image.Image:
    """The picture in a mode whose pixels can be mixed; a JPEG that is not decoded yet is decoded no larger than needed.

    Raises BadPicture where the pixels are broken.
    """
    try:
        image.draft(image.mode, (round(ROUGHLY * width), round(ROUGHLY * height)))
        image.load()
    except PROBLEMS as error:
        raise BadPicture(BROKEN) from error
    if has_alpha(image):
        return image if image.mode == "RGBA" else image.convert("RGBA")
    return image if image.mode in ("RGB", "L") else image.convert("RGB")
