"""Segments of a transcript cut into cues that can be read.

At most two lines of 42 columns; one to seven seconds; the next cue begins 40 ms after the end of the last at the
earliest. 17 characters a second are kept where the pause after a cue has room for it. Words are neither lost nor moved
earlier; where more is said than time is given (which no speaker does), cues come later rather than too short.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from integrations.transcribers.base import Segment
from integrations.transcribers.languages import joined
from media.cues import Cue
from media.subtitles.texts import LINE, LINES, Tokens, one_line, width

SHORTEST, LONGEST, GAP = 1000, 7000, 40  # milliseconds
PER_SECOND = 17  # columns that people read

# What speaks against a way to cut; a cue more costs 1.
BREAKS = (0.0, 0.4, 1.6)  # after a sentence, a clause, elsewhere: `Tokens.weight`
TOO_LONG, TOO_SHORT, UNEVEN = 2.5, 3.0, 0.5


@dataclass(frozen=True)
class Span:
    """Text between two times in milliseconds."""

    start: int
    end: int
    text: str


def cues(segments: Iterable[Segment]) -> list[Cue]:
    """The cues of a transcript, in the order of time. Raises ValueError for times that are no numbers."""
    pieces = [piece for span in _merged(_spans(segments)) for piece in _cut(span)]
    found: list[Cue] = []
    free = 0  # the first millisecond that a cue may begin at
    for number, piece in enumerate(pieces):
        following = pieces[number + 1].start - GAP if number + 1 < len(pieces) else math.inf
        start = max(piece.start, free)
        reading = start + math.ceil(width(piece.text) * 1000 / PER_SECOND)
        end = min(max(piece.end, reading, start + SHORTEST), start + LONGEST, following)
        end = max(int(end), start + SHORTEST)
        found.append(Cue(start, end, piece.text))
        free = end + GAP
    return found


def _spans(segments: Iterable[Segment]) -> list[Span]:
    """The segments that have words, in the order of time; each ends when the next one begins."""
    spans = []
    for segment in segments:
        start, end = _milliseconds(segment.start), _milliseconds(segment.end)
        if text := one_line(segment.text):
            spans.append(Span(max(0, start), max(0, start, end), text))
    spans.sort(key=lambda span: span.start)
    then = [*(span.start for span in spans[1:]), *(span.end for span in spans[-1:])]
    return [Span(span.start, min(span.end, end), span.text) for span, end in zip(spans, then, strict=True)]


def _milliseconds(seconds: float) -> int:
    if not math.isfinite(seconds):
        raise ValueError(f"a segment cannot begin or end at {seconds}")
    return round(seconds * 1000)


def _merged(spans: list[Span]) -> list[Span]:
    """The spans; one that the next leaves less than a second is put together with it."""
    found: list[Span] = []
    for span in spans:
        if found and span.start - GAP - found[-1].start < SHORTEST:
            last = found.pop()
            span = Span(last.start, max(last.end, span.end), joined([last.text, span.text]))
        found.append(span)
    return found


def _cut(span: Span) -> list[Span]:
    """A span in pieces of at most two lines, at the ends of sentences and clauses if it can be."""
    tokens = Tokens(span.text)
    whole = tokens.width(0, len(tokens))

    def time(token: int) -> int:
        """When a token is said: time goes as the letters go."""
        return span.start + round((span.end - span.start) * tokens.width(0, token) / whole)

    ends = _best(tokens, [time(token) for token in range(len(tokens) + 1)])
    return [
        Span(time(first), time(end) - (GAP if end < len(tokens) else 0), tokens.set(first, end))
        for first, end in zip([0, *ends], ends, strict=False)
    ]


def _best(tokens: Tokens, times: list[int]) -> list[int]:
    """Where the cues end, such that least speaks against it. times: of each token, and of the end."""
    count = len(tokens)
    costs, origins = [0.0] + [math.inf] * count, [0] * (count + 1)
    for first in range(count):
        last = tokens.reach(tokens.reach(first))
        for end in range(first + 1, last + 1):
            cost = costs[first] + 1 + _against(tokens, first, end, times[end] - times[first])
            if cost < costs[end]:
                costs[end], origins[end] = cost, first
    ends = [count]
    while origins[ends[-1]]:
        ends.append(origins[ends[-1]])
    return ends[::-1]


def _against(tokens: Tokens, first: int, end: int, milliseconds: int) -> float:
    """What speaks against a cue of these tokens."""
    wide = tokens.width(first, end)
    cost = UNEVEN * (1 - wide / (LINE * LINES)) ** 2
    if end < len(tokens):
        cost += BREAKS[tokens.weight(end)]
    if milliseconds > LONGEST and wide > LINE:
        cost += TOO_LONG
    if milliseconds < SHORTEST:
        cost += TOO_SHORT * (1 - milliseconds / SHORTEST)
    return cost
