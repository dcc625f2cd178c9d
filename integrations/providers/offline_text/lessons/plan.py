"""The plan of a lesson: which sections it has, what each of them is for, and what the outline says of it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from integrations.providers.offline_text.lessons import groundwork, practice
from integrations.providers.offline_text.lessons.material import Term
from integrations.providers.offline_text.lessons.methods import Method
from integrations.providers.offline_text.lessons.order import MOST_SECTIONS, Order
from integrations.providers.offline_text.lessons.words import capitalised, quoted, sameness, shortened, upper_first
from integrations.providers.offline_text.phrases import listing, number

LONGEST_TITLE, LONGEST_IN_TITLE = 120, 34  # characters: of a title, of a term in one
OBJECTIVES, KEY_TERMS = (3, 4, 5), (4, 6, 8)  # by level
TERMS_TO_WATCH = 3  # in a passage
SENTENCES_A_PASSAGE, MOST_PASSAGES = 4, 6
QUOTED_WORDS, MOST_QUOTED = (80, 90, 100), 6  # in a passage, by level; sentences

# In the order in which a learner meets them; in the order in which a short lesson needs them.
METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        *(groundwork.START, groundwork.PARTS, groundwork.QUESTIONS, groundwork.SOURCES, groundwork.CHECKING),
        *(groundwork.NOTES, practice.EXPLAINING, practice.EXAMPLES, practice.PRACTISING, practice.GAPS),
        *(practice.USING, practice.RECAP),
    )
}
NEEDED: tuple[str, ...] = ("start", "recap", "parts", "sources", "explaining", "practising")
NEEDED += ("checking", "questions", "gaps", "notes", "examples", "using")
WITH_MATERIAL: tuple[str, ...] = ("explaining", "practising", "questions", "sources", "examples")
WITH_MATERIAL += ("gaps", "checking", "notes", "using", "parts")

TAILS = {
    True: ["what the material says", "a guided reading", "a close reading", "sentence by sentence"],
    False: ["a study guide", "a plan for learning", "how to learn it", "a guide to finding out"],
}
OVERVIEW_TITLES = [
    "What the material covers",
    "A first look at the material",
    "The material as a whole",
    "The material at a glance",
]
SUMMARY_TITLES = ["The material in short", "Looking back at the material", "The main sentences", "What to take along"]
PAIR_TITLES = ["{A} and {b}", "From {a} to {b}", "The material on {a} and {b}", "On {a} and {b}"]
SINGLE_TITLES = ["{A} in the material", "The material on {a}", "What is said about {a}", "A passage on {a}"]


@dataclass(frozen=True)
class Planned:
    """A section to be written. role is a method's name, or "overview", "passage" or "summary" of the material.

    A passage has the places of its sentences in the material and the terms to watch, and is the `number`th of all
    `passages`.
    """

    role: str
    title: str
    brief: str
    places: tuple[int, ...] = ()
    terms: tuple[Term, ...] = ()
    number: int = 1
    passages: int = 1


class Plan:
    """The plan for an order with so many sections; the same each time for the same facts."""

    def __init__(self, order: Order, sections: int) -> None:
        self.order = order
        self.count = min(max(sections, 1), MOST_SECTIONS)
        self.has_material = order.material.is_enough

    def outline(self) -> dict[str, Any]:
        """The plan as it is answered."""
        return {
            "title": self.title,
            "objectives": self.objectives,
            "key_terms": self.key_terms,
            "sections": [{"title": one.title, "brief": one.brief} for one in self.sections],
        }

    @property
    def title(self) -> str:
        """The title of the lesson."""
        tail = self.order.chance.pick("title", TAILS[self.has_material])
        whole = capitalised(self.order.topic)
        topic = shortened(whole, LONGEST_TITLE - len(tail) - 2)
        if topic == whole and topic[-1] in "?!.…。？！":
            return f"{topic} {upper_first(tail)}"
        return f"{topic} {tail}" if topic[-1] in ":;,–—-" else f"{topic}: {tail}"

    @cached_property
    def sections(self) -> list[Planned]:
        """The sections in order; their titles differ."""
        taken: set[str] = set()
        return list(self._with_material(taken) if self.has_material else self._methods(self._chosen, taken))

    @property
    def _chosen(self) -> list[str]:
        return [name for name in METHODS if name in NEEDED[: self.count]]

    @property
    def left_out(self) -> list[str]:
        """Methods that no lesson should be without, and that have no section of their own here."""
        return [name for name in NEEDED[2:6] if name not in self._chosen]

    def _methods(self, names: Iterable[str], taken: set[str]) -> Iterator[Planned]:
        for name in names:
            title = self._title(name, METHODS[name].titles, taken)
            yield Planned(name, title, self.order.chance.pick(f"{name} brief", METHODS[name].briefs))

    def _with_material(self, taken: set[str]) -> Iterator[Planned]:
        room = self.count - (self.count > 3) - (self.count > 1)
        size = len(self.order.material.sentences)
        passages = max(1, min(room, size // SENTENCES_A_PASSAGE, MOST_PASSAGES))
        if self.count > 3:
            brief = "What the material is about, which words come up most, and what to ask before reading."
            yield Planned("overview", self._title("overview", OVERVIEW_TITLES, taken), brief)
        used: set[str] = set()
        for place in range(passages):
            places = tuple(range(size * place // passages, size * (place + 1) // passages))
            yield self._passage(places, place + 1, passages, taken, used)
        names = WITH_MATERIAL[: room - passages]
        yield from self._methods([name for name in METHODS if name in names], taken)
        if self.count > 1:
            brief = "The sentences that carry the material's main words, and a way to keep them."
            yield Planned("summary", self._title("summary", SUMMARY_TITLES, taken), brief)

    def _passage(self, places: tuple[int, ...], place: int, of: int, taken: set[str], used: set[str]) -> Planned:
        """A passage, named after terms that no passage before it is named after."""
        terms = self.terms_of(self.quoted_places(places))
        new = [term for term in terms if len(term.text) <= LONGEST_IN_TITLE and term.text not in used][:2]
        terms = [*new, *(term for term in terms if term not in new)][:TERMS_TO_WATCH]
        fresh = [term.text for term in new]
        used.update(fresh)
        slots = {"a": fresh[0], "A": upper_first(fresh[0])} if fresh else {}
        if len(fresh) > 1:
            slots["b"] = fresh[1]
        patterns = [[], SINGLE_TITLES, PAIR_TITLES][len(fresh)]
        titles = [pattern.format(**slots) for pattern in patterns]
        words = listing([quoted(text) for text in fresh])
        brief = f"What the material says about {words}, in its own words, with questions and an exercise."
        if not fresh:
            brief = "The next sentences of the material, word for word, with questions and an exercise."
        title = self._title(f"passage {place}", [*titles, f"The material, part {number(place)}"], taken, last=True)
        return Planned("passage", title, brief, places, tuple(terms), place, of)

    def terms_of(self, places: Sequence[int]) -> list[Term]:
        """The terms of a passage: those first that stand in more of its sentences and in no others."""
        inside = set(places)

        def apart(term: Term) -> int:
            here = len(inside.intersection(term.places))
            return -2 * here - (1 < here == len(term.places))

        return sorted(self.order.material.terms_in(places), key=apart)

    def _title(self, purpose: str, titles: Sequence[str], taken: set[str], *, last: bool = False) -> str:
        """One of the titles that is not taken; with `last`, the last of them only where no other is left."""
        usual = titles[:-1] if last and len(titles) > 1 else titles
        start = self.order.chance.roll(f"{purpose} title") % len(usual)
        for title in [*usual[start:], *usual[:start], *titles[len(usual) :]]:
            if sameness(title) not in taken:
                taken.add(sameness(title))
                return title
        return self._title(purpose, [f"{titles[-1]} ({number(len(taken) + 1)})"], taken)

    @cached_property
    def top_terms(self) -> list[Term]:
        """The key terms of the material that a reader is told about, in the order in which they come up."""
        terms = self.order.material.terms
        if self.count < 4:  # no overview names them, so they have to stand in what is quoted
            quoted_places = {place for one in self.sections for place in self.quoted_places(one.places)}
            terms = [term for term in terms if not quoted_places.isdisjoint(term.places)]
        return sorted(terms[: KEY_TERMS[self.order.level]], key=lambda term: term.places[0])

    def quoted_places(self, places: Sequence[int]) -> list[int]:
        """Those of a passage's sentences that are quoted."""
        return self.order.material.best(places, QUOTED_WORDS[self.order.level], MOST_QUOTED)

    @property
    def key_terms(self) -> list[dict[str, str]]:
        """Terms with the sentence of the material that they stand in; without one, words for the reader to look up."""
        material = self.order.material
        if self.has_material:
            return [{"term": one.text, "meaning": quoted(material.meaning(one))} for one in self.top_terms]
        meaning = "Left for you to look up: this lesson states no facts about the topic."
        return [{"term": shortened(part, 80), "meaning": meaning} for part in self.order.parts]

    @property
    def objectives(self) -> list[str]:
        """What a reader can do afterwards."""
        most = OBJECTIVES[self.order.level]
        if self.has_material:
            return self._of_material()[:most]
        core = [*NEEDED[:1], *NEEDED[3:5]]
        others = [name for name in (*self._chosen, *self.left_out) if name not in core]
        others.sort(key=lambda name: (name not in NEEDED[2:6], self.order.chance.roll(f"{name} objective")))
        names = [*core, *others][:most]
        return [METHODS[name].objective.format(topic=self.order.short) for name in METHODS if name in names]

    def _of_material(self) -> list[str]:
        material = self.order.material
        terms = material.terms
        first, second, third = (quoted(term.text) for term in terms[:3])
        found = [
            f"Say in your own words what the material tells you about {first} and {second}.",
            f"Show in the material where it speaks of {third}, and what it says there.",
            "Say from memory what the main sentences of the material are.",
        ]
        pair = next(self._pairs(terms[:8]), None)
        if pair:
            found.insert(2, f"Describe how the material connects {quoted(pair[0].text)} and {quoted(pair[1].text)}.")
        found.append("Name a statement of the material that you would check in a second source.")
        found.append("Ask a question that the material leaves open.")
        return found

    @staticmethod
    def _pairs(terms: Sequence[Term]) -> Iterator[tuple[Term, Term]]:
        """Terms that stand in one sentence, later ones first: the first ones have an objective already."""
        for index, term in reversed(list(enumerate(terms))):
            for other in terms[1:index]:
                if set(term.places) & set(other.places):
                    yield other, term

    def find(self, position: int, titles: Sequence[str]) -> Planned:
        """The section to write at a position (from 1) of an outline, which a person may have changed meanwhile.

        A title is looked for wherever it was planned; a new one stands for what was planned at its position.
        """
        wanted = titles[position - 1] if position <= len(titles) else ""
        for one in self.sections:
            if sameness(one.title) == sameness(wanted):
                return one
        if position <= len(self.sections):
            return self.sections[position - 1]
        spare = [name for name in WITH_MATERIAL if name not in {one.role for one in self.sections}] or ["using"]
        name = spare[(position - len(self.sections) - 1) % len(spare)]
        return Planned(name, wanted or METHODS[name].titles[0], METHODS[name].briefs[0])
