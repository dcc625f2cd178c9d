"""Speech: how many words the recogniser of this machine gets wrong, and that it makes up none where nobody speaks.

The clips lie in clips/: three English ones of pytest-audioeval (MIT, its licence is beside them) and twelve spoken by
espeak-ng in three voices; three in other languages; the words of each in a .txt of its name. Silence and a melody are
made here.
"""

import array
import math
import tempfile
import time
import wave
from collections.abc import Iterator
from pathlib import Path

from desk.trials.benching.findings import Finding, table
from integrations.errors import OutsideError
from integrations.transcribers import transcribers
from integrations.transcribers.base import Recording, Transcriber
from media.listening import pieces
from media.subtitles.comparing import WordErrors, word_errors

CLIPS = Path(__file__).parent / "clips"
LEAST_CLIPS = 10
MOST_WRONG = 0.10  # share of the words
RATE = 16_000
NOTES = (262, 330, 392, 523, 392, 330)  # Hz


def measure() -> Iterator[Finding]:
    """The word error rate over the English clips, and the words made up where there are none to hear.

    Raises Unsupported where the recogniser is not installed; its text says how to install it.
    """
    hearing = transcribers.get("whisper")()
    hearing.check_ready()
    with tempfile.TemporaryDirectory(prefix="pressroom-bench-") as folder:
        yield errors(hearing, Path(folder))
        yield invented(hearing, Path(folder))


def errors(hearing: Transcriber, folder: Path) -> Finding:
    """Each English clip against its words."""
    rows, total, seconds, took = [], WordErrors(0, 0, 0, 0), 0.0, 0.0
    for clip in sorted(CLIPS.glob("*-en-*.flac")):
        began = time.monotonic()
        text, length = heard(hearing, clip, folder)
        took, seconds = took + time.monotonic() - began, seconds + length
        found = word_errors(clip.with_suffix(".txt").read_text(), text)
        total += found
        rows.append((clip.stem, found.said, found.wrong, found.missing, found.added, f"{found.rate:.1%}"))
    end = ("all", total.said, total.wrong, total.missing, total.added, f"{total.rate:.1%}")
    return Finding(
        "word error rate",
        f"{len(rows)} English clips",
        f"at least {LEAST_CLIPS} clips, at most {MOST_WRONG:.0%} of their words wrong",
        len(rows) >= LEAST_CLIPS and total.rate <= MOST_WRONG,
        [
            *table(["clip", "words", "wrong", "missing", "added", "rate"], [*rows, end]),
            f"{seconds:.0f} s of speech in {took:.1f} s, with loading the model",
        ],
        {"clips": len(rows), "words": total.said, "rate": round(total.rate, 4), "seconds": round(took, 2)},
    )


def invented(hearing: Transcriber, folder: Path) -> Finding:
    """Words that were written down of silence, a melody and languages that the model does not know."""
    silence, melody = folder / "silence.wav", folder / "melody.wav"
    _write(silence, [0.0] * (20 * RATE))
    _write(melody, [_note(at / RATE) for at in range(20 * RATE)])
    clips = [silence, melody, *sorted(path for path in CLIPS.glob("*.flac") if "-en-" not in path.name)]
    rows, made_up = [], 0
    for clip in clips:
        try:
            text, _seconds = heard(hearing, clip, folder)
            said = "nobody speaks"
        except OutsideError as error:
            text, said = "", str(error).split(":")[0]
        made_up += len(text.split())
        rows.append((clip.stem, len(text.split()), text[:60] or said[:90]))
    return Finding(
        "words made up",
        f"{len(clips)} recordings without English",
        "none",
        made_up == 0,
        table(["recording", "words", "what was said of it"], rows),
        {"recordings": len(clips), "words": made_up},
    )


def heard(hearing: Transcriber, clip: Path, folder: Path) -> tuple[str, float]:
    """The words of a clip and its length in seconds, the way a transcript's job hears it.

    Raises what the recogniser raises, such as for speech that it does not understand.
    """
    found, seconds = [], 0.0
    for piece in pieces(clip, folder=folder):
        seconds = piece.start + piece.seconds
        if not piece.silent:
            found.append(hearing.transcribe(Recording(piece.path, piece.seconds, "en")))
    hearing.check_understood(found)
    return " ".join(each.text for each in found), seconds


def _note(seconds: float) -> float:
    pitch = NOTES[int(seconds * 2) % len(NOTES)]
    fading = math.exp(-3 * (seconds * 2 % 1))
    return fading * sum(math.sin(2 * math.pi * pitch * n * seconds) / n for n in (1, 2, 3)) / 3


def _write(path: Path, signal: list[float]) -> None:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(array.array("h", (int(value * 32_000) for value in signal)).tobytes())
