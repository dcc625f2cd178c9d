"""Claims about how many Oscars: the one prize that records count."""

import re

from ai.facts.figures import Figure
from ai.facts.text import Found, Text

_OSCAR = r"(?:Oscars?|Academy\s+Awards?|Oscary|Oscarów)"
_WHAT = r"(?P<what>wins?|nominations?|nods?|Nominierungen|nominaciones|nominacji)"
_NAMED = re.compile(rf"\b(?:{_OSCAR}|Academy)\b")
_OSCARS = re.compile(rf"[\s-](?:of\s(?:its|the)\s)?(?:\w+\s){{0,2}}?{_OSCAR}\b(?:[\s-]{_WHAT}\b)?", re.IGNORECASE)
_NODS = re.compile(rf"[\s-](?:\w+\s)?{_WHAT}\b", re.IGNORECASE)
_LABEL = re.compile(rf"\b{_OSCAR}\s{_WHAT}(?:\s?:)?\s?\Z", re.IGNORECASE)
_QUESTION = re.compile(rf"\A(?:how many|number of)\b.*\b{_OSCAR}\b", re.IGNORECASE)
_WON = re.compile(
    r"\b(?:w[oi]n|wins|winning|took home|takes home|collected|earned|received|claimed|scooped|bagged|gewann|remport\w+|"
    r"gan[óa]|vins[ei]|venceu|ganhou)\b",
    re.IGNORECASE,
)
_NOMINATED = re.compile(
    r"\b(?:nominat\w+|nods?|nominiert|nommé|nominad[oa]|candidat[oa]|indicado|genomineerd|nominowan\w+|up for)\b",
    re.IGNORECASE,
)
# "won seven", "nominated for nine": the sentence names the Oscars elsewhere.
_LONE = re.compile(
    r"\b(?:nominated for|up for|won|wins|winning|took home|takes home|converted|received)\s\Z", re.IGNORECASE
)


def judge(text: Text, figure: Figure) -> Found | None:
    """Judge a number of Oscars, won or only nominated for; None where the number counts something else."""
    left, right = text.left(figure.begin), text.right(figure.end)
    if noun := _OSCARS.match(right):
        return _count(text, figure, _is_win(noun["what"]) if noun["what"] else _is_won(left))
    begin, end = text.plain.sentence(figure.start)
    if not _NAMED.search(text.text[max(begin, figure.start - 200) : min(end, figure.end + 200)]):
        return _answer(text, figure)
    if noun := _NODS.match(right) or _LABEL.search(left):
        return _count(text, figure, _is_win(noun["what"]))
    if not re.match(r"\s[^\W\d_]", right) and (verb := _LONE.search(left)):
        return _count(text, figure, not _NOMINATED.match(verb.group()))
    return None


def _answer(text: Text, figure: Figure) -> Found | None:
    """ "Oscar wins: 2", or "How many Oscars did it win? (Two)"."""
    label = text.label(figure.start)
    if named := _LABEL.search(label):
        return _count(text, figure, _is_win(named["what"]))
    return _count(text, figure, not _NOMINATED.search(label)) if _QUESTION.search(label) else None


def _is_win(what: str) -> bool:
    return what.lower().startswith("win")


def _is_won(left: str) -> bool:
    """Whether the nearest word before says won, and not nominated; without one, wins are meant."""
    won, nominated = (max((found.end() for found in cue.finditer(left)), default=-1) for cue in (_WON, _NOMINATED))
    return won >= nominated


def _count(text: Text, figure: Figure, won: bool) -> Found:
    known = text.source.oscars()
    if known is None:
        named = bool(text.source.list("awards")) and figure.value in text.source.numbers()
        return text.claim(figure, "count", "supported" if named else "not_in_source", "awards" if named else "")
    true = known[0] if won else known[1]
    noun = "Oscar win" if won else "Oscar nomination"
    return text.compared(figure, figure.fits(true), "awards", f"{true} {noun}{'' if true == 1 else 's'}")
