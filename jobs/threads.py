"""The threads of a worker: the one that was busy last gets the next job, and one that is idle for a while ends.

So there are never more threads, and database connections, than jobs ran at once lately.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable
from typing import Any

logger = logging.getLogger(__name__)

IDLE_SECONDS = 30.0
Work = tuple[Callable[..., Any], tuple[Any, ...]]


class Threads:
    """Runs functions in threads; `on_end` is called in each thread before it ends."""

    def __init__(self, on_end: Callable[[], object], idle_seconds: float = IDLE_SECONDS) -> None:
        self._on_end = on_end
        self._idle_seconds = idle_seconds
        self._lock = threading.Lock()
        self._idle: list[_Thread] = []
        self._all: set[_Thread] = set()
        self._made = 0

    @property
    def count(self) -> int:
        """How many threads there are, busy and idle."""
        return len(self._all)

    def start(self, function: Callable[..., Any], *args: Any) -> None:
        """Run `function(*args)` in a thread at once; what it raises is logged."""
        with self._lock:
            if self._idle:
                self._idle.pop().inbox.put((function, args))
                return
            self._made += 1
            thread = _Thread(self, f"job-{self._made}", (function, args))
            self._all.add(thread)
        thread.start()

    def close(self, seconds: float) -> bool:
        """Let all threads end and wait for them, for `seconds` at most; False when some are still busy."""
        with self._lock:
            threads, self._idle_seconds = list(self._all), 0.0
            for thread in self._idle:
                thread.inbox.put(None)
            self._idle.clear()
        until = time.monotonic() + seconds
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))
        return not any(thread.is_alive() for thread in threads)

    def rest(self, thread: "_Thread") -> Work | None:
        """The next thing for an idle thread to do, or None when it shall end."""
        with self._lock:
            self._idle.append(thread)
        try:
            return thread.inbox.get(timeout=self._idle_seconds) if self._idle_seconds else thread.inbox.get_nowait()
        except queue.Empty:
            with self._lock:
                if thread in self._idle:
                    self._idle.remove(thread)
                    return None
            return thread.inbox.get()  # something was given to it in this very moment

    def leave(self, thread: "_Thread") -> None:
        """Called by a thread as its last deed."""
        try:
            self._on_end()
        finally:
            with self._lock:
                self._all.discard(thread)


class _Thread(threading.Thread):
    """One thread with an inbox of its own."""

    def __init__(self, pool: Threads, name: str, first: Work) -> None:
        super().__init__(name=name, daemon=True)
        self.pool = pool
        self.inbox: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self.first = first

    def run(self) -> None:
        work: Work | None = self.first
        try:
            while work is not None:
                function, args = work
                try:
                    function(*args)
                except BaseException:
                    logger.exception("A thread stumbled; it goes on")
                del function, args
                work = self.pool.rest(self)
        finally:
            self.pool.leave(self)
