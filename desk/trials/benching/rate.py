"""Rate: three worker processes and one limit; also a burst at the border of the window."""

import time
from typing import Any

from desk.trials.benching.findings import Finding, most_in_window, verdict
from desk.trials.benching.ground import Ground
from desk.trials.benching.plan import Plan

# The limit is held for so much longer than it says (jobs/limits.py), which a short one feels.
LEAST_SHARE = 0.95


def measure(plan: Plan) -> Finding:
    """How many jobs started in the worst window, and how much of the allowed rate was used."""
    most, seconds, count = plan.rate
    limits = {"trial-limited": {"max": most, "duration": seconds, "concurrency": 40}}
    with plan.ground() as ground:
        ground.workers(3, slots=40, limits=limits)
        drained = ground.drain("limited", [{}] * count, 20 * seconds, [])
        time.sleep(1.1 * seconds + 1)  # until the window is empty again
        burst = _at_the_border(ground, most, seconds)
    starts = [row["startedAt"] for row in drained.times]
    ideal = (count - 1) // most * seconds
    span = max(starts) - min(starts)
    worst, worst_burst = most_in_window(starts, seconds), most_in_window(burst, seconds)
    exact = worst <= most and worst_burst <= most and drained.all_once
    return Finding(
        "rate",
        plan.database,
        f"at most {most} starts in any {seconds} s, also at a border; at least {LEAST_SHARE:.0%} of the rate is used",
        verdict(exact=exact, fast=ideal / span >= LEAST_SHARE, quick=plan.quick),
        [
            f"{count} jobs, 3 worker processes, {most} in {seconds} s: at most {worst} first lines in any {seconds} s; "
            f"{span:.1f} s from the first to the last, {ideal} s if nothing were lost: {ideal / span:.1%} used",
            f"a burst at the border (1, {most - 1} after {0.9 * seconds:.3g} s, {2 * most} after "
            f"{1.03 * seconds:.3g} s): at most {worst_burst}",
            "stock RQ has no rate to compare with",
        ],
        {
            "limit": most,
            "seconds": seconds,
            "jobs": count,
            "allOnce": drained.all_once,
            "mostInWindow": worst,
            "mostInWindowOfBurst": worst_burst,
            "span": round(span, 3),
            "idealSpan": ideal,
            "used": round(ideal / span, 4),
        },
    )


def _at_the_border(ground: Ground, most: int, seconds: int) -> list[float]:
    """One job, most of the rest just before its window is over, twice as many just after; returns the first lines."""
    began, ids = time.monotonic(), []
    before = ground.ended("limited")
    waves: list[tuple[float, int]] = [(0.0, 1), (0.9 * seconds, most - 1), (1.03 * seconds, 2 * most)]
    for at, count in waves:
        time.sleep(max(0.0, began + at - time.monotonic()))
        ids += ground.fill("limited", [{}] * count)
    ground.wait_ended("limited", before + len(ids), 20 * seconds)
    jobs: dict[str, Any] = ground.ask("results", ids=ids)["jobs"]
    return [job["result"]["startedAt"] for job in jobs.values()]
