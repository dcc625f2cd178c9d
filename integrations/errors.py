"""What can go wrong outside, sorted by what the caller can do.

    OutsideError
    ├── TemporaryError        try again later
    │   ├── RateLimited       try again after `retry_after` seconds; uses no attempt
    │   └── Overloaded        the vendor is busy or broken for now
    │       ├── Unreachable   nothing was sent
    │       └── NoAnswer      it was sent, and no whole answer came back
    ├── PermanentError        trying again changes nothing
    │   ├── InvalidKey        the key is missing, wrong or revoked
    │   ├── NoCredit          the account has no money
    │   ├── Refused           the vendor will not do this (safety, policy)
    │   ├── ModelGone         the model is retired or unknown
    │   ├── ContextTooLong    the text is longer than the model can read
    │   ├── AddressRefused    we do not send anything to that address
    │   ├── Unsupported       this vendor cannot do that
    │   └── BadOutput         the answer cannot be used
    └── AmbiguousOutcome      it was sent and the answer is unknown

Vendor exceptions never leave the vendor's file: it raises one of these.
"""

from typing import Any


class OutsideError(Exception):
    """Something outside went wrong. The text is for people: what happened, why, the next step.

    completion is the answer that came all the same (a `providers.base.Completion`): it cannot be used, but it is paid.
    """

    def __init__(self, message: str = "", *, completion: Any = None) -> None:
        super().__init__(message)
        self.completion = completion


class TemporaryError(OutsideError):
    """It may work later; retry_after is how many seconds the vendor asks us to stay away, 0 where it did not say."""

    retry_after: float = 0.0


class RateLimited(TemporaryError):
    """Too many requests; `retry_after` is in seconds."""

    def __init__(self, message: str, retry_after: float = 60.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Overloaded(TemporaryError):
    """The vendor is busy or broken for now."""


class Unreachable(Overloaded):
    """No connection: nothing was sent, so nothing is paid."""


class NoAnswer(Overloaded):
    """It was sent, and no whole answer came back. Whoever must not send twice makes it an AmbiguousOutcome."""


class PermanentError(OutsideError):
    """It will not work later either."""


class InvalidKey(PermanentError):
    """The key is missing, wrong or revoked."""


class NoCredit(PermanentError):
    """The account has no money left."""


class Refused(PermanentError):
    """The vendor refused the content."""


class ModelGone(PermanentError):
    """The model is retired or unknown."""


class ContextTooLong(PermanentError):
    """The text is longer than the model can read."""


class AddressRefused(PermanentError):
    """The guard of integrations/http.py does not let us go there."""


class Unsupported(PermanentError):
    """This vendor cannot do that."""


class BadOutput(PermanentError):
    """The answer cannot be used."""


class AmbiguousOutcome(OutsideError):
    """It was sent, and nobody knows whether it arrived."""
