"""Lines: where a text may be broken, how many lines it takes, and lines that are alike in length."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from integrations.providers.offline_cards.words import clusters

Measure = Callable[[str], float]

# Chinese and Japanese may be broken between any two signs, but not before these.
HAN = "\u2e80-\u2fdf\u3041-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
CLINGING = "、。，．・：；！？）」』】〕〉》ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ"
# A piece ends after a sign of Chinese or Japanese, before one, or behind a dash or a slash inside a word.
PIECE = re.compile(
    rf"[{HAN}][{CLINGING}]*"
    rf"|[^{HAN}]+?(?:(?<=[^\W\d_])[-‐–—](?=[^\W_])|(?<=\w)[/?&=](?=\w)|(?=[{HAN}])|$)"
)
# No line should end with one of these: they belong to the word after them.
LEANING = frozenset(
    [
        "a",
        "an",
        "the",
        "of",
        "to",
        "in",
        "on",
        "at",
        "by",
        "for",
        "and",
        "or",
        "&",
        "–",
        "—",
        "i",
        "le",
        "la",
        "les",
        "de",
        "du",
        "des",
        "un",
        "une",
        "der",
        "die",
        "das",
        "el",
    ]
)
# Of more lines nobody sees that they are alike.
BALANCED = 14


@dataclass(frozen=True)
class Piece:
    """What is never broken, its width, and whether a blank follows."""

    text: str
    width: float
    blank: bool


def split(line: str) -> list[tuple[str, bool]]:
    """The pieces of one line of a text: each, and whether a blank follows it."""
    found: list[tuple[str, bool]] = []
    for word in (word for word in line.split(" ") if word):
        parts = [match[0] for match in PIECE.finditer(word)]
        found += [(part, False) for part in parts[:-1]]
        found.append((parts[-1], True))
    return found


def measured(parts: list[tuple[str, bool]], measure: Measure) -> list[Piece]:
    """The pieces with their widths."""
    return [Piece(text, measure(text), blank) for text, blank in parts]


def torn(parts: list[Piece], width: float, measure: Measure) -> list[Piece]:
    """The pieces, with those that are wider than a line broken between signs, without a hyphen."""
    found: list[Piece] = []
    for piece in parts:
        if piece.width <= width:
            found.append(piece)
            continue
        signs = clusters(piece.text)
        alike = min(width, 1.06 * piece.width / math.ceil(piece.width / width))
        while len(signs) > 1 and measure("".join(signs)) > alike:
            count = _how_many(signs, alike, measure)
            head = "".join(signs[:count])
            found.append(Piece(head, measure(head), False))
            signs = signs[count:]
        rest = "".join(signs)
        found.append(Piece(rest, measure(rest), piece.blank))
    return found


def _how_many(signs: list[str], width: float, measure: Measure) -> int:
    """How many signs fit into the width: one at least, and not all."""
    low, high = 1, len(signs) - 1
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measure("".join(signs[:middle])) <= width else (low, middle - 1)
    return low


def filled(parts: list[Piece], width: float, blank: float) -> list[str] | None:
    """As few lines as there can be; None where a piece is wider than a line."""
    lines: list[list[Piece]] = []
    wide = 0.0
    for piece in parts:
        if piece.width > width:
            return None
        more = piece.width + (blank if lines and lines[-1][-1].blank else 0.0)
        if lines and wide + more <= width:
            lines[-1].append(piece)
            wide += more
        else:
            lines.append([piece])
            wide = piece.width
    return [_joined(line) for line in lines]


def balanced(parts: list[Piece], width: float, blank: float) -> tuple[list[str], float] | None:
    """As few lines as there can be, but alike in length, and how bad they are, 0 being perfect.

    Bad are lines of unlike length, a lone short word at the end, a little word that is torn from what it belongs to.
    None where a piece is wider than a line.
    """
    few = filled(parts, width, blank)
    if few is None:
        return None
    if not 1 < len(few) <= BALANCED:
        return few, 0.0
    goal = (sum(part.width for part in parts) + blank * sum(part.blank for part in parts[:-1])) / len(few)
    # For each number of lines: where they can end, how bad that is, and where the last of them begins.
    best: list[dict[int, tuple[float, int]]] = [{0: (0.0, 0)}]
    for _ in few:
        row: dict[int, tuple[float, int]] = {}
        for start, (bad, _) in best[-1].items():
            for end, cost in _lines_from(parts, start, width, blank, goal):
                if end not in row or bad + cost < row[end][0]:
                    row[end] = bad + cost, start
        best.append(row)
    cuts = [len(parts)]
    for row in reversed(best[1:]):
        cuts.append(row[cuts[-1]][1])
    cuts.reverse()
    spans = list(pairwise(cuts))
    costs = [row[end][0] - last[start][0] for (last, row), (start, end) in zip(pairwise(best), spans, strict=True)]
    return [_joined(parts[start:end]) for start, end in spans], max(costs) + sum(costs) / len(costs)


def _lines_from(parts: list[Piece], start: int, width: float, blank: float, goal: float) -> list[tuple[int, float]]:
    """The ends of all lines that can begin at a piece, and how bad each line is."""
    found = []
    wide = 0.0
    for end in range(start + 1, len(parts) + 1):
        piece = parts[end - 1]
        wide += piece.width + (blank if end - 1 > start and parts[end - 2].blank else 0.0)
        if wide > width:
            break
        cost = ((wide - goal) / goal) ** 2 + (0.1 if wide < 0.7 * goal else 0.0)
        if end == len(parts):
            cost += 0.3 if wide < goal / 2 else 0.0
        elif piece.text.lower() in LEANING:
            cost += 0.16
        elif not piece.blank and piece.text[-1].isalnum() and piece.text.isascii():
            cost += 0.2
        elif piece.text[-1] in ".,:;!?…—–":
            cost -= 0.04
        found.append((end, cost))
    return found


def _joined(parts: list[Piece]) -> str:
    return "".join(part.text + (" " if part.blank else "") for part in parts).rstrip(" ")
