"""A platform that stands in for a real one: it keeps state, counts what it published, and fails where it is told to.

A platform's own stub says what step a request is (`step_of`) and does what the real one does (`accept`).
"""

from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.integrations.stub_server import Handler, Reply, Seen, Stub, cut, drop, hang, html, send, served

# What may happen at a step. Those of ACCEPTED do the work first.
ACCEPTED = ("accept_hang", "accept_cut", "accept_drop", "accept_500", "accept_html", "accept_empty")
UNTOUCHED = ("hang", "drop", "500", "503", "limited", "expired", "refused")


@dataclass
class PlatformStub:
    """The server of one platform. published has what people would see, in order; it shrinks when a post is deleted."""

    url: str = ""
    published: list[dict[str, Any]] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    valid: bool = True  # whether the account's credentials hold
    faults: dict[str, deque[str]] = field(default_factory=lambda: defaultdict(deque))
    refuses_duplicates = False  # the same words are not taken a second time

    def parent_of(self, post: dict[str, Any]) -> str:
        """What we call the post that one of `published` follows."""
        raise NotImplementedError

    def fail(self, step: str, *kinds: str) -> "PlatformStub":
        """Let the next requests of a step end in these ways, one each."""
        self.faults[step].extend(kinds)
        return self

    def step_of(self, seen: Seen) -> str:
        """check, login, upload, publish, look_up, delete, update, metrics or whatever else the platform has."""
        raise NotImplementedError

    def accept(self, step: str, seen: Seen) -> Reply:
        """Do what the platform does, and answer as it answers; 401 where the credentials do not hold."""
        raise NotImplementedError

    def limited(self) -> Reply:
        """Its 429: come back in 7 seconds."""
        return send(429, b'{"error": "slow down"}', Retry_After="7")

    def expired(self) -> Reply:
        """Its answer to a token that does not hold any more."""
        return send(401, b'{"error": "the token expired"}')

    def refused(self) -> Reply:
        """Its answer to a post that it does not take."""
        return send(422, b'{"error": "this is not allowed here"}')

    def reply(self, seen: Seen) -> Reply:
        """What to do with a request."""
        self.seen.append(seen)
        step = self.step_of(seen)
        kind = self.faults[step].popleft() if self.faults[step] else ""
        if kind in UNTOUCHED:
            others = {"hang": hang, "drop": drop, "500": send(500, b"{}"), "503": send(503, b"{}")}
            mine = {"limited": self.limited, "expired": self.expired, "refused": self.refused}
            return mine[kind]() if kind in mine else others[kind]
        healthy = self.accept(step, seen)
        after: dict[str, Reply] = {
            "": healthy,
            "accept_hang": hang,
            "accept_cut": cut(),
            "accept_drop": drop,
            "accept_500": send(500, b"{}"),
            "accept_html": html(),
            "accept_empty": send(200, b""),
        }
        return after[kind]

    def of(self, step: str) -> list[Seen]:
        """The requests of a step, in order."""
        return [one for one in self.seen if self.step_of(one) == step]


@contextmanager
def serving(stub: PlatformStub) -> Iterator[PlatformStub]:
    """Serve it on a free port of 127.0.0.1."""
    server = Stub(healthy=lambda _stub, seen: stub.reply(seen))
    with served(server):
        stub.url = server.url
        yield stub


__all__ = ["ACCEPTED", "UNTOUCHED", "Handler", "PlatformStub", "Reply", "Seen", "send", "serving"]
