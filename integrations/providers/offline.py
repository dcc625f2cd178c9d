"""The writer that needs nothing: articles made from catalog facts, lessons and cards, without a language model."""

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from string import Formatter
from typing import Any, ClassVar

from integrations.errors import ModelGone, Unsupported
from integrations.providers.base import Completion, Drawing, Model, Picture, Provider, Request, Usage
from integrations.providers.offline_text import FILM_SECTIONS, LONG_SECTIONS, SERIES_SECTIONS, frame, lessons
from integrations.providers.offline_text.chance import Chance
from integrations.providers.offline_text.phrases import escape, phrases
from integrations.providers.offline_text.reading import GAPS, METHOD
from integrations.providers.offline_text.slots import Section, Slot
from integrations.providers.offline_text.work import STORY

MODEL, CARDS = "offline", "offline-cards"
LEAST_WORDS = 120
# length -> sections beside the story, sentences a section, words below which the gaps are named too
LENGTHS = {"short": (2, 2, 140), "medium": (4, 3, 260), "long": (9, 9, 600)}


class Offline(Provider):
    """Writes the same article or lesson for the same facts, on every machine; it asks nobody and costs nothing.

    It draws too: the same card for the same words on the same machine.
    """

    name: ClassVar[str] = "offline"
    label: ClassVar[str] = "Offline writer"
    needs_key: ClassVar[bool] = False
    is_language_model: ClassVar[bool] = False
    draws: ClassVar[bool] = True

    def models(self) -> list[Model]:
        """The one model that writes."""
        blurb = (
            "Sentences put together from catalog facts, or from the words of a topic and its context. "
            "No language model writes, no key is needed, nothing is paid."
        )
        free = Decimal(0)
        return [Model(id=MODEL, label=self.label, blurb=blurb, usd_in_per_m=free, usd_out_per_m=free)]

    def complete(self, request: Request) -> Completion:
        """Write a Markdown article from `request.facts`: {"title": Title.facts(), "language", "length", "tone"}.

        With a JSON schema, write a part of a lesson, as JSON, from {"lesson": ...}; `lessons.answer` says more.
        Raises ModelGone for any model but "offline", and Unsupported where there are no facts to write from or another
        answer in JSON is asked for.
        """
        if request.model != MODEL:
            raise ModelGone(
                f'The offline writer has no model "{request.model}". It has one, "{MODEL}": choose that one.'
            )
        if request.schema is not None:
            lesson = request.facts.get("lesson")
            if not isinstance(lesson, dict):
                raise Unsupported(
                    "The offline writer writes articles and answers in no JSON schema. Choose an AI model for this."
                )
            value = lessons.answer(lesson)
            return written(request, json.dumps(value, ensure_ascii=False), value)
        title = request.facts.get("title")
        if not isinstance(title, dict) or not title.get("name"):
            raise Unsupported("The offline writer needs catalog facts; choose an AI model for free text.")
        return written(request, article(request.facts))

    def draw(self, drawing: Drawing) -> Picture:
        """Draw a card with the words of `drawing.facts`, in exactly the size asked for: PNG, JPEG over 2 megapixels.

        Raises ModelGone for any model but "offline-cards", and Unsupported for a size that is not drawn (16 to 4,096
        pixels a side, 16 megapixels) and where there is no word that a font here can set.
        """
        if drawing.model != CARDS:
            raise ModelGone(
                f'The offline writer draws nothing with "{drawing.model}". It draws with "{CARDS}": choose that one.'
            )
        from integrations.providers.offline_cards import composing, ordering  # Pillow is not loaded to write

        data, mime_type = composing.compose(ordering.read(drawing)).file()
        return Picture(data, mime_type, CARDS, CARDS, Usage(0, 0), cost=Decimal(0))

    def check_key(self) -> None:
        """There is no key, so every key is fine."""


def written(request: Request, text: str, parsed: Any = None) -> Completion:
    """The answer to a request; it cost nothing."""
    return Completion(
        text=text,
        model_requested=request.model,
        model_used=MODEL,
        finish="stop",
        usage=Usage(0, 0),
        cost=Decimal(0),
        parsed=parsed,
    )


def article(facts: dict[str, Any]) -> str:
    """Return the Markdown article: a "# " line, an opening, sections, the key facts, and who wrote it."""
    title = facts["title"]
    language = str(facts.get("language") or "en")
    length = known_or(facts.get("length"), LENGTHS, "medium")
    tone = known_or(facts.get("tone"), frame.TONES, "neutral")
    chance = Chance({"title": title, "language": language, "length": length, "tone": tone})
    known = phrases(title)

    head = f"# {headline(chance, known)}"
    mood = chance.pick("tone", frame.TONES[tone])
    glance = f"## {chance.pick('glance', frame.GLANCE_HEADINGS)}\n\n{key_facts(title, known)}"
    farewell = [] if length == "short" else [chance.pick("farewell", frame.FAREWELLS[tone]).format(**known)]
    rest = [*farewell, closing(title, language)]

    opening = sentence(chance, "opening", frame.OPENINGS, known)
    around = word_count([head, mood, glance, *rest])
    opening, body = compose(chance, known, length, opening, around)
    middle = [*body, glance] if chance.roll("glance last") % 3 else [glance, *body]
    return "\n\n".join([head, f"{opening} {mood}", *middle, *rest]) + "\n"


def known_or(wish: Any, table: Collection[str], default: str) -> str:
    """The wish, where the table has it."""
    return wish if isinstance(wish, str) and wish in table else default


def word_count(blocks: Sequence[str]) -> int:
    """Words of prose, headings and lists alike."""
    return sum(len(re.findall(r"\w[\w'\u2019-]*", block)) for block in blocks)


# --- templates --------------------------------------------------------------------------------------------------


def needs(template: str) -> set[str]:
    """The phrases that a template cannot do without."""
    before, _, text = template.rpartition("|")
    return {*before.split(), *(field for _, field, *_ in Formatter().parse(text) if field)}


def fill(template: str, known: dict[str, str]) -> str:
    """The sentence; a full stop after an abbreviation or after a name that ends in one is not doubled."""
    text = template.rpartition("|")[2].format(**known)
    text = re.sub(r"([.!?…])\*\.(?=\s|$)", r"\1*", text)
    return re.sub(r"(?<!\.)\.\.(?!\.)", ".", text)


def sentence(chance: Chance, purpose: str, slot: Slot, known: dict[str, str]) -> str:
    """One sentence of the first tier that has a usable template; "" where there is none."""
    for tier in slot:
        usable = [template for template in tier if needs(template) <= known.keys()]
        if usable:
            return fill(chance.pick(purpose, usable), known)
    return ""


def headline(chance: Chance, known: dict[str, str]) -> str:
    """The title of the post. A name with a colon gets no second one."""
    titles = frame.POST_TITLES
    if ":" in known["plain"]:
        titles = [[template for template in tier if ":" not in template] for tier in titles]
    return sentence(chance, "headline", titles, known)


# --- the parts --------------------------------------------------------------------------------------------------


@dataclass
class Draft:
    """A section on its way: the part it is made from, its heading and its sentences."""

    part: Section
    heading: str
    told: list[str]

    def text(self) -> str:
        """Markdown; four sentences and more make two paragraphs."""
        half = len(self.told) if len(self.told) < 4 else (len(self.told) + 1) // 2
        paragraphs = [" ".join(self.told[:half]), " ".join(self.told[half:])]
        return "\n\n".join([f"## {self.heading}", *filter(None, paragraphs)])


def draft(chance: Chance, part: Section, known: dict[str, str], how_long: int) -> Draft | None:
    """The section with at most `how_long` sentences; None where there are no facts for its first one."""
    told = [sentence(chance, f"{part.name} {place}", slot, known) for place, slot in enumerate(part.slots)]
    heading = chance.pick(f"{part.name} heading", part.headings)
    return Draft(part, heading, [text for text in told if text][:how_long]) if told[0] else None


def drafts(chance: Chance, known: dict[str, str], how_long: int) -> list[Draft]:
    """All sections but the story, in an order of this title's own."""
    pool = SERIES_SECTIONS if "series" in known else FILM_SECTIONS
    found = {part.name: made for part in pool if (made := draft(chance, part, known, how_long))}
    makers, cast = found.get("makers"), found.get("cast")
    if makers and cast and len(makers.told) == 1:  # one sentence deserves no heading
        cast.heading = chance.pick("people heading", frame.PEOPLE_HEADINGS)
        cast.told = makers.told + cast.told
        del found["makers"]
    return sorted(found.values(), key=lambda made: chance.roll(made.part.name))


def compose(chance: Chance, known: dict[str, str], length: str, opening: str, around: int) -> tuple[str, list[str]]:
    """Return the opening, made longer by lone sentences, and the sections; `around` counts the words of the rest."""
    how_many, how_long, enough = LENGTHS[length]

    def said(made: Draft) -> bool:
        return any(known[fact] in opening for fact in made.part.about if fact in known)

    others = sorted(drafts(chance, known, how_long), key=said)  # what the opening has not said comes first
    lone = [made for made in others if len(made.told) == 1]
    opening = " ".join([opening, *[made.told[0] for made in lone if not said(made)][:how_many]])
    story = draft(chance, STORY, known, how_long)
    chosen = [made for made in others if made not in lone][: how_many if story else how_many + 1]
    if length == "long":
        extra = [draft(chance, part, known, how_long) for part in LONG_SECTIONS]
        chosen += [made for made in extra if made and len(made.told) > 2]
    body = [made.text() for made in [story, *chosen] if made]
    if around + word_count([opening, *body]) < enough and (gaps := draft(chance, GAPS, known, how_long)):
        body.append(gaps.text())
    if around + word_count([opening, *body]) < LEAST_WORDS and (method := draft(chance, METHOD, known, 9)):
        body.append(method.text())
    return opening, body


def key_facts(title: dict[str, Any], known: dict[str, str]) -> str:
    """The list of the most asked-for facts; a name in the plural where there are several."""
    named = {"Director": "directors", "Creator": "creators", "Writer": "writers", "Genre": "genres"}
    named |= {"Country": "countries", "Language": "languages", "Network": "networks"}
    lines = [("Title", known["plain"]), *_time_lines(known)]
    lines += [_named_line(label, title.get(fact) or []) for label, fact in named.items()]
    score = f"{known['score']}/10" if "score" in known else ""
    lines += [
        ("Seasons", str(title.get("seasons") or "")),
        ("Episodes", str(title.get("episodes") or "")),
        ("Running time", known.get("minutes", "")),
        ("Score", f"{score} from {known['reviews']}" if score and "reviews" in known else score),
        ("Awards", known.get("oscars") or known.get("awards_line", "")),
    ]
    return "\n".join(f"- **{label}:** {value}" for label, value in lines if value)


def _time_lines(known: dict[str, str]) -> list[tuple[str, str]]:
    if "date" in known:
        return [("Released", known["date"])]
    if "last" in known:
        return [("Years", f"{known['year']}\u2013{known['last']}")]
    return [("Year", known.get("year", ""))]


def _named_line(label: str, names: list[str]) -> tuple[str, str]:
    if len(names) > 1:
        label = f"{label[:-1]}ies" if label.endswith("y") else f"{label}s"
    shown = [escape(name) for name in names[:6]]
    return label, ", ".join([*shown, "and others"] if len(names) > 6 else shown)


def closing(title: dict[str, Any], language: str) -> str:
    """Who wrote this, and from what."""
    source = f" ({escape(title['source'])})" if title.get("source") else ""
    text = f"Written by Pressroom's offline writer from catalog facts{source}; no language model wrote it."
    if language.lower().split("-")[0] != "en":
        text += f' The language asked for was "{escape(language)}"; the offline writer only writes English.'
    return f"*{text}*"
