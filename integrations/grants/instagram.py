"""Signing in at Instagram, as a professional account."""

from typing import Any, ClassVar

from integrations.grants.base import Scope, Tokens
from integrations.grants.meta import MetaGrant
from integrations.platforms.base import Platform
from integrations.platforms.instagram import Instagram
from integrations.platforms.remote import Answer


class InstagramGrant(MetaGrant):
    """A professional account on Instagram."""

    kind: ClassVar[type[Platform]] = Instagram
    label: ClassVar[str] = "Instagram"
    default_url = Instagram.default_url
    scopes: ClassVar[tuple[Scope, ...]] = (
        Scope("instagram_business_basic", "see whose account it is, and its posts"),
        Scope("instagram_business_content_publish", "publish posts"),
        Scope("instagram_business_manage_comments", "comment below your own posts", needed=False),
        Scope("instagram_business_manage_insights", "read the numbers of your posts", needed=False),
    )
    made_at: ClassVar[str] = "developers.facebook.com › My Apps › Instagram › API setup with Instagram login"
    authorise_url = "https://www.instagram.com/oauth/authorize"
    token_url = "https://api.instagram.com/oauth/access_token"  # noqa: S105
    long_type: ClassVar[str] = "ig_exchange_token"
    renew_type: ClassVar[str] = "ig_refresh_token"

    def exchange(self, code: str, verifier: str) -> Tokens:
        """A short token first, then a long one."""
        return self.long_token(super().exchange(code.removesuffix("#_"), verifier))

    def tokens_of(self, answer: Answer) -> Tokens:
        """What was granted is called permissions here, as a list or a text."""
        data: Any = answer.data
        if isinstance(data, dict) and isinstance(data.get("data"), list) and data["data"]:
            data = data["data"][0]
        told = data.get("permissions") if isinstance(data, dict) else None
        told = ",".join(map(str, told)) if isinstance(told, list) else told
        if isinstance(data, dict) and isinstance(told, str):
            data = data | {"scope": told}
        answer.data = data
        return super().tokens_of(answer)
