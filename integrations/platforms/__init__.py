"""The platforms, which take posts: one line is a platform."""

from integrations.registry import Registry

platforms = Registry(
    bluesky="integrations.platforms.bluesky.Bluesky",
    mastodon="integrations.platforms.mastodon.Mastodon",
    wordpress="integrations.platforms.wordpress.WordPress",
    ghost="integrations.platforms.ghost.Ghost",
    telegram="integrations.platforms.telegram.Telegram",
    discord="integrations.platforms.discord.Discord",
    slack="integrations.platforms.slack.Slack",
    webhook="integrations.platforms.webhook.Webhook",
    offline="integrations.platforms.offline.Offline",
)
