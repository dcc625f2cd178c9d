"""The words of a card: cleaned, and told apart into a headline, what stands below it, and who said it."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

# No card has room for more; the rest would only be measured to be cut.
LONGEST, LONGEST_NAME = 2400, 80
MARKS_IN_A_ROW = 3
BLANKS = re.compile(r"[^\S\n\u00a0\u202f]+")
SIGNATURE = re.compile(r"(?:[—–―]|--?) ?(?=[^\W\d_])(.{2,80})")
QUOTES = {"“": "”", "„": "“”", "«": "»", "»": "«", '"': '"', "‘": "’", "‹": "›"}
JOINERS = "\u200c\u200d"


@dataclass(frozen=True)
class Words:
    """What stands on a card. credit is who said it, without a dash; is_quote says that the headline was in quotes."""

    headline: str
    body: str = ""
    credit: str = ""
    is_quote: bool = False

    @property
    def length(self) -> int:
        """How many signs there are."""
        return len(self.headline) + len(self.body) + len(self.credit)


def cleaned(text: Any, longest: int = LONGEST) -> str:
    """The text without what nobody sees; lines stay lines, one blank line stays. "" for what is no text."""
    if not isinstance(text, str):
        return ""
    text = unicodedata.normalize("NFC", re.sub(r"\r\n?|[\v\f\x85\u2028\u2029]", "\n", text[: 4 * longest]))
    kept: list[str] = []
    marks = 0
    for sign in text:
        kind = unicodedata.category(sign)
        marks = marks + 1 if kind in ("Mn", "Me") else 0
        seen = kind[0] != "C" or sign in "\n\t" or sign in JOINERS
        if seen and marks <= MARKS_IN_A_ROW and (marks == 0 or kept):
            kept.append(sign)
    lines = [BLANKS.sub(" ", line).strip() for line in "".join(kept).split("\n")]
    text = re.sub(r"(?<=[^\W\d_])'(?=[^\W\d_])", "’", "\n".join(lines))
    text = re.sub(rf"(?<!\w)[{JOINERS}]+", "", text)
    text = re.sub(r"(?<=\w) (?=[–—%€$£!?;:»](?:\s|$))", "\u00a0", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()[:longest].strip()


def is_seen(text: str) -> bool:
    """Whether there is any sign that leaves ink."""
    return any(unicodedata.category(sign)[0] not in "MZC" for sign in text)


def initial(text: str) -> str:
    """The first letter of a text, or its first sign where it has no letter, as a capital."""
    found = sorted((sign for sign in clusters(text) if is_seen(sign)), key=lambda sign: not sign[0].isalnum())
    return found[0].upper()[:1] if found else ""


def one_line(text: Any, longest: int = LONGEST_NAME) -> str:
    """A name in one line."""
    return " ".join(cleaned(text, longest).split())


def told_apart(text: str) -> Words:
    """The parts of a cleaned text.

    A blank line stands between the headline and the rest. A last line (or what follows a closing quote) that begins
    with a dash is the credit. A headline that is one quotation loses its quotes: the card has a large one instead.
    """
    text, credit = _signed(text)
    headline, _, body = text.partition("\n\n")
    bare = headline[1:-1].strip()
    closing = QUOTES.get(headline[:1], "")
    is_quote = bool(bare and closing and headline[-1] in closing and not any(sign in bare for sign in closing))
    return Words(bare if is_quote else headline, body.strip(), credit, is_quote)


def _signed(text: str) -> tuple[str, str]:
    before, line, last = text.rpartition("\n")
    if line and before.strip() and (found := SIGNATURE.fullmatch(last)):
        return before.strip(), found[1].strip()
    for place in (match.end() for match in re.finditer(r"[”“»«’\"][ \u00a0]?(?=[—–―-])", text)):
        if found := SIGNATURE.fullmatch(text[place:].strip()):
            return text[:place].strip(), found[1].strip()
    return text, ""


def clusters(text: str) -> list[str]:
    """The text in pieces that must not be torn apart: a sign with the marks on it, and what joiners tie together."""
    found: list[str] = []
    for sign in text:
        tied = unicodedata.category(sign)[0] == "M" or sign in JOINERS or "\U0001f3fb" <= sign <= "\U0001f3ff"
        if found and (tied or found[-1].endswith("\u200d")):
            found[-1] += sign
        else:
            found.append(sign)
    return found


def is_right_to_left(text: str) -> bool:
    """Whether the first letter with a direction is Hebrew, Arabic or a relative."""
    for sign in text:
        direction = unicodedata.bidirectional(sign)
        if direction in ("L", "R", "AL"):
            return direction != "L"
    return False
