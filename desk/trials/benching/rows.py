"""Rows: jobs as they are here, a call and some rows, beside stock RQ that does the same rows in the same run."""

from collections.abc import Iterator
from itertools import count, islice
from typing import Any

from desk.trials.benching.findings import Finding, table, verdict
from desk.trials.benching.ground import Drained, Ground, Kind
from desk.trials.benching.plan import Plan

LEAST_RATIO, LEAST_MEMORY_RATIO = 5.0, 10.0
QUEUE = "trial-rows"
Orders = Iterator[dict[str, int]]


def measure(plan: Plan) -> Finding:
    """Jobs a second, processor time a job and memory of two of our processes and of as many stock workers as slots."""
    slots, ms, jobs = plan.rows
    with plan.ground() as ground:
        workers = ground.workers(2, slots=slots // 2, limits={QUEUE: {"concurrency": slots // 2}})
        orders = _orders(ground, slots, ms)
        ground.warm_up("rows", list(islice(orders, 2 * slots)))
        ours = ground.drain("rows", list(islice(orders, jobs)), 120, workers)
        ground.kill(*workers)
        fork = _stock(ground, "fork", slots, orders, jobs // 2)
        prepared = _stock(ground, "prepared", slots, orders, jobs // 2)
        simple = _stock(ground, "simple", slots, orders, jobs)
    ideal = slots * 1000 / ms
    ratio, memory = ours.per_second / fork.per_second, fork.used.memory_mb["workers"] / ours.used.memory_mb["workers"]
    times = _times(ours, slots, ms)
    groups = [group for group in ours.used.cpu if group != "vendor"]
    lines = table(
        ["", "jobs/s", "% of ideal", "MB", *(f"{group} ms/job" for group in groups), "vendor ms/job", "foreign cores"],
        [
            _row("Pressroom, 2 processes", ours, ideal, groups),
            _row(f"rqworker x {slots} (fork)", fork, ideal, groups),
            _row("the same, all imported before the fork", prepared, ideal, groups),
            _row(f"worker-pool, SimpleWorker x {slots}", simple, ideal, groups),
        ],
    )
    lines.append(
        f"a job is 1 read, 2 updates, 1 insert and a call of {ms} ms at {slots} slots, ideally {ideal:.0f} a second. "
        "Stock RQ keeps no ledger: no claim, lease, fence, events, result or notice is in its figures."
    )
    lines.append(
        f"{ratio:.1f} times the rate of stock rqworker as it comes, {ours.per_second / prepared.per_second:.1f} times "
        f"that of a prepared one, with 1/{memory:.1f} of its memory. A slot of ours spends "
        f"{times['call']:.0%} of its time in the call, {times['rows']:.0%} in the task's rows and in turning to it, "
        f"{times['between']:.0%} between two jobs (end, claim, and waiting for a lock or a core)."
    )
    return Finding(
        "rows",
        plan.database,
        f"at least {LEAST_RATIO:.0f} times the rate of stock rqworker with at most 1/{LEAST_MEMORY_RATIO:.0f} of its "
        "memory",
        verdict(exact=ours.all_once, fast=ratio >= LEAST_RATIO and memory >= LEAST_MEMORY_RATIO, quick=plan.quick),
        lines,
        {
            "slots": slots,
            "callMs": ms,
            "idealPerSecond": ideal,
            "slotTime": {name: round(share, 4) for name, share in times.items()},
            "pressroom": ours.figures(),
            "stockFork": fork.figures(),
            "stockForkPrepared": prepared.figures(),
            "stockSimplePool": simple.figures(),
            "ratio": round(ratio, 2),
            "ratioToPrepared": round(ours.per_second / prepared.per_second, 2),
            "memoryRatio": round(memory, 2),
        },
    )


def _stock(ground: Ground, kind: Kind, slots: int, orders: Orders, jobs: int) -> Drained:
    workers = ground.stock_workers(QUEUE, slots, kind=kind)
    warm, measured = ([list(order.values()) for order in islice(orders, most)] for most in (slots, jobs))
    ground.drain_stock(QUEUE, "desk.trials.errands.plain_rows", warm, 120, workers)
    drained = ground.drain_stock(QUEUE, "desk.trials.errands.plain_rows", measured, 240, workers)
    ground.kill(*workers)
    return drained


def _orders(ground: Ground, slots: int, ms: int) -> Orders:
    """Payloads (in the order of the plain function's arguments), each notice in the hands of few jobs at once."""
    notices = ground.ask("notices", count=slots)["ids"]
    for number in count():
        yield {"port": ground.port, "ms": ms, "notice": notices[number % slots], "number": number}


def _times(drained: Drained, slots: int, ms: int) -> dict[str, float]:
    """Where the time of the slots goes, as shares: the call, the rest of the task, and what lies between two jobs."""
    whole = slots * drained.seconds
    call = len(drained.times) * ms / 1000 / whole
    task = sum(time["endedAt"] - time["startedAt"] for time in drained.times) / whole
    return {"call": call, "rows": task - call, "between": 1 - task}


def _row(name: str, drained: Drained, ideal: float, groups: list[str]) -> list[Any]:
    cpu = [drained.cpu_ms(group) for group in (*groups, "vendor")]
    share = 100 * drained.per_second / ideal
    return [name, drained.per_second, share, drained.used.memory_mb["workers"], *cpu, drained.used.foreign]
