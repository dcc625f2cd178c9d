"""What every line of the table of transcribers has to keep, and what they share."""

import math
import subprocess
import sys
from pathlib import Path

import pytest

from integrations.errors import ContextTooLong, Unsupported
from integrations.transcribers import doubting, languages, transcribers
from integrations.transcribers.base import Recording, Segment, Transcriber, Transcript, Usage


def test_they_are_imported_at_first_use_only() -> None:
    code = (
        "import sys; from integrations.transcribers import transcribers;"
        "modules = {path.rpartition('.')[0] for path in transcribers.paths.values()} | {'faster_whisper', 'openai'};"
        "sys.exit(len(modules & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("name", list(transcribers))
def test_each_says_who_it_is_and_what_it_can(name: str) -> None:
    vendor = transcribers.get(name)
    assert issubclass(vendor, Transcriber)
    assert vendor.name == name
    assert vendor.label.strip()
    assert vendor.timestamps in ("none", "segment", "word")
    assert vendor.languages is None or all(code in languages.NAMES for code in vendor.languages)
    assert vendor.max_bytes is None or vendor.max_bytes > 0
    assert vendor.max_seconds is None or vendor.max_seconds >= 60, "as long as the pieces of media/listening.py"
    assert {".wav", ".mp3"} <= vendor.suffixes
    assert not (vendor.needs_key and vendor.needs_base_url)


@pytest.mark.parametrize("name", list(transcribers))
def test_each_refuses_the_same_things_before_it_works(name: str, tmp_path: Path) -> None:
    transcriber = transcribers.get(name)("some-key")
    path = tmp_path / "talk.exe"
    path.touch()
    with pytest.raises(Unsupported, match=r'no "\.exe" files'):
        transcriber.transcribe(Recording(path, 1.0))
    if transcriber.max_seconds is not None:
        with pytest.raises(ContextTooLong, match="shorter pieces"):
            transcriber.transcribe(Recording(path.rename(tmp_path / "talk.wav"), transcriber.max_seconds + 1))


def heard(clear: float, unclear: float) -> Transcript:
    segments = (Segment(1.0, 1.0 + clear, "Words."),) if clear else ()
    return Transcript("en", segments, "", "a-model", Usage(), unclear=unclear)


@pytest.mark.parametrize("name", list(transcribers))
def test_what_was_hardly_understood_is_said(name: str) -> None:
    transcriber = transcribers.get(name)()
    for good in ([], [heard(0, 0)], [heard(0, 1.5)], [heard(10, 4), heard(0, 5)]):
        transcriber.check_understood(good)
    for bad in ([heard(0, 2.5)], [heard(1, 4)], [heard(0, 20), heard(6, 0)]):
        with pytest.raises(Unsupported, match="No words were made up"):
            transcriber.check_understood(bad)


# --- languages ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (None, ""),
        ("", ""),
        ("auto", ""),
        ("en", "en"),
        ("en-US", "en"),
        ("pt_BR", "pt"),
        ("DE", "de"),
        ("german", "de"),
        (" Haitian Creole ", "ht"),
        ("haw", "haw"),
        ("nb-NO", "no"),
        ("tlh", "tlh"),
    ],
)
def test_codes_of_languages(said: str | None, code: str) -> None:
    assert languages.code(said) == code


def test_names_of_languages() -> None:
    assert (languages.name("de"), languages.name("tlh")) == ("German", '"tlh"')
    assert len(languages.NAMES) == len(languages.CODES) == 100


@pytest.mark.parametrize(
    ("parts", "line"),
    [
        ([], ""),
        (["Hello", " world. "], "Hello world."),
        (["你好。", "世界"], "你好。世界"),
        (["안녕", "세상"], "안녕 세상"),
        (["", "a\nb", "", "c"], "a b c"),
        (["日本", "AI"], "日本 AI"),
    ],
)
def test_parts_are_joined_as_their_language_is_written(parts: list[str], line: str) -> None:
    assert languages.joined(parts) == line


# --- doubting: the figures are those that tiny.en gave for real sound (see doubting.py) ------------------------------


@pytest.mark.parametrize(
    ("text", "logprob", "no_speech", "compression", "verdict"),
    [
        ("The quick brown fox jumps over the lazy dog.", -0.33, 0.01, 0.86, "words"),
        ("Hello world.", -0.66, 0.06, 0.6, "words"),
        ("Press 2 to record your busy message.", -0.16, 0.62, 1.74, "words"),
        ("You", -1.0, 0.86, 0.27, "nothing"),  # a low melody
        ("You", -0.94, 0.94, 0.27, "nothing"),  # silence
        (".", -0.55, 0.81, 0.11, "nothing"),  # humming
        (". .", -0.1, 0.1, 0.5, "nothing"),
        ("Oh", -0.9, 0.92, 0.2, "nothing"),
        ("Thank you so much for watching, and I'll see you", -1.21, 0.43, 0.9, "unclear"),  # music
        ("No, no, no, no, no, no, no, no, no, no, no, no", -0.1, 0.86, 26.2, "unclear"),  # a siren
        ("Go to Morgan, hoiter smash and leave you by the ship", -1.05, 0.23, 1.1, "unclear"),  # German
        ("Thank you very much for watching, see you in the next video.", -1.09, 0.07, 0.92, "unclear"),  # French
        ("Words", None, None, None, "words"),
        ("Words", math.nan, math.nan, math.nan, "words"),
    ],
)
def test_what_was_made_up_is_known(
    text: str, logprob: float | None, no_speech: float | None, compression: float | None, verdict: str
) -> None:
    assert doubting.verdict(text, logprob, no_speech, compression, least=-0.8) == verdict


def test_confidence() -> None:
    assert [doubting.confidence(logprob) for logprob in (0.0, -0.5, -9.0, 0.3, None, math.nan)] == [
        1.0,
        0.607,
        0.0,
        1.0,
        None,
        None,
    ]
