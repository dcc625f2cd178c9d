import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from desk import demo


class Command(BaseCommand):
    help = "Make the demo workspace (user, token) if it is missing, and print how to log in."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
        parser.add_argument("--reset", action="store_true", help="delete the demo workspace and all in it first")
        parser.add_argument("--yes", action="store_true", help="also on a configured DATABASE_URL")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.DATABASE_IS_CONFIGURED and not options["yes"]:
            raise CommandError(
                "DATABASE_URL is set: the demo would add a superuser to your own database. "
                "Add --yes if you want that, or unset DATABASE_URL."
            )
        login = demo.prepare(reset=options["reset"])
        if options["json"]:
            self.stdout.write(json.dumps(login))
            return
        self.stdout.write(
            f"Admin:     {login['url']}/admin/\nUser:      {login['user']}\nPassword:  {login['password']}\n"
            f"API token: {login['token']} (workspace {login['tenant']})\nBlog:      {login['url']}/blog/"
        )
