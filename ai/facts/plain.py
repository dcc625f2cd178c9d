"""A Markdown text without its marks, where every character knows the place it came from."""

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from html import unescape

from ai.facts.words import words_of

BREAK = "\n"  # ends a paragraph, a heading, an item
CELL = "\v"  # ends a cell of a table
SOFT = "\r"  # ends a line inside a paragraph: a space like others
ADDRESS = "\ufffc"  # stands for a web address; belongs to no word
LONGEST_EMPHASIS = 120
MARK = re.compile(
    r"""(?P<rule>^[ \t]{0,3}(?:```|~~~)[^\n]*$
          | ^[ \t]{0,3}(?:\|?[ \t]{0,9}:?-{2,99}:?[ \t]{0,9}(?:\|[ \t]{0,9}:?-{2,99}:?[ \t]{0,9}){0,30}\|?
          | (?:[*_][ \t]?){3,12}|={3,99})[ \t]{0,9}$)
    | (?P<head>^[ \t]{0,3}\#{1,6}[ \t]{1,9})
    | (?P<item>^[ \t>]{0,12}(?:[-*+•][ \t]{1,9}|\d{1,3}[.)][ \t]{1,9}|>[ \t]?))
    | (?P<end>\ {2,9}\r?\n|\\\r?\n|\r?\n[ \t]{0,9}(?=\r?\n)
          | \r?\n(?=[ \t]{0,12}(?:[-*+•>|\#]|\d{1,3}[.)]\s)|[*_]{0,3}\w[^\n:.]{0,30}:|[^\n|]{0,200}\|))
    | (?P<line>\r?\n)
    | (?P<cell>[ \t]{0,9}\|[ \t]{0,9})
    | (?P<escape>\\[!-/:-@\[-`{-~])
    | (?P<entity>&(?:\#\d{1,6}|\#x[0-9a-fA-F]{1,5}|\w{2,24});)
    | (?P<link>!?\[(?=[^\]\n]{0,300}\]\())
    | (?P<target>\]\([^)\n]{0,1000}\))
    | (?P<address><?https?://[^\s<>)\]]{1,1000}>?|www\.[^\s<>)\]]{1,300})
    | (?P<tag></?[a-zA-Z][^<>\n]{0,200}>)
    | (?P<emphasis>(?<!\d)\*{1,3}+(?=\S)|(?<=\S)\*{1,3}+(?!\d)|(?<!\w)_{1,3}+(?=\S)|(?<=\S)_{1,3}+(?!\w)|~~|`+)""",
    re.MULTILINE | re.VERBOSE,
)
END = re.compile(r"[.!?…]+[\"”’»)\]]*(?=[\s\ufffc]|$)|[\n\v]")  # ends a sentence
SHORT = re.compile(r"(?:(?<!['’])\b[^\W\d_]|\b(?:Mr|Mrs|Ms|Dr|St|Jr|Sr|vs|ca|approx|Std|Min|min|godz|Nr|No|Mio))\Z")
# Words that begin a sentence and no name: behind them, "M." and "Jr." were the end of one.
STARTERS = words_of(
    """
    the a an it its he his she her they their this that these those there here in on at and but so if when while with
    for from as what who how why where more most we our you your to of by no not or all some one two both each only
    after before among once now then still yet even every such many few anything nothing everything der die das es er
    sie ein eine im und le la les il elle un une et el los las y lo gli de het een
    """
)


@dataclass
class Plain:
    """text is what a reader sees; emphasised and heads are spans of it: italics or bold, and headings."""

    text: str = ""
    places: list[tuple[int, int]] = field(default_factory=list)
    emphasised: list[tuple[int, int]] = field(default_factory=list)
    heads: list[tuple[int, int]] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """Where a span of `text` stands in the text it was made from."""
        return self.places[start][0], self.places[end - 1][1]

    def sentence(self, place: int) -> tuple[int, int]:
        """The bounds of the sentence, heading, item or cell around a place."""
        at = bisect_right(self.ends, place)
        return self.ends[at - 1] if at else 0, self.ends[at] if at < len(self.ends) else len(self.text)


def plain(markdown: str) -> Plain:
    """Take the marks out of a Markdown text."""
    made = Plain()
    parts: list[str] = []
    opened: dict[str, int] = {}
    head = -1
    done = 0

    def keep(start: int, end: int) -> None:
        parts.append(markdown[start:end])
        made.places.extend(zip(range(start, end), range(start + 1, end + 1), strict=True))

    def put(text: str, found: re.Match[str]) -> None:
        parts.append(text)
        made.places.extend([found.span()] * len(text))

    for found in MARK.finditer(markdown):
        keep(done, found.start())
        done = found.end()
        here = len(made.places)
        match found.lastgroup:
            case "head":
                head = here
            case "end" | "line" | "cell" | "tag":
                ends = head >= 0 or found.lastgroup != "line"
                put(CELL if found.lastgroup == "cell" else BREAK if ends else SOFT, found)
                if ends:
                    opened.clear()
                if head >= 0:
                    made.heads.append((head, here))
                    head = -1
            case "escape":
                keep(found.start() + 1, found.end())
            case "entity":
                put(unescape(found.group()), found)
            case "address":
                put(ADDRESS, found)
            case "emphasis":
                begun = opened.pop(found.group(), None)
                if begun is None:
                    opened[found.group()] = here
                elif 0 < here - begun <= LONGEST_EMPHASIS:
                    made.emphasised.append((begun, here))
            case _:  # rule, item, link, target: they only go
                pass
    keep(done, len(markdown))
    if head >= 0:
        made.heads.append((head, len(made.places)))
    made.text = "".join(parts)
    made.ends = [found.end() for found in END.finditer(made.text) if not _is_short(found)]
    return made


def _is_short(found: re.Match[str]) -> bool:
    """Whether a full stop belongs to an initial or a short form, and so ends no sentence."""
    text = found.string
    if found.group() != "." or not SHORT.search(text[max(0, found.start() - 8) : found.start()]):
        return False
    follows = re.match(r"\s+(\w+)", text[found.end() : found.end() + 24])
    return not (follows and follows[1].lower() in STARTERS)
