"""How much is measured, and on which ground."""

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from desk.trials.benching.ground import Ground
from desk.trials.stack import Stack


@dataclass
class Plan:
    """The sizes of the measurements on one database; `like` is a prepared Pressroom that rests."""

    database: str
    like: Stack
    folder: Path
    quick: bool = False
    grounds: int = 0
    rate: tuple[int, int, int] = (100, 10, 350)  # starts, in seconds; jobs
    calls: tuple[int, int, int] = (100, 2000, 1500)  # slots, ms of a call, jobs
    waiting: tuple[int, float] = (500, 20.0)  # jobs, seconds
    rows: tuple[int, int, int] = (50, 200, 600)  # slots, ms of a call, jobs
    pickup: int = 200  # jobs
    scheduled: tuple[int, float, float] = (100, 5.0, 3.0)  # jobs, in seconds, the first after seconds
    kill: tuple[int, int] = (20, 20)  # jobs, seconds of a lease
    noop: tuple[int, int, int] = (50, 2000, 8)  # slots, jobs, stock RQ's SimpleWorkers

    @contextmanager
    def ground(self) -> Iterator[Ground]:
        """A fresh ground; everything on it ends and goes at the end."""
        self.grounds += 1
        folder = self.folder / str(self.grounds)  # short: the path of a socket may have 107 bytes
        folder.mkdir()
        try:
            with closing(Ground(folder, self.like, self.database)) as ground:
                yield ground
        finally:
            shutil.rmtree(folder, ignore_errors=True)


# Small, to see that it works: what they measure is no speed.
QUICK = {
    "rate": (10, 1, 25),
    "calls": (20, 300, 60),
    "waiting": (50, 1.0),
    "rows": (4, 100, 24),
    "pickup": 20,
    "scheduled": (20, 1.0, 1.5),
    "kill": (5, 4),
    "noop": (8, 100, 2),
}
