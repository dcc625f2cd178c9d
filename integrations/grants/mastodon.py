"""Signing in at an instance of Mastodon. Each instance has an app of its own, which we register there ourselves."""

from collections.abc import Mapping
from typing import ClassVar

from integrations.grants.base import Client, Grant, Scope
from integrations.platforms.base import Platform
from integrations.platforms.mastodon import Mastodon

APP_NAME = "Pressroom"


class MastodonGrant(Grant):
    """An account on an instance of Mastodon. Its token has no end."""

    kind: ClassVar[type[Platform]] = Mastodon
    label: ClassVar[str] = "Mastodon"
    needs_base_url: ClassVar[bool] = True
    scopes: ClassVar[tuple[Scope, ...]] = (
        Scope("read:accounts", "see whose account it is"),
        Scope("read:statuses", "read the account's posts, to find out whether one is there"),
        Scope("write:statuses", "publish and delete posts"),
        Scope("write:media", "upload pictures and videos"),
    )

    def usual_authorise_url(self) -> str:
        """At the instance."""
        return f"{self.root}/oauth/authorize"

    def usual_token_url(self) -> str:
        """At the instance."""
        return f"{self.root}/oauth/token"

    def register(self, website: str) -> Client:
        """Make our app known to the instance. Its id and secret hold for everybody who signs in there."""
        wanted = {
            "client_name": APP_NAME,
            "redirect_uris": self.redirect_uri,
            "scopes": " ".join(one.name for one in self.scopes),
            "website": website,
        }
        data = self.call("POST", "/api/v1/apps", data=wanted).data
        found = data if isinstance(data, dict) else {}
        parts = [found.get("client_id"), found.get("client_secret")]
        if not all(isinstance(one, str) and one for one in parts):
            raise self.unreadable()
        return Client(str(parts[0]), str(parts[1]))

    def can_renew(self, credentials: Mapping[str, str]) -> bool:
        """There is no end to its tokens."""
        return False

    def revoke(self, credentials: Mapping[str, str]) -> None:
        """The token is worth nothing after this."""
        app = {"client_id": self.client.id, "client_secret": self.client.secret}
        data = {"token": credentials["accessToken"], **app}
        self.call("POST", "/oauth/revoke", data=data, wants_json=False)
