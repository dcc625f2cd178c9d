"""Figures of a text: how long its sentences and words are, how hard it is to read, whom it speaks to. No model, no net.

The reading grade is LIX (Björnsson 1968): words per sentence plus the percentage of words with more than six letters;
it needs no syllables, so it holds for every language that is written with letters. Below 30 is very easy, 40 a
newspaper, above 55 hard.
"""

import re
from dataclasses import dataclass

import regex

LONG_LETTERS = 6
LINK = re.compile(r"https?://\S+", re.IGNORECASE)
HASHTAG = re.compile(r"(?<!\w)#\w+")
MENTION = re.compile(r"(?<!\w)@[\w.]+")
WORD = regex.compile(r"\p{L}[\p{L}\p{M}'’-]*\p{L}|\p{L}|\p{N}+(?:[.,]\p{N}+)*")
EMOJI = regex.compile(r"\p{Emoji_Presentation}|\p{Extended_Pictographic}")
# A sentence ends at these, and at a line that ends.
ENDS = regex.compile(r"(?<=[.!?…。！？])[\"'“”’)\]]*\s+|\n+")
FIRST = {
    "i", "me", "my", "mine", "we", "us", "our", "ours", "i'm", "i've", "we're", "we've", "we'll", "ich", "mir", "mich",
    "mein", "meine", "wir", "uns", "unser", "unsere", "unserem", "unseren", "je", "moi", "mon", "ma", "mes", "nous",
    "notre", "nos",
    "yo", "mi", "nosotros", "nuestro", "nuestra",
}  # fmt: skip
SECOND = {
    "you", "your", "yours", "you're", "you've", "you'll", "du", "dir", "dich", "dein", "deine", "ihr", "euch", "euer",
    "eure",
    "ihnen", "tu", "toi", "ton", "ta", "tes", "vous", "votre", "vos", "tú", "usted", "ustedes", "tuyo",
}  # fmt: skip


@dataclass(frozen=True)
class Statistics:
    """The figures of one text. Shares are of its words, between 0 and 1."""

    words: int
    sentences: int
    sentence_length: float  # words
    word_length: float  # letters
    grade: float  # LIX
    first_person: float
    second_person: float
    emoji: float  # for each word
    hashtags: float  # for each word
    exclamations: float  # for each sentence
    questions: float  # for each sentence


def measure(text: str) -> Statistics:
    """The figures of a text; an empty one has zeros."""
    plain = MENTION.sub(" ", HASHTAG.sub(" ", LINK.sub(" ", text)))
    parts, found = sentences(plain), words(plain)
    count, each = len(found), max(1, len(found))
    lengths = [len(one) for one in found]
    long = sum(length > LONG_LETTERS for length in lengths)
    per_sentence = count / max(1, len(parts))
    lower = [one.lower().replace("’", "'") for one in found]
    return Statistics(
        words=count,
        sentences=len(parts),
        sentence_length=per_sentence,
        word_length=sum(lengths) / each,
        grade=per_sentence + 100 * long / each if count else 0.0,
        first_person=sum(one in FIRST for one in lower) / each,
        second_person=sum(one in SECOND for one in lower) / each,
        emoji=len(EMOJI.findall(text)) / each,
        hashtags=len(HASHTAG.findall(text)) / each,
        exclamations=text.count("!") / max(1, len(parts)),
        questions=text.count("?") / max(1, len(parts)),
    )


def sentences(text: str) -> list[str]:
    """The sentences of a text that have a word in them."""
    return [part.strip() for part in ENDS.split(text) if WORD.search(part)]


def words(text: str) -> list[str]:
    """The words of a text, as they are written."""
    return WORD.findall(text)
