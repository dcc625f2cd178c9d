"""No-op: jobs that do nothing, so that only the engine's own cost is left. For the record; no target."""

from typing import Any

from desk.trials.benching.findings import Finding, table
from desk.trials.benching.ground import Drained, Ground, Kind
from desk.trials.benching.plan import Plan

QUEUE = "trial-noop"


def measure(plan: Plan) -> Finding:
    """Jobs a second, processor time a job and memory, beside stock RQ's fork worker and a pool of SimpleWorkers."""
    slots, count, pool = plan.noop
    limits = {QUEUE: {"concurrency": slots}}
    with plan.ground() as ground:
        workers = ground.workers(slots=slots, limits=limits)
        ground.warm_up("noop", [{}] * 2 * slots)
        ours = ground.drain("noop", [{}] * count, 240, workers)
        ground.kill(*workers)
        fork = _stock(ground, "fork", 1, max(20, count // 10))
        simple = _stock(ground, "simple", pool, count)
    rows = [
        _row(f"Pressroom, 1 process, {slots} slots", ours),
        _row("rqworker (fork)", fork),
        _row(f"worker-pool, SimpleWorker x {pool}", simple),
    ]
    return Finding(
        "noop",
        plan.database,
        "",
        None,
        table(["", "jobs/s", "MB", "workers ms/job", "valkey ms/job", "database ms/job", "foreign cores"], rows),
        {"slots": slots, "pressroom": ours.figures(), "stockFork": fork.figures(), "stockSimplePool": simple.figures()},
    )


def _stock(ground: Ground, kind: Kind, workers: int, count: int) -> Drained:
    heads = ground.stock_workers(QUEUE, workers, kind=kind)
    ground.drain_stock(QUEUE, "desk.trials.errands.plain_noop", [[]] * 2 * workers, 60, heads)
    drained = ground.drain_stock(QUEUE, "desk.trials.errands.plain_noop", [[]] * count, 240, heads)
    ground.kill(*heads)
    return drained


def _row(name: str, drained: Drained) -> list[Any]:
    cpu = [drained.cpu_ms(group) for group in ("workers", "valkey", "database")]
    return [name, drained.per_second, drained.used.memory_mb["workers"], *cpu, drained.used.foreign]
