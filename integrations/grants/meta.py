"""What signing in at Facebook, Instagram and Threads shares: a short token becomes one of sixty days."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from integrations.errors import InvalidKey, OutsideError, Overloaded, RateLimited
from integrations.grants.base import Grant, Tokens
from integrations.platforms.meta_asking import AGAIN_SECONDS, NO_TOKEN, RETRY, WAIT, number, problem_of
from integrations.platforms.remote import Answer

LONG_DAYS = 60
YOUNGEST = timedelta(hours=24)  # a younger token is not renewed


class MetaGrant(Grant):
    """An account of Meta."""

    separator: ClassVar[str] = ","
    uses_pkce: ClassVar[bool] = False
    can_revoke: ClassVar[bool] = False
    long_type: ClassVar[str]  # the grant type that makes a long token of a short one
    renew_type: ClassVar[str] = ""  # the one that renews a long one, "" where that is not needed

    def long_token(self, tokens: Tokens) -> Tokens:
        """One of sixty days for one of an hour."""
        wanted = {"grant_type": self.long_type, "client_secret": self.client.secret, "access_token": tokens.access}
        long = self.tokens_of(self.call("GET", f"{self.root}/access_token", params=wanted))
        return Tokens(long.access, "", long.expires_at or in_sixty_days(), tokens.scopes)

    def can_renew(self, credentials: Mapping[str, str]) -> bool:
        """A long token renews itself, once it is a day old and as long as it holds."""
        ends = credentials.get("expiresAt")
        if not self.renew_type or not ends:
            return False
        try:
            left = datetime.fromisoformat(ends) - datetime.now(UTC)
        except (TypeError, ValueError):
            return False
        return timedelta(0) < left < timedelta(days=LONG_DAYS) - YOUNGEST

    def renew(self, credentials: Mapping[str, str]) -> dict[str, str]:
        """Sixty days more."""
        wanted = {"grant_type": self.renew_type, "access_token": credentials["accessToken"]}
        new = self.tokens_of(self.call("GET", f"{self.root}/refresh_access_token", params=wanted))
        ends = Tokens(new.access, "", new.expires_at or in_sixty_days())
        return dict(credentials) | ends.credentials()

    def sorted_problem(self, answer: Answer, creates: bool) -> OutsideError:
        """Our error, by Meta's codes where it sends them."""
        problem = problem_of(answer)
        if number(problem, "code") in WAIT:
            return RateLimited(f"{self.label} wants us to wait.", AGAIN_SECONDS)
        if number(problem, "code") in RETRY or problem.get("is_transient") is True:
            return Overloaded(f"{self.label} is in trouble. It is tried again.")
        if number(problem, "code") in (*NO_TOKEN, 100) and answer.status in (400, 401):
            words = self.says(str(problem.get("message") or ""))
            return InvalidKey(f"{self.label} does not accept this sign-in any more. {words}Connect the account anew.")
        return super().sorted_problem(answer, creates)

    def words(self, answer: Answer) -> str:
        """What it says, in whichever of its shapes."""
        problem: Any = problem_of(answer)
        told = problem.get("message") or (answer.data.get("error_message") if isinstance(answer.data, dict) else "")
        return str(told) if isinstance(told, str) and told else super().words(answer)


def in_sixty_days() -> datetime:
    """When a long token ends of which Meta does not say so."""
    return (datetime.now(UTC) + timedelta(days=LONG_DAYS)).replace(microsecond=0)
