"""Signing in at X: OAuth 2 with PKCE. Its refresh token is another one after each use."""

import base64
from collections.abc import Mapping
from typing import ClassVar

from integrations.grants.base import Grant, Scope
from integrations.platforms.base import Platform
from integrations.platforms.remote import Answer
from integrations.platforms.x import X


class XGrant(Grant):
    """An account on X."""

    kind: ClassVar[type[Platform]] = X
    label: ClassVar[str] = "X"
    default_url = X.default_url
    scopes: ClassVar[tuple[Scope, ...]] = (
        Scope("tweet.read", "read the account's posts, to find out whether one is there"),
        Scope("tweet.write", "publish and delete posts"),
        Scope("users.read", "see whose account it is"),
        Scope("media.write", "upload pictures and videos", needed=False),
        Scope("offline.access", "stay connected for longer than two hours"),
    )
    made_at: ClassVar[str] = "console.x.com › Apps › User authentication settings (Web App, confidential client)"
    authorise_url = "https://x.com/i/oauth2/authorize"

    def usual_token_url(self) -> str:
        """Behind the API's address."""
        return f"{self.root}/oauth2/token"

    def ask_for_tokens(self, wanted: Mapping[str, str]) -> Answer:
        """An app with a secret says who it is in a header, one without in the body."""
        if not self.client.secret:
            return super().ask_for_tokens(wanted)
        pair = base64.b64encode(f"{self.client.id}:{self.client.secret}".encode()).decode()
        headers = {"Authorization": f"Basic {pair}"}
        return self.call("POST", self.token_url, data=dict(wanted), headers=headers)

    def revoke(self, credentials: Mapping[str, str]) -> None:
        """Both tokens are worth nothing after this."""
        url = self.token_url.removesuffix("/token") + "/revoke"
        wanted = {"token": credentials.get("refreshToken") or credentials["accessToken"]}
        pair = base64.b64encode(f"{self.client.id}:{self.client.secret}".encode()).decode()
        headers = {"Authorization": f"Basic {pair}"} if self.client.secret else {}
        data = wanted | ({} if self.client.secret else {"client_id": self.client.id})
        self.call("POST", url, data=data, headers=headers, wants_json=False)
