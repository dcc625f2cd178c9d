"""What a lesson is made from: the facts of a request, read so that nothing in them can do harm."""

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any

from integrations.providers.offline_text.chance import Chance
from integrations.providers.offline_text.lessons.material import Material
from integrations.providers.offline_text.lessons.words import (
    distinct,
    is_content,
    line,
    quoted,
    shortened,
    words,
)

LEVELS = ("introductory", "standard", "advanced")
MOST_SECTIONS, USUAL_SECTIONS = 12, 6
LONGEST_TOPIC, LONGEST_CONTEXT, LONGEST_TEXT = 300, 20_000, 200_000  # characters
LONG_TOPIC = 80  # characters: a longer one is not said again and again
MOST_TEXTS, MOST_OBJECTIVES = 24, 12
Json = dict[str, Any]


@dataclass(frozen=True)
class WrittenSection:
    """A section as it stands now, maybe edited by a person; its number counts from 1."""

    number: int
    title: str
    text: str


@dataclass(frozen=True)
class Order:
    """One stage of a lesson as it was asked for. All texts are clean; only the context has several lines."""

    stage: str
    topic: str
    level: int  # 0 introductory, 1 standard, 2 advanced
    context: str
    audience: str
    language: str
    sections: int
    position: int
    wish: str
    outline: Json
    texts: tuple[WrittenSection, ...]

    @classmethod
    def read(cls, facts: Json) -> "Order":
        """The order in `facts`; what is missing or of a wrong kind gets its usual value."""
        outline = facts.get("outline")
        return cls(
            stage=str(facts.get("stage")),
            topic=line(facts.get("topic"), LONGEST_TOPIC) or "this topic",
            level=LEVELS.index(facts["difficulty"]) if facts.get("difficulty") in LEVELS else 1,
            context=_text(facts.get("context"), LONGEST_CONTEXT),
            audience=shortened(line(facts.get("audience"), 1000), 120),
            language=shortened(line(facts.get("language"), 100), 40) or "en",
            sections=_whole(facts.get("sections"), 1, MOST_SECTIONS, USUAL_SECTIONS),
            position=_whole(facts.get("position"), 1, 100, 1),
            wish=line(facts.get("wish"), 2000),
            outline=outline if isinstance(outline, dict) else {},
            texts=tuple(_written(facts.get("texts"))),
        )

    @cached_property
    def material(self) -> Material:
        """The context, read."""
        return Material.of(self.context, self.topic)

    @cached_property
    def chance(self) -> Chance:
        """What chooses between wordings: the topic, the level, the context."""
        return Chance(self._seed)

    @cached_property
    def voice(self) -> Chance:
        """The same for a section that an editor wants anew: another wish, other wordings."""
        return Chance({**self._seed, "wish": self.wish}) if self.wish else self.chance

    @property
    def _seed(self) -> Json:
        context = sha256(self.context.encode(errors="replace")).hexdigest()
        return {"topic": self.topic, "level": self.level, "context": context}

    @property
    def is_english(self) -> bool:
        """Whether the language asked for is the one we write."""
        return self.language.casefold().replace("_", "-").split("-")[0] in ("en", "english")

    @property
    def named(self) -> str:
        """The topic in quotation marks, in full."""
        return quoted(self.topic)

    @property
    def short(self) -> str:
        """The topic in quotation marks; a long one is only called the topic."""
        return "the topic" if self.is_long else self.named

    @property
    def is_long(self) -> bool:
        """Whether the topic is too long to be said again and again."""
        return len(self.topic) > LONG_TOPIC

    @cached_property
    def parts(self) -> list[str]:
        """The topic's words that say something, one to three together: "causes", "First World War"."""
        chunks: list[list[str]] = [[]]
        end = 0
        for word in words(self.topic):
            start = self.topic.index(word, end)
            if self.topic[end:start].strip() or not is_content(word) or len(chunks[-1]) == 3:
                chunks.append([])
            if is_content(word):
                chunks[-1].append(word)
            end = start + len(word)
        found = distinct(" ".join(chunk) for chunk in chunks if chunk)
        return found[:6] or [shortened(self.topic, LONG_TOPIC)]

    @cached_property
    def objectives(self) -> list[str]:
        """The objectives of the outline."""
        found = self.outline.get("objectives")
        return [line(text, 1000) for text in found[:MOST_OBJECTIVES]] if isinstance(found, list) else []

    @cached_property
    def titles(self) -> list[str]:
        """The titles of the outline's sections."""
        found = self.outline.get("sections")
        found = found[:100] if isinstance(found, list) else []
        return [line(one.get("title"), 400) if isinstance(one, dict) else "" for one in found]


def _text(value: object, longest: int) -> str:
    """A text of several lines; "" where it shows nothing."""
    return value[:longest] if isinstance(value, str) and line(value, longest) else ""


def _whole(value: object, least: int, most: int, usual: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        return usual
    return min(max(value, least), most)


def _written(value: object) -> list[WrittenSection]:
    found = []
    for place, one in enumerate(value[:MOST_TEXTS] if isinstance(value, list) else [], 1):
        if isinstance(one, dict):
            number = _whole(one.get("section"), 1, 100, place)
            title = shortened(line(one.get("title"), 400), 200) or f"Section {number}"
            found.append(WrittenSection(number, title, _text(one.get("text"), LONGEST_TEXT)))
    return found
