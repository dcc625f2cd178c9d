"""What a file is by its first bytes, where it is certainly no video, so that the refusal can name it."""

import re

HEAD = 4096  # bytes that are looked at

_KINDS: list[tuple[re.Pattern[bytes], str]] = [
    (re.compile(pattern, re.IGNORECASE | re.DOTALL), name)
    for pattern, name in (
        (rb"(\xef\xbb\xbf)?\s*#EXTM3U", "a playlist (HLS or M3U) that names other files"),
        (rb"(\xef\xbb\xbf)?\s*ffconcat version", "a list of other files (ffconcat)"),
        (rb"(\xef\xbb\xbf)?\s*file '", "a list of other files (concat)"),
        (rb"(\xef\xbb\xbf)?\s*\[playlist\]", "a playlist (PLS) that names other files"),
        (rb"MPLS\d{4}", "a playlist (Blu-ray) that names other files"),
        (rb"[^\x00]*<MPD[\s>]", "a streaming manifest (DASH) that names other files"),
        (rb"[^\x00]*<SmoothStreamingMedia", "a streaming manifest (Smooth Streaming) that names other files"),
        (rb"v=0\r?\no=", "a session description (SDP) that names a network address"),
        (rb"[^\x00]*<svg[\s>]", "a drawing (SVG)"),
        (rb"\s*(<!doctype html|<html)", "a web page"),
        (rb"(\xef\xbb\xbf)?\s*<\?xml", "an XML document"),
        (rb"\x89PNG\r\n", "a picture (PNG)"),
        (rb"GIF8[79]a", "a picture (GIF)"),
        (rb"\xff\xd8\xff", "a picture (JPEG)"),
        (rb"RIFF....WEBP", "a picture (WebP)"),
        (rb"BM....\x00\x00\x00\x00", "a picture (BMP)"),
        (rb"II\*\x00|MM\x00\*", "a picture (TIFF)"),
        (rb"....ftyp(avif|avis|hei[cfsxm]|mif1|msf1)", "a picture (HEIC or AVIF)"),
        (rb"%PDF-", "a document (PDF)"),
        (rb"PK\x03\x04", "a ZIP archive"),
        (rb"\x1f\x8b", "a gzip archive"),
        (rb"\x7fELF|MZ|#!/", "a program"),
        (rb"(\xef\xbb\xbf)?WEBVTT", "a file of subtitles (WebVTT)"),
        (rb"(\xef\xbb\xbf)?\s*\d+\r?\n\d\d:\d\d:\d\d[,.]\d+ -->", "a file of subtitles (SRT)"),
        (rb"(\xef\xbb\xbf)?\[Script Info\]", "a file of subtitles (ASS)"),
    )
]
_CONTROL = bytes(set(range(32)) - set(b"\t\n\r\f\x1b"))


def kind(head: bytes) -> str | None:
    """Say what the file is that begins with these bytes ("a picture (PNG)"); None where it may be a video."""
    return next((name for pattern, name in _KINDS if pattern.match(head)), None)


def is_text(head: bytes) -> bool:
    """Whether these bytes are written to be read by people."""
    try:
        head[: max(len(head) - 3, 0)].decode()  # the last letter may be cut
    except UnicodeDecodeError:
        return False
    return not any(byte in _CONTROL for byte in head)


def container(form: str, head: bytes) -> str:
    """The short name of a container: mp4, mov, m4a, 3gp, webm, matroska; else FFmpeg's own name of the format."""
    if form.startswith("mov,"):
        brand = head[8:12].lower() if head[4:8] == b"ftyp" else b"qt  "
        known = {b"qt  ": "mov", b"m4a ": "m4a", b"m4b ": "m4a"}
        return "3gp" if brand.startswith(b"3g") else known.get(brand, "mp4")
    if form.startswith("matroska"):
        return "webm" if b"webm" in head[:64] else "matroska"
    return form


def is_mp4(head: bytes) -> bool:
    """Whether a file begins like MP4 or MOV, whatever comes later."""
    return head[4:8] in {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"}
