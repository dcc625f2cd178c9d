from typing import Any

from django.conf import settings
from django.core.checks import Tags
from django.core.management.base import CommandError
from django_rq.management.commands.rqworker import Command as DjangoRQCommand

from jobs import table


class Command(DjangoRQCommand):
    help = "Run a worker: all queues in table order, or those named."
    requires_system_checks = (Tags.security,)  # what the environment can get wrong; all others load every page

    def handle(self, *queues: str, **options: Any) -> None:
        if not settings.ENABLE_WORKERS:
            self.stdout.write(
                "No worker starts: ENABLE_WORKERS is false, so this machine only accepts jobs, and workers on others "
                "run them. To run some here too, set ENABLE_WORKERS=true."
            )
            return
        if unknown := [name for name in queues if name not in table.queues()]:
            raise CommandError(f"Unknown queue {', '.join(unknown)}. There are: {', '.join(table.queues())}.")
        super().handle(*(queues or table.queues()), **options)
