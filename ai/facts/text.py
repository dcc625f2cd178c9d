"""A text on the desk: what the finders of claims look at."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from ai.facts.claims import Kind, Verdict
from ai.facts.figures import Figure, figures
from ai.facts.languages import Language, language_of
from ai.facts.plain import BREAK, CELL, Plain, plain
from ai.facts.record import Source

SITES = re.compile(r"\b(?:IMDb|TMDb|Rotten Tomatoes|Metacritic|Letterboxd|Tomatometer)\b", re.IGNORECASE)

LOWER = re.compile(r"\b[a-zß-öø-ÿ]{2,}")
JOINTS = re.compile(r"\b(?:and|und|et|en|oraz|as|with|de|del|della|di|da|du|von|van|der|la|le|jr|sr)\b")


@dataclass(frozen=True)
class Found:
    """A claim on its way; start and end count in the plain text."""

    start: int
    end: int
    kind: Kind
    verdict: Verdict
    field: str = ""
    says: str = ""


@dataclass
class Text:
    """A plain text, its language and figures, the source, and what was found in it so far."""

    plain: Plain
    source: Source
    language: Language
    figures: list[Figure]
    found: list[Found] = field(default_factory=list)
    _starts: list[int] = field(default_factory=list)

    @property
    def text(self) -> str:
        """What a reader sees."""
        return self.plain.text

    def add(self, found: Found) -> bool:
        """Keep a claim, unless something else was found at its place; whether it was kept."""
        at = bisect_right(self._starts, found.start)
        if at and self.found[at - 1].end > found.start:
            return False
        if at < len(self.found) and self.found[at].start < found.end:
            return False
        self._starts.insert(at, found.start)
        self.found.insert(at, found)
        return True

    def is_free(self, start: int, end: int) -> bool:
        """Whether nothing was found at a place so far."""
        at = bisect_right(self._starts, start)
        before = at > 0 and self.found[at - 1].end > start
        return not before and not (at < len(self.found) and self.found[at].start < end)

    def titles_between(self, start: int, end: int) -> list[Found]:
        """The claims by title that touch a stretch of the text."""
        first = max(0, bisect_right(self._starts, start) - 1)
        last = bisect_right(self._starts, end)
        return [found for found in self.found[first:last] if found.kind == "title" and found.end > start]

    def free_figures(self) -> Iterator[Figure]:
        """The figures that belong to no claim yet."""
        return (figure for figure in self.figures if self.is_free(figure.start, figure.end))

    def claim(self, figure: Figure, kind: Kind, verdict: Verdict, field: str = "", says: str = "") -> Found:
        """A claim that is a number."""
        return Found(figure.start, figure.end, kind, verdict, field, says)

    def compared(self, figure: Figure, right: bool, field: str, says: str) -> Found:
        """A count that was compared with the record."""
        return self.claim(figure, "count", "supported" if right else "contradicted", field, says)

    def is_alone(self, figure: Figure) -> bool:
        """Whether a number is all that its cell has, or all behind the colon of its line."""
        start, end = self.plain.sentence(figure.start)
        before, behind = self.text[start : figure.start].rpartition(":")[2], self.text[figure.end : end]
        return not re.search(r"\w", before) and not re.search(r"\w", behind)

    def left(self, place: int, most: int = 70) -> str:
        """What the sentence says before a place."""
        return self.text[max(self.plain.sentence(place)[0], place - most) : place]

    def without_titles(self, start: int, end: int) -> str:
        """A stretch of the text with titles blotted out, whose words would be misread."""
        stretch = self.text[start:end]
        for found in self.titles_between(start, end):
            first, last = max(0, found.start - start), min(end, found.end) - start
            stretch = f"{stretch[:first]}{' ' * (last - first)}{stretch[last:]}"
        return stretch

    def right(self, place: int, most: int = 60) -> str:
        """What the sentence says from a place on."""
        return self.text[place : min(self.plain.sentence(max(place - 1, 0))[1], place + most)]

    def is_elsewhere(self, place: int) -> bool:
        """Whether a sentence reports what another site says than the one the record is from."""
        begin, end = self.plain.sentence(place)
        sites = {site.lower() for site in SITES.findall(self.text[max(begin, place - 90) : min(end, place + 90)])}
        return bool(sites) and not any(site in str(self.source.record.get("source", "")).lower() for site in sites)

    def label(self, place: int) -> str:
        """The words before the colon in a place's line, the cell before it or the question that it answers; else ""."""
        start = self.plain.sentence(place)[0]
        head, colon, _rest = self.text[start:place].partition(":")
        if colon and len(head) < 40:
            return head.strip()
        if self.text[start - 1 : start] == CELL:
            return self.text[max(0, start - 60) : start].rpartition(BREAK)[2].rstrip(CELL).rpartition(CELL)[2].strip()
        return self._question(start)

    def _question(self, start: int) -> str:
        """The question that a short answer stands behind: "How long is it? (128)"; else ""."""
        end = self.plain.sentence(start)[1]
        before = self.text[max(0, start - 90) : start].rstrip(" \r")
        if end - start > 40 or not before.endswith("?"):
            return ""
        return re.split(r"[.!?\n\v:]", before[:-1])[-1].strip()

    def label_of_list(self, place: int) -> str:
        """The label of a place that has nothing but names between itself and a label of a few words; else ""."""
        label = self.label(place)
        start = self.plain.sentence(place)[0]
        colon = ":" in self.text[start:place]
        if not label or len(label.split()) > 4 or (colon and not self.is_free(start, start + len(label))):
            return ""
        between = self.text[start:place].rpartition(":")[2]
        return "" if LOWER.search(JOINTS.sub(" ", between)) else label


def on_desk(markdown: str, source: Source) -> Text:
    """Make a text ready to be read."""
    read = plain(markdown)
    language = language_of(read.text)
    return Text(read, source, language, figures(read.text, language))
