"""Asking Meta's APIs (Facebook, Instagram, Threads) with an account's token, and what their problems mean.

The codes are those of developers.facebook.com/docs/graph-api/guides/error-handling and, for Instagram's subcodes, of
gitroomhq/postiz-app (August 2026).
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from integrations.errors import InvalidKey, OutsideError, Overloaded, RateLimited, Refused
from integrations.http import bounded
from integrations.platforms.remote import Answer, Remote

NO_TOKEN = {102, 190}
NO_PERMISSION = {10, *range(200, 300)}
WAIT = {4, 17, 32, 613, *range(80001, 80015)}
RETRY = {1, 2}
FETCH_AGAIN = {2207001, 2207003, 2207008, 2207027, 2207032, 2207053}  # Instagram could not fetch or read a file yet
QUOTA = {2207042}
DUPLICATE = 506
AGAIN_SECONDS, DAY_SECONDS = 60.0, 24 * 3600.0
CLOCKS_DIFFER = timedelta(minutes=2)
WHERE = "Connect the account anew."


class NotThere(Refused):
    """There is no such thing, or the token may not see it."""


class Duplicate(Refused):
    """The account has posted this very thing a short time ago."""


class NotAllowed(InvalidKey):
    """The token lacks a right. Where that right may be left out, only what needs it is."""


class BadMetric(Refused):
    """One of the numbers asked for does not exist (any more)."""


class MetaAsking(Remote):
    """An account of Meta, with its token."""

    def asks(self, method: str, path: str, *, creates: bool = False, **request: Any) -> Answer:
        """Call it with the account's token; raises InvalidKey for one that cannot be one."""
        headers = {"Authorization": f"Bearer {self.own_token(WHERE)}"}
        return self.call(method, path, creates=creates, headers=headers, **request)

    def part_of(self, answer: Answer, *names: str, creates: bool = False) -> dict[str, Any]:
        """The object of an answer, which must have texts under these names."""
        data = answer.data
        if not isinstance(data, dict) or not all(isinstance(data.get(name), str) and data[name] for name in names):
            raise self.unreadable(creates)
        return data

    def list_of(self, answer: Answer) -> list[dict[str, Any]]:
        """The list of an answer."""
        rows = answer.data.get("data") if isinstance(answer.data, dict) else None
        if not isinstance(rows, list) or not all(isinstance(one, dict) for one in rows):
            raise self.unreadable()
        return rows

    def insights(self, remote_id: str, names: list[str]) -> dict[str, int]:
        """Numbers of a post by Meta's names. One that is unknown fails the whole call: then each is asked for alone.

        Raises NotThere where the post is gone, and Refused where the account may not see numbers.
        """
        try:
            answer = self.asks("GET", f"/{remote_id}/insights", params={"metric": ",".join(names)})
        except NotAllowed as error:
            raise Refused(str(error)) from None
        except BadMetric:
            parts = [self.insights(remote_id, [name]) for name in names] if len(names) > 1 else []
            return {name: value for part in parts for name, value in part.items()}
        return {name: value for name, value in insights_of(self.list_of(answer)).items() if name in names}

    def comment(self, remote_id: str, text: str) -> Answer:
        """Write below a post, by one call; the right to do so may have been left out at the sign-in."""
        try:
            return self.asks("POST", f"/{remote_id}/comments", creates=True, json={"message": text})
        except NotAllowed as error:
            raise Refused(str(error)) from None

    def sorted_problem(self, answer: Answer, creates: bool) -> OutsideError:
        """Our error, by Meta's codes; the status says little."""
        problem = problem_of(answer)
        code, subcode, words = number(problem, "code"), number(problem, "error_subcode"), self.says(self.words(answer))
        if code in NO_TOKEN:
            return InvalidKey(f"{self.label} does not accept the account's token any more. {words}{WHERE}")
        if subcode in QUOTA:
            return RateLimited(f"{self.label} takes no more posts of this account today. {words}".strip(), DAY_SECONDS)
        if code in WAIT or answer.status == 429:
            return RateLimited(f"{self.label} wants us to wait. {words}".strip(), self.waiting_time(answer))
        if subcode in FETCH_AGAIN:
            return Overloaded(f"{self.label} could not fetch the file yet. {words}It is tried again.")
        if code in NO_PERMISSION:
            return NotAllowed(
                f"The account may not do this at {self.label}. {words}Connect it anew, and grant what it asks for."
            )
        if (code in RETRY or problem.get("is_transient") is True) and not creates:
            return Overloaded(f"{self.label} is in trouble. {words}It is tried again.")
        if code in RETRY or problem.get("is_transient") is True:
            return super().sorted_problem(Answer(503, answer.headers, answer.text), creates)
        if code == DUPLICATE:
            return Duplicate(f"{self.label} has this very post already. {words}Look at the account, or change it.")
        if code == 100 and "metric" in self.words(answer).lower():
            return BadMetric(f"{self.label} does not know one of these numbers. {words}Ask for others.")
        if answer.status == 404 or (code == 100 and subcode == 33):
            return NotThere(f"{self.label} has nothing there. {words}Look at the account.")
        return super().sorted_problem(answer, creates)

    def waiting_time(self, answer: Answer) -> float:
        """As its usage headers say (in minutes), else Retry-After, else a minute."""
        for name in ("x-business-use-case-usage", "x-app-usage"):
            if minutes := regained(answer.headers.get(name, "")):
                return bounded(minutes * 60.0)
        return super().waiting_time(answer) if "retry-after" in answer.headers else AGAIN_SECONDS

    def words(self, answer: Answer) -> str:
        """What it says for people where it does, else for developers."""
        problem = problem_of(answer)
        for name in ("error_user_msg", "message"):
            if isinstance(problem.get(name), str) and problem[name]:
                return str(problem[name])
        return super().words(answer)


def insights_of(rows: list[dict[str, Any]]) -> dict[str, int]:
    """Numbers by their names, out of a list of insights; a number by kinds is their sum."""
    found = {}
    for row in rows:
        values = row.get("values")
        first = values[0] if isinstance(values, list) and values and isinstance(values[0], dict) else {}
        total = row.get("total_value")
        value = first.get("value", total.get("value") if isinstance(total, dict) else None)
        if isinstance(value, dict):
            value = sum(one for one in value.values() if type(one) is int)
        if type(value) is int and isinstance(row.get("name"), str):
            found[row["name"]] = value
    return found


def problem_of(answer: Answer) -> dict[str, Any]:
    """The error of an answer; an empty one where there is none."""
    problem = answer.data.get("error") if isinstance(answer.data, dict) else None
    return problem if isinstance(problem, dict) else {}


def number(problem: dict[str, Any], name: str) -> int:
    """A code of an error, 0 where there is none."""
    return problem[name] if type(problem.get(name)) is int else 0


def regained(header: str) -> float:
    """The longest `estimated_time_to_regain_access` in a usage header, in minutes; 0 where it does not say."""
    try:
        usage = json.loads(header or "{}")
    except ValueError:
        return 0.0
    parts = [usage, *(usage.values() if isinstance(usage, dict) else [])]
    flat = [one for part in parts for one in (part if isinstance(part, list) else [part]) if isinstance(one, dict)]
    minutes = [one.get("estimated_time_to_regain_access") for one in flat]
    return float(max((one for one in minutes if isinstance(one, int | float)), default=0.0))


def made_at(row: dict[str, Any], name: str) -> datetime:
    """When something was made, as Meta writes it (2026-11-28T09:30:00+0000); the beginning of time where it is none."""
    try:
        made = datetime.fromisoformat(str(row.get(name)))
    except ValueError:
        return datetime.fromtimestamp(0, UTC)
    return made if made.tzinfo else made.replace(tzinfo=UTC)
