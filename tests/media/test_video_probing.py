"""What is in a file is read from its content: containers, directions, rates, colours, sound."""

import json
import struct
from fractions import Fraction
from pathlib import Path

import av
import pytest

from media.video.opening import MAX_BYTES, BadVideo
from media.video.probing import probe
from tests.media.clips import Clip, make, make_sound


@pytest.mark.parametrize(
    ("name", "container", "codec", "sound"),
    [
        ("a.mp4", "mp4", "h264", "aac"),
        ("a.mov", "mov", "h264", "aac"),
        ("a.webm", "webm", "vp8", "opus"),
        ("a.mkv", "matroska", "h264", "aac"),
        ("a.ts", "mpegts", "h264", "aac"),
        ("a.avi", "avi", "mpeg4", "mp3"),
    ],
)
def test_containers(tmp_path, name, container, codec, sound):
    path = make(tmp_path / name, Clip())
    found = probe(path.rename(tmp_path / "no suffix says what"))
    assert found.video is not None
    assert found.audio is not None
    assert (found.container, found.video.codec, found.audio.codec) == (container, codec, sound)
    assert found.seconds == pytest.approx(1.0, abs=0.05)
    assert found.bit_rate == pytest.approx(found.bytes * 8 / found.seconds, rel=0.01)
    assert (found.video.width, found.video.height, found.video.fps) == (320, 180, 30.0)
    assert found.audio.channels == 2


@pytest.mark.parametrize(
    ("turned", "clockwise", "size"), [(90, 270, (180, 320)), (180, 180, (320, 180)), (-90, 90, (180, 320))]
)
def test_the_direction_of_a_phone(tmp_path, turned, clockwise, size):
    """PyAV writes the display matrix of the track (`set_display_rotation`), as phones do."""
    video = probe(make(tmp_path / "phone.mov", Clip(rotation=turned))).video
    assert video is not None
    assert (video.rotation, video.is_mirrored) == (clockwise, False)
    assert (video.width, video.height) == size
    assert (video.coded_width, video.coded_height) == (320, 180)


def test_a_mirrored_selfie(tmp_path):
    video = probe(make(tmp_path / "selfie.mp4", Clip(mirrored=True))).video
    assert video is not None
    assert (video.rotation, video.is_mirrored) == (0, True)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_a_variable_rate_is_seen(tmp_path, name):
    times = (0.0, 0.03, 0.1, 0.4, 0.5, 0.9, 1.2)
    video = probe(make(tmp_path / name, Clip(times=times, seconds=1.3))).video
    assert video is not None
    assert video.is_variable
    assert 4 < video.fps < 7


def test_milliseconds_of_matroska_are_no_variable_rate(tmp_path):
    video = probe(make(tmp_path / "a.mkv", Clip(seconds=2))).video
    assert video is not None
    assert not video.is_variable


def test_odd_sizes(tmp_path):
    video = probe(make(tmp_path / "odd.mkv", Clip(size=(641, 359), codec="mpeg4"))).video
    assert video is not None
    assert (video.width, video.height) == (641, 359)


def test_sound_is_optional(tmp_path):
    assert probe(make(tmp_path / "silent.mp4", Clip(rate=None)), need="video").audio is None
    with pytest.raises(BadVideo, match="no sound"):
        probe(tmp_path / "silent.mp4", need="audio")


def test_mono_of_22_khz(tmp_path):
    audio = probe(make(tmp_path / "a.mp4", Clip(rate=22_050, layout="mono"))).audio
    assert audio is not None
    assert (audio.sample_rate, audio.channels) == (22_050, 1)


@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.wav", "pcm_s16le"), ("a.mp3", "libmp3lame"), ("a.flac", "flac"), ("a.ogg", "libopus"), ("a.m4a", "aac")],
)
def test_sound_alone(tmp_path, name, codec):
    rate = 48_000 if codec == "libopus" else 22_050
    found = probe(make_sound(tmp_path / name, codec, rate=rate), need="audio")
    assert found.video is None
    assert found.audio is not None
    assert found.container == name[2:]
    assert found.seconds == pytest.approx(1.0, abs=0.1)
    with pytest.raises(BadVideo, match="no moving picture"):
        probe(tmp_path / name, need="video")


def test_hdr_is_seen_and_said(tmp_path):
    clip = Clip(codec="libx265", pixel_format="yuv420p10le", tags=(16, 9, 9))
    found = probe(make(tmp_path / "hdr.mp4", clip))
    assert found.video is not None
    assert found.video.is_hdr
    assert (found.video.transfer, found.video.primaries, found.video.matrix) == ("smpte2084", "bt2020", "bt2020nc")
    assert found.notes == (
        "This is an HDR video (PQ); what is made of it has ordinary colours, which may look a little different.",
    )


def test_pixels_that_are_not_square(tmp_path):
    path = tmp_path / "dv.mkv"
    with av.open(str(path), "w") as out:
        film = out.add_stream("mpeg4", rate=30, width=360, height=288)
        film.codec_context.sample_aspect_ratio = Fraction(16, 15)
        for number in range(5):
            frame = av.VideoFrame(360, 288, "yuv420p")
            frame.pts = number
            out.mux(film.encode(frame))
        out.mux(film.encode(None))
    video = probe(path).video
    assert video is not None
    assert (video.width, video.height, video.coded_width) == (384, 288, 360)


def test_a_recording_that_does_not_say_how_long_it_is(tmp_path):
    path = make(tmp_path / "live.webm", Clip(seconds=1.5, muxing={"live": "1"}))
    with av.open(str(path)) as container:
        assert container.duration is None
    assert probe(path).seconds == pytest.approx(1.5, abs=0.1)


def test_it_is_json(tmp_path):
    found = json.loads(json.dumps(probe(make(tmp_path / "a.mp4", Clip(rate=None))).as_json()))
    assert found["audio"] is None
    assert found["video"]["width"] == 320
    assert found["notes"] == []


def test_the_index_is_not_needed_at_the_front(tmp_path):
    assert probe(make(tmp_path / "a.mp4", Clip(muxing={"movflags": "+faststart"}))).seconds == pytest.approx(
        1.0, abs=0.05
    )


def test_too_large_is_refused_without_reading(tmp_path):
    path = tmp_path / "large.mp4"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(BadVideo, match="at most 2 GB"):
        probe(path)


def test_too_long_is_refused(tmp_path):
    times = (0.0, 3600.0, 7300.0)
    with pytest.raises(BadVideo, match="at most 2 hours"):
        probe(make(tmp_path / "long.mp4", Clip(times=times, rate=None)))


def test_times_that_cannot_be_are_refused(tmp_path):
    with pytest.raises(BadVideo, match="one picture every"):
        probe(make(tmp_path / "slow.mp4", Clip(times=(0.0, 900.0, 1800.0), rate=None)))


def test_an_absurd_rate_is_refused(tmp_path):
    with pytest.raises(BadVideo, match="600 frames per second"):
        probe(make(tmp_path / "fast.mp4", Clip(fps=600, seconds=0.03, rate=None)))


def test_too_small_is_refused(tmp_path):
    with pytest.raises(BadVideo, match="only 32x8 pixels"):
        probe(make(tmp_path / "small.mp4", Clip(size=(32, 8), seconds=0.1, rate=None)))


def test_a_missing_file_is_no_bad_video(tmp_path):
    with pytest.raises(FileNotFoundError):
        probe(tmp_path / "nothing.mp4")


def test_a_cover_is_no_film(tmp_path):
    """A cover picture (ID3 APIC) is a video stream to FFmpeg."""
    from PIL import Image

    sound = make_sound(tmp_path / "plain.mp3", "libmp3lame").read_bytes()
    Image.new("RGB", (64, 64), "red").save(tmp_path / "cover.png")
    cover = b"\0image/png\0\x03\0" + (tmp_path / "cover.png").read_bytes()
    frame = b"APIC" + struct.pack(">I", len(cover)) + b"\0\0" + cover
    size = bytes((len(frame) >> shift) & 0x7F for shift in (21, 14, 7, 0))
    path = Path(tmp_path / "song.mp3")
    path.write_bytes(b"ID3\x03\0\0" + size + frame + sound[sound.index(b"\xff\xf3") :])
    with av.open(str(path)) as container:
        assert container.streams.video
    assert probe(path).video is None
