"""The processes of a run, each started again when it dies, whoever killed it."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from desk.supervising import PR_SET_PDEATHSIG
from desk.trials import processes
from desk.trials.stack import ROOT

RESTART_SECONDS = 0.3
STOPS = (signal.SIGINT, signal.SIGTERM)
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass
class Ship:
    """One process by its name: what it runs now, and when it starts again."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    process: "subprocess.Popen[bytes] | None" = None
    start_at: float | None = None  # monotonic; None: it runs, or nobody has seen yet that it does not
    deaths: int = 0

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None


@dataclass
class Fleet:
    """All processes of a run; every log is in `folder`. Only the main thread starts any: they die with it."""

    folder: Path
    ships: dict[str, Ship] = field(default_factory=dict)

    def launch(self, name: str, argv: Sequence[str], env: Mapping[str, str]) -> None:
        """Start a process and keep it running from now on."""
        self.ships[name] = Ship(name, argv, env)
        self._start(self.ships[name])

    def tend(self) -> None:
        """Start again what has died a moment ago."""
        now = time.monotonic()
        for ship in self.ships.values():
            if ship.alive:
                continue
            if ship.start_at is None:
                self._end(ship)  # what it left of its group
                ship.deaths += 1
                ship.start_at = now + RESTART_SECONDS
            elif now >= ship.start_at:
                self._start(ship)

    def signal(self, name: str, number: signal.Signals) -> "subprocess.Popen[bytes] | None":
        """Send a signal to a process, SIGKILL to all below it too; the process that got it, None when none runs."""
        ship = self.ships[name]
        if not ship.alive or ship.process is None:
            return None
        if number == signal.SIGKILL:
            self._end(ship)
        else:
            ship.process.send_signal(number)
        return ship.process

    def hold_back(self, name: str, seconds: float) -> None:
        """Kill a process and start it again in so many seconds at the earliest."""
        ship = self.ships[name]
        self._end(ship)
        ship.deaths += 1
        ship.start_at = time.monotonic() + seconds

    def close(self) -> None:
        """Kill everything, the last started first."""
        for ship in reversed(self.ships.values()):
            self._end(ship)

    def _start(self, ship: Ship) -> None:
        ship.start_at = None
        with (self.folder / f"{ship.name}.log").open("ab") as log, _uninterrupted():
            ship.process = subprocess.Popen(
                list(ship.argv),
                cwd=ROOT,
                env=dict(ship.env),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_die_with_us,
            )

    def _end(self, ship: Ship) -> None:
        if ship.process is None:
            return
        for pid in processes.tree(ship.process.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(ship.process.pid, signal.SIGKILL)  # what lost its parent meanwhile
        ship.process.wait()


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Let SIGINT and SIGTERM wait until a process that is being started is known: nobody else would end it."""
    came: list[int] = []
    before = {number: signal.signal(number, lambda number, _frame: came.append(number)) for number in STOPS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for stop in came:
            signal.raise_signal(stop)


def _die_with_us() -> None:
    """In the child: let Linux kill it when the thread that started it ends, as on kill -9."""
    if LIBC:
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
