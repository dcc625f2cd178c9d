"""Which faults, when and to whom: all from a seed. And the hand that does them."""

import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from desk.trials.chaos.fleet import Fleet

# Set by whoever wants to stop: a KeyboardInterrupt alone can get lost where Python ignores exceptions, in finalizers.
interrupted = threading.Event()
SHORTEST_PAUSE, LONGEST_PAUSE = 0.4, 1.2  # seconds between two faults
# How often each comes in a bag; the bag is drawn empty, in random order, before the next one is filled.
BAG = {
    "worker killed": 5,
    "worker terminated": 2,
    "worker stopped": 2,
    "web killed": 2,
    "scheduler killed": 1,
    "redis killed": 1,
    "redis flushed": 2,
    "postgres crashed": 1,
}


@dataclass(frozen=True)
class Fault:
    """`victim` is the number of a worker; `seconds` how long something stays stopped or away, where that is asked."""

    kind: str
    victim: int
    seconds: float
    pause: float


def plan(seed: int, *, kinds: set[str], workers: int, lease: float) -> Iterator[Fault]:
    """Faults without end, always the same for the same arguments; lease in seconds."""
    chance = random.Random(seed)
    while True:
        bag = [kind for kind, times in BAG.items() if kind in kinds for _each in range(times)]
        chance.shuffle(bag)
        for kind in bag:
            victim, seconds = chance.randrange(workers), chance.uniform(0.5, 3.0)
            if kind == "worker stopped":
                seconds = chance.uniform(1.3, 2.3) * lease
            yield Fault(kind, victim, seconds, chance.uniform(SHORTEST_PAUSE, LONGEST_PAUSE))


@dataclass
class Fire:
    """Does faults to a fleet whose processes are worker-0, worker-1 ..., web, scheduler, redis.

    flush empties Redis; database is a server with `kill` and `start`, or None.
    """

    fleet: Fleet
    flush: Callable[[], object]
    database: Any = None
    done: Counter[str] = field(default_factory=Counter)
    last_at: float = 0.0  # monotonic
    _later: list[tuple[float, Callable[[], object]]] = field(default_factory=list)

    def burn(self, faults: Iterator[Fault], is_over: Callable[[], bool]) -> None:
        """One fault after another until `is_over`; then everything that is away comes back."""
        self.last_at = time.monotonic()
        for fault in faults:
            if is_over():
                break
            if self._strike(fault):
                self.done[fault.kind] += 1
                self.last_at = time.monotonic()
            self.pass_time(fault.pause)
        for _when, repair in self._later:
            repair()
        self._later.clear()

    def pass_time(self, seconds: float, is_over: Callable[[], bool] = lambda: False) -> bool:
        """Let the fleet live for so long, or until `is_over`; says whether it was."""
        until = time.monotonic() + seconds
        while not is_over():
            if interrupted.is_set():
                raise KeyboardInterrupt
            if time.monotonic() >= until:
                return False
            self.fleet.tend()
            now = time.monotonic()
            due = [repair for when, repair in self._later if when <= now]
            self._later = [each for each in self._later if each[0] > now]
            for repair in due:
                repair()
            time.sleep(0.05)
        return True

    def _strike(self, fault: Fault) -> bool:
        """Do one fault; False when there is nothing to do it to just now."""
        worker = f"worker-{fault.victim}"
        match fault.kind:
            case "worker killed":
                return self.fleet.signal(worker, signal.SIGKILL) is not None
            case "worker terminated":
                return self.fleet.signal(worker, signal.SIGTERM) is not None
            case "worker stopped":
                return self._stop(worker, fault.seconds)
            case "web killed" | "scheduler killed":
                return self.fleet.signal(fault.kind.split()[0], signal.SIGKILL) is not None
            case "redis killed":
                self.fleet.hold_back("redis", fault.seconds)
                return True
            case "redis flushed":
                return self.fleet.ships["redis"].alive and bool(self.flush())
            case "postgres crashed":
                return self._crash(fault.seconds)
        raise ValueError(fault.kind)

    def _stop(self, worker: str, seconds: float) -> bool:
        stopped = self.fleet.signal(worker, signal.SIGSTOP)
        if stopped is None:
            return False

        def go_on() -> None:
            with suppress(ProcessLookupError):
                stopped.send_signal(signal.SIGCONT)

        self._later.append((time.monotonic() + seconds, go_on))
        return True

    def _crash(self, seconds: float) -> bool:
        if self.database is None or not self.database.answers():
            return False
        self.database.kill()
        self._later.append((time.monotonic() + seconds, self.database.start))
        return True
