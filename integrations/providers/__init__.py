"""The AI providers: one line is a provider."""

from integrations.registry import Registry

providers = Registry(offline="integrations.providers.offline.Offline")
