"""What can be ordered: the one place where the rules for a lesson stand, for page, API and command line."""

from typing import Any, Literal

from pydantic import Field, field_validator

from accounts.incoming import CamelIn
from ai.choosing import ModelWish
from jobs.accepting import body_hash
from lessons.models import LONGEST_CONTEXT, LONGEST_TOPIC
from lessons.prompts import FEWEST_SECTIONS, MOST_SECTIONS, SECTIONS

JOINERS = "\u200c\u200d"  # parts of words and of emoji
# What makes two orders of a person the same lesson; what made them order it does not.
SAME = ("topic", "difficulty", "context", "language", "audience", "sections", "model")


class Order(CamelIn):
    """An order for a lesson."""

    topic: str = Field(max_length=LONGEST_TOPIC)
    difficulty: Literal["introductory", "standard", "advanced"] = "standard"
    trigger_source: Literal["chat", "manual", "api", "schedule"] = "api"
    context: str = Field("", max_length=LONGEST_CONTEXT, description="Notes or a source to keep to.")
    language: Literal["en", "de", "fr", "es", "it", "pt", "nl", "pl"] = "en"
    audience: str = Field("", max_length=200, description="Whom it is for, in a few words.")
    sections: int | None = Field(
        None, ge=FEWEST_SECTIONS, le=MOST_SECTIONS, strict=True, description="Default: 4, 6 or 8, by difficulty."
    )
    model: ModelWish = Field(
        None, description="Default: your preference, the workspace's, one of OpenRouter with its key, else offline."
    )

    @field_validator("topic", "audience", mode="after")
    @classmethod
    def _one_line(cls, value: str) -> str:
        """Without control characters, and without those that turn the direction of what follows."""
        return " ".join("".join(c if c.isprintable() or c in JOINERS else " " for c in value).split())

    @field_validator("context", mode="after")
    @classmethod
    def _trimmed(cls, value: str) -> str:
        return value.replace("\r\n", "\n").strip()

    @field_validator("topic")
    @classmethod
    def _has_words(cls, value: str) -> str:
        if not any(character.isalnum() for character in value):
            raise ValueError("say in a few words what the lesson is about")
        return value

    @property
    def section_count(self) -> int:
        """How many sections are written."""
        return self.sections or SECTIONS[self.difficulty]

    def fingerprint(self, user: Any) -> str:
        """The same for the same wish of the same person, in whatever case the topic is written."""
        wish = {name: getattr(self, name) for name in SAME}
        return body_hash([user.pk, {**wish, "topic": self.topic.casefold(), "sections": self.section_count}])
