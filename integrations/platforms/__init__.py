"""The platforms, which take posts: one line is a platform."""

from integrations.registry import Registry

platforms = Registry(
    bluesky="integrations.platforms.bluesky.Bluesky",
    mastodon="integrations.platforms.mastodon.Mastodon",
    wordpress="integrations.platforms.wordpress.WordPress",
    ghost="integrations.platforms.ghost.Ghost",
    devto="integrations.platforms.devto.DevTo",
    x="integrations.platforms.x.X",
    linkedin="integrations.platforms.linkedin.LinkedIn",
    facebook="integrations.platforms.facebook.Facebook",
    instagram="integrations.platforms.instagram.Instagram",
    threads="integrations.platforms.threads.Threads",
    telegram="integrations.platforms.telegram.Telegram",
    discord="integrations.platforms.discord.Discord",
    slack="integrations.platforms.slack.Slack",
    webhook="integrations.platforms.webhook.Webhook",
    offline="integrations.platforms.offline.Offline",
)
