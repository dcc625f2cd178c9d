"""What can go wrong outside, sorted by what the caller can do.

    OutsideError
    ├── TemporaryError        try again later
    │   ├── RateLimited       try again after `retry_after` seconds; uses no attempt
    │   └── Overloaded        the vendor is busy or broken for now
    ├── PermanentError        trying again changes nothing
    │   ├── InvalidKey        the key is missing, wrong or revoked
    │   ├── NoCredit          the account has no money
    │   ├── Refused           the vendor will not do this (safety, policy)
    │   ├── ModelGone         the model is retired or unknown
    │   ├── Unsupported       this vendor cannot do that
    │   └── BadOutput         the answer cannot be used
    └── AmbiguousOutcome      it was sent and the answer is unknown

Vendor exceptions never leave the vendor's file: it raises one of these.
"""


class OutsideError(Exception):
    """Something outside went wrong. The text is for people: what happened, why, the next step."""


class TemporaryError(OutsideError):
    """It may work later."""


class RateLimited(TemporaryError):
    """Too many requests; `retry_after` is in seconds."""

    def __init__(self, message: str, retry_after: float = 60.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Overloaded(TemporaryError):
    """The vendor is busy or broken for now."""


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


class Unsupported(PermanentError):
    """This vendor cannot do that."""


class BadOutput(PermanentError):
    """The answer cannot be used."""


class AmbiguousOutcome(OutsideError):
    """It was sent, and nobody knows whether it arrived."""
