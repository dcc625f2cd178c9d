"""Whisper on this machine, with a stand-in for faster-whisper, which CI does not install.

The real one is measured by `manage.py bench speech`; the figures of the stand-in are those that it gave.
"""

import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from integrations.errors import BadOutput, ModelGone, NoAnswer, Unsupported
from integrations.transcribers import whisper
from integrations.transcribers.base import Recording, Segment, Usage
from integrations.transcribers.whisper import Whisper

WAYS_OUT = ["OpenAI", "key", "SPEECH_MODEL_DIR"]


@dataclass
class Package:
    """What the stand-in hears, how it fails, and what it was asked."""

    rows: list[Any] = field(default_factory=list)
    language: str = "en"
    multilingual: bool = False
    error: Exception | None = None
    made: list[tuple[Any, ...]] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)

    def model(self, folder: str, **how: Any) -> Any:
        self.made.append((folder, how, os.environ.get("HF_HUB_OFFLINE")))
        if not (Path(folder) / "model.bin").read_bytes():
            raise RuntimeError("Unsupported model binary version")
        return SimpleNamespace(
            transcribe=self.transcribe,
            model=SimpleNamespace(is_multilingual=self.multilingual),
            supported_languages=["en", "de"] if self.multilingual else ["en"],
        )

    def transcribe(self, path: str, **how: Any) -> tuple[Iterator[Any], Any]:
        self.asked.append({"path": path, **how})
        if self.error:
            raise self.error
        return iter(self.rows), SimpleNamespace(language=how["language"] or self.language, duration=9.5)


def row(start: float, end: float, text: str, **more: float) -> Any:
    figures = {"avg_logprob": -0.3, "no_speech_prob": 0.05, "compression_ratio": 1.0, **more}
    return SimpleNamespace(start=start, end=end, text=text, **figures)


def module(name: str, **content: Any) -> ModuleType:
    found = ModuleType(name)
    found.__spec__ = ModuleSpec(name, None, is_package=True)
    vars(found).update(content)
    return found


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Package]:
    """The two packages of requirements-speech.txt, as if they were installed."""
    package = Package()
    wheel = module(whisper.WHEEL)
    assert wheel.__spec__
    wheel.__spec__.submodule_search_locations = [str(tmp_path / "wheel")]
    folder(tmp_path / "wheel" / "model")
    monkeypatch.setitem(sys.modules, "faster_whisper", module("faster_whisper", WhisperModel=package.model))
    monkeypatch.setitem(sys.modules, whisper.WHEEL, wheel)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")  # so that what the code sets is taken back
    whisper.loaded.cache_clear()
    yield package
    whisper.loaded.cache_clear()


def folder(path: Path) -> Path:
    path.mkdir(parents=True)
    for name in whisper.FILES:
        (path / name).write_text("x")
    return path


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    path = tmp_path / "talk.wav"
    path.write_bytes(b"RIFF")
    return Recording(path, 9.0)


def asked(recording: Recording, **more: Any) -> Recording:
    return Recording(**{**vars(recording), **more})


# --- not installed ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("missing", ["faster_whisper", whisper.WHEEL])
def test_without_the_packages_it_says_what_to_install(
    package: Package, recording: Recording, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.delitem(sys.modules, missing)
    monkeypatch.setattr(whisper.importlib.util, "find_spec", hiding(missing))
    for way in (Whisper().check_ready, lambda: Whisper().transcribe(recording)):
        with pytest.raises(Unsupported) as caught:
            way()
        assert "bin/run --speech" in str(caught.value)
        assert "pip install -r requirements-speech.txt" in str(caught.value)
    assert not package.made


def hiding(missing: str) -> Any:
    real = whisper.importlib.util.find_spec
    return lambda name: None if name == missing else real(name)


def test_a_package_that_is_broken(package: Package, recording: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "faster_whisper", module("faster_whisper"))  # without WhisperModel
    with pytest.raises(Unsupported, match=r"bin/run --speech.*cannot be loaded"):
        Whisper().transcribe(recording)


# --- English ------------------------------------------------------------------------------------------------------


def test_words_with_times(package: Package, recording: Recording) -> None:
    package.rows = [row(0.0, 4.2, " Hello  world."), row(4.5, 9.4, " This is a test.", avg_logprob=-0.6)]
    found = Whisper().transcribe(asked(recording, language="en-GB"))
    assert found.segments == (Segment(0.0, 4.2, "Hello world.", 0.741), Segment(4.5, 9.0, "This is a test.", 0.549))
    assert (found.text, found.language, found.model_used) == ("Hello world. This is a test.", "en", "tiny.en")
    assert (found.usage, found.cost, found.unclear) == (Usage(seconds=9.5), Decimal(0), 0.0)


def test_how_it_is_asked(package: Package, recording: Recording, tmp_path: Path) -> None:
    Whisper().transcribe(asked(recording, prompt="Pressroom"))
    Whisper().transcribe(recording)
    how = {"device": "cpu", "compute_type": "int8", "cpu_threads": 2, "local_files_only": True}
    assert package.made == [(str(tmp_path / "wheel" / "model"), how, "1")], "loaded once, and offline"
    assert (
        package.asked[0]
        == package.asked[1]
        == {
            "path": str(recording.path),
            "language": None,
            "vad_filter": True,
            "vad_parameters": {"min_speech_duration_ms": 250},
            "temperature": 0.0,
            "condition_on_previous_text": False,
        }
    )


@pytest.mark.parametrize(
    ("rows", "unclear"),
    [
        ([], 0.0),
        ([row(0, 2, " You", avg_logprob=-1.0, no_speech_prob=0.86, compression_ratio=0.27)], 0.0),
        ([row(0, 1, " .", avg_logprob=-0.55, no_speech_prob=0.81, compression_ratio=0.11)], 0.0),
        ([row(0, 5, " No, no, no, no,", avg_logprob=-0.1, no_speech_prob=0.86, compression_ratio=26.2)], 5.0),
        ([row(0, 4.8, " Go to Morgan, hoiter smash", avg_logprob=-1.05, no_speech_prob=0.23)], 4.8),
    ],
)
def test_no_words_are_made_up(package: Package, recording: Recording, rows: list[Any], unclear: float) -> None:
    package.rows = rows
    found = Whisper().transcribe(recording)
    assert (found.segments, found.text, found.unclear) == ((), "", unclear)


def test_what_nobody_understood_names_the_ways_out(package: Package, recording: Recording) -> None:
    package.rows = [row(0, 8, " Thank you very much for watching", avg_logprob=-1.1)]
    found = Whisper().transcribe(recording)
    with pytest.raises(Unsupported, match="About 8 seconds sound like speech") as caught:
        Whisper().check_understood([found])
    assert all(way in str(caught.value) for way in WAYS_OUT)


# --- other languages ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "name"), [("de", "German"), ("fr-CA", "French"), ("Japanese", "Japanese")])
def test_another_language_is_refused_with_the_ways_out(
    package: Package, recording: Recording, language: str, name: str
) -> None:
    with pytest.raises(Unsupported, match=f"does not understand {name}, only English") as caught:
        Whisper().transcribe(asked(recording, language=language))
    assert all(way in str(caught.value) for way in WAYS_OUT)
    assert not package.made


def test_it_is_refused_even_where_nothing_is_installed(recording: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whisper.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(Unsupported, match="does not understand German"):
        Whisper().transcribe(asked(recording, language="de"))


def test_a_folder_with_another_model(package: Package, recording: Recording, tmp_path: Path) -> None:
    package.multilingual, package.rows = True, [row(0, 2, " Guten Morgen.", avg_logprob=-0.9)]
    own = Whisper(model_folder=str(folder(tmp_path / "small")))
    assert own.languages is None
    assert [model.id for model in own.models()] == ["small"]
    found = own.transcribe(asked(recording, language="de", model="small"))
    assert (found.text, found.language, found.model_used) == ("Guten Morgen.", "de", "small")
    assert own.transcribe(recording).language == "en"  # as it was heard
    with pytest.raises(Unsupported, match="small does not understand French"):
        own.transcribe(asked(recording, language="fr"))
    assert Whisper().languages == {"en"}


def test_a_folder_with_a_model_for_english(package: Package, recording: Recording, tmp_path: Path) -> None:
    own = Whisper(model_folder=str(folder(tmp_path / "base.en")))
    with pytest.raises(Unsupported, match="does not understand German") as caught:
        own.transcribe(asked(recording, language="de"))
    assert all(way in str(caught.value) for way in WAYS_OUT)


def test_a_folder_that_is_none(package: Package, recording: Recording, tmp_path: Path) -> None:
    (folder(tmp_path / "half") / "tokenizer.json").unlink()  # without it faster-whisper would go to the network
    for path, missing in ((tmp_path / "nowhere", "model.bin"), (tmp_path / "half", "tokenizer.json")):
        own = Whisper(model_folder=str(path))
        for way in (own.check_ready, lambda own=own: own.transcribe(recording)):
            with pytest.raises(Unsupported, match=f"no {missing} in it"):
                way()


def test_a_model_that_cannot_be_loaded(package: Package, recording: Recording, tmp_path: Path) -> None:
    path = folder(tmp_path / "broken")
    (path / "model.bin").write_text("")
    with pytest.raises(Unsupported, match=r"cannot be loaded \(RuntimeError\)") as caught:
        Whisper(model_folder=str(path)).transcribe(recording)
    assert caught.value.__cause__ is caught.value.__context__ is None


# --- what goes wrong ----------------------------------------------------------------------------------------------


def test_another_model(package: Package, recording: Recording) -> None:
    with pytest.raises(ModelGone, match=r'no model "large-v3". It has tiny\.en'):
        Whisper().transcribe(asked(recording, model="large-v3"))


def test_it_takes_too_long(package: Package, recording: Recording) -> None:
    package.rows = [row(0, 1, " One."), row(1, 2, " Two.")]
    started = time.monotonic()
    with pytest.raises(NoAnswer, match="was not done after 0 seconds"):
        Whisper().transcribe(asked(recording, timeout=0.0))
    assert time.monotonic() - started < 1


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (IndexError("tuple index out of range"), Unsupported, "no sound that can be read"),
        (RuntimeError("oneDNN failed"), BadOutput, r"failed \(RuntimeError\)"),
    ],
)
def test_the_recogniser_fails(
    package: Package, recording: Recording, error: Exception, kind: type[Exception], words: str
) -> None:
    package.error = error
    with pytest.raises(kind, match=words) as caught:
        Whisper().transcribe(recording)
    assert caught.value.__cause__ is caught.value.__context__ is None


def test_a_file_that_pyav_cannot_read(package: Package, recording: Recording) -> None:
    import av

    try:
        av.open(str(recording.path))
    except av.FFmpegError as error:
        package.error = error
    with pytest.raises(Unsupported, match=r"no sound that can be read \(InvalidDataError\)"):
        Whisper().transcribe(recording)


def test_memory_that_is_gone_is_the_business_of_the_child(package: Package, recording: Recording) -> None:
    package.error = MemoryError()
    with pytest.raises(MemoryError):
        Whisper().transcribe(recording)
