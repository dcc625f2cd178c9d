"""The children's log files: one each under VAR_DIR/log, rotated at the start, and echoed line by line."""

import contextlib
import sys
import threading
from pathlib import Path
from typing import TextIO

LARGEST = 10 * 1024 * 1024  # bytes
KEPT = 3


def rotate(log: Path, largest: int = LARGEST) -> None:
    """Move a log of more than `largest` bytes aside as `<name>.log.1`; three old ones are kept."""
    if not log.exists() or log.stat().st_size <= largest:
        return
    for number in range(KEPT - 1, 0, -1):
        older = log.with_name(f"{log.name}.{number}")
        if older.exists():
            older.replace(log.with_name(f"{log.name}.{number + 1}"))
    log.replace(log.with_name(f"{log.name}.1"))


def last_lines(log: Path, count: int = 10) -> str:
    """The last lines of a log, or a note that there is none."""
    if not log.exists():
        return f"({log} does not exist)"
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 64 * 1024))
        return "\n".join(file.read().decode(errors="replace").splitlines()[-count:])


class Echo(threading.Thread):
    """Repeats on `out` what is added to the logs, each line with the child's name before it.

    While `quiet` is set the lines are only in the files, so that a progress bar is not torn.
    """

    def __init__(self, out: TextIO | None = None) -> None:
        super().__init__(name="echo", daemon=True)
        self.quiet = False
        self._out = out or sys.stderr
        self._logs: dict[str, tuple[Path, int]] = {}
        self._lock = threading.Lock()
        self._ended = threading.Event()

    def follow(self, name: str, log: Path) -> None:
        """Repeat what is added to `log` from now on."""
        with self._lock:
            self._logs[name] = (log, log.stat().st_size if log.exists() else 0)

    def run(self) -> None:
        while not self._ended.wait(0.1):
            self._repeat_all()

    def end(self) -> None:
        """Repeat what is left and stop."""
        self._ended.set()
        if self.is_alive():
            self.join()
        self._repeat_all()

    def _repeat_all(self) -> None:
        with self._lock:
            for name, (log, position) in self._logs.items():
                self._logs[name] = (log, self._repeat(name, log, position))

    def _repeat(self, name: str, log: Path, position: int) -> int:
        """Write the whole lines after `position` (bytes) and return where they end."""
        with contextlib.suppress(FileNotFoundError), log.open("rb") as file:
            if log.stat().st_size < position:
                position = 0
            file.seek(position)
            added = file.read(1024 * 1024)
            whole = added[: added.rfind(b"\n") + 1] or (added if len(added) == 1024 * 1024 else b"")
            if whole and not self.quiet:
                lines = whole.decode(errors="replace").splitlines()
                with contextlib.suppress(OSError, ValueError):  # a terminal that has gone away
                    self._out.write("".join(f"{name} | {line}\n" for line in lines))
                    self._out.flush()
            position += len(whole)
        return position
