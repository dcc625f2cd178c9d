"""The platforms, which take posts: one line is a platform."""

from integrations.registry import Registry

platforms = Registry(
    offline="integrations.platforms.offline.Offline",
)
