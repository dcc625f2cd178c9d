import warnings
from typing import Any

from django_rq import get_scheduler
from django_rq.management.commands.rqscheduler import Command as DjangoRQCommand


class Command(DjangoRQCommand):
    help = "Run the scheduler, which wakes the workers on time for the clocks of config/schedule.py."

    def add_arguments(self, parser: Any) -> None:
        super().add_arguments(parser)
        parser.set_defaults(queue="maintenance", interval=5)

    def handle(self, *args: Any, **options: Any) -> None:
        # rq-scheduler warns at every cron line about a change of a library that it pins itself.
        warnings.filterwarnings("ignore", category=FutureWarning, module="rq_scheduler")
        get_scheduler(name=options["queue"], interval=options["interval"]).run()
