"""Claims by title: the record's own wherever it stands, and others where quotes or italics mark them."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from ai.facts.names import is_generic
from ai.facts.record import Source, title_variants, tokens
from ai.facts.text import Found, Text
from ai.facts.words import fold, is_common, is_misspelt, words_of

MOST_WORDS = 9
ALIKE = 0.8  # from this likeness on, other words are meant to be the record's title
_QUOTED = re.compile(
    r"“(?P<a>[^“”\n\v]{1,120})”|„(?P<b>[^„“”\n\v]{1,120})[“”]|«\s?(?P<c>[^«»\n\v]{1,120}?)\s?»|\"(?P<d>[^\"\n\v]{1,120})\"|"
    r"(?<!\w)‘(?P<e>[^‘’\n\v]{1,80})’(?!\w)|(?<!\w)'(?P<f>[^'\n\v]{1,80})'(?!\w)"
)
_SMALL = words_of(
    "a an the of and in on at to for with from by or nor but as is der die das und von im le la les de du des et el "
    "los y il lo gli e del di da o os do dos het een van w i z"
)
_WORD = re.compile(r"[^\W_]+(?:['’.\-][^\W_]+)*")
# Behind emphasised words at the start of a line, this shows that they are a title and no label.
_GOES_ON = re.compile(r"\s?(?:\(|is\b|was\b|by\b|from\b|directed\b)")


def find(text: Text) -> Iterator[Found]:
    """What is quoted or emphasised, then the record's title in running text, right or nearly right."""
    for start, end, quoted in sorted(_marked(text)):
        inner = text.text[start:end]
        start += len(inner) - len(inner.lstrip(" \r\xa0,"))
        end -= len(inner) - len(inner.rstrip(" \r\xa0.,;:"))
        if start < end and (made := _judge(text, start, end, quoted)):
            yield made
    yield from _unmarked(text)


def _marked(text: Text) -> Iterator[tuple[int, int, bool]]:
    """The spans in quotes (True), in italics and in bold."""
    for found in _QUOTED.finditer(text.text):
        if found.lastgroup:
            yield *found.span(found.lastgroup), True
    for start, end in text.plain.emphasised:
        yield start, end, False


def _judge(text: Text, start: int, end: int, quoted: bool) -> Found | None:
    inner, source = text.text[start:end], text.source
    words = tokens(inner)
    if not words or len(words) > MOST_WORDS + 3:
        return None
    if any(words == tokens(variant) for variant in title_variants(source.title)):
        return Found(start, end, "title", "supported", "name", source.title)
    if _is_near(words, source):
        return Found(start, end, "title", "contradicted", "name", source.title)
    if not _reads_like_a_title(text, start, end, quoted):
        return None
    if source.says(inner) or words in source.phrases or any(set(words) & set(each.words) for each in source.people):
        return None  # a name, or words of the record: other finders say which
    return Found(start, end, "title", "not_in_source")


def _is_near(words: tuple[str, ...], source: Source) -> bool:
    """Whether words are meant to be the record's title and are not: misspelt, or with another word in it."""
    right = tokens(source.title)
    one, other = " ".join(words), " ".join(right)
    if is_misspelt(one, other):
        return True
    if min(len(words), len(right)) < 2 or len(other) < 8:
        return False
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= ALIKE


def _reads_like_a_title(text: Text, start: int, end: int, quoted: bool) -> bool:
    """Whether something is a title, and no quotation, stressed word, name or label."""
    inner = text.text[start:end]
    words = _WORD.findall(inner)
    big = [word for word in words if word.lower() not in _SMALL]
    if not 0 < len(words) <= MOST_WORDS or not any(len(word) > 1 and word[0].isalpha() for word in big):
        return False
    if not (inner[0].isupper() or inner[0].isdigit()) or (quoted and inner[-1] in "!?"):
        return False
    inside = _is_inside(text, start)
    if not quoted and not inside and not _GOES_ON.match(text.right(end)):
        return False
    if len(words) == 1:
        word = fold(words[0])
        return not is_generic(word) and (inside or not (word.isupper() or is_common(word)))
    if all(word[0].isupper() or word[0].isdigit() for word in big):
        return True
    # "La vita è bella": titles have one capital where sentences have
    return not quoted and not text.language.capitals and len(words) <= 6 and inside


def _is_inside(text: Text, start: int) -> bool:
    """Whether words go before it in its sentence."""
    return bool(re.search(r"\w", text.left(start)))


# --- without marks ----------------------------------------------------------------------------------------------------


def _unmarked(text: Text) -> Iterator[Found]:
    """The record's title in running text, whole or shortened, with a capital; and what is nearly the whole one."""
    words = list(_WORD.finditer(text.text))
    folded = [tokens(word.group()) or ("",) for word in words]
    for number, variant in enumerate(title_variants(text.source.title)):
        right = tokens(variant)
        if not right:
            continue
        for first, last in _same(words, folded, right):
            start, end = words[first].start(), words[last].end()
            end -= 2 if re.search(r"['’]s\Z", words[last].group()) and not re.search(r"['’]s\Z", variant) else 0
            if _has_capital(text, start, right):
                yield Found(start, end, "title", "supported", "name", text.source.title)
        if number == 0:
            yield from _misspelt(text, words, folded, right)


def _same(
    words: list[re.Match[str]], folded: list[tuple[str, ...]], right: tuple[str, ...]
) -> Iterator[tuple[int, int]]:
    """Where the words of a title stand in a row: the places of the first and the last one."""
    for first, parts in enumerate(folded):
        if parts[0] != right[0]:
            continue
        have, last = list(parts), first
        while len(have) < len(right) and last + 1 < len(words) and words[last + 1].start() - words[last].end() <= 4:
            last += 1
            have += folded[last]
        if tuple(have) == right:
            yield first, last


def _has_capital(text: Text, start: int, right: tuple[str, ...]) -> bool:
    """Whether words are meant as the title: "Heat" is, "heat" and "Up" at the start of a sentence are not."""
    first = text.text[start]
    if first.isdigit():
        return True
    if not first.isupper():
        return False
    return len(right) > 1 or _is_inside(text, start) or not is_common(right[0]) or _is_heading(text, start)


def _is_heading(text: Text, start: int) -> bool:
    begin, end = text.plain.sentence(start)
    return end - begin < 120 and not text.text[begin:end].rstrip().endswith((".", "!", "?"))


def _misspelt(
    text: Text, words: list[re.Match[str]], folded: list[tuple[str, ...]], right: tuple[str, ...]
) -> Iterator[Found]:
    """Rows of as many words as the title has that differ from it in one word by a slip of the pen."""
    if len("".join(right)) < 6:
        return
    for first in range(len(words) - len(right) + 1):
        row = folded[first : first + len(right)]
        if not words[first].group()[0].isupper() or any(len(parts) != 1 for parts in row):
            continue
        wrong = [(one, other) for (one,), other in zip(row, right, strict=True) if one != other]
        if len(wrong) != 1 or not is_misspelt(*wrong[0]):
            continue
        if len(right) > 1 or not (is_common(wrong[0][0]) or wrong[0][0] in text.source.by_word):
            start, end = words[first].start(), words[first + len(right) - 1].end()
            yield Found(start, end, "title", "contradicted", "name", text.source.title)
