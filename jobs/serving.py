"""Which queue a worker serves next: its slots, the concurrency of each queue, and what it knows of who waits.

Pure bookkeeping of one process, without database or Redis; only the worker's loop calls it.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from jobs import table

# A queue that waited that long for a slot gets the next one, whatever stands above it in the table.
STARVED_SECONDS = 30.0
SOON_SECONDS = 1.0


@dataclass
class Outlook:
    """What the database says: unpaused queues with waiting jobs, and seconds until the next delayed one comes due."""

    waiting: set[str] = field(default_factory=set)
    due_in: float = float("inf")


class Serving:
    """`slots` jobs at once in all; queues in the order of the table."""

    def __init__(self, names: list[str], most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.names = [name for name in table.queues() if name in names]
        self.concurrency = {name: table.concurrency(name) for name in self.names}
        self.slots = min(most, sum(self.concurrency.values()))
        self.busy = dict.fromkeys(self.names, 0)
        self.hungry: set[str] = set()
        self.not_before: dict[str, float] = {}
        self.starved_since: dict[str, float] = {}
        self.due_at = float("inf")  # when the next delayed job comes due
        self.deaf: set[str] = set()  # full queues of which word came: the mark was passed on, no need to listen
        self._wake: set[str] = set()

    @property
    def has_work(self) -> bool:
        """Whether a queue is known to have waiting jobs."""
        return bool(self.hungry)

    def see(self, outlook: Outlook) -> None:
        """Take over what the database says."""
        self.hungry = {name for name in self.names if name in outlook.waiting}
        self.due_at = self.clock() + outlook.due_in
        for name in set(self.starved_since) - self.hungry:
            del self.starved_since[name]
        self._note_starving()

    def heard(self, name: str) -> None:
        """Word came that a queue has something to start; when there is no room for it, others are told."""
        self.hungry.add(name)
        if self.not_before.get(name, 0.0) <= self.clock() + SOON_SECONDS:
            self.not_before.pop(name, None)  # it may have been resumed; a rate says again until when
        if not self._has_room(name):
            self.deaf.add(name)
            self._wake.add(name)

    def next_queue(self) -> tuple[str, int]:
        """The queue to claim from and for how many slots; 0 slots when there is nothing to do."""
        free = self.slots - sum(self.busy.values())
        ready = [name for name in self.names if name in self.hungry and self._may_start(name)]
        if free <= 0 or not ready:
            return "", 0
        limit = self.clock() - STARVED_SECONDS
        starved = [name for name in ready if self.starved_since.get(name, limit + 1) <= limit]
        if starved:
            return min(starved, key=self.starved_since.__getitem__), 1
        return ready[0], min(free, self.concurrency[ready[0]] - self.busy[ready[0]])

    def served(self, name: str, *, asked: int, got: int, again_in: float | None) -> None:
        """A claim was made: `got` jobs of `asked`; `again_in` seconds when a limit holds the queue back."""
        self.busy[name] += got
        self.starved_since.pop(name, None)
        if again_in is not None:
            self.not_before[name] = self.clock() + again_in
        elif got < asked:
            self.hungry.discard(name)
        else:
            self._wake.add(name)  # there may be more than this worker has room for
        self._note_starving()

    def freed(self, name: str) -> None:
        """A job of the queue ended."""
        self.busy[name] -= 1
        if table.global_concurrency(name) is not None:
            self.not_before.pop(name, None)
            self._wake.add(name)

    def to_wake(self) -> set[str]:
        """The queues whose other workers should look, since this one cannot take all; each is told once."""
        wake, self._wake = self._wake, set()
        return {name for name in wake if not self._has_room(name)} if wake else wake

    def to_hear(self) -> list[str]:
        """The queues whose marks this worker waits for."""
        self.deaf = {name for name in self.deaf if not self._has_room(name)}
        return [name for name in self.names if name not in self.deaf and self.concurrency[name]]

    def rest(self, at_most: float) -> float:
        """Seconds the loop may wait for a letter: until `at_most` (monotonic), or the next moment a limit allows."""
        moments = [self.not_before.get(name, 0.0) for name in self.hungry if self._has_room(name)]
        return max(0.001, min([at_most, self.due_at, *moments]) - self.clock())

    def _has_room(self, name: str) -> bool:
        return self.busy[name] < self.concurrency[name] and sum(self.busy.values()) < self.slots

    def _may_start(self, name: str) -> bool:
        if self.busy[name] >= self.concurrency[name]:
            return False
        return self.not_before.get(name, 0.0) <= self.clock()

    def _note_starving(self) -> None:
        """Remember since when queues wait for nothing but a slot."""
        if sum(self.busy.values()) < self.slots:
            return
        for name in self.hungry:
            if self._may_start(name):
                self.starved_since.setdefault(name, self.clock())
