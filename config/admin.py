"""Django's admin, left out of processes that show no page."""

from django.conf import settings
from django.contrib.admin import autodiscover
from django.contrib.admin.apps import SimpleAdminConfig


class AdminConfig(SimpleAdminConfig):
    """Loads the admin modules of all apps at start, as Django's own does; a worker loads them with its first URL."""

    default = False

    def ready(self) -> None:
        super().ready()
        if settings.SHOWS_PAGES:
            autodiscover()
