"""Claims by name: which words of a text are a name. What is said of them is judged in people.py."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from ai.facts.roles import role_of_label
from ai.facts.text import Text
from ai.facts.words import fold, is_common, is_given_name, may_be_given_name, words_of

_TOKEN = re.compile(r"P\.\s?S\.|[^\W\d_]\.(?=[\s\w]|$)|[^\W_]+(?:['’\-‐‑][^\W_]+)*")
_GAP = re.compile(r"[ \xa0\r]{1,2}|\. |")
_INSIDE = re.compile(r"[ \xa0\r]{0,2}(?:[,.:&/+\-–’']\s?)?(?:& )?")  # what names have inside: "Simon & Schuster"
_OPENS = re.compile(r"(?:[:–—(/…!?\"“«„‘][\s\"“‘«]*|P\.\s?S\.\s)\Z")  # what a sentence can begin behind
PARTICLES = words_of("de del della di da du des von van der den ter ten la le el al bin ibn af av zu dos das")
HONORIFICS = words_of("mr mrs ms dr sir dame lord lady miss st saint herr frau monsieur madame señor")
# Words for what somebody is, with a capital in titles and in German.
POSITIONS = words_of(
    """
    director directors actor actress writer screenwriter star stars filmmaker creator producer legend icon master
    veteran genius winner critic critics regisseur regisseurin schauspieler schauspielerin darsteller darstellerin autor
    autorin drehbuchautor hauptdarsteller produzent regie drehbuch kamera musik besetzung hauptrolle film kinofilm
    altmeister
    """
)
# Capitals that claim nothing: what is called so in every post about a film.
GENERIC = words_of(
    """
    i oscar oscars academy award awards hollywood tv dvd dvds blu-ray blu-rays bluray imdb tmdb wikidata pressroom ok
    okay internet earth god christmas easter monday tuesday wednesday thursday friday saturday sunday mondays tuesdays
    wednesdays thursdays fridays saturdays sundays january february march april may june july august september october
    november december english french german italian spanish portuguese dutch polish swedish danish norwegian russian
    chinese japanese korean american americans british european europeans western westerns eastern african asian
    australian canadian mexican brazilian irish scottish welsh greek roman latin jewish christian catholic indian
    turkish iranian israeli czech hungarian austrian swiss belgian finnish icelandic argentine argentinian thai
    vietnamese arabic hebrew hindi cantonese mandarin victorian elizabethan shakespearean gothic freudian markdown ps
    pps tldr faq spoiler spoilers
    """
)
SMALL = words_of("from with into onto over upon than that this your about after before when what")  # small in titles
WHO = words_of("director writer creator cast")  # labels of lines that hold nothing but names


@dataclass(frozen=True)
class Token:
    """A word with its place, folded and without a possessive ending.

    starts: it begins a sentence, so that its capital tells nothing; titled: so do all words of its line.
    """

    start: int
    end: int
    word: str
    shape: str
    starts: bool
    titled: bool

    @property
    def bound(self) -> int:
        """Where it ends with a possessive ending."""
        return self.start + len(self.shape)

    @property
    def capital(self) -> bool:
        """Whether it begins with one."""
        return self.shape[0].isupper()

    @property
    def is_initial(self) -> bool:
        """Whether it is one letter with a full stop."""
        return len(self.word) == 1 and self.shape.endswith(".")

    @property
    def tells(self) -> bool:
        """Whether its capital means a name."""
        return not self.starts and not self.titled


@dataclass(frozen=True)
class Name:
    """A row of words that look like a name, or are one of the record's (known)."""

    tokens: tuple[Token, ...]
    known: bool = False

    @property
    def start(self) -> int:
        """Where it begins."""
        return self.tokens[0].start

    @property
    def end(self) -> int:
        """Where it ends, without a possessive ending."""
        return self.tokens[-1].end

    @property
    def words(self) -> tuple[str, ...]:
        """Its folded words."""
        return tuple(token.word for token in self.tokens)


def names(text: Text) -> Iterator[Name]:
    """The names of the record wherever they stand whole, and the rows of capitals that can be others, in order."""
    tokens = _tokens(text)
    place = 0
    while place < len(tokens):
        known = _known(text, tokens, place)
        if known:
            yield Name(tuple(tokens[place : place + known]), known=True)
            place += known
            continue
        row = _row(text, tokens, place)
        yield from _parts(text, row)
        place += max(1, len(row))


def _tokens(text: Text) -> list[Token]:
    made: list[Token] = []
    stop, titled = -1, False
    for found in _TOKEN.finditer(text.text):
        start, end = found.span()
        begin, _end = text.plain.sentence(start)
        if start >= stop:
            stop, titled = _stretch(text, start)
        if not text.is_free(start, end):
            continue
        word = fold(found.group()).rstrip(".").replace(".", "")
        if word.endswith("'s"):
            word, end = word[:-2], end - 2
        before = text.text[max(begin, start - 40) : start]
        starts = not re.search(r"[^\W_]", before) or bool(_OPENS.search(before))
        if word:
            made.append(Token(start, end, word, found.group(), starts, titled))
    return made


def _stretch(text: Text, start: int) -> tuple[int, bool]:
    """Up to where the words from a place on belong together, and whether nearly all of the longer ones have capitals.

    Headings, labels ("Why It Works: ...") and cells are written like that: capitals tell no names there.
    """
    begin, end = text.plain.sentence(start)
    line = text.without_titles(start, end)
    if start == begin and 0 < (colon := line.find(":")) < 48 and _is_titled(line[:colon], True):
        return start + colon, True
    heading = any(one <= start < other for one, other in text.plain.heads)
    return end, _is_titled(line, heading)


def _is_titled(line: str, short: bool) -> bool:
    """Whether a line is written like a title; short ones that end like a sentence are only where they may be."""
    words = [word for word in re.findall(r"[^\W\d_][\w'’]{3,}", line) if word not in SMALL]
    capitals = sum(word[0].isupper() for word in words)
    if short or not re.search(r"[.!?]\W*$", line):
        return bool(words) and capitals >= 0.75 * len(words)
    return len(words) > 2 and capitals == len(words)


def _known(text: Text, tokens: list[Token], place: int) -> int:
    """How many tokens from here are a whole name of the record; 0 for none.

    A single word counts where nothing stands beside it that could belong to the name.
    """
    if not (tokens[place].capital or tokens[place].word[0].isdigit() or tokens[place].word in PARTICLES):
        return 0
    for length in range(min(9, len(tokens) - place), 0, -1):
        row = tokens[place : place + length]
        if not _is_phrase(text, row) or not _is_whole(text, row):
            continue
        if length > 1 or _stands_alone(text, tokens, place):
            return length
    return 0


def _stands_alone(text: Text, tokens: list[Token], place: int) -> bool:
    """Whether one word is a name of the record: no other goes on with it, and it is no common word at a start."""
    token = tokens[place]
    if not token.capital or _goes_on(text, tokens, place):
        return False
    return token.tells or token.bound > token.end or not is_common(token.word)


def _is_phrase(text: Text, row: list[Token]) -> bool:
    """Whether words are a name of the record; in German and Dutch also with the ending of a possessive."""
    words = tuple(token.word for token in row)
    if words in text.source.phrases:
        return True
    if text.language.code not in ("de", "nl") or len(words[-1]) < 4 or not words[-1].endswith("s"):
        return False
    return (*words[:-1], words[-1][:-1]) in text.source.phrases


def _is_whole(text: Text, row: list[Token]) -> bool:
    """Whether only spaces stand between words, or marks that names have inside."""
    return all(_INSIDE.fullmatch(text.text[one.bound : other.start]) for one, other in pairwise(row))


def _goes_on(text: Text, tokens: list[Token], place: int) -> bool:
    """Whether another word with a capital follows without a break."""
    if place + 1 == len(tokens):
        return False
    token, other = tokens[place], tokens[place + 1]
    return other.capital and not other.starts and bool(_GAP.fullmatch(text.text[token.end : other.start]))


def _row(text: Text, tokens: list[Token], place: int) -> list[Token]:
    """The words with capitals from here on, with particles inside, up to the next whole name of the record."""
    row: list[Token] = []
    for at in range(place, min(place + 8, len(tokens))):
        token = tokens[at]
        if row and (not _GAP.fullmatch(text.text[row[-1].end : token.start]) or token.starts):
            break
        follows = at + 1 < len(tokens) and tokens[at + 1].capital and _joined(text, token, tokens[at + 1])
        if token.capital:
            if row and _known(text, tokens, at) > 1:
                break
        elif not (row and token.word in PARTICLES and follows and _takes_particle(row)):
            break
        row.append(token)
        if text.text[token.end : token.end + 2].lower() in ("'s", "’s"):
            break
    return row


def _takes_particle(row: list[Token]) -> bool:
    """Whether a "von" behind these words can be part of a name: "Lars von Trier", but not "Seite von Lars"."""
    last = row[-1]
    return may_be_given_name(last.word) or last.is_initial or last.word in PARTICLES


def _joined(text: Text, one: Token, other: Token) -> bool:
    return bool(_GAP.fullmatch(text.text[one.end : other.start]))


def _parts(text: Text, row: list[Token]) -> Iterator[Name]:
    """The names in a row of capitals: all of it inside a sentence, what the words tell where capitals tell nothing."""
    listed = bool(row) and role_of_label(text.label_of_list(row[0].start)) in WHO
    listed = listed and any(may_be_given_name(token.word) or not is_common(token.word) for token in row)
    row = row if listed else _trimmed(text, row)
    if not row:
        return
    if listed or not text.language.capitals:
        yield Name(tuple(row))
    elif row[0].titled:
        yield from _by_words(text, row)
    elif len(row) > 1 or _is_single_name(row[0], text.right(row[0].bound, 3)):
        yield Name(tuple(row))


def _trimmed(text: Text, row: list[Token]) -> list[Token]:
    """A row without titles and positions before the name, and without a common word that only begins the sentence."""
    while row:
        first = row[0]
        rest = len(row) > 1
        given = may_be_given_name(first.word) and rest and not row[1].starts
        weak = first.word in HONORIFICS | POSITIONS or (is_generic(first.word) and not given)
        if text.language.nouns and not given:  # a noun before the name
            weak = weak or any(may_be_given_name(token.word) for token in row[1:-1])
        if weak or (first.starts and not given and _only_begins(text, row)):
            row = row[1:]
        elif rest and (is_generic(row[-1].word) or row[-1].word in POSITIONS or not row[-1].capital):
            row = row[:-1]
        elif rest and not first.capital:
            row = row[1:]
        else:
            break
    return [] if row and (not row[0].capital or all(token.is_initial for token in row)) else row


def is_generic(word: str) -> bool:
    """Whether a word claims nothing: "Hollywood", "English-language"."""
    return word in GENERIC or word.split("-")[0] in GENERIC


def _only_begins(text: Text, row: list[Token]) -> bool:
    """Whether the first word of a sentence is none of the name behind it."""
    if text.language.capitals:
        return is_common(row[0].word)
    return row[0].word in text.language.small or (len(row) > 1 and may_be_given_name(row[1].word))


def _is_single_name(token: Token, follows: str) -> bool:
    """Whether one word alone is a name: by its capital inside a sentence ("Top 250" is none), by being no word else."""
    if is_generic(token.word) or len(token.word) < 3 or (token.shape.isupper() and len(token.shape) < 7):
        return False
    return not is_common(token.word) or (token.tells and not re.match(r"\s\d", follows))


def _by_words(text: Text, row: list[Token]) -> Iterator[Name]:
    """Names by their words: a given name and what follows it, and what no dictionary has."""
    run: list[Token] = []
    for place, token in enumerate(row):
        if _belongs(run, token) or _begins(text, row[place : place + 2]):
            run.append(token)
            continue
        yield from _run(run)
        run = []
    yield from _run(run)


def _run(run: list[Token]) -> Iterator[Name]:
    if len(run) > 1 or (run and _is_single_name(run[0], "")):
        yield Name(tuple(run))


def _belongs(run: list[Token], token: Token) -> bool:
    """Whether a word of a line in capitals begins a name by itself, or goes on with the one that was begun."""
    if run and (token.is_initial or token.word in PARTICLES):
        return True
    if run and (may_be_given_name(run[-1].word) or run[-1].is_initial or run[-1].word in PARTICLES):
        return True
    proper = len(token.word) > 2 and not is_common(token.word) and not token.shape.isupper()
    return proper or is_given_name(token.word)


def _begins(text: Text, row: list[Token]) -> bool:
    """Whether a word that can be a given name stands before one that is a surname ("Dean Stanton")."""
    if len(row) < 2 or not may_be_given_name(row[0].word):
        return False
    return row[1].word in text.source.by_word or not is_common(row[1].word)
