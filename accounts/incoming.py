"""What comes in as JSON, in camelCase: plain pydantic, so that a worker reads an order without the API around it."""

from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic.alias_generators import to_camel


class CamelIn(BaseModel):
    """What a caller sends: unknown fields are refused, and so is text no database can store."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _no_nul(cls, data: Any) -> Any:
        if isinstance(values := getattr(data, "_obj", data), dict):
            for name, value in values.items():
                if _holds_nul(value):
                    raise ValueError(f"{name} holds a NUL character")
        return data


def _holds_nul(value: Any) -> bool:
    """Whether a text, or any in a list or mapping, has a character that PostgreSQL cannot store."""
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any(_holds_nul(one) for pair in value.items() for one in pair)
    return isinstance(value, list) and any(_holds_nul(one) for one in value)


class OwnIn(CamelIn):
    """A request that may name the caller's own workspace and person; authentication.check_own refuses others."""

    tenant_id: str | int | None = None
    user_id: str | int | None = None
