"""Orders of this room as they come in: what is to be published, where, and when."""

from datetime import UTC, date, datetime
from typing import Any, Literal

from pydantic import AwareDatetime, Field, field_validator, model_validator

from accounts.incoming import CamelIn, OwnIn

LONGEST = 200_000
MOST_MEDIA = 20
MOST_PARTS = 25  # of a thread, besides the first


class ContentIn(CamelIn):
    """What is published: a text, or its parts (hook, body, hashtags), or an article with title and HTML."""

    text: str = Field("", max_length=LONGEST)
    hook: str = Field("", max_length=2000)
    body: str = Field("", max_length=LONGEST)
    hashtags: list[str] = Field(default_factory=list, max_length=60)
    tags: list[str] = Field(
        default_factory=list, max_length=60, description="Tags of an article, words with spaces too; else the hashtags."
    )
    title: str = Field("", max_length=300)
    html: str = Field("", max_length=LONGEST)
    excerpt: str = Field("", max_length=2000)
    slug: str = Field("", max_length=200, pattern=r"^[a-z0-9-]*$")
    canonical_url: str = Field("", max_length=500, pattern=r"^(https?://\S+)?$")
    language: str = Field("", max_length=10)
    media_ids: list[int] = Field(default_factory=list, max_length=MOST_MEDIA)
    thread: list[str] = Field(
        default_factory=list, max_length=MOST_PARTS, description="What follows it: parts of a thread, or a comment."
    )
    made_with_ai: bool = Field(False, description="Marked so where the platform has a mark for it.")
    alts: dict[str, str] = Field(default_factory=dict, description="Alt texts by media id, where they differ.")

    @field_validator("hashtags")
    @classmethod
    def _one_word_each(cls, tags: list[str]) -> list[str]:
        cleaned = [tag.strip().lstrip("#") for tag in tags]
        for tag in cleaned:
            if not tag or any(letter.isspace() for letter in tag) or len(tag) > 100:
                raise ValueError(f"“{tag[:40]}” is no hashtag: write one word without spaces")
        return cleaned

    @field_validator("thread")
    @classmethod
    def _parts(cls, parts: list[str]) -> list[str]:
        cleaned = [part.strip() for part in parts]
        if any(not part or len(part) > LONGEST for part in cleaned):
            raise ValueError(f"each part of a thread has words, at most {LONGEST:,} characters")
        return cleaned

    @field_validator("tags")
    @classmethod
    def _some_words_each(cls, tags: list[str]) -> list[str]:
        cleaned = [" ".join(tag.split()) for tag in tags]
        for tag in cleaned:
            if not tag or len(tag) > 100:
                raise ValueError(f"“{tag[:40]}” is no tag: write one to 100 characters")
        return cleaned

    @model_validator(mode="after")
    def _something(self) -> "ContentIn":
        if self.text and (self.hook or self.body):
            raise ValueError("send text, or hook and body, not both")
        if not (self.text.strip() or self.hook.strip() or self.body.strip() or self.html.strip() or self.media_ids):
            raise ValueError("there is nothing to publish: send text, hook and body, or html with a title")
        return self

    def snapshot(self) -> dict[str, Any]:
        """What is stored: the parts put together as one text, empty fields left out."""
        parts = [self.hook.strip(), self.body.strip(), " ".join(f"#{tag}" for tag in self.hashtags)]
        text = self.text.strip() or "\n\n".join(part for part in parts if part)
        content: dict[str, Any] = {
            "text": text,
            "title": self.title.strip(),
            "html": self.html.strip(),
            "excerpt": self.excerpt.strip(),
            "slug": self.slug,
            "canonicalUrl": self.canonical_url,
            "language": self.language,
            "tags": self.tags or self.hashtags,
            "mediaIds": self.media_ids,
            "alts": self.alts,
            "thread": self.thread,
            "madeWithAi": self.made_with_ai,
        }
        return {name: value for name, value in content.items() if value}


class PublicationOrder(ContentIn):
    """A publication: on which account, and when. Without a time it goes out at once."""

    account_id: int
    scheduled_at: AwareDatetime | None = None
    draft: bool = Field(False, description="Keep it as a draft; nothing is sent.")
    approval_message: str = Field("", max_length=1000, description="A word to those who approve it.")
    approval_due_at: AwareDatetime | None = Field(None, description="By when they should decide.")

    @field_validator("scheduled_at")
    @classmethod
    def _whole_minutes(cls, moment: datetime | None) -> datetime | None:
        try:
            return moment.astimezone(UTC).replace(second=0, microsecond=0) if moment else None
        except OverflowError:
            raise ValueError("choose a time that is on the calendar") from None

    def content(self) -> ContentIn:
        """The content alone."""
        return ContentIn.model_validate(self.model_dump(include=set(ContentIn.model_fields)))


class NotifyOrder(OwnIn):
    """The seed's payload of approval.notify (S2.28-S2.36)."""

    post_id: str | int = Field(description="Names the post; a test makes one of it.")
    brand_id: str | int | None = None
    approver_ids: list[str | int] = Field(min_length=1, max_length=50)
    notification_type: Literal["email", "whatsapp", "both"] = "email"
    due_date: AwareDatetime | None = None
    message: str = Field("", max_length=1000)


class PlatformIn(CamelIn):
    """Where to publish. Credentials are stored with accounts alone: what comes here is dropped."""

    platform: str = Field(max_length=30)
    account_id: str | int = Field(union_mode="left_to_right")
    credentials: dict[str, Any] = Field(default_factory=dict, repr=False)


class SeedContent(CamelIn):
    """The seed's content: hook, body and hashtags."""

    hook: str = Field("", max_length=2000)
    body: str = Field("", max_length=LONGEST)
    hashtags: list[str] = Field(default_factory=list, max_length=60)
    media_urls: list[str] = Field(default_factory=list, max_length=MOST_MEDIA)

    @model_validator(mode="after")
    def _something(self) -> "SeedContent":
        if not (self.hook.strip() or self.body.strip()):
            raise ValueError("there is nothing to publish: send a hook or a body")
        return self


class DispatchOrder(OwnIn):
    """The seed's payload of publish.dispatch (S2.37-S2.50)."""

    post_id: str | int
    schedule_id: str = Field(min_length=1, max_length=100)
    platforms: list[PlatformIn] = Field(min_length=1, max_length=20)
    content: SeedContent
    scheduled_time: AwareDatetime


class DateRange(CamelIn):
    """Days, the first and the last included; a time of day is dropped."""

    start_date: date = Field(ge=date(2000, 1, 1), le=date(2100, 1, 1))
    end_date: date = Field(ge=date(2000, 1, 1), le=date(2100, 1, 1))

    @field_validator("start_date", "end_date", mode="before")
    @classmethod
    def _days(cls, value: Any) -> Any:
        return value[:10] if isinstance(value, str) and len(value) > 10 and value[10] in "T " else value


class NumbersOrder(OwnIn):
    """The seed's payload of analytics.pull (S2.53-S2.57); empty lists are all."""

    brand_id: str | int | None = None
    platforms: list[str] = Field(default_factory=list, max_length=30)
    date_range: DateRange | None = Field(None, description="When the posts were published.")
    metrics: list[str] = Field(default_factory=list, max_length=50)
    post_ids: list[str | int] = Field(default_factory=list, max_length=1000)


class WhatsAppOrder(OwnIn):
    """The seed's payload of whatsapp-messages (S2.66-S2.71)."""

    to: str = Field(min_length=1, max_length=140, description="A phone number as E.164.")
    message: str = Field(min_length=1, max_length=4096)
    campaign_id: str | int | None = None
    priority: int = Field(0, ge=-5, le=10, description="10, 5, 0 or -5; higher goes first.")

    @field_validator("priority")
    @classmethod
    def _a_level(cls, number: int) -> int:
        if number not in (10, 5, 0, -5):
            raise ValueError("choose 10 (critical), 5 (high), 0 (normal) or -5 (low)")
        return number
