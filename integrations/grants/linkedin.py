"""Signing in at LinkedIn: tokens of 60 days, which only approved apps may renew. Pages need their own approval."""

from collections.abc import Mapping
from typing import Any, ClassVar

from integrations.errors import PermanentError
from integrations.grants.base import Candidate, Grant, Scope, Tokens
from integrations.platforms.base import Platform
from integrations.platforms.linkedin import LinkedIn


class LinkedInGrant(Grant):
    """A member on LinkedIn, and the pages that the member may post for."""

    kind: ClassVar[type[Platform]] = LinkedIn
    label: ClassVar[str] = "LinkedIn"
    default_url = LinkedIn.default_url
    uses_pkce: ClassVar[bool] = False  # LinkedIn has it for apps without a secret alone
    scopes: ClassVar[tuple[Scope, ...]] = (
        Scope("openid", "sign you in"),
        Scope("profile", "see your name"),
        Scope("w_member_social", "publish and delete posts as you"),
        Scope("w_organization_social", "publish and delete posts of your pages", needed=False),
        Scope("r_organization_social", "read posts and numbers of your pages", needed=False),
        Scope("rw_organization_admin", "see which pages are yours", needed=False),
    )
    made_at: ClassVar[str] = "linkedin.com/developers/apps › Auth (products: Sign In with OpenID, Share on LinkedIn)"
    authorise_url = "https://www.linkedin.com/oauth/v2/authorization"
    token_url = "https://www.linkedin.com/oauth/v2/accessToken"  # noqa: S105

    def candidates(self, tokens: Tokens) -> list[Candidate]:
        """Oneself, and the pages of which one is an administrator."""
        credentials = tokens.credentials()
        member = self.opened(credentials)
        found = [self.oneself(tokens)]
        if tokens.scopes is not None and "rw_organization_admin" in tokens.scopes:
            found += [self._page(credentials, number) for number in self._pages(member)]
        return found

    def _pages(self, member: Any) -> list[str]:
        path = "/rest/organizationAcls?q=roleAssignee&role=ADMINISTRATOR&state=APPROVED"
        data = member.asks("GET", path).data
        rows: Any = data.get("elements") if isinstance(data, dict) else None
        if not isinstance(rows, list):
            raise self.unreadable()
        urns = [one.get("organization") for one in rows if isinstance(one, dict)]
        numbers = [one.rpartition(":")[2] for one in urns if isinstance(one, str)]
        return [one for one in dict.fromkeys(numbers) if one.isdigit()]

    def _page(self, credentials: dict[str, str], number: str) -> Candidate:
        of_page = credentials | {"organization": number}
        try:
            name = self.opened(of_page).check().name
        except PermanentError:  # its name may not be read: the number tells which it is
            name = number
        return Candidate(f"urn:li:organization:{number}", name, "page", of_page)

    def revoke(self, credentials: Mapping[str, str]) -> None:
        """The token is worth nothing after this."""
        url = self.token_url.rpartition("/")[0] + "/revoke"
        app = {"client_id": self.client.id, "client_secret": self.client.secret}
        self.call("POST", url, data={"token": credentials["accessToken"], **app}, wants_json=False)
