"""Words: how they are compared, how far apart they are, and which ones are no names."""

import unicodedata
from functools import cache
from pathlib import Path


def words_of(text: str) -> frozenset[str]:
    """The words of a list that is written as a text."""
    return frozenset(text.split())


DATA = Path(__file__).resolve().parent.parent / "data"
SPECIAL = str.maketrans(
    {"ß": "ss", "ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "’": "'", "‘": "'", "ʼ": "'"}
    | {"‐": "-", "‑": "-", "\r": " ", "\xa0": " ", "\u202f": " "}
)
ENDINGS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("iness", ("y",)),
    ("ness", ("",)),
    ("ies", ("y",)),
    ("ied", ("y",)),
    ("ily", ("y",)),
    ("ing", ("", "e")),
    ("est", ("", "e")),
    ("es", ("", "e")),
    ("ed", ("", "e")),
    ("er", ("", "e")),
    ("ly", ("", "le")),
    ("s", ("",)),
)
CONTRACTIONS = words_of("s t re ve ll d m em")
SUFFIXED = words_of(
    "ist ists ism isms less ful able ible ment ments ish ship hood wards wise like ation ations ability"
)
PREFIXED = words_of("un re non pre anti over sub super inter mis co out under")
# Common words of film posts that the dictionary is too old or too small for.
NEWER = words_of(
    """
    backstory binge biopic blockbuster blog blu blurb bromance cameo casting cinematic cinephile cliffhanger cowriter
    crossover dialogue dvd email fandom fanbase filmmaker filmmaking filmography flashback franchise genre imdb indie
    internet marathon mins movie multiverse noir online onscreen podcast popcorn prequel reboot remake rewatch screener
    screenplay screenwriter screenwriting selfie sequel showrunner sidekick sitcom smartphone soundtrack spinoff spoiler
    standout storyline storytelling streaming subgenre subplot superhero teaser thriller tldr trailer trope tv voiceover
    website whodunit yep runtime timeframe takeaway tearjerker moviegoer cinematographer cinematography cinema auteur
    neorealism neorealist
    """
)
# Given names that the dictionary has as common words too, but that with a capital are nearly always names.
RATHER_NAMES = words_of(
    "bill bob bradly carol chester derrick dick elmer ester forrest frances frank fred gene glen harry heather jack "
    "james jared jenny jimmy joe john josh ken larry lester martin matt mike nick oliver parker peter rob robin sally "
    "ted tim tom tony"
)


def fold(text: str) -> str:
    """A text as it is compared: lower case, without accents, plain apostrophes and hyphens."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.lower().translate(SPECIAL))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def distance(one: str, other: str, most: int) -> int:
    """How many letters must be changed, added, left out or swapped with their neighbour; most + 1 for any more."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    above = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        line = [row]
        for column, match in enumerate(other, 1):
            step = min(above[column] + 1, line[-1] + 1, above[column - 1] + (letter != match))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == match:
                step = min(step, before[column - 2] + 1)
            line.append(step)
        if min(line) > most:
            return most + 1
        before, above = above, line
    return min(above[-1], most + 1)


def is_misspelt(word: str, right: str) -> bool:
    """Whether a word differs from the right one by a slip of the pen: by one letter, by two in long ones."""
    longest = max(len(word), len(right))
    if word == right or longest < 4:
        return False
    most = 1 if longest < 9 else 2
    return distance(word, right, most) <= most


def is_common(word: str) -> bool:
    """Whether a folded word is in the English dictionary: as it stands, without its ending, or part by part."""
    if len(word) == 1 or _is_listed(word):
        return True
    if "-" in word:
        return all(is_common(part) for part in word.split("-") if part)
    if "'" in word:
        base, _mark, ending = word.partition("'")
        return word in ("can't", "won't") or (ending in CONTRACTIONS and is_common(base.removesuffix("n") or base))
    if any(_is_listed(stem) or any(map(_is_listed, _stems(stem))) for stem in _stems(word)):
        return True
    return any(len(rest) > 3 and (_is_listed(rest) or any(map(_is_listed, _stems(rest)))) for rest in _rests(word))


def is_given_name(word: str) -> bool:
    """Whether a folded word is a given name, and hardly ever anything else."""
    first = word.split("-")[0]
    return first in _given_names() and (first in RATHER_NAMES or not is_common(first))


def may_be_given_name(word: str) -> bool:
    """Whether a folded word is a given name, even where it is a common word as well ("Grace")."""
    return word.split("-")[0] in _given_names()


def _is_listed(word: str) -> bool:
    return word in _common_words() or word in NEWER


def _stems(word: str) -> list[str]:
    """What a word may be an inflected form of."""
    found = []
    for ending, instead in ENDINGS:
        if word.endswith(ending) and len(word) > len(ending) + (3 if ending in ("ly", "ness") else 1):
            base = word[: -len(ending)]
            found += [base + new for new in instead]
            if len(base) > 2 and base[-1] == base[-2]:
                found.append(base[:-1])
    return [stem for stem in found if len(stem) > 2]


def _rests(word: str) -> list[str]:
    """What is left of a word without the parts that make new words: "unwatchable", "projectionist"."""
    found = [word.removesuffix(part) for part in SUFFIXED if word.endswith(part)]
    return found + [word.removeprefix(part) for part in PREFIXED if word.startswith(part)]


@cache
def _common_words() -> frozenset[str]:
    return words_of((DATA / "common_words.txt").read_text(encoding="utf-8"))


@cache
def _given_names() -> frozenset[str]:
    return words_of((DATA / "given_names.txt").read_text(encoding="utf-8"))
