"""Asking LinkedIn with an account's token, and what its problems mean."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from integrations.errors import OutsideError, Refused
from integrations.http import bounded
from integrations.platforms.remote import Answer, Remote

VERSION = "202604"  # LinkedIn keeps a version for about a year: LINKEDIN_VERSION sets another
WHERE = "Connect the account anew: LinkedIn's tokens end after 60 days."
URN = re.compile(r"urn:li:[A-Za-z]+:[A-Za-z0-9_-]+")


class NotThere(Refused):
    """There is no such post, or the token may not see it."""


class Duplicate(Refused):
    """The same content is there already, under `urn` ("" where LinkedIn does not say which)."""

    def __init__(self, message: str, urn: str) -> None:
        super().__init__(message)
        self.urn = urn


class LinkedInAsking(Remote):
    """A member or a page, with a member's token."""

    label = "LinkedIn"
    default_url = "https://api.linkedin.com"

    def asks(
        self, method: str, path: str, *, creates: bool = False, headers: dict[str, str] | None = None, **request: Any
    ) -> Answer:
        """Call LinkedIn with the account's token; raises InvalidKey for one that cannot be one."""
        ours = {
            "Authorization": f"Bearer {self.own_token(WHERE)}",
            "LinkedIn-Version": self.version or VERSION,
            "X-Restli-Protocol-Version": "2.0.0",
        }
        return self.call(method, path, creates=creates, headers=ours | (headers or {}), **request)

    def send_bytes(self, url: str, content: bytes, mime: str = "application/octet-stream") -> Answer:
        """Put bytes where LinkedIn told us to. The token goes to LinkedIn's own hosts alone."""
        host, own = urlsplit(url).hostname or "", urlsplit(self.root).hostname
        headers = {"Content-Type": mime}
        if host == own or host.endswith(".linkedin.com"):
            headers["Authorization"] = f"Bearer {self.own_token(WHERE)}"
        return self.call("PUT", url, headers=headers, data=content, wants_json=False, uploads=True)

    def sorted_problem(self, answer: Answer, creates: bool) -> OutsideError:
        """Our error: as everywhere, with a duplicate and what is not there told apart."""
        words = self.words(answer)
        if answer.status == 422 and is_duplicate(answer, words):
            there = URN.search(words)
            return Duplicate(
                f"LinkedIn has this very post already. {self.says(words)}Look at the account, or change the words. "
                "After a post was deleted LinkedIn may say so for two days.",
                there[0] if there else "",
            )
        if answer.status == 404:
            return NotThere(f"LinkedIn has nothing there. {self.says(words)}Look at the account.")
        if answer.status == 426 or "NONEXISTENT_VERSION" in words:
            return Refused(
                f"LinkedIn does not know the version {self.version or VERSION} of its API any more. "
                "Set LINKEDIN_VERSION to a newer one (YYYYMM)."
            )
        return super().sorted_problem(answer, creates)

    def waiting_time(self, answer: Answer) -> float:
        """Retry-After where it is told; else its limits of a day begin anew at midnight (UTC)."""
        if "retry-after" in answer.headers:
            return super().waiting_time(answer)
        now = datetime.now(UTC)
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        return bounded((midnight - now).total_seconds())


def is_duplicate(answer: Answer, words: str) -> bool:
    """Whether a 422 says that the same content is there."""
    return "DUPLICATE_POST" in answer.text or "duplicate of" in words


def in_path(urn: str) -> str:
    """A URN as a part of a path: its colons are encoded too."""
    return quote(urn, safe="")
