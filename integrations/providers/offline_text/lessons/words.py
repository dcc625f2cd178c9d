"""Words and texts from outside: cleaned, counted, compared, shortened. Nothing here knows what a lesson is."""

import re
import unicodedata
from collections.abc import Iterable

from integrations.providers.offline_text.lessons.stop_words import STOP_WORDS

# What nobody sees and what turns a line around: dropped. Lone halves of a character too: no database takes them.
UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ud800-\udfff\ufdd0-\ufdef\ufeff\uffa0\ufff0-\uffff\U000e0000-\U000e0fff]"
)
# Signs that belong to the letter before them; Python's \w has none of them.
SIGNS = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0900-\u0963\u0966-\u0dff\u0e31-\u0e3a\u0e47-\u0e4e\u200c\u200d"
)
WORD = re.compile(rf"[\w{SIGNS}]+(?:[-'’][\w{SIGNS}]+)*")
# Japanese and Chinese put no space between words: a run of one script stands for a word.
RUN = re.compile(r"[ァ-ヶー]+|[\u3400-\u9fff々]+|[ぁ-ん]+|[^ぁ-んァ-ヶー\u3400-\u9fff々]+")
LONGEST_WORD = 40


def line(text: object, longest: int = 20_000) -> str:
    """The text in one line without what nobody sees; "" for what is no text or shows no sign at all."""
    if not isinstance(text, str):
        return ""
    found = " ".join(UNSEEN.sub("", text[:longest]).split())
    return found if any(unicodedata.category(sign)[0] not in "MZC" for sign in found) else ""


def shortened(text: str, longest: int) -> str:
    """The line cut at a word, with an ellipsis; a word that is too long itself is cut inside."""
    if len(text) <= longest:
        return text
    cut = text[:longest]
    head = cut.rpartition(" ")[0] if " " in cut[longest // 2 :] else cut[:-1]
    return head.rstrip(" ,;:.–—-(\u200d") + "…"


def quoted(text: str) -> str:
    """The text in quotation marks."""
    return f"“{text}”"


def capitalised(text: str) -> str:
    """The text with a capital at its beginning; a name such as "iPhone" stays."""
    first = text.partition(" ")[0]
    return text[:1].upper() + text[1:] if first.isascii() and first.replace("-", "").islower() else text


def upper_first(text: str) -> str:
    """The text as it stands at the beginning of a sentence."""
    return text[:1].upper() + text[1:]


def words(text: str) -> list[str]:
    """The words of a text."""
    return [word for word in WORD.findall(text) if word[0].isalnum() or any(sign.isalnum() for sign in word)]


def word_count(text: str) -> int:
    """How many words a text has."""
    return len(words(text))


def folded(word: str) -> str:
    """The word as it is compared: small letters, no possessive, no English plural."""
    word = word.casefold()
    for ending in ("'s", "’s"):
        word = word.removesuffix(ending)
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-2] if word.endswith(("sses", "xes", "ches", "shes")) else word[:-1]


def is_content(word: str) -> bool:
    """Whether a word says something by itself: no stop word, no number, neither too short nor too long."""
    if len(word) > LONGEST_WORD or word.casefold().replace("’", "'") in STOP_WORDS or not word[0].isalpha():
        return False
    if "\u3040" <= word[0] <= "\u9fff":
        return 2 <= len(word) <= 8 and not "ぁ" <= word[0] <= "ん"
    return len(word) > 2 or (len(word) == 2 and word.isupper())


def content_words(text: str) -> list[str]:
    """The content words of a text, folded, in order."""
    return [folded(word) for word in words(text) if is_content(word)]


def sameness(text: str) -> str:
    """What two texts have in common that a reader would take for the same: letters and digits in small."""
    return "".join(sign for sign in text.casefold() if sign.isalnum()) or text


def distinct(texts: Iterable[str]) -> list[str]:
    """The texts without those that a reader would take for the same as an earlier one."""
    found: dict[str, str] = {}
    for text in texts:
        found.setdefault(sameness(text), text)
    return list(found.values())
