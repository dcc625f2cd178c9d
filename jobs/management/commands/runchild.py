from typing import Any

from django.core.management.base import BaseCommand

from jobs.children import be_child


class Command(BaseCommand):
    help = "Carries out one job for a worker, in a process of its own. The worker starts it; people have no use for it."
    requires_system_checks: list[str] = []  # noqa: RUF012  (as Django declares it)

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("job")
        parser.add_argument("fence", type=int)
        parser.add_argument("seconds", type=float, help="until the job's deadline")

    def handle(self, **options: Any) -> None:
        be_child(options["job"], options["fence"], options["seconds"])
