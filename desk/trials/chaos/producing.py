"""The one who orders: some clients that accept no error, and write down an id only after its 202."""

import json
import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desk.trials.chaos.door import BROKEN, Answer, Door

CLIENTS = 4
PATIENCE_SECONDS = 90.0  # until an order counts as refused
AGAIN_SECONDS = 0.2
REPEATED, CANCELLED = 0.05, 0.03  # shares of the orders: sent once more after the 202, and cancelled


@dataclass(frozen=True)
class Wish:
    """What is ordered, and how: by the number of a workspace and an order; what names it; where it is cancelled."""

    order: Callable[[Door, int, int, str], Answer]
    name: str
    cancel: str


BATCH = Wish(lambda door, _place, _number, key: door.order(key), "jobId", "/api/jobs/user/{}/cancel")


def publications(accounts: Sequence[Mapping[str, int]]) -> Wish:
    """Texts that go out at once: on one class of account after another, of those that each workspace has."""

    def order(door: Door, place: int, number: int, key: str) -> Answer:
        own = list(accounts[place].values())
        body = {"accountId": own[number // len(accounts) % len(own)], "text": f"Order {number}"}
        return door.ask("POST", "/api/publications", body, key=key)

    return Wish(order, "publicationId", "/api/publications/{}/cancel")


class Producer:
    """Orders `count` things, one each `every` seconds, from one workspace after another: batches of one post, usually.

    The ids are lines of JSON in `file`: {"order", "id"}. `problems` are sentences about answers that must not be.
    """

    def __init__(
        self, doors: Sequence[Door], count: int, every: float, seed: int, file: Path, wish: Wish = BATCH
    ) -> None:
        self.doors, self.count, self.every, self.seed, self.file, self.wish = doors, count, every, seed, file, wish
        self.problems: list[str] = []
        self.stopping = threading.Event()
        self._lock = threading.Lock()
        self._clients = [threading.Thread(target=self._work, args=(n,), daemon=True) for n in range(CLIENTS)]

    def start(self) -> None:
        """Begin to order."""
        self._begun = time.monotonic()
        for client in self._clients:
            client.start()

    @property
    def is_done(self) -> bool:
        """Whether every order has its id, or was given up."""
        return not any(client.is_alive() for client in self._clients)

    def stop(self) -> None:
        """Give up."""
        self.stopping.set()
        for client in self._clients:
            client.join()

    def accepted(self) -> list[Any]:
        """The ids that were written down."""
        lines = self.file.read_text().splitlines() if self.file.exists() else []
        return [json.loads(line)["id"] for line in lines]

    def _work(self, first: int) -> None:
        for number in range(first, self.count, CLIENTS):
            if self.stopping.wait(max(0.0, self._begun + number * self.every - time.monotonic())):
                return
            self._order(number)

    def _order(self, number: int) -> None:
        chance = random.Random(f"{self.seed}-{number}")
        place, key = number % len(self.doors), f"chaos-{self.seed}-{number}"
        door = self.doors[place]

        def order() -> Answer:
            return self.wish.order(door, place, number, key)

        answer = self._insist(order, 202, f"Order {number}")
        if answer is None:
            return
        made = answer.data[self.wish.name]
        with self._lock, self.file.open("a") as file:
            file.write(f"{json.dumps({'order': number, 'id': made})}\n")
        if chance.random() < REPEATED:
            again = self._insist(order, 202, f"Order {number}, sent again,")
            if again and again.data[self.wish.name] != made:
                self._complain(f"Order {number} became two, {made} and {again.data[self.wish.name]}.")
        if chance.random() < CANCELLED:
            self._insist(lambda: door.ask("POST", self.wish.cancel.format(made)), 0, f"The cancel of {made}")

    def _insist(self, ask: Callable[[], Answer], status: int, what: str) -> Answer | None:
        """Ask until there is an answer that is no error of the server; None when that took too long or was refused.

        status is what must come; 0 takes every answer below 500.
        """
        until = time.monotonic() + PATIENCE_SECONDS
        last = "no answer"
        while time.monotonic() < until and not self.stopping.is_set():
            try:
                answer = ask()
            except BROKEN as error:
                last = f"{type(error).__name__}: {error}"
            else:
                if answer.status == status or (not status and answer.status < 500):
                    return answer
                if answer.status < 500 and answer.status != 429:
                    self._complain(f"{what} was answered {answer.status}: {str(answer.data)[:300]}")
                    return None
                last = f"{answer.status}: {str(answer.data)[:300]}"
            self.stopping.wait(AGAIN_SECONDS)
        if not self.stopping.is_set():
            self._complain(f"{what} was not accepted within {PATIENCE_SECONDS:.0f} s; the last answer: {last}")
        return None

    def _complain(self, sentence: str) -> None:
        with self._lock:
            self.problems.append(sentence)
