"""What can be ordered: the one place where the rules for a batch stand, for page, API and command line."""

from decimal import Decimal
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from accounts.incoming import CamelIn
from ai.choosing import ModelWish

Source = Literal[
    "popular", "top_rated", "trending", "now_playing", "upcoming", "on_the_air", "airing_today", "discover"
]
FIRST_FILM_YEAR, LAST_YEAR = 1874, 2100


class Order(CamelIn):
    """An order for blog posts."""

    source: Source
    model: ModelWish = Field(None, description="Default: your preference, else the workspace's, else offline.")
    mode: Literal["batch", "continuous"] = "batch"
    media_type: Literal["movie", "tv"] = "movie"
    count: int = Field(5, ge=1, le=50, strict=True, description="New posts.")
    min_rating: float | None = Field(None, ge=0, le=10)
    year_from: int | None = Field(None, ge=FIRST_FILM_YEAR, le=LAST_YEAR)
    year_to: int | None = Field(None, ge=FIRST_FILM_YEAR, le=LAST_YEAR)
    include_adult: bool = False
    language: Literal["en", "de", "fr", "es", "it", "pt", "nl", "pl"] = "en"
    length: Literal["short", "medium", "long"] = "medium"
    tone: Literal["neutral", "friendly", "enthusiastic", "critical"] = "friendly"
    publish: bool = False
    lane: Literal["now", "cheap"] = Field("now", description="cheap: within a day, as a rule for half the price.")
    max_usd: Decimal | None = Field(
        None, ge=0, le=999_999, decimal_places=2, description="Ceiling for all calls of the batch together, in USD."
    )
    priority: int | None = Field(None, ge=1, le=2_097_152, description="1 is the highest, as in BullMQ.")

    @field_validator("year_to")
    @classmethod
    def _years_in_order(cls, value: int | None, info: ValidationInfo) -> int | None:
        first = info.data.get("year_from")
        if value is not None and first is not None and first > value:
            raise ValueError(f"{value} is before the first year, {first}: swap them")
        return value

    @property
    def level(self) -> int:
        """The job's level: of the old scale 1 is CRITICAL, up to 5 HIGH, up to 10 and none NORMAL, beyond LOW."""
        if self.priority is None:
            return 0
        return 10 if self.priority == 1 else 5 if self.priority <= 5 else 0 if self.priority <= 10 else -5
