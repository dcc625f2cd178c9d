"""The control: stock RQ under the same faults. It shows that they are enough to lose work.

RQ as it helps itself best: Retry(max=3), workers that look for abandoned jobs as often as it allows, an append-only
file. What has no web server and no scheduler to kill is spared those faults.
"""

import sys
import threading
import time
from collections import Counter
from pathlib import Path

from desk.trials.chaos import faults, running
from desk.trials.chaos.effects import work
from desk.trials.chaos.fleet import Fleet
from desk.trials.chaos.reporting import Report
from desk.trials.stack import Stack
from jobs.stock_chaos import StockUnderFire

QUEUES = ("high", "low")
WORK = f"{work.__module__}.{work.__qualname__}"
SPARED = {"web killed", "scheduler killed", "postgres crashed"}
EAGER = ["--job-monitoring-interval", "1", "--maintenance-interval", "5", "--worker-ttl", "20"]


class Producer:
    """Enqueues `count` calls, one each `every` seconds; `accepted` are those of which RQ said that it has them."""

    def __init__(self, stock: StockUnderFire, count: int, every: float, effects: Path) -> None:
        self.stock, self.count, self.every, self.effects = stock, count, every, effects
        self.accepted: set[int] = set()
        self.stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def start(self) -> None:
        """Begin to enqueue."""
        self._thread.start()

    @property
    def is_done(self) -> bool:
        """Whether all are accepted."""
        return not self._thread.is_alive()

    def stop(self) -> None:
        """Give up."""
        self.stopping.set()
        self._thread.join()

    def _work(self) -> None:
        begun = time.monotonic()
        for number in range(self.count):
            self.stopping.wait(max(0.0, begun + number * self.every - time.monotonic()))
            queue, call = QUEUES[number % 2], (number, running.CALL_SECONDS, str(self.effects))
            while not self.stopping.is_set() and not self.stock.put(queue, WORK, call, f"chaos-{number}"):
                self.stopping.wait(0.2)
            if not self.stopping.is_set():
                self.accepted.add(number)


def run(folder: Path, *, seed: int, jobs: int, workers: int, say: running.Say) -> Report:
    """One run: how many accepted jobs were never done, and how many twice."""
    begun = time.monotonic()
    report = Report("Stock RQ (control)", "no database", seed, workers)
    stack = Stack(folder / f"control-{seed}")
    fleet, stock, effects = Fleet(stack.var_dir), StockUnderFire(stack.redis_url), stack.var_dir / "effects"
    producer = Producer(stock, jobs, running.EVERY_SECONDS, effects)
    fire = faults.Fire(fleet, stock.flush)
    try:
        fleet.launch("redis", stack.valkey_command(), stack.env)
        command = [sys.executable, "-m", "rq.cli", "worker", *QUEUES, "--url", stack.redis_url, *EAGER]
        for number in range(workers):
            fleet.launch(
                f"worker-{number}", [*command, "--serializer", "rq.serializers.JSONSerializer", "--quiet"], stack.env
            )
        say(f"The control, seed {seed}: {jobs} jobs of stock RQ, the same faults.")
        producer.start()
        plan = faults.plan(seed, kinds=set(faults.BAG) - SPARED, workers=workers, lease=running.LEASE_SECONDS)
        fire.burn(plan, lambda: producer.is_done)
        say(f"{sum(fire.done.values())} faults. Waiting {running.DRAIN_SECONDS:.0f} s at most for what is left.")
        while not fire.pass_time(1.0, lambda: producer.accepted <= set(_done(effects))):
            if time.monotonic() - fire.last_at > running.DRAIN_SECONDS or _is_gone(stock, producer.accepted, effects):
                break
        report.drain_seconds = round(time.monotonic() - fire.last_at, 1)
        _judge(report, producer.accepted, _done(effects), dict(fire.done), stock)
    finally:
        producer.stop()
        fleet.close()
        stack.close()
    report.seconds = time.monotonic() - begun
    return report


def _judge(
    report: Report, accepted: set[int], done: Counter[int], struck: dict[str, int], stock: StockUnderFire
) -> None:
    lost = accepted - set(done)
    report.accepted, report.faults = len(accepted), struck
    report.lost = len(lost)
    report.duplicates = sum(count - 1 for count in done.values())
    report.states = {"done": len(accepted & set(done))}
    report.figures = {"of the lost ones RQ says": stock.words([f"chaos-{number}" for number in lost])}
    if not lost:
        report.broken = ["The control lost nothing: this run was too gentle to prove anything."]


def _is_gone(stock: StockUnderFire, accepted: set[int], effects: Path) -> bool:
    """Whether RQ knows none of what is left: nothing will come of it."""
    return stock.words([f"chaos-{number}" for number in accepted - set(_done(effects))]).keys() <= {"nothing"}


def _done(effects: Path) -> Counter[int]:
    return Counter(map(int, effects.read_text().split())) if effects.exists() else Counter()
