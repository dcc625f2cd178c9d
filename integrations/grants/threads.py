"""Signing in at Threads."""

from typing import ClassVar

from integrations.grants.base import Scope, Tokens
from integrations.grants.meta import MetaGrant
from integrations.platforms.base import Platform
from integrations.platforms.threads import Threads


class ThreadsGrant(MetaGrant):
    """An account on Threads."""

    kind: ClassVar[type[Platform]] = Threads
    label: ClassVar[str] = "Threads"
    default_url = Threads.default_url
    scopes: ClassVar[tuple[Scope, ...]] = (
        Scope("threads_basic", "see whose account it is, and its posts"),
        Scope("threads_content_publish", "publish posts"),
        Scope("threads_manage_insights", "read the numbers of your posts", needed=False),
        Scope("threads_delete", "delete posts", needed=False),
    )
    made_at: ClassVar[str] = "developers.facebook.com › My Apps › Access the Threads API"
    authorise_url = "https://threads.net/oauth/authorize"
    long_type: ClassVar[str] = "th_exchange_token"
    renew_type: ClassVar[str] = "th_refresh_token"

    def usual_token_url(self) -> str:
        """At the root of the API's host."""
        return f"{self.root.rpartition('/')[0]}/oauth/access_token"

    def exchange(self, code: str, verifier: str) -> Tokens:
        """A short token first, then a long one."""
        return self.long_token(super().exchange(code.removesuffix("#_"), verifier))
