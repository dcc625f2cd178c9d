"""What every channel promises: words reach one person, and what is known of it is said."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Button:
    """What a person may tap; id comes back as it is. title has 20 characters at most."""

    id: str
    title: str


@dataclass(frozen=True)
class Words:
    """What is sent to one person.

    to is a phone number (E.164, with +) or what the channel calls somebody whose number it hides. reference names the
    message, and comes back with what the channel tells of it. values are the same words in parts, for templates of the
    channel's own: brand, title and time of what is to be approved; without buttons the text is the only one. is_open is
    whether the person wrote to us within the last 24 hours.
    """

    to: str
    text: str
    reference: str
    buttons: tuple[Button, ...] = ()
    values: tuple[str, ...] = ()
    is_open: bool = False


@dataclass(frozen=True)
class Sent:
    """It was accepted. remote_id is what the channel calls it; note says what came out otherwise than wished."""

    remote_id: str
    note: str = ""


class Channel(Protocol):
    """A way to reach one person."""

    def send(self, words: Words) -> Sent:
        """Send it, by calls of which one is accepted at most.

        Raises Unreachable and RateLimited where nothing was sent, PermanentError where it was refused, and
        AmbiguousOutcome where the answer does not tell.
        """
