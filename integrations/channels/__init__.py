"""The channels, which reach one person: one line is a channel. Mail goes by Django's own settings."""

from integrations.registry import Registry

channels = Registry(
    whatsapp="integrations.channels.whatsapp.WhatsApp",
    offline="integrations.channels.offline.OfflineChannel",
)
