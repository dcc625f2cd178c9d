import json
from typing import Any

from django.core.checks import Tags
from django.core.management.base import BaseCommand, CommandError, CommandParser

from ai import syncing
from integrations.errors import Unsupported


class Command(BaseCommand):
    help = "Read the providers' lists of models for the keys at hand, and warn of models that retire. It costs nothing."
    requires_system_checks = (Tags.security,)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--provider", default="", help="read one provider's list only")
        parser.add_argument("--json", action="store_true", help="print one JSON array as the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            reads = syncing.sync(options["provider"])
        except Unsupported as error:
            raise CommandError(str(error)) from None
        if options["json"]:
            self.stdout.write(json.dumps([read.as_json() for read in reads]))
            return
        for read in reads:
            if read.problem:
                self.stdout.write(f"{read.provider}: not read: {read.problem}")
                continue
            self.stdout.write(
                f"{read.provider}: {read.seen} models, {len(read.added)} new, {len(read.changed)} changed, "
                f"{len(read.missing)} not listed any more"
            )
