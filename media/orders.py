"""What can be ordered of this room: the one place where the rules stand, for pages, API and other rooms."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StrictInt, StrictStr, field_validator, model_validator

from accounts.incoming import CamelIn

SMALLEST, LARGEST, MOST_PIXELS = 16, 4096, 16_000_000
LONGEST_PROMPT, LONGEST_WORDS = 4000, 300


def _one_colour(value: str) -> str:
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
        raise ValueError(f"“{value[:20]}” is no colour: write # and six digits, such as #7a2ea6")
    return value.lower()


Colour = Annotated[str, AfterValidator(_one_colour)]
Font = Annotated[str, Field(min_length=1, max_length=60)]


class Dimensions(CamelIn):
    """The size of a picture in pixels."""

    width: int = Field(default=1080, ge=SMALLEST, le=LARGEST, strict=True)
    height: int = Field(default=1080, ge=SMALLEST, le=LARGEST, strict=True)

    @model_validator(mode="after")
    def _not_too_large(self) -> "Dimensions":
        if self.width * self.height > MOST_PIXELS:
            raise ValueError(f"{self.width} x {self.height} is too large: a picture has at most 16 megapixels")
        return self


class PictureOrder(CamelIn):
    """An order for a picture."""

    prompt: str = Field(min_length=1, max_length=LONGEST_PROMPT, description="What it shows.")
    text: str = Field("", max_length=LONGEST_WORDS, description="The words on a card. Default: the prompt.")
    style: Literal["realistic", "cartoon", "abstract", "minimalist"] = "realistic"
    dimensions: Dimensions = Field(default_factory=Dimensions)
    brand_id: StrictStr | StrictInt | None = Field(None, description="A brand of the workspace, by id or slug.")
    brand_colors: list[Colour] = Field(default_factory=list, max_length=6, description="Instead of the brand's.")
    brand_fonts: list[Font] = Field(default_factory=list, max_length=3, description="Instead of the brand's.")
    model: str | None = Field(None, max_length=100, description="Default: the offline writer's cards.")

    @field_validator("prompt")
    @classmethod
    def _has_words(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("say what the picture shows")
        return value.strip()


class VideoOrder(CamelIn):
    """An order for what is made of a video."""

    variants: list[Literal["landscape", "square", "vertical", "subtitled"]] = Field(default_factory=list, max_length=4)
    fit: Literal["crop", "pad", "blur"] = "crop"


class TranscriptOrder(CamelIn):
    """An order for the words of a recording."""

    language: str = Field("en", pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$")
    engine: Literal["whisper", "openai"] | None = Field(
        default=None, description="Default: on this machine for English, else OpenAI with its key."
    )
