import getpass
import json
import shutil
import time
from contextlib import suppress
from typing import Any

from django.core.checks import Tags
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error as DatabaseError
from django.db import connection

from jobs import clearing, counting, inspecting, steering, table
from jobs.models import QueueState, State

EVERY_SECONDS = 2
HOME, SCREEN, REST_OF_LINE, REST_OF_SCREEN = "\x1b[H", "\x1b[2J", "\x1b[K", "\x1b[J"  # what a terminal clears


class Command(BaseCommand):
    requires_system_checks = (Tags.security,)  # what the environment can get wrong; all others cost a second
    help = "Show all queues and workers, again every two seconds on a terminal; pause, resume or clear a queue."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="print once and end, as it does without a terminal")
        parser.add_argument("--watch", action="store_true", help="print again until Ctrl-C (default on a terminal)")
        parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--pause", metavar="NAME", help="start no more jobs of this queue; those that run go on")
        what.add_argument("--resume", metavar="NAME", help="start jobs of this queue again")
        what.add_argument("--clear", metavar="NAME", help="cancel what waits in this queue and delete what has ended")
        parser.add_argument("--state", help="with --clear: only jobs in this state")
        parser.add_argument(
            "--yes", action="store_true", help="with --clear: do it, instead of saying what would be done"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["state"] and not options["clear"]:
            raise CommandError("--state says what to clear: add --clear NAME.")
        if name := options["pause"]:
            self._pause(known(name), options["json"])
        elif name := options["resume"]:
            self._resume(known(name), options["json"])
        elif name := options["clear"]:
            self._clear(known(name), options["state"], options["yes"], options["json"])
        elif options["json"]:
            self.stdout.write(json.dumps(inspecting.everything()))
        elif self.stdout.isatty() and not options["once"]:
            with suppress(KeyboardInterrupt):
                self._watch()
        else:
            self.stdout.write(inspecting.as_text(inspecting.everything()))

    # -- looking --------------------------------------------------------------------------------------

    def _watch(self) -> None:
        self.stdout.write(SCREEN, ending="")
        while True:
            try:
                text = inspecting.as_text(inspecting.everything())
            except DatabaseError as error:
                connection.close()
                text = f"The database does not answer ({type(error).__name__}); this looks again until it does."
            columns, rows = shutil.get_terminal_size()
            lines = [line[:columns] for line in text.splitlines()]
            if len(lines) > rows - 1:
                lines = [*lines[: rows - 2], "... the window is too small for the rest: --once prints all"]
            self.stdout.write(HOME + "".join(f"{line}{REST_OF_LINE}\n" for line in lines) + REST_OF_SCREEN, ending="")
            self.stdout.flush()
            time.sleep(EVERY_SECONDS)

    # -- doing ----------------------------------------------------------------------------------------

    def _pause(self, name: str, as_json: bool) -> None:
        if steering.pause(name, whoever()):
            told = f"{name} is paused: what runs goes on, nothing more starts."
        else:
            told = f"{name} was paused before, by {QueueState.objects.get(name=name).paused_by}."
        self._tell(f"{told} Go on with: manage.py queues --resume {name}", as_json, queue=name, paused=True)

    def _resume(self, name: str, as_json: bool) -> None:
        changed = steering.resume(name, whoever())
        told = f"{name} goes on." if changed else f"{name} was not paused; its workers were told to look."
        self._tell(told, as_json, queue=name, paused=False)

    def _clear(self, name: str, state: str | None, yes: bool, as_json: bool) -> None:
        if state and state not in clearing.CLEARABLE:
            raise CommandError(
                f"Jobs that are {state!r} cannot be cleared. Choose {', '.join(clearing.CLEARABLE)}; "
                "active jobs stay, cancel them one by one."
            )
        states = [state] if state else [each.value for each in clearing.CLEARABLE]
        if not yes:
            line = counting.stats_of(name, None)
            there = ", ".join(f"{line[each]} {each}" for each in states)
            raise CommandError(
                f"Nothing was done. This would clear {name} in all workspaces: {there}. Waiting and delayed jobs end "
                "cancelled, the others are deleted, active ones stay. Add --yes to do it."
            )
        cleared = steering.clear(name, None, State(state) if state else None, by=whoever())
        done = ", ".join(f"{count} {each}" for each, count in cleared.items())
        self._tell(f"{name} is cleared: {done}.", as_json, queue=name, cleared=cleared)

    def _tell(self, sentence: str, as_json: bool, **values: Any) -> None:
        self.stdout.write(json.dumps(values) if as_json else sentence)


def known(name: str) -> str:
    """The name of a queue; raises CommandError with the names there are."""
    if name not in table.queues():
        raise CommandError(f"There is no queue {name}. There are: {', '.join(table.queues())}.")
    return name


def whoever() -> str:
    """Who did it, for the audit trail: the person at this terminal as the system knows them."""
    try:
        person = getpass.getuser()
    except (OSError, KeyError, ImportError):  # a user without a name, as containers have them
        person = "somebody"
    return f"{person} with manage.py queues"
