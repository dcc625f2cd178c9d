"""What every AI provider promises."""

from abc import ABC, abstractmethod
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar


@dataclass(frozen=True)
class Model:
    """A model a provider offers. Prices are US dollars per million tokens.

    status is "active", "deprecated" or "retired" where the vendor says so, else "".
    """

    id: str
    label: str
    blurb: str = ""
    context_tokens: int = 0
    output_tokens: int = 0
    usd_in_per_m: Decimal = Decimal(0)
    usd_out_per_m: Decimal = Decimal(0)
    status: str = ""
    retires_at: date | None = None


@dataclass(frozen=True)
class Request:
    """One request for text.

    facts is the same material that stands fenced in `prompt`, as data: providers without a
    language model write from it; the others ignore it. timeout is in seconds, for the whole call.
    max_output_tokens is for the text; a model that thinks gets more (`Provider.most_output_tokens`).
    end_user is a hash that tells a vendor's abuse desk our users apart, or "".
    """

    model: str
    system: str
    prompt: str
    facts: dict[str, Any] = field(default_factory=dict)
    max_output_tokens: int = 4000
    timeout: float = 120.0
    end_user: str = ""


@dataclass(frozen=True)
class Usage:
    """Tokens as the provider counted them; cached ones are in the input, reasoning is in the output.

    reported is False where the answer did not say: then the counts are 0 and mean nothing.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cached_input_tokens: int = 0
    reasoning_tokens: int = 0
    reported: bool = True


@dataclass(frozen=True)
class Completion:
    """One answer. finish is "stop", "length" or "refused"; cost is what the provider itself reports, in USD.

    "length": the text is cut, maybe to nothing. "refused" is only seen in `OutsideError.completion`.
    """

    text: str
    model_requested: str
    model_used: str
    finish: str
    usage: Usage
    cost: Decimal | None = None
    request_id: str = ""
    parsed: Any = None


class Provider(ABC):
    """A vendor of language models. Abilities are class attributes, asked before use."""

    name: ClassVar[str]
    label: ClassVar[str]
    needs_key: ClassVar[bool] = True
    is_language_model: ClassVar[bool] = True
    key_url: ClassVar[str] = ""

    def __init__(
        self, key: str = "", *, base_url: str = "", api_version: str = "", allow_hosts: Collection[str] = ()
    ) -> None:
        """A vendor, reached with this key.

        base_url is what the operator set ("" is the vendor's own) and is trusted; api_version is for vendors that
        have it beside their base URL; allow_hosts is OUTBOUND_ALLOW_HOSTS. Needs no network.
        """
        self.key = key.strip()
        self.base_url = base_url.strip()
        self.api_version = api_version.strip()
        self.allow_hosts = tuple(allow_hosts)

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

    @abstractmethod
    def check_key(self) -> None:
        """Ask the vendor, free of charge, whether the key works; raises InvalidKey or NoCredit."""
