"""`manage.py bench media` and `bench speech`: they measure what they say, and a missed target is told."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from desk.trials.benching import media, speech
from integrations.transcribers import whisper
from integrations.transcribers.base import Segment, Transcript, Usage


@pytest.mark.full
def test_media_measures_each_rendition():
    out = io.StringIO()
    call_command("bench", "media", "--quick", "--json", stdout=out)
    found = json.loads(out.getvalue().splitlines()[-1])
    assert found["holds"] is True
    figures = found["findings"][0]["figures"]
    assert figures["slowest"] > 0
    assert 0 < figures["gap"] < 30
    assert 50 < figures["peak_mb"] < 4096
    for name in ("landscape", "square", "vertical", "as it is"):
        assert name in out.getvalue()


def test_media_too_slow_misses_the_target(monkeypatch):
    slow = {"seconds": 100.0, "gap": 0.3, "told": 9, "peak_mb": 200.0}
    monkeypatch.setattr(media, "make_clip", lambda path, seconds: path)

    class Pool:
        def __init__(self, *args):
            pass

        def __enter__(self):
            return self

        def __exit__(self, *args):
            pass

        def submit(self, *args):
            return self

        def result(self):
            return slow

    monkeypatch.setattr(media, "ProcessPoolExecutor", Pool)
    [finding] = media.measure()
    assert finding.holds is False
    slow["seconds"] = 20.0
    [finding] = media.measure()
    assert finding.holds is True
    slow["gap"] = 1.5
    [finding] = media.measure()
    assert finding.holds is False


@pytest.fixture
def hears(monkeypatch):
    """The recogniser as a stand-in that hears the words beside a clip, spoilt by `change`."""
    texts = {}

    def told(change):
        pieces = speech.pieces

        def cut(clip, *, folder):
            texts["now"] = clip.with_suffix(".txt").read_text() if clip.with_suffix(".txt").exists() else ""
            texts["is_english"] = "-en-" in clip.name
            return pieces(clip, folder=folder)

        def hear(self, recording):
            words = change(texts["now"]) if texts["is_english"] else ""
            segments = (Segment(0.0, recording.seconds, words, 0.9),) if words else ()
            return Transcript("en", segments, words, "tiny.en", Usage(recording.seconds))

        monkeypatch.setattr(speech, "pieces", cut)
        monkeypatch.setattr(whisper.Whisper, "hear", hear)
        monkeypatch.setattr(whisper.Whisper, "check_ready", lambda self: None)

    return told


def test_speech_counts_wrong_words_over_enough_clips(hears):
    hears(lambda text: text.replace("fox", "box"))
    out = io.StringIO()
    call_command("bench", "speech", "--json", stdout=out)
    errors, invented = json.loads(out.getvalue().splitlines()[-1])["findings"]
    assert errors["figures"]["clips"] >= speech.LEAST_CLIPS
    assert errors["figures"]["rate"] == pytest.approx(2 / errors["figures"]["words"], abs=1e-4)
    assert invented["figures"]["words"] == 0


def test_speech_that_makes_words_up_misses_the_target(hears, monkeypatch):
    hears(lambda text: "nothing of it at all, many words that nobody said, on and on and on")
    with pytest.raises(SystemExit):
        call_command("bench", "speech", stdout=io.StringIO())


def test_speech_says_what_to_install(monkeypatch):
    monkeypatch.setattr(whisper.importlib.util, "find_spec", lambda name, package=None: None)
    with pytest.raises(CommandError, match="bin/run --speech"):
        call_command("bench", "speech", stdout=io.StringIO())
