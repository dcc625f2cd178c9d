"""What every AI provider promises."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, Literal

from integrations.errors import OutsideError, Unsupported


@dataclass(frozen=True)
class Model:
    """A model a provider offers. Prices are US dollars per million tokens, None where the vendor does not say.

    status is "active", "deprecated" or "retired" where the vendor says so, else "". abilities are of "schema" (answers
    in a JSON schema), "batch", "images"; None where the list does not say.
    """

    id: str
    label: str
    blurb: str = ""
    context_tokens: int = 0
    output_tokens: int = 0
    usd_in_per_m: Decimal | None = None
    usd_out_per_m: Decimal | None = None
    usd_cache_read_per_m: Decimal | None = None
    status: str = ""
    retires_at: date | None = None
    abilities: frozenset[str] | None = None


@dataclass(frozen=True)
class Request:
    """One request for text.

    facts is the same material that stands fenced in `prompt`, as data: providers without a
    language model write from it; the others ignore it. timeout is in seconds, for the whole call.
    max_output_tokens is for the text; a model that thinks gets more (`Provider.most_output_tokens`).
    end_user is a hash that tells a vendor's abuse desk our users apart, or "".
    With `schema`, a JSON schema, the answer is JSON: enforced by the vendor where `takes_schema`, else asked for in
    words. schema_name is [A-Za-z0-9_-]{1,64}.
    """

    model: str
    system: str
    prompt: str
    facts: dict[str, Any] = field(default_factory=dict)
    max_output_tokens: int = 4000
    timeout: float = 120.0
    end_user: str = ""
    schema: dict[str, Any] | None = None
    schema_name: str = "answer"


@dataclass(frozen=True)
class Drawing:
    """One request for a picture; width and height are in pixels, a vendor draws the nearest size it has.

    facts is what stands in `prompt`, as data, for providers that draw without a model; the others ignore it: {"text":
    the words on the card, "style": "realistic", "cartoon", "abstract" or "minimalist", "brand": {"name", "colours":
    ["#rrggbb", ...], "fonts": [names]}}.
    """

    model: str
    prompt: str
    width: int = 1024
    height: int = 1024
    quality: Literal["low", "medium", "high"] = "medium"
    timeout: float = 180.0
    end_user: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Usage:
    """Tokens as the provider counted them; cached ones are in the input, reasoning is in the output.

    cached_input_tokens were read from the vendor's cache, cache_write_tokens were written into it: both are part of
    input_tokens and have prices of their own.
    reported is False where the answer did not say: then the counts are 0 and mean nothing.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cached_input_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0
    reported: bool = True


MOST_TOKENS = 2**31 - 1


def counted(read: Callable[[Any], Usage]) -> Callable[[Any], Usage]:
    """A reader of a vendor's counts that says "not reported" for what are no counts: text, fractions, below 0, huge."""

    def usage(reported: Any) -> Usage:
        try:
            found = read(reported)
        except (TypeError, ValueError, AttributeError, ArithmeticError):
            return Usage(reported=False)
        counts = [value for name, value in vars(found).items() if name != "reported"]
        sound = all(type(value) is int and 0 <= value <= MOST_TOKENS for value in counts)
        return found if sound else Usage(reported=False)

    return usage


@dataclass(frozen=True)
class Completion:
    """One answer. finish is "stop", "length" or "refused"; cost is what the provider itself reports, in USD.

    "length": the text is cut, maybe to nothing. "refused" is only seen in `OutsideError.completion`.
    parsed is the JSON value of `text` where a schema was asked for and the text is one whole JSON value, else None.
    """

    text: str
    model_requested: str
    model_used: str
    finish: str
    usage: Usage
    cost: Decimal | None = None
    request_id: str = ""
    parsed: Any = None


@dataclass(frozen=True)
class Picture:
    """One picture: its bytes, what made it, and what it cost where the provider says so, in USD."""

    data: bytes
    mime_type: str
    model_requested: str
    model_used: str
    usage: Usage
    cost: Decimal | None = None
    request_id: str = ""


@dataclass(frozen=True)
class Lot:
    """Many requests that a vendor answers within a day, for less.

    state is "working" (also while it is being checked or cancelled) or "ended", however it ended: completed, expired,
    cancelled, failed; `why` says so in the vendor's word. done and total count requests.
    """

    id: str
    state: Literal["working", "ended"]
    why: str
    done: int = 0
    total: int = 0


class Provider(ABC):
    """A vendor of language models. Abilities are class attributes, asked before use."""

    name: ClassVar[str]
    label: ClassVar[str]
    needs_key: ClassVar[bool] = True
    needs_base_url: ClassVar[bool] = False  # each key comes with the address of its server
    is_language_model: ClassVar[bool] = True
    draws: ClassVar[bool] = False
    takes_lots: ClassVar[bool] = False
    finds_lots: ClassVar[bool] = False  # by our label, so that `find_lot` without an answer means that there is none
    key_url: ClassVar[str] = ""

    def __init__(
        self,
        key: str = "",
        *,
        base_url: str = "",
        api_version: str = "",
        allow_hosts: Collection[str] = (),
        json_mode: str = "schema",
    ) -> None:
        """A vendor, reached with this key.

        base_url is what the operator set ("" is the vendor's own) and is trusted, unless `needs_base_url`: then a user
        wrote it and the guard decides. api_version is for vendors that have it beside their base URL; allow_hosts is
        OUTBOUND_ALLOW_HOSTS. json_mode ("schema", "object", "prompt") is how a compatible server is asked for JSON.
        Needs no network.
        """
        self.key = key.strip()
        self.base_url = base_url.strip()
        self.api_version = api_version.strip()
        self.allow_hosts = tuple(allow_hosts)
        self.json_mode = json_mode

    @abstractmethod
    def models(self) -> list[Model]:
        """The models that can be asked for."""

    @abstractmethod
    def complete(self, request: Request) -> Completion:
        """Ask for a text; raises only the errors of integrations/errors.py."""

    @classmethod
    def most_output_tokens(cls, request: Request) -> int:
        """The most output tokens that a request can be billed for."""
        return request.max_output_tokens

    @classmethod
    def takes_schema(cls, model: str) -> bool:
        """Whether the vendor makes this model keep to a JSON schema; its list may know better (Model.abilities)."""
        return False

    @abstractmethod
    def check_key(self) -> None:
        """Ask the vendor, free of charge, whether the key works; raises InvalidKey or NoCredit."""

    def draw(self, drawing: Drawing) -> Picture:
        """Ask for a picture, where the provider `draws`; raises the errors of integrations/errors.py."""
        raise Unsupported(f"{self.label} draws no pictures: choose another provider for them.")

    def submit(self, requests: Mapping[str, Request], label: str) -> str:
        """Hand in a lot, where the provider `takes_lots`; keys of `requests` are our ids. Returns the vendor's id.

        label ([a-z0-9-]{1,60}) is ours: `find_lot` finds the lot by it where the vendor keeps such words.
        """
        raise Unsupported(f"{self.label} has no cheaper lane: choose another provider, or send it now.")

    def find_lot(self, label: str) -> str | None:
        """The vendor's id of the lot with our label, None where there is none or the vendor cannot tell."""
        return None

    def lot(self, lot_id: str) -> Lot:
        """How far a lot is."""
        raise Unsupported(f"{self.label} has no cheaper lane.")

    def answers(self, lot_id: str, requests: Mapping[str, Request]) -> dict[str, Completion | OutsideError]:
        """The answers of a lot that has ended, by our ids; an id without one was not worked on and is not billed."""
        raise Unsupported(f"{self.label} has no cheaper lane.")

    def cancel_lot(self, lot_id: str) -> None:
        """Ask the vendor to stop working on a lot; what is done stays billed."""
        raise Unsupported(f"{self.label} has no cheaper lane.")
