"""Asking X with an account's token, and what its problems mean."""

import time
from typing import Any

from integrations.errors import InvalidKey, OutsideError, RateLimited, Refused
from integrations.http import bounded
from integrations.platforms.remote import Answer, Remote

# Its credits are used up, or the budget that an owner set: somebody has to pay, so it is asked seldom.
CAPPED_SECONDS = 3600.0
WHERE = "Connect the account anew."


class NotThere(Refused):
    """There is no such post."""


class Duplicate(Refused):
    """The account has posted these very words a short time ago."""


class XAsking(Remote):
    """An account, with its token."""

    label = "X"
    default_url = "https://api.x.com/2"

    def asks(self, method: str, path: str, *, creates: bool = False, **request: Any) -> Answer:
        """Call X with the account's token; raises InvalidKey for one that cannot be one."""
        headers = {"Authorization": f"Bearer {self.own_token(WHERE)}"}
        return self.call(method, path, creates=creates, headers=headers, **request)

    def data_of(self, answer: Answer, *, creates: bool = False) -> dict[str, Any]:
        """The `data` of an answer; a problem that came with status 200 is sorted like any other."""
        found = answer.data if isinstance(answer.data, dict) else {}
        if isinstance(found.get("data"), dict):
            return dict(found["data"])
        if problem := first_problem(answer):
            status = problem.get("status")
            told = Answer(status if type(status) is int and status >= 400 else 400, answer.headers, answer.text)
            raise self.sorted_problem(told, creates)
        raise self.unreadable(creates)

    def sorted_problem(self, answer: Answer, creates: bool) -> OutsideError:
        """Our error: as everywhere, with X's own kinds of problems told apart."""
        words, kind = self.words(answer), self.kind(answer)
        if kind == "usage-capped" or "credits" in words.lower():
            return RateLimited(
                f"The credits of the app at X are used up. {self.says(words)}Buy more in X's developer console; it is "
                "tried again each hour.",
                CAPPED_SECONDS,
            )
        if answer.status == 404 or kind == "resource-not-found":
            return NotThere(f"{self.label} has nothing there. {self.says(words)}Look at the account.")
        if answer.status == 403 and "duplicate" in words.lower():
            return Duplicate(
                f"X does not take the same words again. {self.says(words)}Look at the account, or change them."
            )
        if answer.status == 403 and "suspended" in words.lower():
            return InvalidKey(f"X has suspended this account. {self.says(words)}Clear that up there.")
        return super().sorted_problem(answer, creates)

    def kind(self, answer: Answer) -> str:
        """The last part of the problem's type, as usage-capped; "" where there is none."""
        kind = first_problem(answer).get("type")
        return kind.rpartition("/")[2] if isinstance(kind, str) else ""

    def words(self, answer: Answer) -> str:
        """What X says about a problem, in whichever of its two shapes."""
        problem = first_problem(answer)
        parts = [problem.get("title"), problem.get("detail") or problem.get("message")]
        return ": ".join(part for part in parts if isinstance(part, str) and part) or super().words(answer)

    def waiting_time(self, answer: Answer) -> float:
        """Until its limit begins anew, as x-rate-limit-reset says (seconds since 1970)."""
        try:
            return bounded(float(answer.headers["x-rate-limit-reset"]) - time.time())
        except (KeyError, ValueError):
            return super().waiting_time(answer)


def first_problem(answer: Answer) -> dict[str, Any]:
    """The problem that an answer tells of: the whole of it, or the first of its list."""
    data = answer.data if isinstance(answer.data, dict) else {}
    errors = data.get("errors")
    if isinstance(errors, list) and errors and isinstance(errors[0], dict):
        return {**{name: data[name] for name in ("title", "detail", "type", "status") if name in data}, **errors[0]}
    return data if "data" not in data else {}
