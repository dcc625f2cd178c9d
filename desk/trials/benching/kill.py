"""Kill: a worker with running jobs ends as in a power cut; how long until all run again elsewhere."""

import time

from desk.trials.benching.findings import Finding
from desk.trials.benching.plan import Plan

MOST_SECONDS = 30.0
CALL_MS = 6000  # longer than a worker takes to start: the second one finds all jobs in the hands of the first


def measure(plan: Plan) -> Finding:
    """Seconds from SIGKILL until the last of its jobs was claimed by another worker."""
    count, lease = plan.kill
    limits = {"trial-call": {"concurrency": count}}
    with plan.ground() as ground:
        [victim] = ground.workers(slots=count, limits=limits, lease=lease)
        ids = ground.fill("call", [{"port": ground.port, "ms": CALL_MS}] * count)
        ground.wait_for(lambda: len(ground.ask("starts", ids=ids)["at"]) == count, 30, "all jobs to run")
        ground.workers(slots=count, limits=limits, lease=lease)
        running = [job for job in ground.ask("results", ids=ids)["jobs"].values() if job["state"] == "active"]
        killed_at = time.time()
        ground.kill(victim)
        ground.wait_ended("call", count, 60 + 3 * lease)
        jobs = ground.ask("results", ids=ids)["jobs"].values()
        starts = ground.ask("starts", ids=ids)["at"].values()
    again = max(starts) - killed_at
    first = min(starts) - killed_at
    whole = len(running) == count and all(
        job["state"] == "completed" and job["started"] == 2 and job["ended"] == 1 for job in jobs
    )
    return Finding(
        "kill",
        plan.database,
        f"all run again elsewhere within {MOST_SECONDS:.0f} s, none is lost, none ends twice",
        whole and again <= MOST_SECONDS,
        [
            f"SIGKILL of a worker with {len(running)} running jobs, lease {lease} s, one other worker: the first ran "
            f"again after {first:.1f} s, the last after {again:.1f} s",
            "every job completed, started twice, ended once" if whole else "NOT EVERY JOB CAME BACK EXACTLY ONCE",
        ],
        {
            "jobs": count,
            "running": len(running),
            "leaseSeconds": lease,
            "allAgainSeconds": round(again, 2),
            "completed": sum(job["state"] == "completed" for job in jobs),
            "exact": whole,
        },
    )
