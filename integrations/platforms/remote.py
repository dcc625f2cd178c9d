"""Platforms that are reached over HTTP: what they answer is sorted here into the errors of integrations/errors.py.

What they share: an answer is JSON; 401 is a key that does not hold, 403 and other 4xx are refusals, 429 says when to
come back, 5xx is a server in trouble. A call that publishes (`creates=True`) differs in one thing: wherever the answer
does not say clearly that nothing happened, it is an AmbiguousOutcome.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar

import regex

from integrations.errors import (
    AmbiguousOutcome,
    BadOutput,
    InvalidKey,
    NoAnswer,
    OutsideError,
    Overloaded,
    PermanentError,
    RateLimited,
    Refused,
    Unsupported,
)
from integrations.http import Guard, Session, retry_after, session
from integrations.platforms.base import Draft, Platform, Posted

CALL_SECONDS = 30.0
UPLOAD_SECONDS = 300.0
LONGEST_WORDS = 300
MAYBE = "It may be published or not; it is not sent again before that is known."


class Answer:
    """What came back: status, headers (names in lower case), and the body as text and, where it is JSON, as `data`."""

    def __init__(self, status: int, headers: Mapping[str, str], text: str) -> None:
        self.status = status
        self.headers = headers
        self.text = text
        self.is_json = True
        try:
            self.data: Any = json.loads(text) if text.strip() else None
        except (ValueError, RecursionError):  # the second for nesting without end
            self.data, self.is_json = None, False

    @property
    def ok(self) -> bool:
        """Whether the status says so."""
        return 200 <= self.status < 300


class Caller:
    """Whoever speaks to a platform over HTTP: with an account's credentials (`given`), or on the way to them."""

    label: ClassVar[str]
    given: dict[str, str]
    base_url: str
    allow_hosts: tuple[str, ...]
    trusted_urls: tuple[str, ...]
    default_url = ""  # where it is, for a platform with one address

    @cached_property
    def sender(self) -> Session:
        """The session of this object, behind the guard."""
        return session(Guard(allow_hosts=self.allow_hosts, trusted_urls=self.trusted_urls), timeout=CALL_SECONDS)

    @property
    def root(self) -> str:
        """Where it is reached, without a slash at the end."""
        return self.base_url or self.default_url

    def call(
        self,
        method: str,
        url: str,
        *,
        creates: bool = False,
        wants_json: bool = True,
        uploads: bool = False,
        **request: Any,
    ) -> Answer:
        """Send one request and return an answer that is fine; request is that of `requests` (json, data, files ...).

        url is absolute, or a path behind `root`. creates marks the one call that publishes; one that uploads may take
        longer. Raises the errors of integrations/errors.py.
        """
        where = url if url.startswith(("http://", "https://")) else f"{self.root}{url}"
        try:
            got = self.sender.request(method, where, timeout=UPLOAD_SECONDS if uploads else CALL_SECONDS, **request)
        except NoAnswer as error:
            if creates:
                raise AmbiguousOutcome(f"{self.label} gave no whole answer. {MAYBE}") from None
            raise error from None
        except BadOutput as error:
            if creates:
                raise AmbiguousOutcome(f"{self.label} sent an answer that cannot be read. {MAYBE}") from None
            raise error from None
        answer = Answer(got.status_code, {name.lower(): value for name, value in got.headers.items()}, got.text)
        if not answer.ok:
            raise self.sorted_problem(answer, creates)
        if wants_json and (not answer.is_json or answer.data is None):
            raise self.unreadable(creates)
        return answer

    def own_token(self, where: str, name: str = "accessToken") -> str:
        """The account's token, as it goes into a header; raises InvalidKey for one that cannot be one.

        where says, for people, where a token is to be had.
        """
        token = self.given.get(name, "").strip()
        if not token or not (token.isascii() and token.isprintable()) or " " in token:
            raise InvalidKey(f"{self.label} needs an access token, and this is none. {where}")
        return token

    def unreadable(self, creates: bool = False) -> OutsideError:
        """For an answer that says it went well, and says nothing else that we understand."""
        if creates:
            return AmbiguousOutcome(f"{self.label} answered with something that is no answer. {MAYBE}")
        return BadOutput(
            f"{self.label} answered with something that is no answer (a page for people, or nothing). Check the "
            "address: a firewall or a login page may stand in front of it."
        )

    def sorted_problem(self, answer: Answer, creates: bool) -> OutsideError:
        """Our error for an answer that is not fine; platforms refine it where their codes say more."""
        words = self.says(self.words(answer))
        if answer.status == 429:
            return RateLimited(f"{self.label} wants us to wait. {words}".strip(), self.waiting_time(answer))
        if answer.status == 401:
            return InvalidKey(
                f"{self.label} does not accept the account's credentials any more. {words}Enter them anew."
            )
        if answer.status == 403:
            return Refused(f"{self.label} does not allow this to the account. {words}Check its rights there.")
        if answer.status >= 500 or answer.status == 408:
            if creates:
                return AmbiguousOutcome(f"{self.label} answered with status {answer.status}. {words}{MAYBE}")
            return Overloaded(f"{self.label} is in trouble (status {answer.status}). {words}It is tried again.")
        if 300 <= answer.status < 400:
            return Refused(f"{self.label} sends us to another address. Enter the address where it really is.")
        return Refused(f"{self.label} refuses this (status {answer.status}). {words}Change it, and send it again.")

    def waiting_time(self, answer: Answer) -> float:
        """How many seconds a 429 wants us to stay away."""
        return retry_after(answer.headers)

    def words(self, answer: Answer) -> str:
        """What the platform itself says about a problem, out of its JSON."""
        data = answer.data
        if isinstance(data, dict):
            for name in ("message", "error_description", "detail", "description", "error"):
                if isinstance(data.get(name), str):
                    return str(data[name])
        return ""

    def says(self, words: str) -> str:
        """Its words as a sentence in ours, without the account's secrets and shortened; "" where it says nothing."""
        for secret in self.given.values():
            if len(secret) >= 4:
                words = words.replace(secret, "***")
        words = " ".join(words.split())[:LONGEST_WORDS]
        return f"It says: “{words}”. " if words else ""


class Remote(Caller, Platform):
    """A platform that is reached over HTTP."""

    def must_reach(self, made: Sequence[datetime], most: int, since: datetime) -> None:
        """Whether a list of the newest posts goes back far enough to say that one is not there; raises Unsupported."""
        if len(made) >= most and min(made) >= since:
            raise Unsupported(
                f"{self.label} has too many newer posts of this account to find this one among them. Look yourself."
            )

    def mine_or(self, refusal: PermanentError, draft: Draft, prepared: Mapping[str, Any]) -> Posted:
        """For a refusal as a duplicate: the post of an earlier call of this very publication, where that is found.

        Raises the refusal where there was no earlier call, and AmbiguousOutcome where its post is not to be seen.
        """
        if not draft.is_repeated:
            raise refusal
        try:
            there = self.look_up(draft, prepared)
        except OutsideError as error:
            raise AmbiguousOutcome(f"{refusal} {error} {MAYBE}") from None
        if there is None:
            raise AmbiguousOutcome(f"{refusal} It is not among the newest posts yet. {MAYBE}")
        return there


def graphemes(text: str) -> int:
    """How many characters people see."""
    return len(regex.findall(r"\X", text))


def utf16(text: str) -> int:
    """How many UTF-16 code units a text has."""
    return len(text.encode("utf-16-le")) // 2
