"""Files that want harm: each is refused in seconds with a sentence, reads nothing else and leaves nothing."""

import ctypes
import io
import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path

import av
import pytest
from PIL import Image

from integrations.errors import PermanentError
from media.video.opening import BadVideo
from media.video.probing import probe
from media.video.transcoding import transcode
from tests.media.clips import Clip, make

ROOT = Path(__file__).resolve().parents[2]


def png() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(file, "PNG")
    return file.getvalue()


CORPUS: dict[str, tuple[bytes, str]] = {
    "text": (b"This is no video at all.\n" * 50, "This is text"),
    "nothing": (b"", "0 bytes"),
    "hls": (b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n", "playlist"),
    "hls with a mark": (b"\xef\xbb\xbf#EXTM3U\n#EXTINF:9,\nfile:///etc/passwd\n", "playlist"),
    "concat": (b"ffconcat version 1.0\nfile '/etc/passwd'\n", "list of other files"),
    "concat without its head": (b"file '/etc/passwd'\n", "list of other files"),
    "dash": (b'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"/>', "DASH"),
    "pls": (b"[playlist]\nFile1=file:///etc/passwd\n", "playlist"),
    "sdp": (b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\nm=video 5000 RTP/AVP 96\r\n", "SDP"),
    "srt": (b"1\n00:00:01,000 --> 00:00:02,000\nHello\n", "subtitles"),
    "gif and javascript": (b"GIF89a/*\x01\x00\x01\x00*/=1;alert(document.cookie)//" + b"\x00" * 64, "picture (GIF)"),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>", "drawing (SVG)"),
    "png": (png(), "picture (PNG)"),
    "html": (b"<!DOCTYPE html><script>alert(1)</script>", "web page"),
    "pdf": (b"%PDF-1.7\n" + b"\x00" * 500, "document (PDF)"),
    "zip": (b"PK\x03\x04" + b"\x00" * 500, "ZIP"),
    "heic": (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + b"\x00" * 500, "HEIC"),
    "elf": (b"\x7fELF\x02\x01\x01" + b"\x00" * 500, "program"),
    "noise": (random.Random(1).randbytes(200_000), "not a video we can read"),
    "zeros": (b"\x00" * 200_000, "not a video we can read"),
    "only ftyp": (b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom", "index (moov)"),
    "endless box": (
        b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom\x00\x00\x00\x01moov" + b"\xff" * 64,
        "index (moov)",
    ),
}


def refused(path: Path) -> str:
    """The sentence with which a file is refused; it comes within five seconds."""
    began = time.monotonic()
    with pytest.raises(BadVideo) as info:
        probe(path)
    assert time.monotonic() - began < 5
    assert isinstance(info.value, PermanentError)
    text = str(info.value)
    assert text[0].isupper()
    assert text.endswith(".")
    assert "root:" not in text
    return text


@pytest.mark.parametrize("suffix", ["mp4", "m3u8"])
@pytest.mark.parametrize("name", CORPUS)
def test_each_is_refused_with_a_sentence(tmp_path, name, suffix):
    content, wanted = CORPUS[name]
    path = tmp_path / f"upload.{suffix}"
    path.write_bytes(content)
    assert wanted in refused(path)


def test_a_refusal_is_one_for_the_rendition_too(tmp_path):
    path = tmp_path / "upload.mp4"
    path.write_bytes(CORPUS["hls"][0])
    with pytest.raises(BadVideo, match="playlist"):
        transcode(path, tmp_path / "out.mp4", "square")
    assert not (tmp_path / "out.mp4").exists()


@pytest.mark.parametrize(
    "name", ["concat:/etc/passwd|/etc/passwd", "http://127.0.0.1/x.mp4", "pipe:0", "data:video/mp4,x"]
)
def test_a_name_is_only_a_name(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError):
        probe(name)


@contextmanager
def watched(path: Path) -> Iterator[list[bytes]]:
    """Collects what the kernel says about openings of a file, also by C code."""
    libc = ctypes.CDLL(None, use_errno=True)
    watcher = libc.inotify_init1(os.O_NONBLOCK)
    assert libc.inotify_add_watch(watcher, os.fsencode(path), 0x20) >= 0  # IN_OPEN
    seen: list[bytes] = []
    try:
        yield seen
        with suppress(BlockingIOError):
            seen.append(os.read(watcher, 4096))
    finally:
        os.close(watcher)


def test_the_watch_can_see(tmp_path):
    (tmp_path / "secret.txt").write_text("secret")
    with watched(tmp_path / "secret.txt") as seen, av.open(str(make(tmp_path / "in.mp4", Clip(rate=None)))):
        (tmp_path / "secret.txt").read_text()
    assert seen


@pytest.mark.parametrize("kind", ["hls", "concat", "dash", "dref"])
def test_no_second_file_is_opened(tmp_path, monkeypatch, kind):
    """Even where the first bytes are not looked at: FFmpeg itself has no way to open what a file names."""
    monkeypatch.setattr("media.video.headers.kind", lambda head: None)
    secret, path = tmp_path / "secret.ts", tmp_path / ("upload.m3u8" if kind == "hls" else "upload.mp4")
    secret.write_bytes(make(tmp_path / "in.ts", Clip(rate=None, seconds=0.3)).read_bytes())
    if kind == "dref":  # the samples lie in another file
        data = make(tmp_path / "in.mov", Clip(rate=None, seconds=0.3)).read_bytes()
        entry = data.index(b"url ", data.index(b"dref"))
        alias = b"alis\0\0\0\0" + b"\0" * 120 + str(secret).encode()
        path.write_bytes(data[:entry] + alias[: len(data) - entry] + data[entry + len(alias) :])
    else:
        dash = f"<MPD><Period><AdaptationSet><Representation><BaseURL>file://{secret}</BaseURL></Representation>"
        texts = {
            "hls": f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile://{secret}\n#EXT-X-ENDLIST\n",
            "concat": f"ffconcat version 1.0\nfile '{secret}'\n",
            "dash": f'<?xml version="1.0"?>{dash}</AdaptationSet></Period></MPD>',
        }
        path.write_text(texts[kind])
    with watched(secret) as seen, suppress(BadVideo):
        probe(path)
    assert seen == []


def test_nobody_is_called(tmp_path):
    """A playlist that names a server of ours: the server hears nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(1.0)
        calls: list[object] = []

        def listen() -> None:
            try:
                calls.append(server.accept())
            except TimeoutError:
                return

        thread = threading.Thread(target=listen)
        thread.start()
        port = server.getsockname()[1]
        path = tmp_path / "upload.mp4"
        for content in (
            f"#EXTM3U\n#EXTINF:9,\nhttp://127.0.0.1:{port}/x.ts\n",
            f"ffconcat version 1.0\nfile 'http://127.0.0.1:{port}/x'\n",
        ):
            path.write_text(content)
            refused(path)
        thread.join()
    assert calls == []


def test_formats_are_refused_by_ffmpeg_too(tmp_path, monkeypatch):
    """The first bytes are only for the sentence: without them, the whitelist alone refuses the same files."""
    monkeypatch.setattr("media.video.headers.kind", lambda head: None)
    for name, (content, _wanted) in CORPUS.items():
        path = tmp_path / "upload.mp4"
        path.write_bytes(content)
        assert refused(path), name


def test_links_pipes_folders_and_devices(tmp_path):
    make(tmp_path / "real.mp4", Clip(seconds=0.1, rate=None))
    (tmp_path / "link.mp4").symlink_to(tmp_path / "real.mp4")
    os.mkfifo(tmp_path / "pipe.mp4")
    (tmp_path / "folder.mp4").mkdir()
    for path in (tmp_path / "link.mp4", tmp_path / "pipe.mp4", tmp_path / "folder.mp4", Path("/dev/zero")):
        assert "not a plain file" in refused(path)


def test_a_video_without_its_index(tmp_path):
    data = make(tmp_path / "in.mp4", Clip()).read_bytes()
    (tmp_path / "cut.mp4").write_bytes(data[: data.index(b"moov") - 4])
    assert "index (moov) is missing" in refused(tmp_path / "cut.mp4")
    (tmp_path / "cut.mp4").write_bytes(data[:-300])
    refused(tmp_path / "cut.mp4")


def test_real_pictures_that_are_too_large(tmp_path):
    source = make(tmp_path / "wide.mp4", Clip(size=(8256, 32), seconds=0.1, rate=None))
    assert "8256x32 pixels" in refused(source)


@pytest.mark.parametrize("claim", [65_535, 16_000])
def test_claimed_sizes(tmp_path, claim):
    """A WebM of 320x180 whose header claims more: refused before memory is taken for it."""
    source = make(tmp_path / "in.webm", Clip(seconds=0.1, rate=None))
    data = source.read_bytes()
    wide, high = b"\xb0\x82" + (320).to_bytes(2, "big"), b"\xba\x81" + (180).to_bytes(1, "big")
    assert wide in data
    assert high in data
    source.write_bytes(data.replace(wide, b"\xb0\x82" + claim.to_bytes(2, "big")))
    assert f"{claim}x180 pixels" in refused(source)


def test_a_picture_bomb_in_a_film(tmp_path):
    """One frame of Motion PNG that claims 100,000 x 100,000 pixels."""
    bomb = bytearray(png())
    bomb[16:24] = (100_000).to_bytes(4, "big") * 2
    path = tmp_path / "bomb.mov"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("png", rate=30, width=64, height=64)
        stream.pix_fmt = "rgb24"
        packet = av.Packet(bytes(bomb))
        packet.stream, packet.pts, packet.dts, packet.time_base = stream, 0, 0, Fraction(1, 30)
        packet.is_keyframe = True
        out.start_encoding()
        out.mux(packet)
    refused(path)


def test_an_encoder_of_games_is_not_read(tmp_path):
    path = tmp_path / "game.avi"
    with av.open(str(path), "w") as out:
        film = out.add_stream("asv1", rate=30, width=64, height=64)
        frame = av.VideoFrame(64, 64, "yuv420p")
        frame.pts = 0
        out.mux(film.encode(frame))
        out.mux(film.encode(None))
    assert "codec we do not read (asv1)" in refused(path)


def test_the_second_file_is_refused_whoever_asks(tmp_path):
    from media.video.opening import _no_second_file

    with pytest.raises(BadVideo, match="another one"):
        _no_second_file("file:///etc/passwd", 1, {})


DAMAGE = """
import random, resource, sys, time
from pathlib import Path
from media.video import frames, sound
from media.video.opening import BadVideo
from media.video.transcoding import transcode

resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
source, folder, first, count = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
whole = source.read_bytes()
for seed in range(first, first + count):
    chance, data = random.Random(seed), bytearray(whole)
    for _ in range(chance.choice((1, 5, 50, 400))):
        place = chance.randrange(len(data)) if chance.random() < 0.6 else chance.randrange(min(2000, len(data)))
        data[place] = chance.randrange(256)
    if chance.random() < 0.2:
        del data[chance.randrange(len(data)) :]
    path = folder / f"damaged{source.suffix}"
    path.write_bytes(data)
    works = (
        lambda: transcode(path, folder / "out.mp4", None),
        lambda: frames.poster(path, folder / "poster.jpg"),
        lambda: sound.extract(path, folder / "out.mp3"),
        lambda: sound.loudness(path),
    )
    for work in works:
        began = time.monotonic()
        try:
            work()
        except BadVideo as error:
            assert str(error).endswith("."), error
        took = time.monotonic() - began
        assert took < 20, (seed, work, took)
print("done")
"""


@pytest.mark.parametrize("name", ["a.mp4", "a.webm", "a.mkv", "a.ts", "a.avi"])
def test_damaged_files_end_one_way_or_the_other(tmp_path, name):
    """Bytes flipped anywhere: it works or is refused; it never hangs, crashes or fails in another way."""
    source = make(tmp_path / name, Clip(size=(96, 64), seconds=0.4, flash=(0.1, 0.3)))
    done = subprocess.run(
        [sys.executable, "-c", DAMAGE, str(source), str(tmp_path), "0", "40"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.stdout.strip() == "done", done.stderr[-3000:]
    assert done.stderr == ""
