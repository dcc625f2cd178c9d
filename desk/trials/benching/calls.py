"""Calls: one worker process with a hundred calls in the air."""

from typing import Any

from desk.trials.benching.findings import Finding, verdict
from desk.trials.benching.ground import Ground
from desk.trials.benching.plan import Plan

MOST_MB = 250
LEAST_SHARE = 0.95


def measure(plan: Plan) -> Finding:
    """The share of the ideal rate, memory with all three SDKs imported, connections, and the ledger."""
    slots, ms, count = plan.calls
    with plan.ground() as ground:
        workers = ground.workers(slots=slots, limits={"trial-call": {"concurrency": slots}})
        ground.warm_up("warm", [{}])
        ground.warm_up("call", [{"port": ground.port, "ms": 50}] * slots)
        drained = ground.drain("call", [{"port": ground.port, "ms": ms}] * count, 60 + 4 * count * ms / 1000, workers)
        facts = _facts(ground)
    ideal = slots * 1000 / ms
    share = drained.per_second / ideal
    memory = drained.used.memory_mb["workers"]
    exact = drained.all_once
    return Finding(
        "calls",
        plan.database,
        f"at least {LEAST_SHARE:.0%} of the ideal rate, less than {MOST_MB} MB with the SDKs of OpenAI, Anthropic and "
        "Gemini imported, every job ledgered once",
        verdict(exact=exact, fast=share >= LEAST_SHARE and memory < MOST_MB, quick=plan.quick),
        [
            f"{count} jobs of one call of {ms} ms, one worker process with {slots} slots: {drained.per_second:.1f} "
            f"jobs a second of {ideal:.1f}: {share:.1%} of ideal, ramp included",
            f"{memory:.0f} MB, {facts['connections']} database connections, {drained.cpu_ms('workers'):.1f} ms of "
            f"processor a job; {'every job started, completed and ledgered once' if exact else 'THE LEDGER IS WRONG'}; "
            f"{drained.used.foreign:.2f} foreign cores",
        ],
        {**drained.figures(), "slots": slots, "callMs": ms, "shareOfIdeal": round(share, 4), "facts": facts},
    )


def _facts(ground: Ground) -> dict[str, Any]:
    """What the worker says of itself some seconds later: its threads are idle then, and still there."""
    found: list[dict[str, Any]] = []

    def has_said() -> bool:
        found[:] = ground.ask("facts")["workers"]
        return bool(found[0].get("threads")) and not found[0]["busy"]

    ground.wait_for(has_said, 15, "the worker's facts")
    return found[0]
