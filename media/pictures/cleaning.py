"""Makes a new file of a picture's pixels: turned upright, in sRGB, without metadata, comments or anything else."""

import os
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import IO

from PIL import Image, ImageCms, ImageSequence
from PIL.Image import Transpose

from media.pictures.reading import PROBLEMS, Look, Source, has_alpha, opened

QUALITY = 88
# Larger JPEGs are written line by line: passes and the best code tables need all of them in memory at once.
LARGE = 8_000_000
# How long a picture of an animation is shown where the file does not say so, in milliseconds.
USUAL_MS = 100
MOST_PROFILE = 4_000_000
SUFFIXES = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp", "GIF": ".gif"}
# How pixels must be turned that lie as EXIF says (CIPA DC-008).
TURNS = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}


def clean(source: Source, target: str | os.PathLike[str]) -> Path:
    """Write a safe copy of a picture and return its path: `target` with the right suffix, or a file in that folder.

    A JPEG stays one (quality 88), as do PNG and WebP; a GIF or WebP that moves still moves; a GIF that stands still
    becomes a PNG; AVIF becomes a JPEG, or a PNG where it can be seen through, its first picture where it moves. 16 bits
    a channel become 8, CMYK becomes RGB. Raises BadPicture as `reading.look` does, also for pixels that are broken;
    then no file is left.
    """
    with opened(source) as (image, before, lies):
        form = _form(before)
        path = Path(target)
        path = path / f"clean{SUFFIXES[form]}" if path.is_dir() else path.with_suffix(SUFFIXES[form])
        copy = path.with_name(f"{path.name}.part")
        try:
            with copy.open("wb") as file:
                if before.frames > 1 and form in ("GIF", "WEBP"):
                    _save_moving(image, file, form, before.is_lossless)
                else:
                    _save_still(plain(image, lies), file, form, before.is_lossless)
            copy.replace(path)
        finally:
            copy.unlink(missing_ok=True)
    return path


def _form(before: Look) -> str:
    """The format of the copy."""
    if before.format == "GIF":
        return "GIF" if before.frames > 1 else "PNG"
    if before.format == "AVIF":
        return "PNG" if before.has_alpha else "JPEG"
    return before.format


# -- one picture ------------------------------------------------------------------------------------------------------


def _save_still(image: Image.Image, file: IO[bytes], form: str, lossless: bool) -> None:
    if form == "JPEG":
        small = image.width * image.height <= LARGE
        image.save(file, form, quality=QUALITY, progressive=small, optimize=small)
    elif form == "WEBP":
        image.save(file, form, quality=QUALITY, lossless=lossless)
    else:
        image.save(file, form)


def plain(image: Image.Image, lies: int = 1) -> Image.Image:
    """The pixels upright, in sRGB, 8 bits a channel; of all else that the file said only what can be seen through.

    lies is EXIF's orientation. Modes are L, LA, P, RGB and RGBA. The picture that is given is used up.
    """
    image.load()
    found = image.convert("RGBA") if has_alpha(image) and image.mode != "P" else image
    found = _in_srgb(found, image.info.get("icc_profile"))
    if found.mode.startswith("I") or found.mode == "F":
        found = found.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    elif found.mode == "1":
        found = found.convert("L")
    elif found.mode not in ("RGB", "RGBA", "L", "LA", "P"):
        found = found.convert("RGB")
    if lies in TURNS:
        found = found.transpose(TURNS[lies])
    seen_through = found.info.get("transparency") if found.mode == "P" else None
    found.info = {} if seen_through is None else {"transparency": seen_through}
    return found


def _in_srgb(image: Image.Image, profile: object) -> Image.Image:
    """The picture in sRGB where it has a colour profile that can be used, else as it is."""
    if not isinstance(profile, bytes) or not 0 < len(profile) <= MOST_PROFILE:
        return image
    try:
        own = ImageCms.ImageCmsProfile(BytesIO(profile))
        if image.mode == "P":
            image = image.convert("RGBA" if has_alpha(image) else "RGB")
        if image.mode not in ("RGB", "RGBA", "CMYK") or "sRGB" in ImageCms.getProfileName(own):
            return image
        mode = "RGBA" if image.mode == "RGBA" else "RGB"
        changed = ImageCms.profileToProfile(
            image, own, ImageCms.createProfile("sRGB"), outputMode=mode, inPlace=mode == image.mode
        )
        return changed or image
    except (ImageCms.PyCMSError, *PROBLEMS):
        return image


# -- an animation -----------------------------------------------------------------------------------------------------


def _save_moving(image: Image.Image, file: IO[bytes], form: str, lossless: bool) -> None:
    """All pictures with their times. They are made one after the other, since together they may be very large."""
    loop = {"loop": int(image.info["loop"])} if "loop" in image.info else {}
    if form == "WEBP":
        times = _times(image)
        image.seek(0)
        image.save(file, form, save_all=True, duration=times, quality=QUALITY, lossless=lossless, **loop)
        return
    disposals: list[int] = []  # grows with the pictures, just before each is asked for
    pictures = _pictures(image, disposals)
    first = next(pictures)
    first.save(file, form, save_all=True, append_images=pictures, disposal=disposals, **loop)


def _times(image: Image.Image) -> list[int]:
    """How long each picture is shown, in milliseconds."""
    times = []
    for frame in ImageSequence.Iterator(image):
        frame.load()  # only then it is known
        times.append(int(frame.info.get("duration") or USUAL_MS))
    return times


def _pictures(image: Image.Image, disposals: list[int]) -> Iterator[Image.Image]:
    """Each whole picture; behind one that can be seen through, nothing of the last one stays (disposal 2)."""
    for frame in ImageSequence.Iterator(image):
        whole = frame.convert("RGBA")
        low, _ = whole.getchannel("A").getextrema()
        disposals.append(2 if low != 255 else 1)
        whole = whole if low != 255 else whole.convert("RGB")
        whole.info = {"duration": int(frame.info.get("duration") or USUAL_MS)}
        yield whole
