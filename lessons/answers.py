"""The shapes a model answers in, and what is taken from an answer: short texts cleaned, what does not fit left out."""

import re
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

from ai import reading
from ai.models import Call
from config.logs import plain
from integrations.errors import BadOutput
from lessons.documents import Blocks, Json, document, normalise, plain_text
from lessons.models import LONGEST_TITLE

LONGEST_TEXT = 1000
MOST_OBJECTIVES, MOST_TERMS, MOST_QUESTIONS, MOST_OPTIONS, MOST_REMARKS = 10, 30, 20, 8, 50
NUMBERED = re.compile(r"(section\s+\d+\s*[.:)–-]|\d{1,2}[.)])\s+", re.IGNORECASE)  # "Section 2: ", "2. "


class KeyTerm(BaseModel):
    """A term and what it means."""

    term: str
    meaning: str


class PlannedSection(BaseModel):
    """A section as the outline plans it."""

    title: str
    brief: str


class Outline(BaseModel):
    """The plan of a lesson."""

    title: str
    objectives: list[str]
    key_terms: list[KeyTerm]
    sections: list[PlannedSection]


class Question(BaseModel):
    """A question of the quiz; `answer` is one of the options, word for word."""

    question: str
    options: list[str]
    answer: str
    explanation: str

    @field_validator("options", mode="before")
    @classmethod
    def _numbers(cls, options: Any) -> Any:
        return [_number_as_text(one) for one in options] if isinstance(options, list) else options

    @field_validator("answer", mode="before")
    @classmethod
    def _number(cls, answer: Any) -> Any:
        return _number_as_text(answer)


class Quiz(BaseModel):
    """The quiz of a lesson."""

    questions: list[Question]


class Coverage(BaseModel):
    """Which section (from 1, 0 for none) reaches an objective (from 1)."""

    objective: int
    section: int
    comment: str


class Remark(BaseModel):
    """Something to mend in a section (from 1, 0 for the whole lesson)."""

    section: int
    remark: str


class Review(BaseModel):
    """What a reader before the readers found."""

    summary: str
    objectives: list[Coverage]
    remarks: list[Remark]


class SectionAnswer(Blocks):
    """The answer for a section: flat blocks, or raw Tiptap, which some models write; use `made`."""

    model_config = ConfigDict(extra="ignore")
    tiptap: list[Any] | None = None

    @model_validator(mode="before")
    @classmethod
    def _of_either_kind(cls, answer: Any) -> Any:
        nodes = answer.get("content") if isinstance(answer, dict) and "blocks" not in answer else answer
        if isinstance(nodes, list):
            return {"blocks": [], "tiptap": nodes}
        return {"blocks": answer["blocks"]} if isinstance(answer, dict) and "blocks" in answer else answer

    def made(self) -> tuple[Json, list[str]]:
        """A valid document, and what had to be changed."""
        if self.tiptap is None:
            return document(self.blocks)
        made, changes = normalise({"type": "doc", "content": self.tiptap})
        return made, ["it came as Tiptap JSON", *changes]


def _number_as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def read_outline(call: Call, most_sections: int) -> dict[str, Any]:
    """The plan as {title, objectives, key_terms, sections: [{title, brief}]}; raises BadOutput.

    Sections beyond `most_sections` are left out, and so is what has no words.
    """
    found = reading.read_call(call, Outline)
    sections = [{"title": title, "brief": _line(one.brief)} for one in found.sections if (title := _title(one.title))][
        :most_sections
    ]
    if not sections:
        raise BadOutput("The outline has no sections. Resume asks again; if this lasts, choose another model.")
    terms = [{"term": _line(one.term, 120), "meaning": _line(one.meaning)} for one in found.key_terms]
    return {
        "title": _title(found.title) or sections[0]["title"],
        "objectives": _lines(found.objectives)[:MOST_OBJECTIVES],
        "key_terms": [one for one in terms if one["term"] and one["meaning"]][:MOST_TERMS],
        "sections": sections,
    }


def read_section(call: Call, title: str) -> tuple[Json, list[str]]:
    """The document of a section, and what was mended in it; raises BadOutput, also for no text.

    A heading that only repeats the title goes.
    """
    made, changes = reading.read_call(call, SectionAnswer).made()
    blocks = made["content"]
    if len(blocks) > 1 and blocks[0]["type"] == "heading" and _same(plain_text(blocks[0]), title):
        made, changes = {**made, "content": blocks[1:]}, [*changes, "the title was not repeated"]
    if not plain_text(made):
        raise BadOutput("The section has no text. Resume asks again; if this lasts, choose another model.")
    return made, changes


def read_quiz(call: Call) -> list[dict[str, Any]]:
    """The sound questions as {question, options, answer (place, from 0), explanation}, maybe none; raises BadOutput.

    A question without options, with twice the same, or whose answer is none of them is left out.
    """
    found = [question for one in reading.read_call(call, Quiz).questions if (question := _question(one))]
    return found[:MOST_QUESTIONS]


def _question(one: Question) -> dict[str, Any] | None:
    options = _lines(one.options)
    places = [place for place, option in enumerate(options) if _same(option, one.answer)]
    question = _line(one.question)
    distinct = {_folded(option) for option in options}
    if not question or not 2 <= len(options) <= MOST_OPTIONS or len(distinct) < len(options) or len(places) != 1:
        return None
    return {"question": question, "options": options, "answer": places[0], "explanation": _line(one.explanation)}


def read_review(call: Call, objectives: int, sections: int) -> dict[str, Any]:
    """The review as {summary, objectives: [{objective, section, comment}], remarks: [{section, remark}]}.

    Numbers beyond what there is become 0 (of a section), or their entry goes (of an objective). Raises BadOutput.
    """
    found = reading.read_call(call, Review)

    def place(number: int) -> int:
        return number if 1 <= number <= sections else 0

    coverage: dict[int, dict[str, Any]] = {}
    for one in found.objectives:
        if 1 <= one.objective <= objectives:
            entry = {"objective": one.objective, "section": place(one.section), "comment": _line(one.comment)}
            coverage.setdefault(one.objective, entry)
    remarks = [{"section": place(one.section), "remark": text} for one in found.remarks if (text := _line(one.remark))]
    return {
        "summary": _line(found.summary, 2 * LONGEST_TEXT),
        "objectives": [coverage[number] for number in sorted(coverage)],
        "remarks": remarks[:MOST_REMARKS],
    }


def _line(text: str, longest: int = LONGEST_TEXT) -> str:
    """A text in one line that every database takes, cut at a word."""
    text = " ".join("".join(c if c.isprintable() else " " for c in plain(text)).split())
    return text if len(text) <= longest else f"{text[: longest - 1].rsplit(' ', 1)[0]}…"


def _lines(texts: Iterable[str]) -> list[str]:
    return [line for text in texts if (line := _line(text))]


def _title(text: str) -> str:
    """A title in one line, without a number before it."""
    line = _line(text.strip().lstrip("#"), LONGEST_TITLE)
    found = NUMBERED.match(line)
    return line[found.end() :] if found else line


def _folded(text: str) -> str:
    return " ".join(text.split()).strip(" .").casefold()


def _same(one: str, other: str) -> bool:
    return _folded(one) == _folded(other)
