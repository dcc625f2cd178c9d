"""Pictures from outside: looked at, cleaned, made to fit. The hostile ones are refused in seconds, with a sentence."""

import io
import itertools
import resource
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageDraw

from integrations.errors import PermanentError
from media.pictures import fitting, reading, walking
from media.pictures.cleaning import clean
from media.pictures.reading import BadPicture, look

FORMATS = ["PNG", "JPEG", "WEBP", "GIF", "AVIF"]
PHP = b"<?php system($_GET['c']); ?>"
SCRIPT = b"<script>alert(document.cookie)</script>"
SECONDS = 5.0


def picture(width: int = 60, height: int = 40, mode: str = "RGB") -> Image.Image:
    """A picture whose corners are red, green, blue and white, from the top left on."""
    image = Image.new("RGB", (width, height), (128, 128, 128))
    half_x, half_y = width // 2, height // 2
    for x, y, colour in ((0, 0, "red"), (half_x, 0, "lime"), (0, half_y, "blue"), (half_x, half_y, "white")):
        image.paste(colour, (x, y, x + half_x, y + half_y))
    return image.convert(mode)


def encoded(image: Image.Image, form: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def corners(image: Image.Image) -> list[str]:
    """The colours of the four corners, in words."""
    names = {(1, 0, 0): "red", (0, 1, 0): "lime", (0, 0, 1): "blue", (1, 1, 1): "white"}
    shown = image.convert("RGB")
    wide, high = shown.width - 3, shown.height - 3
    found = [shown.getpixel(place) for place in ((2, 2), (wide, 2), (2, high), (wide, high))]
    return [names.get(tuple(round(channel / 255) for channel in pixel), str(pixel)) for pixel in found]


def cleaned(data: bytes, folder: Path) -> Image.Image:
    image = Image.open(clean(data, folder))
    image.load()
    return image


def chunk(name: bytes, body: bytes) -> bytes:
    """A block of a PNG."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def with_chunk(png: bytes, name: bytes, body: bytes) -> bytes:
    """The PNG with one more block behind its header."""
    return png[:33] + chunk(name, body) + png[33:]


def with_segment(jpeg: bytes, marker: int, body: bytes) -> bytes:
    """The JPEG with one more segment at its beginning."""
    return jpeg[:2] + bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body + jpeg[2:]


def png_header(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims to be so large."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return walking.PNG + header + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")


def gif_comment(gif: bytes, text: bytes) -> bytes:
    """The GIF with a comment before its trailer."""
    blocks = b"".join(bytes([len(part)]) + part for part in [text[n : n + 255] for n in range(0, len(text), 255)])
    return gif[:-1] + b"\x21\xfe" + blocks + b"\x00" + gif[-1:]


def exif(**tags: Any) -> Image.Exif:
    found = Image.Exif()
    found[0x0112] = tags.get("orientation", 1)
    found[0x010E] = "a secret description"
    found.get_ifd(0x8825)[2] = (48.0, 51.0, 29.9)  # GPS latitude
    return found


# -- looking ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMATS)
def test_a_picture_is_known_by_its_content(form: str, tmp_path: Path) -> None:
    path = tmp_path / "holiday.txt"
    path.write_bytes(encoded(picture(), form))
    found = look(path)
    assert (found.format, found.width, found.height, found.frames, found.has_alpha) == (form, 60, 40, 1, False)
    assert (found.mime, found.suffix) == reading.TYPES[form]
    assert found.is_lossless is (form in ("PNG", "GIF"))
    assert look(path.read_bytes()) == look(str(path)) == found


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("size", [(1, 1), (7, 3), (1, 300), (16_000, 2)])
def test_any_shape_comes_in(form: str, size: tuple[int, int], tmp_path: Path) -> None:
    data = encoded(Image.new("RGB", size, "red"), form)
    assert (look(data).width, look(data).height) == cleaned(data, tmp_path).size == size
    fitting.thumbnail_file(data, tmp_path / "small.webp", 480)


@pytest.mark.parametrize("form", ["PNG", "WEBP", "AVIF"])
def test_what_can_be_seen_through_is_known(form: str) -> None:
    image = picture(mode="RGBA")
    image.putalpha(90)
    assert look(encoded(image, form)).has_alpha


@pytest.mark.parametrize(("form", "frames"), [("GIF", 3), ("WEBP", 3), ("AVIF", 3), ("PNG", 1)])
def test_the_pictures_of_an_animation_are_counted(form: str, frames: int) -> None:
    rest = [picture().rotate(90 * turn) for turn in (1, 2)]
    data = encoded(picture(), form, save_all=True, append_images=rest, duration=90)
    assert look(data).frames == frames


def test_errors_of_the_disk_are_not_the_pictures(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        look(tmp_path / "nothing.png")


# -- the hostile corpus -----------------------------------------------------------------------------------------------


def many(block: bytes, times: int) -> bytes:
    return block * times


GIF_START = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff"
GIF_PICTURE = b"\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00"
HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "0 bytes": (lambda: b"", "empty"),
    "1 byte": (lambda: b"\x89", "no picture"),
    "text": (lambda: b"hello", "no picture"),
    "svg": (lambda: b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "an SVG"),
    "svg with a mark": (lambda: b"\xef\xbb\xbf <svg/>", "an SVG"),
    "html": (lambda: b"<!DOCTYPE html><script>alert(1)</script>", "a page or a program"),
    "php": (lambda: PHP, "a page or a program"),
    "pdf": (lambda: b"%PDF-1.7", "a PDF"),
    "zip": (lambda: b"PK\x03\x04", "an archive"),
    "bmp": (lambda: encoded(picture(), "BMP"), "a BMP"),
    "tiff": (lambda: encoded(picture(), "TIFF"), "a TIFF"),
    "icon": (lambda: encoded(picture(), "ICO"), "an icon"),
    "heic": (lambda: b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "a HEIC"),
    "video": (lambda: b"\x00\x00\x00\x18ftypisom\x00\x00\x00\x00isommp42", "a video"),
    "playlist": (lambda: b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "no picture"),
    "gif header": (lambda: b"GIF89a", "cut off"),
    "gif and js": (lambda: b"GIF89a/*" + GIF_START[8:] + GIF_PICTURE + b"\x3b*/=1;alert(1);", "begins like a GIF"),
    "gif and js behind": (lambda: encoded(picture(), "GIF") + b"=1;" + SCRIPT, "goes on with"),
    "png and html": (lambda: encoded(picture(), "PNG") + b"<html>" + SCRIPT, "goes on with"),
    "png and a little html": (lambda: encoded(picture(), "PNG") + b"<b>", "goes on with"),
    "jpeg and zip": (lambda: encoded(picture(), "JPEG") + b"PK\x03\x04" + bytes(range(1, 200)), "goes on with"),
    "jpeg and php": (lambda: encoded(picture(), "JPEG") + PHP, "goes on with"),
    "webp and html": (lambda: encoded(picture(), "WEBP") + SCRIPT * 3, "goes on with"),
    "avif and html": (lambda: encoded(picture(), "AVIF") + SCRIPT * 3, "cut off"),
    "png of 100k x 100k": (lambda: png_header(100_000, 100_000), "100,000 x 100,000"),
    "png of 51 megapixels": (lambda: png_header(8_500, 6_000), "8,500 x 6,000"),
    "png that is too long": (lambda: png_header(20_000, 2), "20,000 x 2"),
    "png of no width": (lambda: png_header(0, 10), "no width"),
    "jpeg of 65k x 65k": (
        lambda: b"\xff\xd8\xff\xc0\x00\x0b\x08\xff\xff\xff\xff\x01\x01\x11\x00\xff\xd9",
        "65,535 x 65,535",
    ),
    "gif of 65k x 65k": (lambda: b"GIF89a\xff\xff\xff\xff\x00\x00\x00" + GIF_PICTURE + b"\x3b", "65,535 x 65,535"),
    "gif with a large picture": (
        lambda: GIF_START + b"\x2c\x00\x00\x00\x00\xff\xff\xff\xff" + GIF_PICTURE[9:] + b"\x3b",
        "65,535 x 65,535",
    ),
    "webp of 16m x 200": (
        lambda: (
            b"RIFF\x20\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xc7\x00\x00ANMF\x00\x00\x00\x00"
            b"\x00\x00"
        ),
        "16,777,216",
    ),
    "png with an unpacked giant": (
        lambda: with_chunk(encoded(picture(), "PNG"), b"zTXt", b"Comment\0\0" + zlib.compress(b"\0" * 100_000_000)),
        "far too large",
    ),
    "png with a giant in a language": (
        lambda: with_chunk(
            encoded(picture(), "PNG"), b"iTXt", b"Comment\0\1\0en\0Wort\0" + zlib.compress(b"\0" * 100_000_000)
        ),
        "far too large",
    ),
    "png with many texts": (
        lambda: (
            png_header(9, 9)[:33]
            + many(chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"\0" * 7_000_000)), 3000)
            + chunk(b"IEND", b"")
        ),
        "far too large",
    ),
    "png with a giant profile": (
        lambda: with_chunk(encoded(picture(), "PNG"), b"iCCP", b"icc\0\0" + zlib.compress(b"\0" * 100_000_000)),
        "far too large",
    ),
    "png with a wrong checksum": (lambda: encoded(picture(), "PNG")[:-30] + b"x" * 30, "broken"),
    "png of a million blocks": (
        lambda: png_header(9, 9)[:33] + many(chunk(b"teSt", b""), 2_400_000) + chunk(b"IEND", b""),
        "too many pieces",
    ),
    "gif of a million comments": (lambda: GIF_START + many(b"\x21\xfe\x00", 9_900_000) + b"\x3b", "too many pieces"),
    "gif of a million pieces": (
        lambda: GIF_START + b"\x21\xfe" + many(b"\x01a", 14_900_000) + b"\x00\x3b",
        "too many pieces",
    ),
    "gif of a million pictures": (lambda: GIF_START + many(GIF_PICTURE, 100_000) + b"\x3b", "100,000 pictures"),
    "gif that is too much": (
        lambda: b"GIF89a\xb8\x0b\xb8\x0b\x00\x00\x00" + many(GIF_PICTURE, 100) + b"\x3b",
        "100 pictures of 3,000 x 3,000",
    ),
    "jpeg of a million markers": (lambda: b"\xff\xd8\xff" + many(b"\x01\xff", 14_900_000) + b"\xd9", "too many pieces"),
    "jpeg of many passes": (
        lambda: (
            encoded(picture(), "JPEG")[:-2] + many(b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\x00", 100) + b"\xff\xd9"
        ),
        "too many passes",
    ),
    "31 MB": (lambda: encoded(picture(), "PNG") + b"\0" * 31_000_000, "31.0 MB"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_the_hostile_are_refused_in_seconds_with_a_sentence(name: str, tmp_path: Path) -> None:
    make, reason = HOSTILE[name]
    source = tmp_path / "holiday.png"
    source.write_bytes(make())
    for read in (
        look,
        lambda path: clean(path, tmp_path),
        lambda path: fitting.thumbnail_file(path, tmp_path / "t", 9),
    ):
        begun = time.perf_counter()
        with pytest.raises(BadPicture, match=reason) as caught:
            read(source)
        assert time.perf_counter() - begun < SECONDS
        said = str(caught.value)
        assert said.isprintable()
        assert len(said) < 250
        assert said.endswith(".")
    assert [path.name for path in tmp_path.iterdir()] == ["holiday.png"], "nothing is left behind"
    assert issubclass(BadPicture, PermanentError)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.95])
def test_what_is_cut_off_is_refused(form: str, share: float, tmp_path: Path) -> None:
    noise = Image.effect_noise((200, 150), 90).convert("RGB")
    data = encoded(noise, form)
    with pytest.raises(BadPicture, match=r"cut off|no picture"):
        clean(data[: int(len(data) * share)], tmp_path)
    assert list(tmp_path.iterdir()) == []


@given(st.sampled_from(FORMATS), st.data())
@settings(max_examples=150, deadline=None)
def test_what_is_damaged_is_refused_or_cleaned_and_nothing_else(form: str, data: st.DataObject) -> None:
    whole = bytearray(encoded(picture(24, 16), form))
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with TemporaryDirectory() as folder:
        try:
            target = clean(bytes(whole), folder)
        except BadPicture:
            return
        assert look(target).format in ("PNG", "JPEG", "WEBP")


def test_memory_stays_bounded(tmp_path: Path) -> None:
    """A photograph of 49 megapixels that lies on its side, in a process of its own."""
    path = tmp_path / "large.jpg"
    small = Image.effect_noise((700, 700), 60).convert("RGB")
    small.resize((7000, 7000)).save(path, "JPEG", exif=exif(orientation=6))
    code = (
        "import sys; sys.path.insert(0, '.')\n"
        "from media.pictures import cleaning\n"
        f"cleaning.clean({str(path)!r}, {str(tmp_path)!r})\n"
        "from desk.trials.processes import peak_mb; print(round(peak_mb()))"
    )
    limit = lambda: resource.setrlimit(resource.RLIMIT_CPU, (60, 60))  # noqa: E731
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, preexec_fn=limit)
    assert int(found.stdout) < 512


def test_a_lower_limit_of_pillow_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    with pytest.raises(BadPicture, match="60 x 40"):
        look(encoded(picture(), "PNG"))


# -- what is inside and goes ------------------------------------------------------------------------------------------

INSIDE: dict[str, Callable[[], bytes]] = {
    "a JPEG's comment": lambda: with_segment(encoded(picture(), "JPEG"), 0xFE, PHP),
    "a JPEG's EXIF": lambda: with_segment(encoded(picture(), "JPEG"), 0xE1, b"Exif\0\0" + PHP),
    "a JPEG's XMP": lambda: with_segment(encoded(picture(), "JPEG"), 0xE1, b"http://ns.adobe.com/xap/1.0/\0" + PHP),
    "a JPEG's APP13": lambda: with_segment(encoded(picture(), "JPEG"), 0xED, b"Photoshop 3.0\0" + PHP),
    "a JPEG's profile": lambda: with_segment(encoded(picture(), "JPEG"), 0xE2, b"ICC_PROFILE\0\1\1" + PHP),
    "a JPEG's header": lambda: encoded(picture(), "JPEG", comment=PHP),
    "a PNG's text": lambda: with_chunk(encoded(picture(), "PNG"), b"tEXt", b"Comment\0" + PHP),
    "a PNG's packed text": lambda: with_chunk(encoded(picture(), "PNG"), b"zTXt", b"Comment\0\0" + zlib.compress(PHP)),
    "a PNG's own block": lambda: with_chunk(encoded(picture(), "PNG"), b"phPx", PHP),
    "a PNG's EXIF": lambda: with_chunk(encoded(picture(), "PNG"), b"eXIf", PHP),
    "a PNG's profile": lambda: with_chunk(encoded(picture(), "PNG"), b"iCCP", b"x\0\0" + zlib.compress(PHP)),
    "a PNG's palette": lambda: encoded(Image.frombytes("P", (28, 1), bytes(range(28))), "PNG"),
    "a GIF's comment": lambda: gif_comment(encoded(picture(), "GIF"), PHP + SCRIPT),
    "a moving GIF's comment": lambda: gif_comment(
        encoded(picture(), "GIF", save_all=True, append_images=[picture().rotate(180)]), PHP
    ),
    "a WebP's EXIF and XMP": lambda: encoded(picture(), "WEBP", exif=b"Exif\0\0" + PHP, xmp=PHP),
    "an AVIF's EXIF and XMP": lambda: encoded(picture(), "AVIF", exif=exif(), xmp=PHP),
    "a camera's second picture": lambda: encoded(picture(), "JPEG") + encoded(picture(9, 9), "JPEG", comment=PHP),
    "a camera's video": lambda: encoded(picture(), "JPEG") + b"\0\0\0\x18ftypmp42" + PHP * 9,
}


@pytest.mark.parametrize("name", INSIDE)
def test_nothing_but_the_pixels_survives(name: str, tmp_path: Path) -> None:
    data = INSIDE[name]()
    path = clean(data, tmp_path)
    after = path.read_bytes()
    for secret in (b"<?php", b"system", b"<script", b"secret", b"Exif", b"http://", b"GPS", b"ICC_PROFILE", b"iCCP"):
        assert secret not in after
    with Image.open(path) as image:
        assert not {"exif", "xmp", "comment", "icc_profile", "Comment", "photoshop"} & image.info.keys()
        assert "palette" in name or corners(image) == ["red", "lime", "blue", "white"]
    assert look(path)


def test_no_place_is_left_in_a_photograph(tmp_path: Path) -> None:
    data = encoded(picture(), "JPEG", exif=exif())
    assert b"secret" in data
    with Image.open(io.BytesIO(data)) as before:
        assert before.getexif().get_ifd(0x8825)
    after = cleaned(data, tmp_path)
    assert not after.getexif()
    assert after.info.keys() <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "progressive", "progression"}


# -- what becomes of the pixels ---------------------------------------------------------------------------------------

TURNED = {
    1: ["red", "lime", "blue", "white"],
    2: ["lime", "red", "white", "blue"],
    3: ["white", "blue", "lime", "red"],
    4: ["blue", "white", "red", "lime"],
    5: ["red", "blue", "lime", "white"],
    6: ["blue", "red", "white", "lime"],
    7: ["white", "lime", "blue", "red"],
    8: ["lime", "white", "red", "blue"],
}


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize("orientation", TURNED)
def test_a_picture_is_turned_upright(form: str, orientation: int, tmp_path: Path) -> None:
    data = encoded(picture(), form, exif=exif(orientation=orientation), quality=95)
    after = cleaned(data, tmp_path)
    assert corners(after) == TURNED[orientation]
    assert after.size == ((60, 40) if orientation < 5 else (40, 60))
    small = fitting.thumbnail_file(data, tmp_path / "small.webp", 30)
    assert corners(Image.open(small)) == TURNED[orientation]


@pytest.mark.parametrize("value", [0, 9, 65_535])
def test_an_orientation_that_is_none_turns_nothing(value: int, tmp_path: Path) -> None:
    assert corners(cleaned(encoded(picture(), "JPEG", exif=exif(orientation=value)), tmp_path)) == TURNED[1]


@given(st.binary(max_size=300))
@example(b"II*\x00\x08\x00\x00\x00\xff\xff")
@example(b"MM\x00*\xff\xff\xff\xff")
def test_broken_exif_turns_nothing_or_something(data: bytes) -> None:
    for exif_data in (data, b"II*\x00" + data, b"Exif\x00\x00MM\x00*" + data):
        assert 1 <= walking.orientation(exif_data) <= 8


def test_cmyk_becomes_rgb(tmp_path: Path) -> None:
    data = encoded(picture(mode="CMYK"), "JPEG", quality=95)
    after = cleaned(data, tmp_path)
    assert after.mode == "RGB"
    assert corners(after) == TURNED[1]


@pytest.mark.parametrize(("mode", "after"), [("L", "L"), ("1", "L"), ("LA", "RGBA"), ("P", "P"), ("RGBA", "RGBA")])
def test_other_modes_stay_as_they_are_seen(mode: str, after: str, tmp_path: Path) -> None:
    before = picture(mode=mode)
    found = cleaned(encoded(before, "PNG"), tmp_path)
    assert found.mode == after
    assert found.convert("RGBA").tobytes() == before.convert("RGBA").tobytes()


def test_16_bits_become_8(tmp_path: Path) -> None:
    image = Image.new("I;16", (4, 1))
    for place, value in enumerate([0, 255, 32_768, 65_535]):
        image.putpixel((place, 0), value)
    found = cleaned(encoded(image, "PNG"), tmp_path)
    assert found.mode == "L"
    assert list(found.tobytes()) == [0, 0, 128, 255]


def test_16_bits_of_three_colours_become_8(tmp_path: Path) -> None:
    row = b"\0" + struct.pack(">6H", 65_535, 0, 0, 0, 32_896, 65_535)
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 1, 16, 2, 0, 0, 0))
    data = walking.PNG + header + chunk(b"IDAT", zlib.compress(row)) + chunk(b"IEND", b"")
    found = cleaned(data, tmp_path)
    assert found.mode == "RGB"
    assert list(found.tobytes()) == [255, 0, 0, 0, 128, 255]


@pytest.mark.parametrize("form", ["PNG", "GIF"])
def test_a_palette_that_can_be_seen_through(form: str, tmp_path: Path) -> None:
    image = picture(mode="P")
    data = encoded(image, form, transparency=image.getpixel((2, 2)))
    assert look(data).has_alpha
    found = cleaned(data, tmp_path).convert("RGBA")
    assert (found.getpixel((2, 2))[3], found.getpixel((57, 2))) == (0, (0, 255, 0, 255))


def test_a_colour_that_can_be_seen_through(tmp_path: Path) -> None:
    data = encoded(picture(), "PNG", transparency=(255, 0, 0))
    found = cleaned(data, tmp_path)
    assert (found.mode, found.getpixel((2, 2))[3], found.getpixel((57, 2))) == ("RGBA", 0, (0, 255, 0, 255))


def test_other_colours_become_srgb(tmp_path: Path) -> None:
    """In Adobe RGB, this green is one that sRGB writes with other numbers."""
    profile = swapped_profile()
    for form in ("JPEG", "PNG", "WEBP", "AVIF"):
        options = {"lossless": True} if form == "WEBP" else {"quality": 100} if form != "PNG" else {}
        data = encoded(Image.new("RGB", (32, 32), (200, 30, 30)), form, icc_profile=profile, **options)
        found = cleaned(data, tmp_path)
        red, green, _ = found.convert("RGB").getpixel((16, 16))
        assert green > 150 > red, f"{form}: the profile has red and green the other way round"
        assert "icc_profile" not in found.info


def swapped_profile() -> bytes:
    """sRGB's profile with the places of red and green exchanged."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    (count,) = struct.unpack_from(">I", data, 128)
    places = {bytes(data[132 + 12 * n : 136 + 12 * n]): 132 + 12 * n for n in range(count)}
    red, green = places[b"rXYZ"], places[b"gXYZ"]
    data[red + 4 : red + 12], data[green + 4 : green + 12] = data[green + 4 : green + 12], data[red + 4 : red + 12]
    # Its name is what tells that there is nothing to do.
    return bytes(data).replace("sRGB".encode("utf-16-be"), "xyzw".encode("utf-16-be")).replace(b"sRGB", b"xyzw")


def test_a_broken_profile_is_ignored(tmp_path: Path) -> None:
    data = encoded(picture(), "JPEG", icc_profile=b"no profile at all" * 20)
    assert corners(cleaned(data, tmp_path)) == TURNED[1]


@pytest.mark.parametrize("form", ["GIF", "WEBP"])
@pytest.mark.parametrize("lossless", [False, True])
def test_an_animation_still_moves(form: str, lossless: bool, tmp_path: Path) -> None:
    pictures = [picture().rotate(turn) for turn in (0, 180, 0)]
    options = {"lossless": lossless} if form == "WEBP" else {}
    data = encoded(
        pictures[0], form, save_all=True, append_images=pictures[1:], duration=[50, 200, 300], loop=3, **options
    )
    after = cleaned(data, tmp_path)
    assert (after.format, after.n_frames, after.info["loop"]) == (form, 3, 3)
    shown = []
    for number in range(3):
        after.seek(number)
        after.load()
        shown.append((corners(after)[0], after.info["duration"]))
    assert shown == [("red", 50), ("white", 200), ("red", 300)]
    assert look(data).is_lossless is (form == "GIF" or lossless)


def test_an_animation_that_can_be_seen_through(tmp_path: Path) -> None:
    pictures = []
    for left in (0, 20, 40):
        image = Image.new("RGBA", (60, 40))
        ImageDraw.Draw(image).rectangle((left, 0, left + 19, 39), fill=(255, 0, 0, 255))
        pictures.append(image)
    data = encoded(pictures[0], "GIF", save_all=True, append_images=pictures[1:], duration=80, disposal=2)
    after = cleaned(data, tmp_path)
    for number in range(3):
        after.seek(number)
        alpha = [after.convert("RGBA").getpixel((x, 20))[3] for x in (10, 30, 50)]
        assert alpha == [255 if place == number else 0 for place in range(3)]


@pytest.mark.parametrize(
    ("form", "options", "after"),
    [
        ("GIF", {}, "clean.png"),
        ("PNG", {}, "clean.png"),
        ("JPEG", {}, "clean.jpg"),
        ("WEBP", {}, "clean.webp"),
        ("AVIF", {}, "clean.jpg"),
    ],
)
def test_the_copy_is_in_a_safe_format(form: str, options: dict[str, Any], after: str, tmp_path: Path) -> None:
    path = clean(encoded(picture(), form, **options), tmp_path)
    assert path == tmp_path / after
    assert look(path).suffix == path.suffix
    assert clean(path, tmp_path / "other.bin") == (tmp_path / "other.bin").with_suffix(path.suffix)
    assert len(list(tmp_path.iterdir())) == 2


def test_avif_that_can_be_seen_through_stays_so(tmp_path: Path) -> None:
    image = picture(mode="RGBA")
    image.putalpha(0)
    assert cleaned(encoded(image, "AVIF"), tmp_path).getpixel((5, 5))[3] == 0


def test_clean_keeps_the_pixels_of_a_png(tmp_path: Path) -> None:
    noise = Image.effect_noise((90, 70), 99).convert("RGB")
    assert cleaned(encoded(noise, "PNG"), tmp_path).tobytes() == noise.tobytes()
    assert cleaned(encoded(noise, "WEBP", lossless=True), tmp_path).convert("RGB").tobytes() == noise.tobytes()


# -- other sizes ------------------------------------------------------------------------------------------------------


@given(st.integers(1, 400), st.integers(1, 400), st.integers(1, 300), st.integers(1, 300))
@settings(max_examples=120, deadline=None)
@example(1, 400, 300, 1)
@example(400, 1, 1, 300)
def test_cover_is_exact_and_contain_is_whole(width: int, height: int, wide: int, high: int) -> None:
    image = picture(width, height)
    assert fitting.cover(image, wide, high).size == (wide, high)
    inside = fitting.contain(image, wide, high)
    assert inside.width <= wide
    assert inside.height <= high
    assert inside.width == wide or inside.height == high
    assert abs(inside.width - wide) < 1 or abs(inside.width * height - inside.height * width) <= max(width, height)
    assert fitting.contain(image, wide, high, "#123456").size == (wide, high)
    small = fitting.thumbnail(image, wide)
    assert small.width <= min(wide, width)
    assert small.height <= min(wide, height)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "I;16"])
def test_all_modes_are_made_to_fit(mode: str) -> None:
    image = Image.new("I;16", (60, 40)) if mode == "I;16" else picture(mode=mode)
    for found in (fitting.cover(image, 33, 33), fitting.contain(image, 33, 33), fitting.thumbnail(image, 33)):
        assert found.mode in ("L", "RGB", "RGBA")


def test_nothing_is_stretched() -> None:
    image = Image.new("RGB", (400, 200), "white")
    ImageDraw.Draw(image).ellipse((150, 50, 249, 149), fill="black")
    for found in (fitting.cover(image, 200, 200), fitting.contain(image, 200, 200), fitting.cover(image, 90, 160)):
        left, top, right, bottom = found.convert("L").point(lambda value: 255 if value < 128 else 0).getbbox()
        assert abs((right - left) - (bottom - top)) <= 2


def test_cover_keeps_the_middle_and_contain_lies_in_the_middle() -> None:
    image = picture(300, 100)
    assert corners(fitting.cover(image, 100, 100)) == TURNED[1]
    padded = fitting.contain(image, 300, 300, "#123456")
    assert (padded.getpixel((150, 20)), padded.getpixel((20, 105))) == ((0x12, 0x34, 0x56), (255, 0, 0))


def test_a_large_jpeg_is_decoded_no_larger_than_needed() -> None:
    data = encoded(picture(4000, 3000), "JPEG")
    image = Image.open(io.BytesIO(data))
    assert fitting.cover(image, 200, 200).size == (200, 200)
    assert image.size == (1000, 750)


def test_a_small_picture_gets_no_larger_thumbnail(tmp_path: Path) -> None:
    assert fitting.thumbnail(picture(), 480).size == (60, 40)
    path = fitting.thumbnail_file(encoded(picture(1000, 500), "PNG"), tmp_path / "t.webp", 480)
    assert (look(path).format, look(path).width, look(path).height) == ("WEBP", 480, 240)


@pytest.mark.parametrize("size", [(0, 5), (5, -1), (20_000, 5), (16_000, 16_000)])
def test_sizes_that_are_none(size: tuple[int, int]) -> None:
    for fit in (fitting.cover, fitting.contain):
        with pytest.raises(ValueError, match=r"no picture of"):
            fit(picture(), *size)


def test_a_broken_picture_is_not_made_to_fit() -> None:
    data = encoded(Image.effect_noise((200, 200), 90), "PNG")
    with pytest.raises(BadPicture):
        fitting.cover(Image.open(io.BytesIO(data[: len(data) // 2])), 20, 20)


# -- colours and words ------------------------------------------------------------------------------------------------


def test_the_colours_of_a_picture() -> None:
    image = Image.new("RGB", (100, 100), "#0f4c5c")
    image.paste("#fb8b24", (0, 0, 100, 30))
    image.paste("#fb8b26", (0, 30, 100, 35))
    image.paste("#ffffff", (0, 90, 40, 100))
    assert fitting.colours(image) == ["#0f4c5c", "#fb8b24", "#ffffff"]
    assert fitting.colours(image, 1) == ["#0f4c5c"]
    assert fitting.colours(Image.new("RGBA", (9, 9))) == []
    assert fitting.colours(Image.new("L", (1, 1), 255)) == ["#ffffff"]


def test_contrast_is_that_of_wcag() -> None:
    assert fitting.contrast("#000", "#ffffff") == pytest.approx(21)
    assert fitting.contrast("#777777", (255, 255, 255)) == pytest.approx(4.478, abs=0.001)
    assert fitting.contrast("#fff", "#fff") == 1
    with pytest.raises(ValueError, match="no colour"):
        fitting.contrast("red", "#fff")


@pytest.mark.parametrize(
    ("size", "words"),
    [
        ((1080, 1080), "1,080 x 1,080 pixels, square"),
        ((1080, 1350), "1,080 x 1,350 pixels, portrait, 4:5"),
        ((1080, 1920), "1,080 x 1,920 pixels, portrait, 9:16"),
        ((1200, 630), "1,200 x 630 pixels, landscape, 1.91:1"),
        ((1000, 999), "1,000 x 999 pixels, landscape"),
        ((1, 500), "1 x 500 pixels, portrait"),
    ],
)
def test_a_size_in_words(size: tuple[int, int], words: str) -> None:
    assert fitting.describe_size(*size) == words


def test_all_kinds_are_told_apart() -> None:
    for one, other in itertools.permutations(FORMATS, 2):
        assert walking.kind(encoded(picture(9, 9), one)) != walking.kind(encoded(picture(9, 9), other))
