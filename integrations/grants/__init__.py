"""Signing in at a platform to connect an account (OAuth 2): one line is a platform."""

from integrations.registry import Registry

grants = Registry(
    x="integrations.grants.x.XGrant",
    linkedin="integrations.grants.linkedin.LinkedInGrant",
    facebook="integrations.grants.facebook.FacebookGrant",
    instagram="integrations.grants.instagram.InstagramGrant",
    threads="integrations.grants.threads.ThreadsGrant",
    mastodon="integrations.grants.mastodon.MastodonGrant",
)
