import json
import signal
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from desk.trials.chaos import control, faults, rows, running, without_ledger
from desk.trials.chaos.reporting import Report, RowReport
from desk.trials.folders import temporary_folder

SHORT_JOBS = 40


class Command(BaseCommand):
    requires_system_checks: list[str] = []  # noqa: RUF012  (as Django declares it; nothing that is configured is used)
    help = (
        "Kill the parts of a Pressroom of its own at random while jobs are ordered, and check that nothing is lost or "
        "done twice. Nothing configured is touched. Exit code 1 when an invariant is broken."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=int, action="append", help="which faults (1); may be repeated")
        parser.add_argument("--jobs", type=int, default=400, help="how many are ordered (400)")
        parser.add_argument("--short", action="store_true", help=f"{SHORT_JOBS} jobs, in about a minute")
        parser.add_argument("--database", choices=["sqlite", "postgres", "both"], default="sqlite")
        parser.add_argument("--workers", type=int, default=3, help="worker processes (3)")
        parser.add_argument("--control", action="store_true", help="also without our ledger, and stock RQ: both fail")
        parser.add_argument(
            "--row", type=int, action="append", choices=list(rows.ROWS), help="a row of the chaos table that takes long"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["jobs"] < 1 or options["workers"] < 1:
            raise CommandError("--jobs and --workers begin at 1.")
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._interrupt)
        reports: list[Report | RowReport] = []
        try:
            with temporary_folder("pressroom-chaos-") as folder:
                self._run(folder, options, reports)
        except running.Spoilt as error:
            raise CommandError(str(error)) from None
        except KeyboardInterrupt:
            self._say("Stopped; all processes have ended and the folder is removed.")
            sys.exit(130)
        holds = all(report.holds for report in reports)
        if options["json"]:
            self.stdout.write(json.dumps({"holds": holds, "runs": [report.as_json() for report in reports]}))
        if not holds:
            sys.exit(1)

    def _run(self, folder: Path, options: dict[str, Any], reports: list[Report | RowReport]) -> None:
        jobs = SHORT_JOBS if options["short"] else options["jobs"]
        databases = ["sqlite", "postgres"] if options["database"] == "both" else [options["database"]]
        for database in databases:
            with running.prepared(database, folder) as stack:
                for row in options["row"] or []:
                    self._tell(rows.run(row, stack, folder, database, self._say), reports)
                for seed in [] if options["row"] else options["seed"] or [1]:
                    report = running.run(
                        stack,
                        folder,
                        database=database,
                        seed=seed,
                        jobs=jobs,
                        workers=options["workers"],
                        say=self._say,
                    )
                    self._tell(report, reports)
                if options["control"]:
                    self._tell(without_ledger.run(stack, folder, database=database, say=self._say), reports)
        if options["control"]:
            for seed in options["seed"] or [1]:
                self._tell(
                    control.run(folder, seed=seed, jobs=jobs, workers=options["workers"], say=self._say), reports
                )

    def _interrupt(self, *_signal: Any) -> None:
        faults.interrupted.set()
        raise KeyboardInterrupt

    def _tell(self, report: Report | RowReport, reports: list[Report | RowReport]) -> None:
        reports.append(report)
        self.stdout.write(report.as_text())

    def _say(self, sentence: str) -> None:
        self.stderr.write(sentence)
