"""SRT and WebVTT read into cues, also edited and foreign ones.

Taken as they come: a byte order mark, any line ends, missing or wrong numbers, times without hours or thousandths,
empty lines inside a text, missing ones between cues, styles (left out), notes. What cannot be understood is refused
with the number of its line.
"""

import codecs
import html
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from media.cues import Cue
from media.subtitles.texts import tidy, unstyled

_TIME = r"(?:(\d{1,4}):)?(\d{1,3}):(\d{1,2})(?:[.,](\d{1,9}))?"
TIMES = re.compile(rf"\s*{_TIME}\s*-->\s*{_TIME}(?:\s.*)?", re.ASCII)
NUMBER = re.compile(r"\d+", re.ASCII)
VTT_TAG = re.compile(r"</?[a-z0-9][^<>]*>|</>", re.IGNORECASE)
VTT_BLOCK = re.compile(r"(NOTE|STYLE|REGION)(\s|$)")
LINE_ENDS = re.compile("\r\n|\r|\n")
ARROW = "-->"


class BadSubtitles(ValueError):
    """A line that is no subtitle. The text is for people and names the line, which is also in `line`, from 1."""

    def __init__(self, line: int, words: str) -> None:
        super().__init__(f"Line {line}: {words}")
        self.line = line


@dataclass
class _Found:
    """A cue on its way."""

    start: int
    end: int
    lines: list[str] = field(default_factory=list)


def from_srt(data: str | bytes) -> list[Cue]:
    """The cues of a SubRip file, in its order. Raises BadSubtitles."""
    return _cues(_found(_lines(data), _is_number), unstyled)


def from_vtt(data: str | bytes) -> list[Cue]:
    """The cues of a WebVTT file, in its order, without their positions and voices. Raises BadSubtitles."""
    return _cues(_found(_without_notes(_lines(data)), _is_name), _plain)


def _lines(data: str | bytes) -> list[str]:
    if isinstance(data, bytes):
        data = _decoded(data)
    return LINE_ENDS.split(data.removeprefix("\ufeff"))


def _decoded(data: bytes) -> str:
    is_utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return data.decode("utf-16" if is_utf16 else "utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise BadSubtitles(line, "this is no text in UTF-8. Save the file as UTF-8 and try again.") from None


def _found(lines: list[str], belongs_to_next: Callable[[list[str], int], bool]) -> list[_Found]:
    """The cues with their lines.

    belongs_to_next: whether the last of the lines before a time is the number or name of its cue, so many cues having
    come before.
    """
    cues: list[_Found] = []
    before: list[str] = []  # lines since the last time, or since the beginning
    for number, line in enumerate(lines, 1):
        if ARROW not in line:
            before.append(line)
            continue
        if before and belongs_to_next(before, len(cues)):
            before[-1] = ""
        _give(before, cues, number)
        cues.append(_Found(*_times(line, number)))
        before = []
    _give(before, cues, len(lines) + 1)
    return cues


def _give(before: list[str], cues: list[_Found], number: int) -> None:
    """Lines are the text of the cue above them. Raises BadSubtitles where there is none; number: of the line below."""
    if cues:
        cues[-1].lines = before
        return
    for line, text in enumerate(before, number - len(before)):
        if text.strip():
            raise BadSubtitles(
                line,
                f'"{text.strip()[:40]}" stands before the first time. A cue is a time, such as '
                "00:00:01,000 --> 00:00:03,500, and below it the text.",
            )


def _is_number(before: list[str], count: int) -> bool:
    """Right below a text, only the right number is one: it might be a part of the text."""
    last = before[-1].strip()
    return bool(NUMBER.fullmatch(last)) and (last == str(count + 1) or _is_apart(before, count))


def _is_name(before: list[str], count: int) -> bool:
    """In WebVTT any line may be the name of a cue, if an empty one is above it."""
    return _is_number(before, count) or _is_apart(before, count)


def _is_apart(before: list[str], count: int) -> bool:
    """Whether an empty line, or nothing at all, is above the last one."""
    return not before[-2].strip() if len(before) > 1 else count == 0


def _times(line: str, number: int) -> tuple[int, int]:
    match = TIMES.fullmatch(line)
    if match is None:
        raise BadSubtitles(number, f'"{line.strip()[:60]}" is no time. Write it like 00:00:01,000 --> 00:00:03,500.')
    start, end = _milliseconds(match.groups()[:4], number), _milliseconds(match.groups()[4:], number)
    if end <= start:
        raise BadSubtitles(number, f'the cue ends before it has begun ("{line.strip()[:60]}"). Correct its times.')
    return start, end


def _milliseconds(parts: tuple[str | None, ...], number: int) -> int:
    hours, minutes, seconds = (int(part or 0) for part in parts[:3])
    if seconds > 59 or (minutes > 59 and parts[0] is not None):
        raise BadSubtitles(number, "minutes and seconds go to 59. Correct the time.")
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + int((parts[3] or "").ljust(3, "0")[:3])


def _without_notes(lines: list[str]) -> list[str]:
    """The lines of a WebVTT file, with its head, notes and style sheets made empty."""
    kept, is_skipping = [], lines[0].startswith("WEBVTT")
    for number, line in enumerate(lines):
        begins = number == 0 or not lines[number - 1].strip()
        if not line.strip() or ARROW in line:
            is_skipping = False
        elif begins and VTT_BLOCK.match(line):
            is_skipping = True
        kept.append("" if is_skipping else line)
    return kept


def _plain(text: str) -> str:
    return html.unescape(unstyled(text, VTT_TAG))


def _cues(found: list[_Found], plain: Callable[[str], str]) -> list[Cue]:
    cues = (Cue(one.start, one.end, tidy(plain("\n".join(one.lines)))) for one in found)
    return [cue for cue in cues if cue.text]
