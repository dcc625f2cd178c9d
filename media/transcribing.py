"""Writing down what is said: piece by piece, each kept when it is heard, so that a second try hears only the rest."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from ai.listening import Listener
from ai.prompting import Prompt
from integrations.errors import Unsupported
from integrations.transcribers.base import Recording, Segment, Transcriber, Usage
from integrations.transcribers.base import Transcript as Heard
from jobs.running import Run
from media import ordering
from media.fetching import brought, looked_at
from media.listening import Piece, pieces
from media.models import MediaFile, Transcript
from media.orders import VideoOrder
from media.subtitles.cutting import cues
from media.video import sound
from media.video.opening import BadVideo

PROMPT = Prompt("media.transcript", 1, "", "Write down what is said.")
# Seconds of a piece. A model that tells no times gets short ones: the place of a piece is the time of its words.
SHORT, LONG = (5.0, 20.0), (20.0, 60.0)
NOTHING: dict[str, Any] = {"segments": [], "unclear": 0.0}


def transcribe(transcript: Transcript, listener: Listener, run: Run) -> dict[str, Any]:
    """Write down what is said in a recording; returns {"transcriptId"}.

    Silence and music have no words, and none are made up. Raises Unsupported for a language that the recogniser does
    not know, for speech that it does not understand and where it is not installed, BadVideo where there is no sound.
    """
    hearing = ordering.recogniser(transcript.engine)
    if not hearing.needs_key:
        hearing.check_ready()
    run.checkpoint("prepare", 0, f"Preparing {transcript.media or 'the recording'}")
    source, cut = run.folder / "source", run.folder / "pieces"
    media = brought(transcript, source, run)
    if media.state == MediaFile.State.CHECKING:
        looked_at(media, source, run)
    if transcript.source_url:
        ordering.process(media, VideoOrder(), user=transcript.user, key=f"poster-of-{media.pk}")
    if not sound.has_sound(source):
        raise BadVideo("There is no sound in this file, so nothing can be written down. Choose one with speech.")
    cut.mkdir(exist_ok=True)
    found = _hear(transcript, hearing, listener, source, cut, run)
    segments = [segment for heard in found for segment in heard["segments"]]
    hearing.check_understood([_as_transcript(heard) for heard in found])
    if not segments:
        run.log("Nobody speaks in this recording: there are no words, and none were made up.", "warning")
    lines = cues(Segment(one["start"], one["end"], one["text"]) for one in segments)
    with run.owned():
        Transcript.objects.filter(pk=transcript.pk).update(
            segments=segments,
            text=" ".join(segment["text"] for segment in segments),
            cues=[asdict(line) for line in lines],
            edition=1,
            pieces={},
        )
    run.checkpoint("completed", 100, f"{len(segments)} passages written down" if segments else "No words were heard")
    return {"transcriptId": transcript.pk}


def _hear(
    transcript: Transcript, hearing: Transcriber, listener: Listener, source: Path, cut: Path, run: Run
) -> list[dict[str, Any]]:
    """What was heard in each piece; those that an earlier try heard are not heard again."""
    total = transcript.media.seconds if transcript.media and transcript.media.seconds else 1.0
    found = []
    lengths = SHORT if hearing.times(transcript.model_id or "") == "none" else LONG
    for number, piece in enumerate(pieces(source, folder=cut, longest=lengths[1], shortest=lengths[0]), start=1):
        run.checkpoint("transcribe", min(97, 3 + 94 * piece.start / total), f"Writing down from {piece.start:.0f} s on")
        key = f"{piece.start:.2f}"
        heard = transcript.pieces.get(key)
        if heard is None:
            heard = NOTHING if piece.silent else _heard(transcript, hearing, listener, piece, number, run)
            transcript.pieces[key] = heard
            with run.owned():
                Transcript.objects.filter(pk=transcript.pk).update(pieces=transcript.pieces)
        found.append(heard)
        piece.path.unlink(missing_ok=True)
    return found


def _heard(
    transcript: Transcript, hearing: Transcriber, listener: Listener, piece: Piece, number: int, run: Run
) -> dict[str, Any]:
    """{"segments", "unclear"} of one piece, the times in seconds from the beginning of the recording."""
    recording = Recording(piece.path, piece.seconds, transcript.language, timeout=max(1.0, min(600.0, run.remaining())))
    if hearing.needs_key:
        _call, answer = listener.listen(PROMPT, f"piece {number}", recording)
    else:
        answer = asdict(hearing.transcribe(recording))
    if not isinstance(answer.get("segments"), list | tuple):
        raise Unsupported("The transcriber answered without passages. Choose another one.")
    segments = [
        {"start": one["start"] + piece.start, "end": one["end"] + piece.start, "text": one["text"]}
        for one in answer["segments"]
    ]
    return {"segments": segments, "unclear": float(answer.get("unclear") or 0)}


def _as_transcript(heard: dict[str, Any]) -> Heard:
    """The same for the recogniser that judges whether it understood enough."""
    segments = tuple(Segment(one["start"], one["end"], one["text"]) for one in heard["segments"])
    return Heard("", segments, "", "", Usage(), unclear=heard["unclear"])
