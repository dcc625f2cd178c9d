"""The ear of a worker: waits at Redis for word of new jobs, and keeps the worker registered there."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from redis.exceptions import RedisError

from config.faultpoints import faultpoint
from jobs.carrying import wake_key

logger = logging.getLogger(__name__)

WAIT_SECONDS = 1
BEAT_SECONDS = 5.0


class Listener(threading.Thread):
    """Calls `heard(queue)` when a mark comes in for one of `names`; `appear` is called every few seconds.

    The worker says what to listen to, so that marks it has no room for are left to other workers. `connected` says
    whether Redis answered lately; it may be away for any time. When it is back, `heard("")` is called.
    """

    def __init__(
        self, name: str, connection: Any, heard: Callable[[str], object], appear: Callable[[], object]
    ) -> None:
        super().__init__(name="listener", daemon=True)
        self.poke_key = wake_key(f"@{name}")
        self.connection = connection
        self.heard = heard
        self.appear = appear
        self.names: list[str] = []
        self.connected = False
        self.done = threading.Event()
        self._beat_at = 0.0
        self._listening: frozenset[str] = frozenset()

    def listen_to(self, names: list[str]) -> str | None:
        """Listen to these queues from now on. A list to push to, when it has to be poked to hear some of them now."""
        self.names = names
        return None if self._listening.issuperset(names) else self.poke_key

    def run(self) -> None:
        while not self.done.is_set():
            try:
                self._listen()
            except RedisError as error:
                if self.connected:
                    logger.warning("Redis does not answer; the worker waits for it", extra={"error": str(error)})
                self.connected = False
                self._beat_at = 0.0
                self.done.wait(WAIT_SECONDS)
            except Exception:
                logger.exception("The listener stumbled; it goes on")
                self.done.wait(WAIT_SECONDS)

    def _listen(self) -> None:
        if time.monotonic() - self._beat_at >= BEAT_SECONDS:
            self.appear()
            self._beat_at = time.monotonic()
            if not self.connected:
                self.connected = True
                self.heard("")  # whatever came while nobody listened
        names = self.names
        self._listening = frozenset(names)
        keys = {self.poke_key.encode(): "", **{wake_key(name).encode(): name for name in names}}
        popped: Any = self.connection.blpop(list(keys), timeout=WAIT_SECONDS)
        if popped and (name := keys[popped[0]]):
            faultpoint("word.heard")
            self.heard(name)
