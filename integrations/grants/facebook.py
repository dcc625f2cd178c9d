"""Signing in at Facebook: a person's token gives one for each page, which has no end but dies with the password."""

from typing import ClassVar

from integrations.grants.base import Candidate, Scope, Tokens
from integrations.grants.meta import MetaGrant, in_sixty_days
from integrations.platforms.base import Platform
from integrations.platforms.facebook import Facebook

MOST_PAGES = 100


class FacebookGrant(MetaGrant):
    """The pages of a person on Facebook."""

    kind: ClassVar[type[Platform]] = Facebook
    label: ClassVar[str] = "Facebook"
    default_url = Facebook.default_url
    scopes: ClassVar[tuple[Scope, ...]] = (
        Scope("pages_show_list", "see which pages are yours"),
        Scope("pages_manage_posts", "publish and delete posts of your pages"),
        Scope("pages_read_engagement", "read posts of your pages, to find out whether one is there"),
        Scope("pages_manage_engagement", "comment below your own posts", needed=False),
        Scope("read_insights", "read the numbers of your posts", needed=False),
    )
    made_at: ClassVar[str] = "developers.facebook.com › My Apps › Facebook Login for Business"
    long_type: ClassVar[str] = "fb_exchange_token"

    def usual_authorise_url(self) -> str:
        """Of the same version as the API."""
        return f"https://www.facebook.com/{self.root.rpartition('/')[2]}/dialog/oauth"

    def usual_token_url(self) -> str:
        """Behind the API's address."""
        return f"{self.root}/oauth/access_token"

    def exchange(self, code: str, verifier: str) -> Tokens:
        """The person's token, made a long one, with what was granted."""
        short = super().exchange(code, verifier)
        wanted = {"grant_type": self.long_type, "fb_exchange_token": short.access}
        long = self.tokens_of(self.ask_for_tokens(wanted))
        person = self.opened(long.credentials())
        rows = person.list_of(person.asks("GET", "/me/permissions"))
        granted = frozenset(str(one.get("permission")) for one in rows if one.get("status") == "granted")
        return Tokens(long.access, "", long.expires_at or in_sixty_days(), granted)

    def candidates(self, tokens: Tokens) -> list[Candidate]:
        """The pages, each with a token of its own."""
        wanted = {"fields": "id,name,access_token", "limit": MOST_PAGES}
        person = self.opened(tokens.credentials())
        rows = person.list_of(person.asks("GET", "/me/accounts", params=wanted))
        whole = [one for one in rows if all(isinstance(one.get(n), str) for n in ("id", "name", "access_token"))]
        return [Candidate(one["id"], one["name"], "page", {"accessToken": one["access_token"]}) for one in whole]
