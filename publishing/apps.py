from django.apps import AppConfig


class PublishingConfig(AppConfig):
    """How texts leave the house: once, and only with leave."""

    name = "publishing"
    verbose_name = "Publishing"
