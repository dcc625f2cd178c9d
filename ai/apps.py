from django.apps import AppConfig


class AIConfig(AppConfig):
    """The models, the prompts, and every call that was ever made."""

    name = "ai"
    verbose_name = "AI"
