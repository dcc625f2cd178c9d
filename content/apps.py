from django.apps import AppConfig


class ContentConfig(AppConfig):
    """What brands say: their voice, and the posts that are made in it."""

    name = "content"
    verbose_name = "Content"
