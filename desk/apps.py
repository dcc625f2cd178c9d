from django.apps import AppConfig


class DeskConfig(AppConfig):
    """What people see of all rooms at once."""

    name = "desk"
    verbose_name = "Pressroom"
