"""Renditions: exact sizes, steady rate, sound in time, and nothing left behind when it is stopped or fails."""

import itertools
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import pytest

from media.video import opening, ticking
from media.video.opening import BadVideo
from media.video.platforms import RENDITIONS, fits
from media.video.probing import probe
from media.video.transcoding import transcode
from tests.media import clips
from tests.media.clips import Clip, corners, image_at, make

FLASH = Clip(flash=(0.6, 0.8))
UPRIGHT_CORNERS = ["red", "green", "blue", "grey"]
Made = Callable[[str, Clip], Path]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Clips, each made once."""
    folder = tmp_path_factory.mktemp("clips")
    known: dict[tuple[str, Clip], Path] = {}

    def get(name: str, clip: Clip) -> Path:
        if (name, clip) not in known:
            known[name, clip] = make(folder / f"{len(known)}-{name}", clip)
        return known[name, clip]

    return get


def is_steady(path: Path) -> bool:
    with av.open(str(path)) as container:
        times = [frame.time for frame in container.decode(video=0)]
    return [round(time * 30, 3) for time in times] == list(range(len(times)))


@pytest.mark.parametrize("fit", ["crop", "pad", "blur"])
@pytest.mark.parametrize("shape", RENDITIONS)
def test_each_rendition(made, tmp_path, shape, fit):
    target = tmp_path / "out.mp4"
    result = transcode(made("a.mp4", FLASH), target, shape, fit=fit)
    wanted = RENDITIONS[shape]
    video = result.video
    assert video is not None
    assert (video.width, video.height) == (wanted.width, wanted.height)
    assert (video.codec, video.profile, video.pixel_format, video.fps) == ("h264", "High", "yuv420p", 30.0)
    assert result.audio is not None
    assert (result.audio.codec, result.audio.sample_rate, result.audio.channels) == ("aac", 48_000, 2)
    assert result.seconds == pytest.approx(1.0, abs=0.1)
    assert is_steady(target)
    assert clips.boxes(target)[:2] == ["ftyp", "moov"]
    assert "mdat" in clips.boxes(target)[2:]
    assert not clips.has_box(target, b"elst")
    assert clips.flash_begins(target) == pytest.approx(0.6, abs=0.001)
    assert clips.sound_begins(target) == pytest.approx(0.6, abs=0.003)


def test_level_and_key_frames(tmp_path):
    source = make(tmp_path / "in.mp4", Clip(seconds=5, rate=None))
    transcode(source, tmp_path / "out.mp4", "landscape", threads=2)
    with av.open(str(tmp_path / "out.mp4")) as container:
        context = container.streams.video[0].codec_context
        assert (context.profile, context.level, context.has_b_frames) == ("High", 41, False)
        keys = [number for number, packet in enumerate(container.demux(video=0)) if packet.is_keyframe]
    assert keys[0] == 0
    assert max(later - earlier for earlier, later in itertools.pairwise([*keys, 150])) <= 60


def test_each_way_to_fit_looks_like_it(made, tmp_path):
    source = made("plain.mp4", Clip())
    for fit in ("crop", "pad", "blur"):
        transcode(source, tmp_path / f"{fit}.mp4", "vertical", fit=fit)
    crop, pad, blur = (image_at(tmp_path / f"{fit}.mp4", 0.5) for fit in ("crop", "pad", "blur"))
    assert pad.crop((0, 0, 1080, 600)).convert("L").getextrema()[1] < 8  # type: ignore[operator]
    assert corners(pad.crop((0, 656, 1080, 1264))) == UPRIGHT_CORNERS
    assert corners(blur.crop((0, 656, 1080, 1264))) == UPRIGHT_CORNERS
    assert blur.crop((0, 0, 1080, 600)).convert("L").getextrema()[0] > 20  # type: ignore[operator]
    low, high = crop.crop((0, 0, 1080, 600)).convert("L").getextrema()
    assert 60 < low <= high < 120  # type: ignore[operator]  # the grey middle


def test_no_shape_keeps_it(made, tmp_path):
    video = transcode(made("plain.mp4", Clip()), tmp_path / "out.mp4", None).video
    assert video is not None
    assert (video.width, video.height) == (320, 180)
    assert corners(image_at(tmp_path / "out.mp4", 0.5)) == UPRIGHT_CORNERS


@pytest.mark.parametrize(
    ("size", "wanted"),
    [
        ((641, 359), (640, 358)),
        ((2560, 1440), (1920, 1080)),
        ((1440, 2560), (1080, 1920)),
        ((2000, 2000), (1080, 1080)),
    ],
)
def test_no_shape_makes_it_even_and_not_too_large(tmp_path, size, wanted):
    source = make(tmp_path / "in.mkv", Clip(size=size, codec="mpeg4", seconds=0.1, rate=None))
    video = transcode(source, tmp_path / "out.mp4", None).video
    assert video is not None
    assert (video.width, video.height) == wanted


@pytest.mark.parametrize(
    ("rotation", "mirrored", "seen"),
    [
        (90, False, ["green", "grey", "red", "blue"]),
        (180, False, ["grey", "blue", "green", "red"]),
        (-90, False, ["blue", "red", "grey", "green"]),
        (0, True, ["green", "red", "grey", "blue"]),
        (90, True, ["grey", "green", "blue", "red"]),
    ],
)
def test_it_is_turned_upright(tmp_path, rotation, mirrored, seen):
    source = make(tmp_path / "phone.mov", Clip(rotation=rotation, mirrored=mirrored, seconds=0.3, rate=None))
    video = transcode(source, tmp_path / "out.mp4", None).video
    assert video is not None
    assert (video.rotation, video.is_mirrored) == (0, False)
    assert (video.width, video.height) == ((180, 320) if rotation in {90, -90} else (320, 180))
    assert corners(image_at(tmp_path / "out.mp4", 0.1)) == seen


def test_a_turned_video_is_cropped_as_it_is_seen(tmp_path):
    source = make(tmp_path / "phone.mov", Clip(rotation=-90, seconds=0.3, rate=None))
    transcode(source, tmp_path / "out.mp4", "vertical", fit="crop")
    assert corners(image_at(tmp_path / "out.mp4", 0.1)) == ["blue", "red", "grey", "green"]


def test_a_variable_rate_becomes_steady(tmp_path):
    times = (0.0, 0.03, 0.1, 0.4, 0.5, 0.9, 1.2)
    source = make(tmp_path / "screen.mp4", Clip(times=times, seconds=1.3, flash=(0.5, 0.9)))
    result = transcode(source, tmp_path / "out.mp4", None)
    assert is_steady(tmp_path / "out.mp4")
    assert result.seconds == pytest.approx(1.3, abs=0.1)
    assert clips.flash_begins(tmp_path / "out.mp4") == pytest.approx(0.5, abs=0.034)


def test_60_frames_become_30(tmp_path):
    source = make(tmp_path / "game.mp4", Clip(fps=60, flash=(0.6, 0.8)))
    assert transcode(source, tmp_path / "out.mp4", None).seconds == pytest.approx(1.0, abs=0.05)
    assert clips.flash_begins(tmp_path / "out.mp4") == pytest.approx(0.6, abs=0.034)


@pytest.mark.parametrize("name", ["a.mov", "a.webm", "a.mkv", "a.ts", "a.avi"])
def test_containers_keep_picture_and_sound_together(made, tmp_path, name):
    source = made(name, FLASH)
    transcode(source, tmp_path / "out.mp4", None)
    before = clips.sound_begins(source) - clips.flash_begins(source)
    after = clips.sound_begins(tmp_path / "out.mp4") - clips.flash_begins(tmp_path / "out.mp4")
    assert after == pytest.approx(before, abs=0.02)


def test_sound_that_begins_later_stays_there(tmp_path):
    source = make(tmp_path / "late.mp4", Clip(late=0.4, flash=(0.6, 0.8)))
    transcode(source, tmp_path / "out.mp4", None)
    assert clips.sound_begins(tmp_path / "out.mp4") == pytest.approx(0.6, abs=0.003)
    assert clips.flash_begins(tmp_path / "out.mp4") == pytest.approx(0.6, abs=0.001)


def test_a_broadcast_whose_clock_and_size_jump(tmp_path):
    """Two recordings of a broadcast one after the other: the time goes on, and the picture keeps its size."""
    first = make(tmp_path / "a.ts", Clip(flash=(0.6, 0.8))).read_bytes()
    second = make(tmp_path / "b.ts", Clip(size=(160, 90), start=4000.0)).read_bytes()
    (tmp_path / "both.ts").write_bytes(first + second)
    result = transcode(tmp_path / "both.ts", tmp_path / "out.mp4", None)
    assert result.video is not None
    assert (result.video.width, result.video.height) == (320, 180)
    assert result.seconds == pytest.approx(2.0, abs=0.15)
    assert clips.sound_begins(tmp_path / "out.mp4") == pytest.approx(0.6, abs=0.02)
    assert corners(image_at(tmp_path / "out.mp4", 1.5)) == UPRIGHT_CORNERS


def test_a_stream_that_appears_on_the_way(tmp_path):
    """PyAV's demux may end with an IndexError at the first packet of a stream that it did not know; reading goes on."""

    class Broadcast:
        calls = 0

        def demux(self, *streams: Any) -> Iterator[str]:
            self.calls += 1
            yield f"packet {self.calls}"
            if self.calls == 1:
                raise IndexError("list index out of range")

    packets: Any = opening._demuxed(Broadcast())  # type: ignore[arg-type]
    assert list(packets) == ["packet 1", "packet 2"]


def test_an_interlaced_video_becomes_progressive(tmp_path):
    source = make(tmp_path / "tv.mp4", Clip(x264="tff=1:interlaced=1", rate=None, flash=(0.6, 0.8)))
    before, after = probe(source).video, transcode(source, tmp_path / "out.mp4", None).video
    assert before is not None
    assert after is not None
    assert (before.is_interlaced, after.is_interlaced) == (True, False)
    assert clips.flash_begins(tmp_path / "out.mp4") == pytest.approx(0.6, abs=0.034)


@pytest.mark.parametrize("size", [(16, 16), (1000, 16), (16, 1000), (34, 18)])
@pytest.mark.parametrize("fit", ["crop", "pad", "blur"])
def test_odd_shapes_have_a_way_too(tmp_path, size, fit):
    source = make(tmp_path / "in.mkv", Clip(size=size, codec="mpeg4", seconds=0.1, rate=None))
    for shape in (None, "landscape", "vertical"):
        assert transcode(source, tmp_path / "out.mp4", shape, fit=fit).video


def test_a_recording_of_a_browser(tmp_path):
    """It does not say how long it is; MP4s come in fragments."""
    for name, muxing in (("a.webm", {"live": "1"}), ("a.mp4", {"movflags": "frag_keyframe+empty_moov"})):
        source = make(tmp_path / name, Clip(seconds=2, muxing=muxing))
        assert transcode(source, tmp_path / "out.mp4", None).seconds == pytest.approx(2.0, abs=0.1)


def test_a_silent_video_stays_silent(tmp_path):
    result = transcode(make(tmp_path / "in.mp4", Clip(rate=None)), tmp_path / "out.mp4", "square")
    assert result.audio is None
    assert result.notes == ()


def test_mono_of_22_khz_becomes_stereo_of_48(tmp_path):
    source = make(tmp_path / "in.mp4", Clip(rate=22_050, layout="mono", flash=(0.6, 0.8)))
    audio = transcode(source, tmp_path / "out.mp4", None).audio
    assert audio is not None
    assert (audio.sample_rate, audio.channels) == (48_000, 2)
    assert clips.sound_begins(tmp_path / "out.mp4") == pytest.approx(0.6, abs=0.003)


def test_hdr_becomes_ordinary(tmp_path):
    source = make(
        tmp_path / "hdr.mp4", Clip(codec="libx265", pixel_format="yuv420p10le", tags=(16, 9, 9), seconds=0.2, rate=None)
    )
    told: list[float] = []
    result = transcode(source, tmp_path / "out.mp4", None, on_progress=lambda done: told.append(time.monotonic()))
    assert max(later - earlier for earlier, later in itertools.pairwise(told)) < 1.5  # also while its tables are made
    assert result.video is not None
    assert not result.video.is_hdr
    assert (result.video.transfer, result.video.primaries, result.video.matrix) == ("bt709", "bt709", "bt709")
    assert any("HDR" in note for note in result.notes)
    assert corners(image_at(tmp_path / "out.mp4", 0.1)) == UPRIGHT_CORNERS


def test_nothing_of_the_source_is_told(tmp_path):
    clip = Clip(metadata={"title": "secret title", "location": "+52.5-13.4/"}, muxing={"movflags": "use_metadata_tags"})
    source = make(tmp_path / "in.mp4", clip)
    assert b"secret title" in source.read_bytes()
    transcode(source, tmp_path / "out.mp4", None)
    data = (tmp_path / "out.mp4").read_bytes()
    assert b"secret" not in data
    assert b"+52.5" not in data


def test_a_name_is_never_a_protocol(made, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    source = made("plain.mp4", Clip())
    for name in ("http:x.mp4", "concat:a|b.mp4", "pipe:1.mp4"):
        source_too = tmp_path / f"in-{name}"
        source_too.write_bytes(source.read_bytes())
        assert transcode(f"in-{name}", name, None).video
        assert (tmp_path / name).stat().st_size


def test_progress_grows_to_the_end(tmp_path):
    source = make(tmp_path / "in.mp4", Clip(seconds=3, size=(640, 360)))
    told: list[float] = []
    transcode(source, tmp_path / "out.mp4", "square", fit="blur", on_progress=told.append)
    assert told == sorted(told)
    assert (told[0], told[-1]) == (0.0, 1.0)
    assert len(told) > 2


class Stopped(Exception):
    """A cancel."""


def test_a_cancel_leaves_nothing(made, tmp_path, monkeypatch):
    source = made("plain.mp4", Clip())
    monkeypatch.setattr(ticking, "EVERY", 0.0)
    before = set(os.listdir("/proc/self/fd"))

    def stop(done: float) -> None:
        if (tmp_path / "out.mp4").exists():
            raise Stopped

    with pytest.raises(Stopped):
        transcode(source, tmp_path / "out.mp4", "square", on_progress=stop)
    assert list(tmp_path.iterdir()) == []
    assert set(os.listdir("/proc/self/fd")) == before


def broken(source: Path, target: Path, every: int, length: int = 40) -> Path:
    """A copy with bytes overwritten inside its samples, every so many bytes; its index stays."""
    data = bytearray(source.read_bytes())
    _name, begin, end = next(box for box in clips._boxes(bytes(data)) if box[0] == "mdat")
    for place in range(begin + 3000, end - length, every):
        data[place : place + length] = b"\xff" * length
    target.write_bytes(data)
    return target


def test_a_few_broken_frames_are_passed_over(tmp_path):
    clip = Clip(seconds=3, rate=None, size=(640, 360))
    source = make(tmp_path / "in.mp4", clip)
    result = transcode(broken(source, tmp_path / "broken.mp4", 30_000), tmp_path / "out.mp4", None)
    assert result.seconds == pytest.approx(3.0, abs=0.2)
    assert "broken or missing" in result.notes[0]


def test_many_broken_frames_are_too_many(tmp_path):
    source = make(tmp_path / "in.mp4", Clip(seconds=2, rate=None))
    with pytest.raises(BadVideo, match="broken"):
        transcode(broken(source, tmp_path / "broken.mp4", 300, 200), tmp_path / "out.mp4", None)
    assert not (tmp_path / "out.mp4").exists()


def test_a_video_that_is_cut_off(tmp_path):
    source = make(tmp_path / "in.mp4", Clip(seconds=2, muxing={"movflags": "+faststart"}))
    data = source.read_bytes()
    (tmp_path / "cut.mp4").write_bytes(data[: len(data) * 2 // 3])
    with pytest.raises(BadVideo, match=r"cut off: only \d\d %"):
        transcode(tmp_path / "cut.mp4", tmp_path / "out.mp4", None)


def test_only_sound_is_no_video(tmp_path):
    source = clips.make_sound(tmp_path / "a.mp3", "libmp3lame")
    with pytest.raises(BadVideo, match="no moving picture"):
        transcode(source, tmp_path / "out.mp4", "square")
    assert not (tmp_path / "out.mp4").exists()


def test_unknown_shapes_are_mistakes_of_ours(made, tmp_path):
    with pytest.raises(KeyError):
        transcode(made("plain.mp4", Clip()), tmp_path / "out.mp4", "round")
    with pytest.raises(ValueError, match="crop"):
        transcode(made("plain.mp4", Clip()), tmp_path / "out.mp4", "square", fit="stretch")  # type: ignore[arg-type]


def test_the_vertical_one_is_taken_by_reels(tmp_path):
    source = make(tmp_path / "in.mp4", Clip(seconds=3.2))
    assert fits(transcode(source, tmp_path / "out.mp4", "vertical", fit="blur"), "instagram") == []


def test_memory_stays_in_its_limit(tmp_path):
    """The child process has 4 GB of addresses; of memory a rendition takes a fraction."""
    source = make(tmp_path / "in.mkv", Clip(size=(3840, 2160), codec="mpeg4", seconds=0.5, rate=None))
    code = (
        "import resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))\n"
        "from media.video.transcoding import transcode\n"
        "transcode(sys.argv[1], sys.argv[2], 'vertical', fit='blur', threads=2)\n"
        "from desk.trials.processes import peak_mb; print(round(peak_mb()))"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code, str(source), str(tmp_path / "out.mp4")],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 700
