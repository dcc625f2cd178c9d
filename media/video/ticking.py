"""Progress that grows, told a few times a second."""

import time
from collections.abc import Callable

OnProgress = Callable[[float], None]
EVERY = 0.25  # seconds


class Ticker:
    """Tells `on_progress` how much is done (0..1), at most every quarter of a second, never less than before.

    What on_progress raises passes through: so a cancel stops the work.
    """

    def __init__(self, on_progress: OnProgress | None) -> None:
        self._on_progress = on_progress
        self._done = 0.0
        self._told = float("-inf")

    def tick(self, done: float = 0.0) -> None:
        """Say that this much is done; call it often. It is never 1 before `end`."""
        self._done = max(self._done, min(done, 0.99))
        if self._on_progress and time.monotonic() - self._told >= EVERY:
            self._on_progress(self._done)
            self._told = time.monotonic()

    def end(self) -> None:
        """Say that all is done."""
        if self._on_progress:
            self._on_progress(1.0)
