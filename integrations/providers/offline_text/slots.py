"""How the sentences are kept: templates in slots, slots in sections.

A template is used only if all its {phrases} are known (offline_phrases.py makes them). Phrases that it needs but does
not show stand before a bar: "film|It was released in {year}." A slot gives one sentence: it is a list of tiers, and one
template is taken of the first tier that has a usable one.
"""

from dataclasses import dataclass

Slot = list[list[str]]


@dataclass(frozen=True)
class Section:
    """A part of an article under one heading; `about` names the phrases an opening may have said already."""

    name: str
    about: tuple[str, ...]
    headings: list[str]
    slots: list[Slot]
