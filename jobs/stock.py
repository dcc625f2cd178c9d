"""The control of bench and chaos: RQ as it comes, told what to run by dotted names, without ledger, leases or limits.

Its workers are started by command lines, with settings that name RQ's own classes (desk/trials/stock_settings.py); this
speaks to the Redis they serve. Everything is JSON, since no process of ours may pickle.
"""

import os
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from django.utils.module_loading import import_string
from redis import Redis
from rq import Queue, Worker
from rq.job import Job as RQJob
from rq.serializers import JSONSerializer

RESULT_SECONDS = 3600
PREPARES = "PRESSROOM_STOCK_PREPARES"


class Prepared(Worker):
    """RQ's forking worker, made the best of: what its jobs import is there before it forks.

    The variable PRESSROOM_STOCK_PREPARES names the function (dotted path) that is called once for that.
    """

    def work(self, *args: Any, **kwargs: Any) -> bool:
        """As rq's, after the preparation."""
        import_string(os.environ[PREPARES])()
        return super().work(*args, **kwargs)


class Stock:
    """RQ on the Redis at `url`."""

    def __init__(self, url: str) -> None:
        self.connection = Redis.from_url(url)

    def queue(self, name: str) -> Queue:
        """One of its queues."""
        return Queue(name, connection=self.connection, serializer=JSONSerializer)

    def enqueue(self, name: str, function: str, arguments: Iterable[Sequence[Any]]) -> tuple[float, list[str]]:
        """Put one call of `function` (its dotted path) for each of `arguments` into a queue, in one round trip.

        Returns when that was done (seconds of this machine's clock) and the ids.
        """
        calls = [Queue.prepare_data(function, tuple(each), result_ttl=RESULT_SECONDS) for each in arguments]
        jobs = self.queue(name).enqueue_many(calls)
        return time.time(), [job.id for job in jobs]

    def drip(self, name: str, function: str, count: int, every: float) -> dict[str, float]:
        """Put one job in each `every` seconds, one by one. Returns {id: just before it was enqueued}."""
        queue, begun = self.queue(name), time.monotonic()
        put: dict[str, float] = {}
        for number in range(count):
            time.sleep(max(0.0, begun + number * every - time.monotonic()))
            at = time.time()
            put[queue.enqueue(function, result_ttl=RESULT_SECONDS).id] = at
        return put

    def at_times(self, name: str, function: str, count: int, first: float, every: float) -> dict[str, float]:
        """Give jobs to RQ's own scheduler: the first for in `first` seconds, the others `every` seconds apart.

        Returns {id: when it is due}.
        """
        queue, now = self.queue(name), time.time()
        due = [now + first + number * every for number in range(count)]
        at = [datetime.fromtimestamp(when, UTC) for when in due]
        ids = [queue.enqueue_at(moment, function, result_ttl=RESULT_SECONDS).id for moment in at]
        return dict(zip(ids, due, strict=True))

    def workers(self) -> int:
        """How many workers have registered."""
        return int(Worker.count(connection=self.connection))

    def results(self, ids: list[str]) -> dict[str, Any]:
        """What the finished ones of these jobs returned."""
        jobs = RQJob.fetch_many(ids, connection=self.connection, serializer=JSONSerializer)
        return {job.id: job.return_value() for job in jobs if job and job.is_finished}

    def finished(self, name: str) -> int:
        """How many jobs of a queue have finished; cheap enough to ask while workers are measured."""
        return int(self.connection.zcard(f"rq:finished:{name}"))

    def failed(self, name: str) -> int:
        """How many jobs of a queue have failed."""
        return int(self.connection.zcard(f"rq:failed:{name}"))
