from django.apps import AppConfig


class BlogConfig(AppConfig):
    """Blog posts, written from film data."""

    name = "blog"
    verbose_name = "Blog"
