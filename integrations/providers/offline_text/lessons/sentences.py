"""Cut a text from outside into sentences, each word for word as it stands there; whatever the text is like."""

import re
from collections.abc import Iterator

from integrations.providers.offline_text.lessons.stop_words import ABBREVIATIONS, BEFORE_NUMBERS
from integrations.providers.offline_text.lessons.words import UNSEEN, distinct, word_count

MARKER = re.compile(r"\s*(?:(?:#{1,6}|[-*+•–>]|\(?\d{1,3}[.)]|\(?[a-z]\))\s+)+")
ENDS, CLOSERS, OPENERS = ".!?…", "\"'”’»)]*_", "\"'“‘«([„*_"
AT_ONCE = re.compile(r"(?<=[。！？।۔؟])(?![”’」』»)])|(?<=[。！？।۔؟][”’」』»)])")  # these need no space after them
LONGEST, CUT_FROM = 240, 140  # characters: a longer sentence is cut, at the first comma after CUT_FROM if there is one
MOST_SENTENCES = 500
WRAPPED = 50  # characters: a line that long and without an end goes on in the next line


def sentences(text: str) -> list[str]:
    """The sentences of a text in order, each once, each in one line; what is too short to say anything is left out."""
    found: list[str] = []
    for paragraph in _paragraphs(text):
        for sentence in _split(paragraph):
            found += [piece for piece in _pieces(sentence) if _says_something(piece)]
        if len(found) > MOST_SENTENCES:
            break
    return distinct(found)[:MOST_SENTENCES]


def is_whole(sentence: str) -> bool:
    """Whether it ends like a statement."""
    return sentence.rstrip(CLOSERS)[-1:] in (".", "!", "…", "。", "！", "।", "۔")


def _says_something(piece: str) -> bool:
    return word_count(piece) > 2 or len(re.findall("[\u3040-\u9fff]", piece)) > 5


def _paragraphs(text: str) -> Iterator[str]:
    """Lines, joined where an editor wrapped them."""
    held: list[str] = []
    for raw in UNSEEN.sub("", text).splitlines():
        marker = MARKER.match(raw)
        line = " ".join((raw[marker.end() :] if marker else raw).split())
        if held and (marker or not line or not _goes_on(held[-1], line)):
            yield " ".join(held)
            held = []
        if line:
            held.append(line)
    if held:
        yield " ".join(held)


def _goes_on(before: str, line: str) -> bool:
    if before.rstrip(CLOSERS)[-1:] in (*ENDS, ":"):
        return len(before) > WRAPPED
    return len(before) > WRAPPED or line[:1].islower()


def _split(paragraph: str) -> Iterator[str]:
    held: list[str] = []
    parts = paragraph.split()
    for word, after in zip(parts, [*parts[1:], ""], strict=True):
        held.append(word)
        if _ends(word, after):
            yield from AT_ONCE.split(" ".join(held))
            held = []
    yield from AT_ONCE.split(" ".join(held))


def _ends(word: str, after: str) -> bool:
    """Whether a sentence ends between two words."""
    core = word.rstrip(CLOSERS)
    if not core or core[-1] not in ENDS:
        return False
    begins = after.lstrip(OPENERS)[:1]
    if begins.islower():
        return False
    if core[-1] != ".":
        return True
    stem = core.strip(OPENERS).rstrip(".").casefold()
    if len(stem) == 1 and stem.isalpha() and stem != "i":  # "J. Smith"
        return False
    if begins.isdigit() and stem in BEFORE_NUMBERS:
        return False
    ordinal = stem.isdigit() and len(stem) < 3 and not begins.isdigit()  # "am 3. Oktober"
    return stem not in ABBREVIATIONS and not ordinal


def _pieces(sentence: str) -> Iterator[str]:
    """The sentence, or the pieces of one that is too long to be read at once."""
    sentence = sentence.strip()
    if len(sentence) <= LONGEST * 5 // 4:
        yield sentence
        return
    held: list[str] = []
    length = 0
    for word in sentence.split():
        if held and length + len(word) > LONGEST:
            yield " ".join(held)
            held, length = [], 0
        while len(word) > LONGEST:
            yield word[:LONGEST]
            word = word[LONGEST:]
        held.append(word)
        length += len(word) + 1
        if length > CUT_FROM and word[-1:] in ",;:–—،、":
            yield " ".join(held)
            held, length = [], 0
    if held:
        yield " ".join(held)
