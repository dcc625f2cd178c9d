"""Walks through the blocks of a picture's file without decoding it: what it is, where it ends, what its pixels need.

Formats: PNG (W3C, third edition), JPEG (ITU-T T.81, annex B), GIF89a (CompuServe), WebP (RFC 9649), AVIF (AOMedia, in
the boxes of ISO 14496-12).
"""

import re
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field

PNG, GIF = b"\x89PNG\r\n\x1a\n", (b"GIF87a", b"GIF89a")
# What a decoder needs of a PNG; a PNG that moves loses its other pictures with the rest.
PNG_NEEDS = {b"IHDR", b"PLTE", b"tRNS", b"iCCP", b"IDAT", b"IEND"}
PNG_PACKED = {b"zTXt": 2, b"iTXt": 5, b"iCCP": 2}
# JPEG's markers without a length: TEM and SOI.
BARE = {0x01, 0xD8}
FRAME_HEADERS = {0xC0, 0xC1, 0xC2, 0xC3, *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0)}
SCAN, END_OF_JPEG, APPLICATION, COMMENT = 0xDA, 0xD9, range(0xE0, 0xF0), 0xFE
JPEG_NEEDS = {0xE0: b"JFIF", 0xE2: b"ICC_PROFILE", 0xEE: b"Adobe"}
# In the packed data of a JPEG, FF is a marker unless one of these follows.
NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
GIF_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
WEBP_NEEDS = {b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"ICCP"}
# A file of 30 MB has some ten thousand blocks; more are made to waste time.
MOST_BLOCKS = 400_000
MOST_UNPACKED = 8_000_000
BROKEN = "The picture is cut off or broken. Save it once more and upload it again."
TOO_MANY = "The picture is made of too many pieces. Save it once more and upload it again."
BOMB = "The picture hides a text that becomes far too large. Save it once more, without it, and upload it again."


class Broken(ValueError):
    """The blocks do not fit together, or are made to do harm; the text says which."""


@dataclass
class Walk:
    """What the blocks say.

    end is where the picture ends in the file; passes are the scans of a progressive JPEG; needed are the blocks that
    its pixels and colours need, without metadata; exif is what cameras say of it.
    """

    format: str
    width: int = 0
    height: int = 0
    frames: int = 1
    passes: int = 1
    end: int = 0
    is_lossless: bool = True
    exif: bytes = b""
    needed: list[bytes | memoryview] = field(default_factory=list)
    blocks: int = 0
    unpacked: int = 0

    def grow(self, width: int, height: int) -> None:
        """Note a size: the largest one counts."""
        self.width, self.height = max(self.width, width), max(self.height, height)

    def step(self) -> None:
        """Count a block; raises Broken where there are too many."""
        self.blocks += 1
        if self.blocks > MOST_BLOCKS:
            raise Broken(TOO_MANY)


def kind(data: bytes) -> str:
    """The format by its first bytes: "PNG", "JPEG", "GIF", "WEBP", "AVIF", or "" for anything else."""
    if data.startswith(PNG):
        return "PNG"
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(GIF):
        return "GIF"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp" and data[8:12] in (b"avif", b"avis"):
        return "AVIF"
    return ""


def walk(data: bytes) -> Walk:
    """Walk through the whole file; raises Broken where it is cut off or its blocks are none."""
    walkers: dict[str, Callable[[memoryview], Walk]] = {
        "PNG": _png,
        "JPEG": _jpeg,
        "GIF": _gif,
        "WEBP": _webp,
        "AVIF": _avif,
    }
    try:
        return walkers[kind(data)](memoryview(data))
    except (IndexError, KeyError, struct.error) as error:
        raise Broken(BROKEN) from error


def orientation(exif: bytes) -> int:
    """How the picture lies, 1 to 8 (CIPA DC-008, tag 0x0112); 1 where EXIF does not say so or is broken."""
    exif = exif.removeprefix(b"Exif\x00\x00")
    order = {b"II*\x00": "<", b"MM\x00*": ">"}.get(exif[:4])
    try:
        if order is None:
            return 1
        (first,) = struct.unpack_from(f"{order}I", exif, 4)
        (count,) = struct.unpack_from(f"{order}H", exif, first)
        for number in range(count):
            tag, form, _, value = struct.unpack_from(f"{order}HHIH", exif, first + 2 + 12 * number)
            if (tag, form) == (0x0112, 3):
                return int(value) if 1 <= value <= 8 else 1
    except struct.error:
        pass
    return 1


# -- PNG --------------------------------------------------------------------------------------------------------------


def _png(data: memoryview) -> Walk:
    walk = Walk("PNG", needed=[PNG])
    place = len(PNG)
    while True:
        walk.step()
        length, name = struct.unpack_from(">I4s", data, place)
        body = data[place + 8 : place + 8 + length]
        (checksum,) = struct.unpack_from(">I", data, place + 8 + length)
        if zlib.crc32(body, zlib.crc32(name)) != checksum or (place == len(PNG)) is not (name == b"IHDR"):
            raise Broken(BROKEN)
        if name == b"IHDR":
            walk.grow(*struct.unpack_from(">II", body))
        elif name == b"eXIf":
            walk.exif = bytes(body)
        elif name in PNG_PACKED:
            _unpack(walk, bytes(body), PNG_PACKED[name])
        if name in PNG_NEEDS:
            walk.needed.append(data[place : place + 12 + length])
        place += 12 + length
        if name == b"IEND":
            walk.end = place
            return walk


def _unpack(walk: Walk, body: bytes, before: int) -> None:
    """Raises Broken where packed texts and profiles become too large together; `before` bytes are not packed."""
    start = body.find(b"\x00") + before
    for _ in range(2 if before == 5 else 0):  # a text in a language: its tag and its translated name come first
        start = body.find(b"\x00", start) + 1
    try:
        unpacker = zlib.decompressobj()
        walk.unpacked += len(unpacker.decompress(body[start:], MOST_UNPACKED - walk.unpacked + 1))
    except zlib.error:
        return
    if walk.unpacked > MOST_UNPACKED:
        raise Broken(BOMB)


# -- JPEG -------------------------------------------------------------------------------------------------------------


def _jpeg(data: memoryview) -> Walk:
    walk = Walk("JPEG", passes=0, is_lossless=False)
    place, copied = 2, 0
    while True:
        walk.step()
        found = NEXT_MARKER.search(data, place)  # at once, but for padding and packed data
        if not found:
            raise Broken(BROKEN)
        start, place, marker = found.start(), found.end(), data[found.start() + 1]
        if marker == END_OF_JPEG:
            walk.needed.append(data[copied:place])
            walk.end = place
            return walk
        if marker in BARE:
            continue
        (length,) = struct.unpack_from(">H", data, place)
        place += max(2, length)
        body = bytes(data[start + 4 : place][:16])
        if marker in FRAME_HEADERS:
            height, width = struct.unpack_from(">HH", body, 1)
            walk.grow(width, height)
        elif marker == SCAN:
            walk.passes += 1
        elif marker == COMMENT or (marker in APPLICATION and not _is_needed(marker, body)):
            if body.startswith(b"Exif\x00") and not walk.exif:
                walk.exif = bytes(data[start + 4 : place])
            walk.needed.append(data[copied:start])
            copied = place


def _is_needed(marker: int, body: bytes) -> bool:
    return marker in JPEG_NEEDS and body.startswith(JPEG_NEEDS[marker])


# -- GIF --------------------------------------------------------------------------------------------------------------


def _gif(data: memoryview) -> Walk:
    walk = Walk("GIF", frames=0)
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    walk.grow(width, height)
    place = 13 + _table(flags)
    walk.needed.append(data[:place])
    while True:
        start, block = place, data[place]
        if block == 0x3B and walk.frames:
            walk.needed.append(b"\x3b")
            walk.end = place + 1
            return walk
        if block == 0x21:
            label, name = data[place + 1], bytes(data[place + 3 : place + 14])
            place = _sub_blocks(walk, data, place + 2)
            needed = label == 0xF9 or (label == 0xFF and name in GIF_LOOPS)
        elif block == 0x2C:
            left, top, width, height, flags = struct.unpack_from("<HHHHB", data, place + 1)
            walk.grow(left + width, top + height)
            walk.frames += 1
            place = _sub_blocks(walk, data, place + 10 + _table(flags) + 1)
            needed = True
        else:
            raise Broken(BROKEN)
        if needed:
            walk.needed.append(data[start:place])


def _table(flags: int) -> int:
    """How many bytes a colour table takes."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _sub_blocks(walk: Walk, data: memoryview, place: int) -> int:
    while length := data[place]:
        walk.step()
        place += length + 1
    walk.step()
    return place + 1


# -- WebP -------------------------------------------------------------------------------------------------------------


def _webp(data: memoryview) -> Walk:
    walk = Walk("WEBP", frames=0)
    walk.end = 8 + int.from_bytes(data[4:8], "little")
    blocks: list[bytes | memoryview] = []
    place = 12
    while place + 8 <= walk.end:
        walk.step()
        name, length = struct.unpack_from("<4sI", data, place)
        end = place + 8 + length + (length & 1)
        if place + 8 + length > min(walk.end, len(data)):
            raise Broken(BROKEN)
        body = bytes(data[place + 8 : end][:16])
        walk.grow(*_webp_size(name, body))
        walk.frames += name in (b"ANMF", b"VP8 ", b"VP8L")
        packed = data[place + 24 : place + 28] if name == b"ANMF" else name
        walk.is_lossless &= packed not in (b"VP8 ", b"ALPH")
        if name == b"EXIF":
            walk.exif = bytes(data[place + 8 : end])
        elif name == b"VP8X":  # without the flags that announce EXIF and XMP
            blocks += [data[place : place + 8], bytes([body[0] & ~0x0C]), data[place + 9 : end]]
        elif name in WEBP_NEEDS:
            blocks.append(data[place:end])
        place = end
    if not walk.frames or walk.end > len(data):
        raise Broken(BROKEN)
    size = 4 + sum(len(block) for block in blocks)
    walk.needed = [b"RIFF", size.to_bytes(4, "little"), b"WEBP", *blocks]
    return walk


def _webp_size(name: bytes, body: bytes) -> tuple[int, int]:
    """The size that a block of WebP names, 0 where it names none."""
    if name == b"VP8X":
        return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    if name == b"ANMF":
        return 1 + int.from_bytes(body[6:9], "little"), 1 + int.from_bytes(body[9:12], "little")
    if name == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if name == b"VP8 ":
        width, height = struct.unpack_from("<HH", body, 6)
        return width & 0x3FFF, height & 0x3FFF
    return 0, 0


# -- AVIF -------------------------------------------------------------------------------------------------------------


def _avif(data: memoryview) -> Walk:
    """The boxes of the outermost level. Sizes are where "ispe" says so; the decoder counts the frames."""
    walk = Walk("AVIF", is_lossless=False)
    place = 0
    while place < len(data):
        walk.step()
        length, name = struct.unpack_from(">I4s", data, place)
        if not re.fullmatch(rb"[ -~]{4}", name):
            break  # no box: something that follows the picture
        if length == 1:
            (length,) = struct.unpack_from(">Q", data, place + 8)
        length = length or len(data) - place
        if length < 8 or place + length > len(data):
            raise Broken(BROKEN)
        place += length
    walk.end = place
    for found in re.finditer(rb"ispe\x00{4}(.{8})", data[:place], re.DOTALL):
        walk.step()
        walk.grow(*struct.unpack(">II", found[1]))
    # An item that is not called Exif is none; how the picture lies is said elsewhere too ("irot", "imir").
    walk.needed = [re.sub(rb"(infe.{8,10})Exif", rb"\1skip", bytes(data[:place]), flags=re.DOTALL)]
    return walk
