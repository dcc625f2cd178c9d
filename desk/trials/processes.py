"""What processes cost, read from /proc (Linux): processor time and memory of a process and all below it."""

import os
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
LOOK_SECONDS = 0.25


def tree(*roots: int) -> list[int]:
    """The ids of these processes and of all below them; those that are gone are left out."""
    found: list[int] = []
    todo = list(roots)
    while todo:
        pid = todo.pop()
        with suppress(OSError):
            threads = list(Path(f"/proc/{pid}/task").iterdir())
            found.append(pid)
            for thread in threads:
                with suppress(OSError):
                    todo += map(int, (thread / "children").read_text().split())
    return found


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system time so far, with that of children that ended and were waited for."""
    total = 0
    for pid in pids:
        with suppress(OSError):
            total += sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15]))
    return total / TICKS


def memory_mb(pids: Iterable[int]) -> float:
    """Memory in MB: the proportional share (PSS) where the system tells it, else the resident set."""
    return sum(_memory_kb(pid) for pid in pids) / 1024


def peak_mb() -> float:
    """The most memory in MB that this process has held; getrusage would count that of the process which forked it."""
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM:"))


def counts_shared_memory_once() -> bool:
    """Whether `memory_mb` is PSS, which shares of pages between their processes; RSS counts them for each."""
    return os.access(f"/proc/{os.getpid()}/smaps_rollup", os.R_OK)


def _memory_kb(pid: int) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024
    return 0


def _machine_busy_seconds() -> float:
    """Processor time of the whole machine so far, all but idle and waiting for disks."""
    fields = list(map(int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]))
    return (sum(fields) - fields[3] - fields[4]) / TICKS


@dataclass
class Used:
    """What was used in a stretch of time.

    cpu         processor seconds of each group, in its order
    memory_mb   the most memory of each group
    foreign     cores that processes which are not ours kept busy: above 0.25 the figures are not to be trusted
    """

    seconds: float
    cpu: dict[str, float]
    memory_mb: dict[str, float]
    foreign: float


@dataclass
class Meter:
    """Watches groups of processes (name -> their heads) while it is entered; `used` is there afterwards."""

    groups: dict[str, list[int]]
    memory_of: tuple[str, ...] = ("workers",)
    used: Used = field(init=False)

    def __enter__(self) -> "Meter":
        self._most = dict.fromkeys(self.memory_of, 0.0)
        self._done = threading.Event()
        self._watch = threading.Thread(target=self._look, daemon=True)
        self._began, self._before = time.monotonic(), self._cpu()
        self._busy, self._ours = _machine_busy_seconds(), cpu_seconds(tree(os.getpid()))
        self._watch.start()
        return self

    def __exit__(self, *error: object) -> None:
        seconds, after = time.monotonic() - self._began, self._cpu()
        busy, ours = _machine_busy_seconds() - self._busy, cpu_seconds(tree(os.getpid())) - self._ours
        self._done.set()
        self._watch.join()
        cpu = {name: after[name] - self._before[name] for name in self.groups}
        self.used = Used(seconds, cpu, self._most, max(0.0, busy - ours) / seconds)

    def _cpu(self) -> dict[str, float]:
        return {name: cpu_seconds(tree(*heads)) for name, heads in self.groups.items()}

    def _look(self) -> None:
        while True:
            began = time.thread_time()
            for name in self.memory_of:
                self._most[name] = max(self._most[name], memory_mb(tree(*self.groups[name])))
            cost = time.thread_time() - began  # of many processes it is no trifle: at most a twentieth of a core
            if self._done.wait(max(LOOK_SECONDS, 20 * cost)):
                return
