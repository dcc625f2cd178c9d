"""Rows of the chaos table that take minutes at full length. The suite runs them short."""

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from desk.trials.chaos import invariants
from desk.trials.chaos.door import Web
from desk.trials.chaos.producing import Producer
from desk.trials.chaos.reporting import RowReport
from desk.trials.chaos.running import own
from desk.trials.stack import Stack

FIRST_MS, OTHERS_MS = 1500, 200  # how long an accept may take while Redis is away: the first one, and 95 of 100
CATCH_UP_SECONDS = 20.0  # beyond the lease, until another worker has a job again
LEASE_SECONDS = 3.0
FREE = '{"blog-generation": {"per_minute": 0, "concurrency": 4}}'
OPEN = "SELECT count(*) FROM jobs_job WHERE state IN ('waiting', 'active', 'delayed')"


@dataclass
class Outcome:
    """What a row came to: figures to show, and a sentence for each thing that is not as it must be."""

    figures: dict[str, Any] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    def demand(self, holds: bool, sentence: str) -> None:
        """Note the sentence when it does not hold."""
        if not holds:
            self.broken.append(sentence)


def redis_away(stack: Stack, *, seconds: float = 300.0, accepts: int = 100) -> Outcome:
    """Row 3: orders are accepted while Redis is away, quickly, and all run when it is back."""
    stack.env["QUEUE_LIMITS"] = FREE
    outcome = Outcome()
    web = Web(stack)
    door = web.demo(stack)
    worker = stack.start_worker()
    stack.stop_valkey(signal.SIGKILL)
    away_at, took, jobs = time.monotonic(), [], []
    for number in range(accepts):
        begun = time.monotonic()
        answer = door.order(f"row-3-{number}")
        took.append(1000 * (time.monotonic() - begun))
        outcome.demand(answer.status == 202, f"Order {number} was answered {answer.status}: {answer.data}")
        jobs.append(answer.data.get("jobId", "none"))
    usual = sorted(took[1:])[int(0.95 * (len(took) - 1)) - 1]
    outcome.figures = {"first accept, ms": round(max(took[:1])), "95 of 100 others, ms": round(usual)}
    outcome.demand(took[0] < FIRST_MS, f"The first order took {took[0]:.0f} ms, more than {FIRST_MS}.")
    outcome.demand(usual < OTHERS_MS, f"Of the others 5 of 100 took more than {usual:.0f} ms; {OTHERS_MS} are allowed.")
    time.sleep(max(0.0, seconds - (time.monotonic() - away_at)))
    outcome.demand(worker.poll() is None, "The worker ended while Redis was away.")
    stack.start_valkey()
    _drain(stack, outcome, jobs, 30.0 + accepts)
    return outcome


def idle_kills(stack: Stack, *, rounds: int = 20) -> Outcome:
    """Row 4: the only worker is killed in the moment of a push; the next one has the job in time."""
    outcome = Outcome()
    web = Web(stack)
    door = web.demo(stack)
    jobs: list[str] = []
    latest = 0.0
    for number in range(rounds):
        worker = stack.start_worker(QUEUE_LIMITS=FREE)
        if jobs:
            there = time.monotonic()
            stack.wait_for(lambda: stack.sql(OPEN)[0][0] == 0, LEASE_SECONDS + CATCH_UP_SECONDS)
            latest = max(latest, time.monotonic() - there)
        time.sleep(0.3)  # until it is idle and listens
        jobs.append(door.order(f"row-4-{number}").data["jobId"])
        worker.kill()
        worker.wait()
    stack.start_worker(QUEUE_LIMITS=FREE)
    _drain(stack, outcome, jobs, LEASE_SECONDS + CATCH_UP_SECONDS)
    done = stack.sql("SELECT count(*) FROM jobs_job WHERE state = 'completed'")[0][0]
    outcome.figures = {
        "done": f"{done} of {rounds}",
        "longest until a job of a killed worker had ended, s": round(latest, 1),
    }
    outcome.demand(done == rounds, f"{done} of {rounds} jobs are completed.")
    return outcome


def flushed_all_the_time(stack: Stack, *, seconds: float = 120.0, every: float = 5.0, pace: float = 0.5) -> Outcome:
    """Row 15: Redis is emptied again and again under a steady load; all is done, and work never stands still."""
    stack.env["QUEUE_LIMITS"] = FREE
    outcome = Outcome()
    web = Web(stack)
    stack.start_worker()
    producer = Producer([web.demo(stack)], int(seconds / pace), pace, 15, stack.var_dir / "accepted")
    producer.start()
    flushes, standstill, seen, seen_at = 0, 0.0, 0, time.monotonic()
    until = time.monotonic() + seconds
    try:
        while time.monotonic() < until:
            time.sleep(every)
            stack.redis().flushall()
            flushes += 1
            if (posts := stack.posts()) > seen:
                seen, seen_at = posts, time.monotonic()
            standstill = max(standstill, time.monotonic() - seen_at)
        stack.wait_for(lambda: producer.is_done, 60)
    finally:
        producer.stop()
    _drain(stack, outcome, producer.accepted(), 60.0)
    outcome.figures = {"flushes": flushes, "jobs": len(producer.accepted()), "standstill, s": round(standstill, 1)}
    outcome.demand(bool(producer.accepted()), "No order was accepted.")
    outcome.demand(standstill < 10 + every, f"For {standstill:.0f} s no post was written.")
    outcome.broken += producer.problems
    return outcome


def ends_while_redis_is_away(stack: Stack, *, seconds: float = 60.0) -> Outcome:
    """Row 17: a job ends while Redis is away; its result is kept and it is not run again."""
    outcome = Outcome()
    job = stack.order(6)
    worker = stack.start_worker(PRESSROOM_FAULT="call.sent:*:sleep=0.3")
    stack.wait_for(lambda: stack.posts() >= 2, 30)
    stack.stop_valkey(signal.SIGKILL)
    away_at = time.monotonic()
    stack.wait_for_end(job, min(40.0, seconds))
    time.sleep(max(0.0, seconds - (time.monotonic() - away_at)))
    stack.start_valkey()
    following = stack.order(2)
    _drain(stack, outcome, [job, following], 30.0)
    attempt, fence = stack.sql("SELECT attempt, fence FROM jobs_job WHERE id = ?", job)[0]
    outcome.figures = {"attempts": attempt, "fence": fence}
    outcome.demand((attempt, fence) == (1, 2), f"It took {attempt} attempts, and the fence is {fence} instead of 2.")
    outcome.demand(worker.poll() is None, "The worker ended while Redis was away.")
    return outcome


ROWS: dict[int, tuple[str, Callable[[Stack], Outcome]]] = {
    3: ("Redis away for 5 minutes while 100 orders come", redis_away),
    4: ("the idle worker killed in the moment of a push, 20 times", idle_kills),
    15: ("FLUSHALL every 5 s for 2 minutes under load", flushed_all_the_time),
    17: ("a job ends in an outage of Redis of 60 s", ends_while_redis_is_away),
}


def run(number: int, like: Stack, folder: Path, database: str, say: Callable[[str], object]) -> RowReport:
    """Run one row at full length on a copy of `like`."""
    name, row = ROWS[number]
    say(f"Row {number} on {database}: {name}.")
    begun = time.monotonic()
    stack = own(type(like)(folder / f"{database}-row-{number}", like))
    try:
        stack.start_valkey()
        outcome = row(stack)
    except AssertionError as error:
        outcome = Outcome(broken=[str(error)])
    finally:
        stack.close()
    return RowReport(number, name, database, round(time.monotonic() - begun, 1), outcome.figures, outcome.broken)


def _drain(stack: Stack, outcome: Outcome, jobs: list[str], seconds: float) -> None:
    """Wait until all have ended and hold what is left against the invariants."""
    stack.wait_for(lambda: stack.sql(OPEN)[0][0] == 0, seconds)
    outcome.broken += invariants.broken(invariants.read(stack, jobs))
