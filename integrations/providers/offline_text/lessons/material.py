"""What a text from outside holds: its sentences and its key terms, found by counting words."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from integrations.providers.offline_text.lessons.sentences import is_whole, sentences
from integrations.providers.offline_text.lessons.stop_words import DETERMINERS, ENGLISH_SIGNS, LINKS, NOT_IN_ENGLISH
from integrations.providers.offline_text.lessons.words import (
    LONGEST_WORD,
    RUN,
    WORD,
    content_words,
    folded,
    is_content,
    sameness,
    word_count,
)

FEWEST_SENTENCES, FEWEST_WORDS, FEWEST_TERMS = 3, 30, 3  # below that there is too little to make a lesson of
MOST_TERMS = 24
LONG_SENTENCE = 80  # characters
LONGEST_SHORT = 5  # letters: a longer word in capitals is shouted, a shorter one may be "NADPH"
ENGLISH_SHARE = 15  # of so many words, one at least is a very frequent English one, or the text is not English
NOUN = re.compile(
    "(tion|sion|ment|ness|ity|ism|ance|ence|ology|sis|ure|graphy|ship|hood|ung|heit|keit|schaft|ción|dad|tà|ção|té|age)"
    "s?$"
)
IS = "is|are|was|were|means|refers?|describes?|ist|sind|heißt|bedeutet|est|sont|es|son|è|sono|é|são"
DEFINES = rf"(?:\s*\([^()]{{1,60}}\))?,?\s+(?:{IS})\b"


@dataclass(frozen=True)
class Token:
    """A word in a sentence; `joined` where nothing but one space lies between it and the word before."""

    text: str
    joined: bool
    first: bool

    @property
    def is_name(self) -> bool:
        return self.text[:1].isupper()


@dataclass
class Candidate:
    """What might be a key term: how it is written, in which sentences it stands, and what speaks for it."""

    forms: Counter[str] = field(default_factory=Counter)
    places: set[int] = field(default_factory=set)
    names: int = 0  # how often with a capital within a sentence
    signs: int = 0  # how often it looked like a noun: after "the", "of", and before a small word or the end
    heads: int = 0  # how often no other content word followed at once
    size: int = 1  # words

    def written(self) -> tuple[str, ...]:
        """The ways it is written, the usual one first."""
        return tuple(sorted(self.forms, key=lambda form: (-self.forms[form], not form.islower(), form)))


@dataclass(frozen=True)
class Term:
    """A key term as it is written most, the places of the sentences that have it, and all ways it is written there."""

    text: str
    places: tuple[int, ...]
    forms: tuple[str, ...]


class Material:
    """A text as a list of sentences, each word for word, and the terms in it. `topic` words count for more."""

    def __init__(self, found: Sequence[str], topic: str) -> None:
        self.sentences = list(found)
        self.topic = frozenset(content_words(topic))

    @classmethod
    def of(cls, text: str, topic: str) -> "Material":
        """The material of a text as it came."""
        return cls(sentences(text), topic)

    @cached_property
    def words(self) -> int:
        """How many words its sentences have."""
        return sum(word_count(sentence) for sentence in self.sentences)

    @property
    def is_enough(self) -> bool:
        """Whether a lesson can be made of it."""
        size = self.words + sum(len(re.findall("[\u3040-\u9fff]", sentence)) // 2 for sentence in self.sentences)
        return len(self.sentences) >= FEWEST_SENTENCES and size >= FEWEST_WORDS and len(self.terms) >= FEWEST_TERMS

    @cached_property
    def terms(self) -> list[Term]:
        """The key terms, best first; the order is the same on every machine."""
        texts = [_tokens(sentence) for sentence in self.sentences]
        is_english = _is_english(texts)
        found = _candidates(texts, is_english)
        hidden = _within_phrases(found, is_english) | (set() if is_english else NOT_IN_ENGLISH)
        found = {key: one for key, one in found.items() if key not in hidden}
        ranked = sorted(
            ((self._score(key, one, is_english), -min(one.places), key) for key, one in found.items()),
            key=lambda entry: (-entry[0], -entry[1], entry[2]),
        )
        chosen: dict[str, Term] = {}
        for score, _place, key in ranked:
            if score < 2 or len(chosen) == MOST_TERMS:
                break
            if not any(_says_the_same(key, found[key].places, other, found[other].places) for other in chosen):
                forms = found[key].written()
                chosen[key] = Term(forms[0], tuple(sorted(found[key].places)), forms)
        return distinct_terms(chosen.values())

    def _score(self, key: str, one: Candidate, is_english: bool) -> int:
        """What speaks for a candidate; below 2 it is no term."""
        parts = key.split(" ")
        is_noun = bool(NOUN.search(key))
        score = 3 * min(len(one.places) - 1, 5) + min(one.signs, 2) + is_noun
        score += 2 * bool(one.names) + 2 * (one.size > 1) + 2 * bool(self.topic.intersection(parts))
        if one.size == 1 and not one.names:
            score -= 2 * key.endswith(("ed", "ing")) + 4 * key.endswith("ly")
            if is_english:  # a verb has nothing of this, an adjective has its noun behind it
                score -= 3 * (not one.signs and not is_noun) + 3 * (not one.heads)
        return score

    @cached_property
    def _terms_at(self) -> dict[int, list[Term]]:
        found = defaultdict(list)
        for term in self.terms:
            for place in term.places:
                found[place].append(term)
        return dict(found)

    def terms_in(self, places: Iterable[int]) -> list[Term]:
        """The terms that stand in these sentences, those first that stand in more of them."""
        counts: Counter[Term] = Counter()
        for place in places:
            counts.update(self._terms_at.get(place, []))
        rank = {term: number for number, term in enumerate(self.terms)}
        return sorted(counts, key=lambda term: (-counts[term], rank[term]))

    def weight(self, place: int) -> int:
        """How telling a sentence is: the terms in it, less for one that is long or no whole statement."""
        sentence = self.sentences[place]
        return 2 * len(self._terms_at.get(place, [])) + 2 * is_whole(sentence) - len(sentence) // LONG_SENTENCE

    def best(self, places: Sequence[int], most_words: int, most: int) -> list[int]:
        """The most telling of these sentences, in their order: at least one, else within most_words and most."""
        chosen: list[int] = []
        used = 0
        for place in sorted(places, key=lambda place: (-self.weight(place), place)):
            size = word_count(self.sentences[place])
            if not chosen or (len(chosen) < most and used + size <= most_words):
                chosen.append(place)
                used += size
        return sorted(chosen)

    def meaning(self, term: Term) -> str:
        """The sentence that says most about the term: where it is the subject of "is" or "means", else the first."""
        pattern = re.compile(rf"^(?:\w{{1,3}}\s)?{re.escape(term.text)}{DEFINES}", re.IGNORECASE)
        for place in term.places:
            if pattern.search(self.sentences[place][:300]):
                return self.sentences[place]
        return self.sentences[next((p for p in term.places if is_whole(self.sentences[p])), term.places[0])]


def _tokens(sentence: str) -> list[Token]:
    found: list[Token] = []
    end = 0
    for match in WORD.finditer(sentence):
        for run in RUN.finditer(match.group()):
            text = re.sub("['’]s$", "", run.group()).strip("_")
            joined = run.start() == 0 and sentence[end : match.start()] == " "
            found.append(Token(text, joined, not found))
        end = match.end() - len(match.group()) + len(re.sub("['’]s$", "", match.group()))
    return [token for token in found if token.text]


def _all_nouns_have_capitals(texts: list[list[Token]]) -> bool:
    """As in German, where two nouns in a row are no name."""
    inside = [token for tokens in texts for token in tokens if not token.first and is_content(token.text)]
    return sum(token.is_name for token in inside) * 5 > len(inside) * 2


def _is_english(texts: list[list[Token]]) -> bool:
    signs = sum(token.text in ENGLISH_SIGNS for tokens in texts for token in tokens)
    return signs * ENGLISH_SHARE >= sum(map(len, texts))


def _candidates(texts: list[list[Token]], is_english: bool) -> dict[str, Candidate]:
    """Everything that might be a term, by its folded form."""
    found: dict[str, Candidate] = defaultdict(Candidate)
    pairs: dict[str, Candidate] = defaultdict(lambda: Candidate(size=2))
    for place, tokens in enumerate(texts):
        shouted = sum(token.is_name for token in tokens) > max(4, len(tokens) * 0.6)
        for index, token in enumerate(tokens):
            after = tokens[index + 1] if index + 1 < len(tokens) else None
            if not is_content(token.text):
                continue
            before = tokens[index - 1] if index else None
            _note_word(found[folded(token.text)], place, token, before, after)
            if after and after.joined and is_content(after.text):
                pair = pairs[f"{folded(token.text)} {folded(after.text)}"]
                pair.signs += bool(before and before.text.casefold() in DETERMINERS)
                _note(pair, place, f"{token.text} {after.text}")
        for phrase in [] if shouted else _names(tokens):
            one = found[" ".join(folded(word) for word in phrase.split(" "))]
            one.size, one.names = phrase.count(" ") + 1, one.names + 1
            _note(one, place, phrase)
    if not is_english and _all_nouns_have_capitals(texts):
        found = {key: one for key, one in found.items() if one.size == 1 or len(one.places) > 1}
    for key, pair in pairs.items():
        if len(pair.places) > 1 and key not in found and not key.split(" ")[0].endswith("ly"):
            found[key] = pair
    return found


def _within_phrases(found: dict[str, Candidate], is_english: bool) -> set[str]:
    """Words that stand mostly within one phrase, and pairs of words that are none."""
    hidden: set[str] = set()
    for key, phrase in found.items():
        if phrase.size == 1 or len(phrase.places) < 2:
            continue
        if is_english and not phrase.names and not phrase.signs:
            hidden.add(key)
            continue
        for word in key.split(" "):
            if word in found and _says_the_same(word, found[word].places, key, phrase.places):
                hidden.add(word)
    return hidden


def _note(one: Candidate, place: int, text: str) -> None:
    one.forms[text] += 1
    one.places.add(place)


def _note_word(one: Candidate, place: int, token: Token, before: Token | None, after: Token | None) -> None:
    """Note a word; at the beginning of a sentence nobody knows whether the capital is its own."""
    is_doubtful = token.first and token.text[1:].islower()
    one.forms[token.text] += not is_doubtful  # with 0 it is shown only where it is the only form
    is_shouted = token.text.isupper() and len(token.text) > LONGEST_SHORT
    one.names += token.is_name and not is_doubtful and not is_shouted
    one.places.add(place)
    is_head = after is None or not after.joined or not is_content(after.text)
    one.heads += is_head
    if before and before.text.casefold() in DETERMINERS:
        one.signs += 1 + is_head


def _names(tokens: list[Token]) -> list[str]:
    """Two to four words with capitals in a row, small links between them: "First World War", "Bank of England"."""
    found: list[str] = []
    run: list[Token] = []
    for token in [*tokens, Token("", False, False)]:
        is_part = token.is_name and (is_content(token.text) or (not token.first and len(token.text) > 2))
        fits = is_part or (bool(run) and token.text in LINKS)
        if run and not (fits and token.joined):
            while run and not is_content(run[-1].text):
                run.pop()
            if 2 <= len(run) <= 4:
                found.append(" ".join(one.text for one in run))
            run = []
        if is_part or (run and fits):
            run.append(token)
    return [name for name in found if len(name) <= 2 * LONGEST_WORD]


def _says_the_same(key: str, places: set[int], other: str, others: set[int]) -> bool:
    """Whether a term says no more than another: a part of it that hardly stands elsewhere, or it and a word more."""
    if f" {key} " in f" {other} ":
        return 3 * len(places & others) >= 2 * len(places)
    return f" {other} " in f" {key} " and others <= places and len(others) > 1


def distinct_terms(terms: Iterable[Term]) -> list[Term]:
    """The terms without those that a reader would take for the same as an earlier one."""
    found: dict[str, Term] = {}
    for term in terms:
        found.setdefault(sameness(term.text), term)
    return list(found.values())
