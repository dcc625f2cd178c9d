"""Credentials that come by signing in at a platform: an access token, and what renews it."""

from integrations.platforms.base import Credential

HOW = "Connect the account by signing in there: that fills in everything. Or paste a token of an app of your own."


def token_credentials(*more: Credential) -> tuple[Credential, ...]:
    """The fields of an account with a token; more are those that one platform has besides."""
    renewing = Credential(
        "refreshToken", "Refresh token", "Renews the access token, where there is one.", required=False
    )
    ends = Credential(
        "expiresAt", "Expires at", "When the access token ends, as 2026-12-31T23:59:00Z.", secret=False, required=False
    )
    return (Credential("accessToken", "Access token", HOW), renewing, ends, *more)
