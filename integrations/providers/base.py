"""What every AI provider promises."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar


@dataclass(frozen=True)
class Model:
    """A model a provider offers. Prices are US dollars per million tokens."""

    id: str
    label: str
    blurb: str = ""
    context_tokens: int = 0
    output_tokens: int = 0
    usd_in_per_m: Decimal = Decimal(0)
    usd_out_per_m: Decimal = Decimal(0)


@dataclass(frozen=True)
class Request:
    """One request for text.

    facts is the same material that stands fenced in `prompt`, as data: providers without a
    language model write from it; the others ignore it. timeout is in seconds.
    """

    model: str
    system: str
    prompt: str
    facts: dict[str, Any] = field(default_factory=dict)
    max_output_tokens: int = 4000
    timeout: float = 120.0


@dataclass(frozen=True)
class Usage:
    """Tokens as the provider counted them."""

    input_tokens: int = 0
    output_tokens: int = 0


@dataclass(frozen=True)
class Completion:
    """One answer. finish is "stop", "length" or "refused"; cost is what the provider itself reports, in USD."""

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

    def __init__(self, key: str = "") -> None:
        self.key = key

    @abstractmethod
    def models(self) -> list[Model]:
        """The models that can be asked for."""

    @abstractmethod
    def complete(self, request: Request) -> Completion:
        """Ask for a text; raises only the errors of integrations/errors.py."""

    @abstractmethod
    def check_key(self) -> None:
        """Ask the vendor, free of charge, whether the key works; raises InvalidKey or NoCredit."""
