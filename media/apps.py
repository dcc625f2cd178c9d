from django.apps import AppConfig


class MediaConfig(AppConfig):
    """Pictures, video and transcripts."""

    name = "media"
    verbose_name = "Media"
