"""Scheduled: how late, and never early, jobs begin that are put off to a time."""

from typing import Any

from desk.trials.benching.findings import Finding, percentile, table
from desk.trials.benching.plan import Plan

MOST_LATE_MS = 1000.0
SHARES = {"min": 0.0, "p50": 0.5, "p99": 0.99, "max": 1.0}


def measure(plan: Plan) -> Finding:
    """The first line of each job against its time, beside stock RQ's own scheduler."""
    count, over, first = plan.scheduled
    with plan.ground() as ground:
        ours = ground.workers(slots=32)
        ground.warm_up("noop", [{}])
        due = ground.ask("at_times", errand="noop", count=count, first=first, every=over / count)["due"]
        ground.wait_ended("noop", count + 1, over + 60)
        jobs = ground.ask("results", ids=list(due))["jobs"]
        ground.kill(*ours)
        ground.stock_workers("trial-noop", scheduler=True)
        put = ground.stock.at_times("trial-noop", "desk.trials.errands.plain_noop", count, first, over / count)
        ground.wait_for(lambda: ground.stock.finished("trial-noop") >= count, over + 60, "stock RQ's jobs to end")
        stock = ground.stock.results(list(put))
    late = _late([jobs[job]["result"]["startedAt"] - at for job, at in due.items()])
    control = _late([stock[job]["startedAt"] - at for job, at in put.items()])
    return Finding(
        "scheduled",
        plan.database,
        f"never early, at most {MOST_LATE_MS:.0f} ms late",
        late["early"] == 0 and late["max"] <= MOST_LATE_MS,
        table(
            [f"ms late, {count} jobs in {over:g} s", *SHARES, "early"],
            [
                ("Pressroom", *late.values()),
                ("stock RQ, rqworker --with-scheduler", *control.values()),
            ],
        ),
        {"jobs": count, "lateMs": late, "early": late["early"], "stockLateMs": control},
    )


def _late(seconds: list[float]) -> dict[str, Any]:
    found = {name: round(1000 * percentile(seconds, share), 2) for name, share in SHARES.items()}
    return {**found, "early": sum(each < 0 for each in seconds)}
