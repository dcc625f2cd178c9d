"""The AI providers: one line is a provider."""

from integrations.registry import Registry

providers = Registry(
    offline="integrations.providers.offline.Offline",
    openai="integrations.providers.openai.OpenAI",
    anthropic="integrations.providers.anthropic.Anthropic",
    gemini="integrations.providers.gemini.Gemini",
    openrouter="integrations.providers.openrouter.OpenRouter",
    compatible="integrations.providers.compatible.Compatible",
)
