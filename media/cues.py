"""A line of subtitles: what every file of subtitles and every player needs to know."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Cue:
    """Words with the time when they are shown, in whole milliseconds from the beginning."""

    start: int
    end: int
    text: str
