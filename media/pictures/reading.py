"""Looks at a picture from outside: what it is by its content, and whether it may come in.

Refused are: what is no picture of the five formats; files and pictures that are too large, by their own header, before
anything is decoded; broken ones; and files that are a picture and something else at once (a script that begins like a
GIF, an archive or a page behind the last byte of the picture). Comments and metadata inside are not judged, whatever
stands in them: no decoder sees them, and `cleaning.clean` makes a new file of the pixels alone.
"""

import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO

from PIL import Image

from integrations.errors import PermanentError
from media.pictures.walking import BROKEN, Broken, Walk, kind, orientation, walk

Source = bytes | str | os.PathLike[str]

MOST_BYTES = 30_000_000
MOST_PIXELS, MOST_SIDE = 50_000_000, 16_384
MOST_FRAMES, MOST_MOVING_PIXELS = 600, 150_000_000
# Photographs in many passes have about ten; each pass over a large picture takes time.
MOST_PASSES = 60
# So many bytes behind a picture's end are somebody's carelessness.
CARELESS = 64
# What cameras put behind a photograph: a smaller one, or some seconds of video.
FROM_CAMERAS = (b"\xff\xd8\xff", b"ftyp", b"MotionPhoto_Data")
TYPES = {
    "PNG": ("image/png", ".png"),
    "JPEG": ("image/jpeg", ".jpg"),
    "WEBP": ("image/webp", ".webp"),
    "GIF": ("image/gif", ".gif"),
    "AVIF": ("image/avif", ".avif"),
}
USE = "Use a PNG, JPEG, WebP, GIF or AVIF file."
# What else comes often, by its first bytes, for a sentence that helps.
OTHERS = {
    b"%PDF": "a PDF document",
    b"PK\x03\x04": "an archive or an office document",
    b"BM": "a BMP picture",
    b"II*\x00": "a TIFF picture",
    b"MM\x00*": "a TIFF picture",
    b"8BPS": "a Photoshop file",
    b"\x00\x00\x01\x00": "an icon",
    b"\x1aE\xdf\xa3": "a video",
    b"OggS": "sound or a video",
    b"ID3": "sound",
}
PAGES = (b"<!doctype html", b"<html", b"<head", b"<body", b"<script", b"<?php")
# What Pillow and the libraries behind it say of files that are broken or made to break them.
PROBLEMS = (
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    EOFError,
    RuntimeError,
    MemoryError,
    struct.error,
)


class BadPicture(PermanentError):
    """The picture may not come in; the text says why and what to do."""


@dataclass(frozen=True)
class Look:
    """What a picture is. format is Pillow's name for it, mime its type; suffix begins with a dot.

    Width and height are in pixels as they are stored, before it is turned upright. frames are 2 and more where it
    moves; a PNG that does is taken as its first picture. is_lossless says that the format keeps each pixel as it was
    (PNG, GIF, some WebP).
    """

    format: str
    width: int
    height: int
    frames: int
    has_alpha: bool
    mime: str
    suffix: str
    is_lossless: bool


def look(source: Source) -> Look:
    """Look at a picture (a path, or its bytes) by its content; raises BadPicture with a sentence.

    It is read whole, not decoded, but for a JPEG at an eighth of its size. Raises OSError where a path cannot be read.
    """
    with opened(source) as (image, found, _):
        if found.format == "JPEG":  # the others have been walked through to their end
            image.draft(image.mode, (max(1, image.width // 8), max(1, image.height // 8)))
            image.load()
    return found


@contextmanager
def opened(source: Source) -> Iterator[tuple[Image.Image, Look, int]]:
    """A picture that may come in, open and not decoded; what it is; and how it lies (EXIF's 1 to 8).

    Raises BadPicture, also for what goes wrong inside. Nothing of its metadata but the colour profile has been read.
    """
    data = contents(source)
    blocks = _walked(data)
    _check_size(blocks)
    _check_alone(data, blocks)
    del data
    try:
        with Image.open(BytesIO(b"".join(blocks.needed)), formats=[blocks.format]) as image:
            blocks.needed.clear()
            blocks.width, blocks.height = image.size
            if blocks.format == "AVIF":
                blocks.frames, blocks.exif = int(getattr(image, "n_frames", 1)), image.info.get("exif", b"")
            _check_size(blocks)
            found = _found(image, blocks)
            yield image, found, orientation(blocks.exif)
    except PROBLEMS as error:
        if isinstance(error, OSError) and error.errno:  # the disk's, not the picture's
            raise
        raise BadPicture(BROKEN) from error


def _found(image: Image.Image, blocks: Walk) -> Look:
    mime, suffix = TYPES[blocks.format]
    size = blocks.width, blocks.height
    return Look(blocks.format, *size, blocks.frames, has_alpha(image), mime, suffix, blocks.is_lossless)


def contents(source: Source) -> bytes:
    """The bytes of a file that is neither empty nor too large; raises BadPicture."""
    if isinstance(source, bytes):
        size, data = len(source), source
    else:
        with open(source, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            data = file.read(MOST_BYTES + 1) if size <= MOST_BYTES else b""
    size = max(size, len(data))
    if size == 0:
        raise BadPicture("The file is empty. Save the picture once more and upload it again.")
    if size > MOST_BYTES:
        raise BadPicture(
            f"The file has {size / 1e6:,.1f} MB; a picture may have {MOST_BYTES // 1_000_000}. Save it smaller, for "
            "example as a JPEG."
        )
    return data


def has_alpha(image: Image.Image) -> bool:
    """Whether some of it can be seen through."""
    return image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info


# -- the checks -------------------------------------------------------------------------------------------------------


def _walked(data: bytes) -> Walk:
    if not kind(data):
        raise BadPicture(f"This is {_named(data)}. {USE}")
    try:
        return walk(data)
    except Broken as error:
        raise BadPicture(str(error)) from error


def _named(data: bytes) -> str:
    """What it is instead of a picture, in words."""
    start = data[:2000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"<svg" in start:
        return "an SVG drawing, which can contain programs"
    if start.startswith(PAGES):
        return "a page or a program, not a picture"
    if data[4:8] == b"ftyp":
        return "a HEIC photograph" if data[8:12] in (b"heic", b"heix", b"mif1", b"msf1") else "a video"
    return next((name for begin, name in OTHERS.items() if data.startswith(begin)), "no picture that can be read here")


def _check_size(blocks: Walk) -> None:
    """Raises BadPicture for what takes too much memory or time."""
    size, pixels = f"{blocks.width:,} x {blocks.height:,} pixels", blocks.width * blocks.height
    if not pixels:
        raise BadPicture("The picture has no width or no height. Save it once more and upload it again.")
    if pixels > min(MOST_PIXELS, Image.MAX_IMAGE_PIXELS or MOST_PIXELS) or max(blocks.width, blocks.height) > MOST_SIDE:
        raise BadPicture(
            f"The picture has {size}; {MOST_PIXELS // 1_000_000} million, and {MOST_SIDE:,} a side, are taken. Make it "
            "smaller."
        )
    if blocks.frames > MOST_FRAMES or (blocks.frames > 1 and blocks.frames * pixels > MOST_MOVING_PIXELS):
        raise BadPicture(
            f"The animation has {blocks.frames:,} pictures of {size}, which is too much. Make it shorter or smaller, "
            "or upload it as a video."
        )
    if blocks.passes > MOST_PASSES:
        raise BadPicture("The JPEG is made of too many passes. Save it once more and upload it again.")


def _check_alone(data: bytes, blocks: Walk) -> None:
    """Raises BadPicture for a file that is also something else."""
    if blocks.format == "GIF" and data[6:8] in (b"/*", b"//"):
        raise BadPicture("The file is a program that begins like a GIF picture. Save the picture once more.")
    rest = data[blocks.end :].strip(b"\x00\r\n\t ")
    from_camera = blocks.format == "JPEG" and any(sign in rest[:4096] for sign in FROM_CAMERAS)
    is_page = b"<" in rest and b">" in rest
    if (len(rest) > CARELESS or is_page) and not from_camera:
        raise BadPicture(
            f"Behind the end of the picture the file goes on with {len(rest):,} bytes of something else. Save the "
            "picture once more, alone."
        )
