"""Asking an instance of Mastodon with an account's token, and what its problems mean."""

import time
from datetime import datetime
from typing import Any

from integrations.errors import InvalidKey, OutsideError, Refused
from integrations.http import bounded, retry_after
from integrations.platforms.remote import Answer, Remote

SCOPES = "read:accounts, read:statuses, write:statuses and write:media"


class NotThere(Refused):
    """There is nothing at this address."""


class MastodonAsking(Remote):
    """An account of an instance, with its token."""

    label = "Mastodon"

    def asks(
        self, method: str, path: str, *, creates: bool = False, headers: dict[str, str] | None = None, **request: Any
    ) -> Answer:
        """Call the instance with the account's token; raises InvalidKey for one that cannot be one."""
        token = self.own_token("Copy it from Preferences › Development, or connect the account anew.")
        bearer = {"Authorization": f"Bearer {token}"} | (headers or {})
        return self.call(method, path, creates=creates, headers=bearer, **request)

    def sorted_problem(self, answer: Answer, creates: bool) -> OutsideError:
        """Our error: as everywhere, with what is not there and what a token may not do told apart."""
        if answer.status == 404:
            return NotThere(f"{self.label} has nothing there. {self.says(self.words(answer))}Check the address.")
        if answer.status == 403 and "authorized scopes" in self.words(answer):
            return InvalidKey(
                f"The token may not do this at {self.label}. Make an application with the scopes {SCOPES}, and enter "
                "its access token."
            )
        return super().sorted_problem(answer, creates)

    def waiting_time(self, answer: Answer) -> float:
        """Until its limit begins anew: Retry-After, or X-RateLimit-Reset, which is a time in ISO 8601."""
        if "retry-after" in answer.headers:
            return retry_after(answer.headers)
        try:
            reset = datetime.fromisoformat(answer.headers.get("x-ratelimit-reset", ""))
        except ValueError:
            return super().waiting_time(answer)
        return bounded(max(0.0, reset.timestamp() - time.time()))
