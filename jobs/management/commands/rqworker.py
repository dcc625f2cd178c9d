from typing import Any

from django.core.management.base import CommandError
from django_rq.management.commands.rqworker import Command as DjangoRQCommand

from jobs import table


class Command(DjangoRQCommand):
    help = "Run a worker: all queues in table order, or those named."

    def handle(self, *queues: str, **options: Any) -> None:
        if unknown := [name for name in queues if name not in table.queues()]:
            raise CommandError(f"Unknown queue {', '.join(unknown)}. There are: {', '.join(table.queues())}.")
        super().handle(*(queues or table.queues()), **options)
