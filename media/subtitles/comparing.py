"""How many words of a transcript are wrong, as the word error rate counts them."""

import re
import unicodedata
from dataclasses import dataclass

from media.subtitles.texts import Tokens

SMALL_NUMBERS = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen twenty"""
NUMBERS = {word: str(number) for number, word in enumerate(SMALL_NUMBERS.split())}


@dataclass(frozen=True)
class WordErrors:
    """Words that were said, and how many of them were heard as others, not heard, or heard without being said."""

    said: int
    wrong: int
    missing: int
    added: int

    @property
    def rate(self) -> float:
        """The word error rate: 0 is perfect; over 1 where more is wrong than was said."""
        errors = self.wrong + self.missing + self.added
        return errors / self.said if self.said else float(errors > 0)

    def __add__(self, other: "WordErrors") -> "WordErrors":
        return WordErrors(
            self.said + other.said, self.wrong + other.wrong, self.missing + other.missing, self.added + other.added
        )


def words(text: str) -> list[str]:
    """The words as they are compared: small, without punctuation, numbers to 20 as digits; letters of Chinese."""
    text = unicodedata.normalize("NFKC", text).lower().replace("’", "'")
    text = re.sub(r"(?<=\w)'(?=\w)", "", text)
    text = re.sub(r"[^\w\s]|_", " ", text)
    return [NUMBERS.get(token.text, token.text) for token in Tokens(text).all]


def word_errors(said: str, heard: str) -> WordErrors:
    """The fewest changes that make what was said out of what was heard, as they are counted in word error rates."""
    expected, got = words(said), words(heard)
    # (changes, wrong, missing, added) for the words of `got` so far
    row = [(added, 0, 0, added) for added in range(len(got) + 1)]
    for missing, word in enumerate(expected, 1):
        diagonal, row[0] = row[0], (missing, 0, missing, 0)
        for at, other in enumerate(got, 1):
            changes, wrong, gone, more = diagonal
            step = (changes, wrong, gone, more) if word == other else (changes + 1, wrong + 1, gone, more)
            above, left = row[at], row[at - 1]
            diagonal = above
            row[at] = min(
                step,
                (above[0] + 1, above[1], above[2] + 1, above[3]),
                (left[0] + 1, left[1], left[2], left[3] + 1),
            )
    _, wrong, gone, more = row[-1]
    return WordErrors(len(expected), wrong, gone, more)
