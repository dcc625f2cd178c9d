"""Which models are asked, in which order, and after which errors the next one is: decided when work is accepted."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from integrations.errors import (
    BadOutput,
    ContextTooLong,
    InvalidKey,
    ModelGone,
    NoCredit,
    OutsideError,
    Overloaded,
    RateLimited,
    Refused,
)


@dataclass(frozen=True)
class Kind:
    """A sort of failure that a person may answer with another model."""

    label: str
    errors: tuple[type[OutsideError], ...]


KINDS = {
    "busy": Kind("the vendor is busy, broken or cannot be reached", (Overloaded,)),
    "limited": Kind("the vendor asks us to wait", (RateLimited,)),
    "gone": Kind("the model is gone", (ModelGone,)),
    "key": Kind("the key is refused or has no credit", (InvalidKey, NoCredit)),
    "refused": Kind("the model refuses the text", (Refused,)),
    "too_long": Kind("the text is too long for the model", (ContextTooLong,)),
    "unusable": Kind("the answer cannot be used", (BadOutput,)),
}
DEFAULT_KINDS = ("busy", "limited")


@dataclass(frozen=True)
class Link:
    """One model of a chain, and whose key pays for it ("user", "tenant", "server" or "none")."""

    model: str
    key_owner: str


@dataclass(frozen=True)
class Chain:
    """The models for one piece of work: the chosen one, then those asked when it fails in one of `kinds`."""

    links: tuple[Link, ...]
    kinds: frozenset[str] = frozenset()

    @classmethod
    def of(cls, model: str, key_owner: str, more: Iterable[dict[str, Any]] = (), kinds: Iterable[str] = ()) -> "Chain":
        """The chain as a request row stores it: `more` is a list of {"model", "keyOwner"}."""
        rest = tuple(Link(str(link["model"]), str(link["keyOwner"])) for link in more)
        return cls((Link(model, key_owner), *rest), frozenset(kinds))

    def stored(self) -> list[dict[str, str]]:
        """The links after the first, as a request row stores them."""
        return [{"model": link.model, "keyOwner": link.key_owner} for link in self.links[1:]]

    def goes_on_after(self, error: OutsideError) -> bool:
        """Whether the next model is asked after this error."""
        return any(isinstance(error, KINDS[kind].errors) for kind in self.kinds if kind in KINDS)
