"""Marking the quiz of a lesson: nothing is stored, so a reader may try as often as they like."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Marked:
    """A question with what a reader chose: `chosen` is the place of an option, None for nothing."""

    number: int
    question: str
    options: list[str]
    answer: int
    explanation: str
    chosen: int | None

    @property
    def name(self) -> str:
        """Of its field in the form."""
        return f"q{self.number}"

    @property
    def is_right(self) -> bool:
        return self.chosen == self.answer

    @property
    def right(self) -> str:
        """The right option."""
        return self.options[self.answer]

    @property
    def letter(self) -> str:
        """The letter of the right option."""
        return chr(ord("a") + self.answer)


def mark(quiz: list[dict[str, Any]], given: Mapping[str, str]) -> list[Marked]:
    """The questions with what was given, {"q1": "0"} being the first option of the first; nonsense is no choice."""
    return [
        Marked(number=number, chosen=_choice(given.get(f"q{number}", ""), len(one["options"])), **one)
        for number, one in enumerate(quiz, start=1)
    ]


def _choice(text: str, options: int) -> int | None:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else -1
    return number if 0 <= number < options else None
