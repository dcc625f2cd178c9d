import json
import shutil
import sys
import textwrap
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from desk.doctor.examining import examine
from desk.doctor.findings import FAIL, NOTE, OK, counted

INDENT = 26  # of the sentences: status and name stand before them


class Command(BaseCommand):
    requires_system_checks: list[str] = []  # noqa: RUF012  (as Django declares it; they are one of the doctor's own)
    help = (
        "Say what is well, what somebody should know, and what is broken, each with its cure; exit code 1 when broken."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one array of {check, status, sentence, cure}")
        parser.add_argument("--online", action="store_true", help="also ask the vendors whether the server's keys work")

    def handle(self, *args: Any, **options: Any) -> None:
        found = examine(online=options["online"])
        if options["json"]:
            self.stdout.write(json.dumps(found))
        else:
            self.stdout.write(self.as_list(found))
        if any(finding["status"] == FAIL for finding in found):
            sys.exit(1)

    def as_list(self, found: list[dict[str, str]]) -> str:
        """The findings as an aligned list, the cure under what is not well, and a closing line."""
        paint: dict[str, Callable[[str], str]] = {
            OK: self.style.SUCCESS,
            NOTE: self.style.WARNING,
            FAIL: self.style.ERROR,
        }
        lines = []
        for finding in found:
            head = f"{paint[finding['status']](finding['status'].ljust(6))}{finding['check']:{INDENT - 6}}"
            lines.append(head + _wrapped(finding["sentence"]))
            if finding["cure"]:
                lines.append(" " * INDENT + _wrapped(f"-> {finding['cure']}"))
        failed, notes = (sum(finding["status"] == status for finding in found) for status in (FAIL, NOTE))
        told = f"{counted(failed, 'check fails', 'checks fail')}" if failed else "Nothing is broken"
        lines.append(f"\n{told}; {counted(notes, 'note')}, {len(found) - failed - notes} well.")
        return "\n".join(lines)


def _wrapped(text: str) -> str:
    """A text in lines that begin where the sentences begin, the first one without its indent."""
    width = max(INDENT + 40, min(120, shutil.get_terminal_size((120, 24)).columns))
    indent = " " * INDENT
    lines = textwrap.wrap(
        text, width, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
    return "\n".join(lines).lstrip()
