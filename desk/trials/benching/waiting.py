"""Waiting: what a worker costs while jobs wait for a limit or a paused queue, beside one with empty queues."""

import time
from typing import Any

from desk.trials.benching.findings import Finding, table, verdict
from desk.trials.benching.ground import Ground
from desk.trials.benching.plan import Plan

MOST_CORES = 0.01  # what can be told from nothing on a machine that does other things


def measure(plan: Plan) -> Finding:
    """Processor seconds a second of one worker: empty queues, then jobs behind a rate, then jobs behind a pause."""
    count, seconds = plan.waiting
    settle = min(2.0, seconds)
    with plan.ground() as ground:
        workers = ground.workers(slots=40, limits={"trial-limited": {"max": 1, "duration": 7200}})
        ground.warm_up("limited", [{}])
        time.sleep(settle)
        empty = _rest(ground, workers, seconds)
        ground.fill("limited", [{}] * count)
        time.sleep(settle)
        limited = _rest(ground, workers, seconds)
        ground.fill("noop", [{}] * count, shut=True)
        time.sleep(settle)
        paused = _rest(ground, workers, seconds)
    more = max(limited["workers"], paused["workers"]) - empty["workers"]
    rows = [("nothing waits", empty), (f"{count} behind a rate", limited), (f"and {count} paused", paused)]
    groups = list(empty)
    return Finding(
        "waiting",
        plan.database,
        f"{count} waiting jobs cost no measurable processor time (less than {MOST_CORES:.0%} of a core)",
        verdict(exact=True, fast=more < MOST_CORES, quick=plan.quick),
        table(["% of a core", *groups], [(name, *(100 * each[group] for group in groups)) for name, each in rows]),
        {"jobs": count, "seconds": seconds, "cores": {"empty": empty, "limited": limited, "paused": paused}},
    )


def _rest(ground: Ground, workers: list[int], seconds: float) -> dict[str, Any]:
    """Cores that each group keeps busy while nothing is asked of them."""
    with ground.meter(workers) as meter:
        time.sleep(seconds)
    return {group: round(cpu / meter.used.seconds, 4) for group, cpu in meter.used.cpu.items() if group != "vendor"}
