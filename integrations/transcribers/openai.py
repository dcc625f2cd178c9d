"""Speech through OpenAI's SDK: POST /v1/audio/transcriptions at OpenAI, or at a server that copies it.

The client, the form of keys and most errors are those of the providers of the same name.
"""

import math
import re
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from integrations.errors import BadOutput, ContextTooLong, OutsideError, Unsupported
from integrations.providers import compatible, openai
from integrations.providers.base import MOST_TOKENS
from integrations.providers.openai_sdk import OpenAISDK
from integrations.providers.remote import Problem
from integrations.transcribers import doubting, languages
from integrations.transcribers.base import (
    Model,
    Recording,
    Segment,
    Timestamps,
    Transcriber,
    Transcript,
    Usage,
)

# Only Whisper answers in segments (openai's types/audio/transcription_create_params.py).
HAS_SEGMENTS = re.compile(r"whisper", re.IGNORECASE)
TOO_LONG = ("is longer than", "content size limit", "file is too large", "maximum file size")
NO_SOUND = ("could not be decoded", "corrupted", "invalid file format", "unsupported file format", "file is too short")
WHISPER_ENDS = date(2027, 2, 26)


class Hearing(OpenAISDK):
    """What a vendor says about a recording that it cannot take."""

    def sorted_problem(self, problem: Problem, model: str = "") -> OutsideError:
        """Our error: too long, no sound in it, or whatever it is with a text too."""
        if problem.status == 413 or (problem.status in (400, 422) and problem.shows(TOO_LONG)):
            return ContextTooLong(
                f"The recording is larger or longer than {self.label} takes at once. {self.says(problem.words)}"
                "Cut it into shorter pieces."
            )
        if problem.status in (400, 415, 422) and problem.shows(NO_SOUND):
            return Unsupported(
                f"{self.label} finds no sound that it can read in the recording. {self.says(problem.words)}"
                "Extract the sound again, as MP3 or WAV."
            )
        return super().sorted_problem(problem, model)


class OpenAIHearing(Hearing, openai.OpenAI):
    """OpenAI, asked about a recording."""


class CompatibleHearing(Hearing, compatible.Compatible):
    """A compatible server, asked about a recording."""


class OpenAI(Transcriber):
    """OpenAI's models of speech. The current one says no times: the caller cuts the sound into pieces, to know them."""

    name: ClassVar[str] = "openai"
    label: ClassVar[str] = "OpenAI"
    timestamps: ClassVar[Timestamps] = "none"
    # 25 MB is for requests; the newer models refuse more than 1400 s (their error says so), and MP3 pads a little.
    max_bytes: ClassVar[int | None] = 25 * 1024 * 1024 - 65_536
    max_seconds: ClassVar[float | None] = 1390.0
    suffixes: ClassVar[frozenset[str]] = frozenset(
        [".flac", ".mp3", ".mp4", ".mpeg", ".mpga", ".m4a", ".ogg", ".wav", ".webm"]
    )
    asks: ClassVar[type[OpenAISDK]] = OpenAIHearing

    def models(self) -> list[Model]:
        """Those of November 2026, with OpenAI's prices; gpt-4o-... end with whisper-1, and have no times either."""
        return [
            Model("gpt-transcribe", "GPT Transcribe", "none", Decimal("0.0045")),
            Model("whisper-1", "Whisper (until 26 February 2027)", "segment", Decimal("0.006"), WHISPER_ENDS),
        ]

    def times(self, model: str) -> Timestamps:
        """Segments from a Whisper, whoever runs it; nothing from the others."""
        return "segment" if HAS_SEGMENTS.search(self.chosen(model)) else "none"

    def check_ready(self) -> None:
        """Ask whether the key works, free of charge."""
        self._vendor().check_key()

    def hear(self, recording: Recording) -> Transcript:
        """Send the recording; it is read from the disk while it is sent."""
        model, vendor = self.chosen(recording.model), self._vendor()

        def ask(sdk: Any) -> Transcript:
            with recording.path.open("rb") as file:
                answer = sdk.audio.transcriptions.create(
                    # Not the name that a user gave it.
                    file=(f"recording{recording.path.suffix.lower()}", file),
                    timeout=recording.timeout,
                    **self.body(recording, model),
                )
            return self._read(vendor.whole(answer), recording, model)

        return vendor.asked(ask, model)

    def body(self, recording: Recording, model: str) -> dict[str, Any]:
        """What is sent beside the file."""
        body: dict[str, Any] = {"model": model, "response_format": "json"}
        if self.times(model) == "segment":
            body |= {"response_format": "verbose_json", "timestamp_granularities": ["segment"]}
        if code := languages.code(recording.language):
            body["language"] = code
        if recording.prompt:
            body["prompt"] = recording.prompt
        return body

    def _vendor(self) -> OpenAISDK:
        return self.asks(self.key, base_url=self.base_url, allow_hosts=self.allow_hosts)

    def _read(self, answer: Any, recording: Recording, model: str) -> Transcript:
        if not isinstance(answer.text, str):
            raise BadOutput(f"{self.label} answered without a text. Resume asks again.")
        rows = getattr(answer, "segments", None)
        if rows is None:
            text, unclear = " ".join(answer.text.split()), 0.0
            segments = [Segment(0.0, recording.seconds, text)] if text else []
        else:
            segments, text, unclear = said(rows)
        return Transcript(
            language=spoken(answer, recording),
            segments=tuple(segments),
            text=text,
            model_used=model,
            usage=usage(answer.usage),
            request_id=answer._request_id or "",
            unclear=unclear,
        )


class Compatible(OpenAI):
    """A server of the user's own that copies OpenAI (speaches, LocalAI, vLLM); the model must be named."""

    name: ClassVar[str] = "compatible"
    label: ClassVar[str] = "Compatible AI server"
    needs_key: ClassVar[bool] = False
    needs_base_url: ClassVar[bool] = True
    max_seconds: ClassVar[float | None] = None
    asks: ClassVar[type[OpenAISDK]] = CompatibleHearing

    def models(self) -> list[Model]:
        """Nobody knows; the server's own list mixes all kinds of models."""
        return []

    def chosen(self, model: str) -> str:
        """The model that was named; an empty name is refused before anything is sent."""
        return model


def said(rows: list[Any]) -> tuple[list[Segment], str, float]:
    """The segments that are believed, their text, and the seconds of the others; raises ValueError for odd times.

    Figures that a server leaves out speak for the words.
    """
    segments, unclear = [], 0.0
    for row in rows:
        start, end, text = float(row.start), float(row.end), " ".join(row.text.split())
        if not (0 <= start <= end < math.inf):
            raise ValueError("odd times")
        logprob = getattr(row, "avg_logprob", None)
        no_speech, compression = getattr(row, "no_speech_prob", None), getattr(row, "compression_ratio", None)
        # Large models are sure of what tiny.en guesses: Whisper's own limit, and no least probability.
        verdict = doubting.verdict(text, logprob, no_speech, compression, sure=-1.0)
        if verdict == "words":
            segments.append(Segment(start, end, text, doubting.confidence(logprob)))
        elif verdict == "unclear":
            unclear += end - start
    return segments, languages.joined(segment.text for segment in segments), unclear


def spoken(answer: Any, recording: Recording) -> str:
    """The code of the language: the one that was asked for, or what the answer says."""
    found = getattr(answer, "languages", None) or []
    heard = found[0].code if found else getattr(answer, "language", None)
    return languages.code(recording.language) or languages.code(heard if isinstance(heard, str) else None)


def usage(reported: Any) -> Usage:
    """Tokens or seconds, as the answer has them; "not reported" for what are no sound counts."""
    seconds = getattr(reported, "seconds", None)
    if isinstance(seconds, int | float) and 0 <= seconds < math.inf:
        return Usage(seconds=float(seconds))
    counts = getattr(reported, "input_tokens", None), getattr(reported, "output_tokens", None)
    if all(type(count) is int and 0 <= count <= MOST_TOKENS for count in counts):
        return Usage(input_tokens=counts[0] or 0, output_tokens=counts[1] or 0)
    return Usage(reported=False)
