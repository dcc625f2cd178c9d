"""What every transcriber promises: a recording of speech becomes text with times."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import ClassVar, Literal

from integrations.errors import ContextTooLong, ModelGone, Unsupported
from integrations.transcribers import languages

Timestamps = Literal["none", "segment", "word"]
# From so many seconds on it is worth a word that speech was heard and not understood.
MUCH_UNCLEAR = 2.0


@dataclass(frozen=True)
class Model:
    """A model that can be asked for. usd_per_minute is None where nobody has said a price; 0 costs nothing."""

    id: str
    label: str
    timestamps: Timestamps
    usd_per_minute: Decimal | None = None
    retires_at: date | None = None


@dataclass(frozen=True)
class Recording:
    """What is to be transcribed: a file with sound, already vetted by the caller, of so many seconds.

    language is ISO 639-1 ("en", also "en-US" or "English") or None where nobody knows. model is an id of `models`, or
    "" for the first of them. timeout is in seconds, for the whole call. prompt is a hint (names, the sentence before),
    which only those follow that `takes_prompt`.
    """

    path: Path
    seconds: float
    language: str | None = None
    model: str = ""
    timeout: float = 120.0
    prompt: str = ""


@dataclass(frozen=True)
class Segment:
    """Words with the time when they are said, in seconds from the beginning of the recording.

    confidence is 0 to 1, None where the recogniser does not say.
    """

    start: float
    end: float
    text: str
    confidence: float | None = None


@dataclass(frozen=True)
class Usage:
    """What was counted for the bill: seconds of sound, or tokens. reported is False where the answer did not say."""

    seconds: float = 0.0
    input_tokens: int = 0
    output_tokens: int = 0
    reported: bool = True


@dataclass(frozen=True)
class Transcript:
    """What was said. No segments and no text where nobody speaks; language is ISO 639-1, or "" where nobody knows it.

    unclear counts the seconds in which something like speech was heard and not understood: its words are left out.
    cost is what the transcriber itself reports, in USD.
    """

    language: str
    segments: tuple[Segment, ...]
    text: str
    model_used: str
    usage: Usage
    cost: Decimal | None = None
    request_id: str = ""
    unclear: float = 0.0


class Transcriber(ABC):
    """A recogniser of speech. Abilities are attributes, asked before use."""

    name: ClassVar[str]
    label: ClassVar[str]
    needs_key: ClassVar[bool] = True
    needs_base_url: ClassVar[bool] = False  # each key comes with the address of its server
    takes_prompt: ClassVar[bool] = True
    # Of the first model; `times` knows those of the others. With "none", the caller cuts the sound into short pieces.
    timestamps: ClassVar[Timestamps]
    languages: frozenset[str] | None = None  # ISO 639-1; None is any
    max_bytes: ClassVar[int | None] = None
    max_seconds: ClassVar[float | None] = None
    suffixes: ClassVar[frozenset[str]]

    def __init__(
        self, key: str = "", *, base_url: str = "", allow_hosts: Collection[str] = (), model_folder: str = ""
    ) -> None:
        """A transcriber; needs no network.

        key, base_url and allow_hosts are as in `providers.base.Provider`. model_folder has the weights for those that
        recognise on this machine, "" is what was installed with them.
        """
        self.key = key.strip()
        self.base_url = base_url.strip()
        self.allow_hosts = tuple(allow_hosts)
        self.model_folder = model_folder.strip()

    @abstractmethod
    def models(self) -> list[Model]:
        """The models that can be asked for, the best choice first. Needs no network."""

    @abstractmethod
    def check_ready(self) -> None:
        """Raise InvalidKey, NoCredit or Unsupported where it could not work; free of charge, and quick."""

    @abstractmethod
    def hear(self, recording: Recording) -> Transcript:
        """Recognise a recording that was checked; raises only the errors of integrations/errors.py."""

    def transcribe(self, recording: Recording) -> Transcript:
        """What is said in a recording; raises only the errors of integrations/errors.py.

        Unsupported for a language or a kind of file that it cannot do, ContextTooLong for too many bytes or seconds.
        """
        self.check(recording)
        return self.hear(recording)

    def times(self, model: str) -> Timestamps:
        """How fine the times of a model are."""
        return next((known.timestamps for known in self.models() if known.id == model), self.timestamps)

    def chosen(self, model: str) -> str:
        """The id of the model that is asked when `model` is wanted."""
        return model or self.models()[0].id

    def check(self, recording: Recording) -> None:
        """Raise what `transcribe` says, before anything is sent or loaded."""
        suffix, size = recording.path.suffix.lower(), recording.path.stat().st_size
        if suffix not in self.suffixes:
            kinds = ", ".join(sorted(kind.removeprefix(".") for kind in self.suffixes))
            raise Unsupported(f'{self.label} takes no "{suffix}" files. It takes {kinds}: extract the sound first.')
        if self.max_bytes is not None and size > self.max_bytes:
            most = f"{self.max_bytes / 1024 / 1024:.3g} MB"
            raise ContextTooLong(
                f"The recording has {size / 1024 / 1024:.1f} MB, and {self.label} takes {most} at most. "
                "Cut it into shorter pieces."
            )
        if self.max_seconds is not None and recording.seconds > self.max_seconds:
            raise ContextTooLong(
                f"The recording lasts {recording.seconds:.0f} seconds, and {self.label} takes {self.max_seconds:.0f} "
                "at most. Cut it into shorter pieces."
            )
        code = languages.code(recording.language)
        if code and self.languages is not None and code not in self.languages:
            raise self.other_language(code)

    def other_language(self, code: str) -> Unsupported:
        """The recording is said to be in a language that is none of ours."""
        return Unsupported(f"{self.label} does not understand {languages.name(code)}. Choose another transcriber.")

    def check_understood(self, transcripts: Sequence[Transcript]) -> None:
        """Raise Unsupported where most of what was heard in all pieces of one recording was not understood."""
        clear = sum(segment.end - segment.start for transcript in transcripts for segment in transcript.segments)
        unclear = sum(transcript.unclear for transcript in transcripts)
        if unclear >= MUCH_UNCLEAR and unclear > clear:
            raise self.not_understood(unclear)

    def not_understood(self, seconds: float) -> Unsupported:
        """Something was said that nobody could make out."""
        return Unsupported(
            f"{self.label} heard about {seconds:.0f} seconds that sound like speech and understood too little of them: "
            "perhaps another language, singing or much noise. No words were made up. Name the language, or choose "
            "another model."
        )

    def gone(self, model: str) -> ModelGone:
        """There is no such model here."""
        shown = "".join(c if c.isprintable() else "?" for c in model[:80])
        known = ", ".join(one.id for one in self.models())
        return ModelGone(f'{self.label} has no model "{shown}". It has {known}: choose one of them.')
