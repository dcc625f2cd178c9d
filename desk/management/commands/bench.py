import json
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from desk.trials.benching import grounding, media, running, speech, voice
from desk.trials.benching.findings import Finding
from desk.trials.benching.ground import Spoilt
from integrations.errors import Unsupported


class Command(BaseCommand):
    requires_system_checks: list[str] = []  # noqa: RUF012  (as Django declares it; nothing that is configured is used)
    help = (
        "jobs: measure the job engine beside stock RQ, on a database and a Valkey of its own; grounding: measure how "
        "many planted errors the check of facts finds, and how often it is wrong; media: measure how fast a video is "
        "processed; speech: measure how many words the recogniser of this machine gets wrong; voice: measure whether "
        "texts of a brand are nearer to its voice than those of others. Nothing configured is touched."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["jobs", "grounding", "media", "speech", "voice"], help="what to measure")
        parser.add_argument("--database", choices=["sqlite", "postgres", "both"], default="sqlite")
        parser.add_argument(
            "--quick", action="store_true", help="small sizes, in a minute: that it works, not how fast"
        )
        parser.add_argument(
            "--only", action="append", choices=list(running.MEASUREMENTS), help="only this one; may be repeated"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["what"] == "jobs":
            self._measure_jobs(options)
            return
        measured: dict[str, Callable[[], Iterator[Finding]]] = {
            "grounding": grounding.measure,
            "media": partial(media.measure, quick=options["quick"]),
            "speech": speech.measure,
            "voice": voice.measure,
        }
        try:
            self._print(measured[options["what"]](), as_json=options["json"])
        except Unsupported as error:
            raise CommandError(str(error)) from None

    def _print(self, measured: Iterator[Finding], *, as_json: bool) -> None:
        """Print each finding as it comes; ends with 1 when a target is missed."""
        findings = []
        for finding in measured:
            findings.append(finding)
            self.stdout.write(f"{finding.as_text()}\n")
        holds = all(finding.holds is not False for finding in findings)
        if as_json:
            found = [grounding.as_json(finding) for finding in findings]
            self.stdout.write(json.dumps({"holds": holds, "findings": found}))
        if not holds:
            sys.exit(1)

    def _measure_jobs(self, options: dict[str, Any]) -> None:
        databases = ["sqlite", "postgres"] if options["database"] == "both" else [options["database"]]
        names = running.chosen(options["only"], quick=options["quick"])
        about = running.about(databases, options["quick"])
        findings = []
        try:
            with closing(running.run(databases, names, quick=options["quick"], say=self._say)) as found:
                for finding in found:
                    findings.append(finding)
                    self.stdout.write(f"{finding.as_text()}\n")
        except (running.CannotMeasure, Spoilt) as error:
            raise CommandError(str(error)) from None
        except KeyboardInterrupt:
            self._say("Stopped; all processes have ended and the folder is removed.")
            sys.exit(130)
        holds = all(finding.holds is not False for finding in findings)
        if options["json"]:
            self.stdout.write(json.dumps({**about, "holds": holds, "findings": [each.as_json() for each in findings]}))

    def _say(self, sentence: str) -> None:
        self.stderr.write(sentence)
