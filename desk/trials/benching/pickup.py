"""Pick-up: how long an idle worker takes to begin with a job that was just accepted."""

from typing import Any

from desk.trials.benching.findings import Finding, percentile, table, verdict
from desk.trials.benching.plan import Plan

MOST_P50_MS, MOST_P99_MS = 10.0, 50.0
SHARES = {"p50": 0.5, "p99": 0.99, "max": 1.0}
APART_SECONDS = 0.05


def measure(plan: Plan) -> Finding:
    """From the commit in the producer to the claim in the ledger, and to the first line of the task."""
    count = plan.pickup
    with plan.ground() as ground:
        ours = ground.workers(slots=32)
        ground.warm_up("noop", [{}])
        committed = ground.ask("drip", errand="noop", count=count, every=APART_SECONDS)["committed"]
        ground.wait_ended("noop", count + 1, 60)
        jobs = ground.ask("results", ids=list(committed))["jobs"]
        claims = ground.ask("starts", ids=list(committed))["at"]
        ground.kill(*ours)
        ground.stock_workers("trial-noop")
        # A fork takes longer than our jobs are apart: it would not be idle.
        put = ground.stock.drip("trial-noop", "desk.trials.errands.plain_noop", count // 4, 6 * APART_SECONDS)
        ground.wait_for(lambda: ground.stock.finished("trial-noop") >= len(put), 60, "stock RQ's jobs to end")
        stock = ground.stock.results(list(put))
    first_line = _ms([jobs[job]["result"]["startedAt"] - at for job, at in committed.items()])
    claim = _ms([claims[job] - at for job, at in committed.items()])
    control = _ms([stock[job]["startedAt"] - at for job, at in put.items()])
    fast = first_line["p50"] < MOST_P50_MS and first_line["p99"] < MOST_P99_MS
    return Finding(
        "pick-up",
        plan.database,
        f"p50 under {MOST_P50_MS:.0f} ms and p99 under {MOST_P99_MS:.0f} ms, even to the first line",
        verdict(exact=len(jobs) == count, fast=fast, quick=plan.quick),
        table(
            [f"ms, {count} jobs, {APART_SECONDS * 1000:.0f} ms apart", *SHARES],
            [
                ("commit to claim (the database's clock)", *claim.values()),
                ("commit to the task's first line", *first_line.values()),
                (f"stock rqworker, {len(put)} jobs, enqueue to first line", *control.values()),
            ],
        ),
        {"jobs": count, "claimMs": claim, "firstLineMs": first_line, "stockMs": control},
    )


def _ms(seconds: list[float]) -> dict[str, Any]:
    return {name: round(1000 * percentile(seconds, share), 2) for name, share in SHARES.items()}
