"""The sound alone: in the form that recognisers want, in time with the picture, and how loud it is."""

import wave

import av
import pytest

from media.video import ticking
from media.video.opening import BadVideo
from media.video.sound import extract, has_sound, loudness
from tests.media.clips import Clip, make, make_sound, sound_begins


@pytest.mark.parametrize("name", ["a.mp4", "a.webm", "a.ts"])
def test_wav(tmp_path, name):
    source = make(tmp_path / name, Clip(seconds=2, flash=(1.0, 1.5)))
    assert extract(source, tmp_path / "out.wav", "wav") == pytest.approx(2.0, abs=0.05)
    with wave.open(str(tmp_path / "out.wav")) as out:
        assert (out.getframerate(), out.getnchannels(), out.getsampwidth()) == (16_000, 1, 2)
        assert out.getnframes() / 16_000 == pytest.approx(2.0, abs=0.05)
    assert sound_begins(tmp_path / "out.wav") == pytest.approx(1.0, abs=0.03)


def test_mp3_is_small(tmp_path):
    source = make(tmp_path / "in.mp4", Clip(seconds=3, flash=(1.0, 3.0), size=(64, 36)))
    assert extract(source, tmp_path / "out.mp3") == pytest.approx(3.0, abs=0.05)
    assert (tmp_path / "out.mp3").stat().st_size < 3 * 4000 + 1500
    with av.open(str(tmp_path / "out.mp3")) as out:
        assert (out.streams.audio[0].sample_rate, out.streams.audio[0].channels) == (16_000, 1)


def test_times_are_those_of_the_video(tmp_path):
    """The sound begins 0.4 s late in the file, so silence comes first."""
    source = make(tmp_path / "in.mp4", Clip(seconds=1.5, late=0.4, flash=(0.8, 1.5)))
    extract(source, tmp_path / "out.wav", "wav")
    assert sound_begins(tmp_path / "out.wav") == pytest.approx(0.8, abs=0.01)


def test_no_sound(tmp_path):
    silent = make(tmp_path / "in.mp4", Clip(rate=None))
    assert not has_sound(silent)
    assert has_sound(make_sound(tmp_path / "a.wav", "pcm_s16le"))
    for work in (lambda: extract(silent, tmp_path / "out.mp3"), lambda: loudness(silent)):
        with pytest.raises(BadVideo, match="no sound"):
            work()
    assert not (tmp_path / "out.mp3").exists()


def test_loudness_tells_silence(tmp_path):
    source = make_sound(tmp_path / "a.wav", "pcm_s16le", seconds=4, rate=16_000)
    levels = loudness(source)
    assert len(levels) == 4
    assert levels[:2] == [-100.0, -100.0]
    assert levels[2] == pytest.approx(-11.7, abs=0.5)  # a sine of 12000 of 32768
    assert levels[3] == pytest.approx(-11.7, abs=0.5)


def test_a_cancel_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(ticking, "EVERY", 0.0)
    source = make_sound(tmp_path / "a.wav", "pcm_s16le")

    def stop(done: float) -> None:
        if done > 0:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        extract(source, tmp_path / "out.mp3", on_progress=stop)
    assert not (tmp_path / "out.mp3").exists()


def test_progress_grows_to_the_end(tmp_path, monkeypatch):
    monkeypatch.setattr(ticking, "EVERY", 0.0)
    told: list[float] = []
    extract(make_sound(tmp_path / "a.wav", "pcm_s16le"), tmp_path / "out.wav", "wav", on_progress=told.append)
    assert told == sorted(told)
    assert (told[0], told[-1]) == (0.0, 1.0)
