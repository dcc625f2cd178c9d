"""Sound cut at its silences: every sample is in one of the pieces, and no cut goes through a word."""

import array
import math
import random
import tracemalloc
import wave
from collections.abc import Callable
from pathlib import Path

import pytest

from media.listening import RATE, Piece, is_silent, pieces
from media.video.opening import BadVideo
from tests.media.clips import Clip, make, make_sound

Wave = Callable[[float], float]


def write(path: Path, seconds: float, loud: Wave, rate: int = RATE) -> Path:
    """A WAV whose sample at a time is `loud` of it, -1 to 1."""
    samples = array.array("h", (round(32_000 * loud(number / rate)) for number in range(round(seconds * rate))))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())
    return path


def read(path: Path) -> array.array:
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE)
        return array.array("h", file.readframes(file.getnframes()))


def speech(seconds: float) -> float:
    """Words of 0.4 s with pauses of 0.1 s; each tenth pause has half a second."""
    in_phrase = seconds % 5.4
    return 0.5 * math.sin(2 * math.pi * 300 * seconds) if in_phrase < 4.9 and in_phrase % 0.5 < 0.4 else 0.0


def cut(path: Path, folder: Path, **how: float | str) -> list[Piece]:
    folder.mkdir()
    return list(pieces(path, folder=folder, **how))


def test_together_the_pieces_are_the_whole(tmp_path: Path) -> None:
    source = write(tmp_path / "talk.wav", 33.123, speech)
    found = cut(source, tmp_path / "out", longest=10, shortest=4)
    assert sum((read(piece.path) for piece in found), array.array("h")) == read(source)
    place = 0.0
    for piece in found:
        assert piece.start == pytest.approx(place, abs=1e-9)
        assert piece.seconds == len(read(piece.path)) / RATE
        place += piece.seconds
    assert place == pytest.approx(33.123, abs=0.001)
    assert all(4 <= piece.seconds <= 10 for piece in found[:-1])
    assert 0 < found[-1].seconds <= 10


def test_cuts_go_through_the_longest_pauses(tmp_path: Path) -> None:
    source = write(tmp_path / "talk.wav", 40, speech)
    for piece in cut(source, tmp_path / "out", longest=12, shortest=5)[1:]:
        assert 4.9 < piece.start % 5.4 < 5.4


def test_noise_is_no_reason_to_cut_through_a_word(tmp_path: Path) -> None:
    chance = random.Random(1)
    source = write(tmp_path / "talk.wav", 30, lambda at: speech(at) + chance.uniform(-0.05, 0.05))
    for piece in cut(source, tmp_path / "out", longest=12, shortest=5)[1:]:
        assert 4.9 < piece.start % 5.4 < 5.4


@pytest.mark.parametrize("loud", [lambda at: 0.0, lambda at: 0.3 * math.sin(2 * math.pi * 440 * at)])
def test_without_pauses_it_is_cut_all_the_same(tmp_path: Path, loud: Wave) -> None:
    source = write(tmp_path / "tone.wav", 21, loud)
    found = cut(source, tmp_path / "out", longest=6, shortest=6)
    assert [piece.seconds for piece in found] == [6, 6, 6, 3]
    assert sum(piece.seconds for piece in cut(source, tmp_path / "two", longest=6, shortest=2)) == 21


def test_what_is_short_stays_in_one_piece(tmp_path: Path) -> None:
    source = write(tmp_path / "word.wav", 0.7, speech)
    (piece,) = cut(source, tmp_path / "out")
    assert (piece.start, piece.seconds, piece.path.name, piece.silent) == (0, 0.7, "piece-0000.wav", False)


def test_silent_pieces_say_so(tmp_path: Path) -> None:
    source = write(tmp_path / "talk.wav", 30, lambda at: speech(at) if at < 10 else 0.0)
    found = cut(source, tmp_path / "out", longest=11, shortest=5)
    assert [piece.silent for piece in found] == [False] + [True] * (len(found) - 1)


def test_other_rates_and_stereo_from_a_video(tmp_path: Path) -> None:
    source = make(tmp_path / "clip.mp4", Clip(seconds=3, flash=(1, 2)))
    found = cut(source, tmp_path / "out", longest=1.5, shortest=0.5)
    assert sum(piece.seconds for piece in found) == pytest.approx(3, abs=0.06)  # AAC has frames of 21 ms
    samples = sum((read(piece.path) for piece in found), array.array("h"))
    begins = next(number for number, value in enumerate(samples) if abs(value) > 3000)
    assert begins / RATE == pytest.approx(1, abs=0.02)


def test_sound_that_begins_late_keeps_its_time(tmp_path: Path) -> None:
    source = make(tmp_path / "clip.mp4", Clip(seconds=3, late=1, flash=(1.5, 2)))
    samples = read(cut(source, tmp_path / "out")[0].path)
    assert next(at for at, value in enumerate(samples) if abs(value) > 3000) / RATE == pytest.approx(1.5, abs=0.02)


def test_mp3_pieces_have_the_same_times(tmp_path: Path) -> None:
    source = write(tmp_path / "talk.wav", 20, speech)
    as_wav = cut(source, tmp_path / "wav", longest=8, shortest=3)
    as_mp3 = cut(source, tmp_path / "mp3", longest=8, shortest=3, kind="mp3")
    assert [(one.start, one.seconds) for one in as_mp3] == [(one.start, one.seconds) for one in as_wav]
    assert all(one.path.suffix == ".mp3" and one.path.stat().st_size < one.seconds * 5000 for one in as_mp3)
    again = cut(as_mp3[0].path, tmp_path / "again")
    assert again[0].seconds == pytest.approx(as_mp3[0].seconds, abs=0.15)  # what an MP3 adds at its ends


def test_a_piece_is_made_when_it_is_asked_for(tmp_path: Path) -> None:
    source = write(tmp_path / "talk.wav", 20, speech)
    (tmp_path / "out").mkdir()
    making = pieces(source, longest=4, shortest=2, folder=tmp_path / "out")
    next(making)
    assert len(list((tmp_path / "out").iterdir())) == 1
    making.close()


def test_memory_does_not_grow_with_the_length(tmp_path: Path) -> None:
    source = write(tmp_path / "talk.wav", 240, lambda at: 0.0)
    tracemalloc.start()
    assert sum(piece.seconds for piece in cut(source, tmp_path / "out", longest=5, shortest=2)) == 240
    assert tracemalloc.get_traced_memory()[1] < 4_000_000  # all of it would be 7.7 MB
    tracemalloc.stop()


def test_what_has_no_sound_is_refused(tmp_path: Path) -> None:
    dumb = make(tmp_path / "dumb.mp4", Clip(rate=None, seconds=0.5))
    (tmp_path / "text.wav").write_text("no sound at all " * 100)
    (tmp_path / "empty.wav").touch()
    for path in (dumb, tmp_path / "text.wav", tmp_path / "empty.wav"):
        with pytest.raises(BadVideo):
            list(pieces(path, folder=tmp_path))
        with pytest.raises(BadVideo):
            is_silent(path)
    assert not list(tmp_path.glob("piece*"))


def test_lengths_that_make_no_sense(tmp_path: Path) -> None:
    source = write(tmp_path / "talk.wav", 1, speech)
    for longest, shortest in ((5.0, 6.0), (1.0, 0.0)):
        with pytest.raises(ValueError, match="shortest <= longest"):
            list(pieces(source, longest=longest, shortest=shortest, folder=tmp_path))


@pytest.mark.parametrize(
    ("loud", "silent"),
    [
        (lambda at: 0.0, True),
        (lambda at: 0.001 * math.sin(2 * math.pi * 200 * at), True),  # -63 dB
        (lambda at: 0.008 * math.sin(2 * math.pi * 200 * at), False),  # -45 dB
        (lambda at: speech(at) if 2.0 < at < 2.3 else 0.0, False),
        (lambda at: speech(at) if at > 2.9 else 0.0, False),
    ],
)
def test_silence(tmp_path: Path, loud: Wave, silent: bool) -> None:
    assert is_silent(write(tmp_path / "sound.wav", 3.05, loud)) is silent


def test_half_silence_is_none(tmp_path: Path) -> None:
    assert not is_silent(make_sound(tmp_path / "half.mp3", "libmp3lame"))
