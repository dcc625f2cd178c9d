"""Cues written as SRT, WebVTT and plain text. Times are whole milliseconds: nothing is ever rounded to 60 seconds."""

from collections.abc import Iterable, Iterator

from integrations.transcribers.languages import joined
from media.cues import Cue
from media.subtitles.texts import harmless, tidy

PARAGRAPH = 2000  # milliseconds of silence between two paragraphs of plain text


def to_srt(cues: Iterable[Cue]) -> str:
    """The cues as SubRip, numbered from 1. What looks like a style in a text is written with other brackets."""
    blocks = (
        f"{number}\n{clock(cue.start, ',')} --> {clock(cue.end, ',')}\n{harmless(cue.text)}\n"
        for number, cue in enumerate(_shown(cues), 1)
    )
    return "\n".join(blocks)


def to_vtt(cues: Iterable[Cue]) -> str:
    """The cues as WebVTT."""
    blocks = (f"{clock(cue.start, '.')} --> {clock(cue.end, '.')}\n{_escaped(cue.text)}\n" for cue in _shown(cues))
    return "\n".join(["WEBVTT\n", *blocks])


def to_text(cues: Iterable[Cue]) -> str:
    """The words alone; a silence of two seconds begins a new paragraph."""
    paragraphs: list[list[str]] = []
    end = None
    for cue in _shown(cues):
        if end is None or cue.start - end >= PARAGRAPH:
            paragraphs.append([])
        paragraphs[-1].extend(cue.text.split("\n"))
        end = cue.end
    return "".join(f"{joined(paragraph)}\n\n" for paragraph in paragraphs).removesuffix("\n")


def clock(milliseconds: int, point: str) -> str:
    """A time as 00:00:01,000."""
    seconds, thousandths = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}{point}{thousandths:03d}"


def _shown(cues: Iterable[Cue]) -> Iterator[Cue]:
    """Those that can be seen: they have a text and take time."""
    for cue in cues:
        if (text := tidy(cue.text)) and 0 <= cue.start < cue.end:
            yield Cue(cue.start, cue.end, text)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
