"""Why the next job of a queue does not start, in a sentence with the next step."""

from dataclasses import dataclass

from jobs import limits, table
from jobs.models import Process

NO_REDIS = (
    "Redis cannot be reached. Accepted jobs are safe in the database and start when it is back: "
    "start it with `manage.py up`, or check REDIS_URL."
)
REDIS_FULL = (
    "Redis is full, so nothing starts. Accepted jobs are safe in the database and start when it has room: "
    "raise maxmemory in redis.conf (or CONFIG SET maxmemory), or free what others keep in it."
)
NO_WORKER = "No worker is running. Start one with `manage.py rqworker`, or everything with `manage.py up`."
NOT_CONNECTED = (
    "The workers cannot use Redis, so nothing starts, though Redis answers: it is full, or it refuses them. "
    "Raise maxmemory in redis.conf, or look into the worker's log."
)
NO_SCHEDULER = "No scheduler is running; the workers keep the clocks meanwhile. Start one with `manage.py rqscheduler`."


@dataclass(frozen=True)
class Reason:
    """Why the next job of a queue does not start; `wanted`: a limit or a person wants it so.

    An empty sentence means that it starts in a moment.
    """

    sentence: str = ""
    wanted: bool = False


def of_queue(name: str, active: int, workers: list[Process], redis: bool) -> Reason:
    """Why the next job of a queue does not start.

    active is how many of its jobs run, `workers` are the live ones, `redis` says whether Redis answers.
    """
    if name not in table.queues():
        return Reason(f"The queue {name} is not in config/queues.py any more. Cancel the job, or bring the queue back.")
    because = limits.waiting_because(name)
    if because and name in limits.paused():
        return Reason(because, wanted=True)
    if not redis:
        return Reason(NO_REDIS)
    serving = [process for process in workers if name in process.queues]
    if not serving:
        others = f"No worker serves {name}. Start one with `manage.py rqworker {name}`, or one for all queues."
        return Reason(others if workers else NO_WORKER)
    if all(process.facts.get("connected") is False for process in serving):
        return Reason(NOT_CONNECTED)
    if because:
        return Reason(because, wanted=True)
    if active >= table.concurrency(name) * len(serving):
        return Reason(f"{active} of its jobs run, as many as its workers run at once.", wanted=True)
    if all(process.facts.get("busy", 0) >= process.facts.get("slots", 1) for process in serving):
        return Reason("All slots of its workers are busy (WORKER_SLOTS).", wanted=True)
    return Reason()
