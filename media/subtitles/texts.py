"""Text for subtitles: made clean, cut where a line may break, and set in at most two lines."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate

from integrations.transcribers.languages import UNSPACED, joined

LINE = 42  # columns; Chinese, Japanese and Korean letters take two
LINES = 2

SENTENCE_ENDS = re.compile("[.!?…。！？؟।][\"')\\]”’»」』）]*$")
CLAUSE_ENDS = re.compile("[,;:，、；：،؛—–][\"')\\]”’»」』）]*$")
# In text without blanks no line begins with the one or ends with the other.
NOT_FIRST = frozenset("、。，．！？：；）」』】〉》〕］｝・ー々…‥”’％,.!?:;)]}%ぁぃぅぇぉっゃゅょァィゥェォッャュョ")
NOT_LAST = frozenset("（「『【〈《〔［｛“‘([{")
JOINER = "\u200d"
SRT_STYLE = re.compile(r"</?(?:b|i|u|s|font|c|v|lang|ruby|rt)\b[^<>\n]*>|\{\\[^{}\n]*\}", re.IGNORECASE)
MOST_CHANGES = 9
_OTHER_BRACKETS = str.maketrans("<>{}", "‹›()")

_BREAKS = re.compile("\r\n|[\r\u000b\u000c\u0085\u2028\u2029]")
_UNSEEN = {"Cc", "Cs"}


def tidy(text: str) -> str:
    """Lines that can stand in a file of subtitles: none is empty, no control characters, single blanks, no `-->`."""
    lines = _BREAKS.sub("\n", text).split("\n")
    return "\n".join(filter(None, map(_clean, lines)))


def one_line(text: str) -> str:
    """The same as one line."""
    return joined(tidy(text).split("\n"))


def _clean(line: str) -> str:
    seen = (c for c in line if c == "\t" or (c != "\ufeff" and unicodedata.category(c) not in _UNSEEN))
    return " ".join("".join(seen).split()).replace("-->", "→")


def unstyled(text: str, style: re.Pattern[str] = SRT_STYLE) -> str:
    """The text without styles, also those that appear when others are gone."""
    return _until_still(text, lambda text: style.sub("", text))


def harmless(text: str) -> str:
    """The text with other brackets around what players of SRT take for a style; SRT has no escapes."""
    return _until_still(text, lambda text: SRT_STYLE.sub(lambda match: match[0].translate(_OTHER_BRACKETS), text))


def _until_still(text: str, change: Callable[[str], str]) -> str:
    """Change a text until nothing changes; one that is made to go on and on loses its brackets."""
    for _ in range(MOST_CHANGES):
        before, text = text, change(text)
        if text == before:
            return text
    return text.translate(_OTHER_BRACKETS)


def width(text: str) -> int:
    """Columns: two for a wide letter, one for any other."""
    return len(text) + sum(unicodedata.east_asian_width(c) in "WF" for c in text)


@dataclass(frozen=True)
class Token:
    """A part of a text that stays on one line: a word, or a letter where there are no blanks."""

    text: str
    blank: bool  # whether a blank stands before it


class Tokens:
    """The tokens of a text, and how wide any run of them is."""

    def __init__(self, text: str) -> None:
        self.all = [token for word in text.split() for token in _tokens(word)]
        if self.all:
            self.all[0] = Token(self.all[0].text, False)
        self._until = [0, *accumulate(width(token.text) + token.blank for token in self.all)]

    def __len__(self) -> int:
        return len(self.all)

    def text(self, first: int, end: int) -> str:
        """The tokens from `first` to before `end`, as one line."""
        parts = (f" {token.text}" if token.blank else token.text for token in self.all[first:end])
        return "".join(parts).removeprefix(" ")

    def width(self, first: int, end: int) -> int:
        """How wide that line is."""
        return self._until[end] - self._until[first] - self.all[first].blank if first < end else 0

    def reach(self, first: int) -> int:
        """The end of the longest line that begins with `first`; at least one token is on it."""
        if first >= len(self):
            return first
        end = bisect_right(self._until, self._until[first] + self.all[first].blank + LINE) - 1
        return max(first + 1, end)

    def set(self, first: int, end: int) -> str:
        """The run in one line, or in two of about the same width; punctuation is a good place to break."""
        if self.width(first, end) <= LINE:
            return self.text(first, end)
        places = [at for at in range(first + 1, end) if self.width(first, at) <= LINE >= self.width(at, end)]
        if not places:
            raise ValueError("this is more than two lines")
        best = min(places, key=lambda at: self._unevenness(first, at, end))
        return f"{self.text(first, best)}\n{self.text(best, end)}"

    def _unevenness(self, first: int, at: int, end: int) -> float:
        uneven = abs(self.width(first, at) - self.width(at, end))
        return uneven + (0, 8, 14)[self.weight(at)]

    def weight(self, at: int) -> int:
        """How bad it is to break before a token: 0 after a sentence, 1 after a clause, 2 elsewhere."""
        before = self.all[at - 1].text
        return 0 if SENTENCE_ENDS.search(before) else 1 if CLAUSE_ENDS.search(before) else 2


def _tokens(word: str) -> list[Token]:
    """A word, cut between letters that need no blank, and where it is longer than a line."""
    parts, part = [], ""
    for letter in word:
        if part and _may_break(part[-1], letter):
            parts.append(part)
            part = ""
        part += letter
    parts.append(part)
    short = [piece for part in parts for piece in _fitting(part)]
    return [Token(piece, number == 0) for number, piece in enumerate(short)]


def _may_break(before: str, after: str) -> bool:
    if not (UNSPACED.match(before) or UNSPACED.match(after)):
        return False
    return after not in NOT_FIRST and before not in NOT_LAST and not _belongs(before, after)


def _belongs(before: str, after: str) -> bool:
    """Whether two characters are one letter: accents, and what is glued together."""
    return unicodedata.category(after).startswith("M") or JOINER in (before, after)


def _fitting(part: str) -> list[str]:
    """The part in pieces that fit on a line; letters with accents stay whole unless nothing else is left."""
    pieces = []
    while width(part) > LINE:
        end = LINE if width(part[:LINE]) <= LINE else LINE // 2
        while end > 1 and _belongs(part[end - 1], part[end]):
            end -= 1
        end = end if end > 1 else LINE // 2
        pieces.append(part[:end])
        part = part[end:]
    return [*pieces, part]
