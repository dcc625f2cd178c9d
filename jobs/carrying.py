"""Redis as a carrier: it holds ids as JSON and nothing else. The worker runs one function, the runner."""

import logging
import threading
import time
from collections.abc import Iterable
from functools import cache
from typing import Any

from django.conf import settings
from django_rq.queues import DjangoRQ
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq.job import Job as RQJob
from rq.serializers import DefaultSerializer, JSONSerializer

from jobs.models import Job

logger = logging.getLogger(__name__)

RUNNER = "jobs.running.run"
BREAKER_SECONDS = 10.0


class RefusedJob(Exception):
    """Something in Redis that Pressroom did not put there; it is not run."""


def forbid_pickle() -> None:
    """Make rq's default serializer JSON wherever rq falls back on it (recipes: hooks alone leave one hole open)."""
    DefaultSerializer.dumps = staticmethod(JSONSerializer.dumps)  # type: ignore[assignment,method-assign]
    DefaultSerializer.loads = staticmethod(JSONSerializer.loads)  # type: ignore[assignment,method-assign]


class RunnerJob(RQJob):
    """An rq job that can be nothing but the runner with one id."""

    def __init__(self, id: str | None = None, connection: Any = None, serializer: Any = None) -> None:
        super().__init__(id, connection, JSONSerializer)

    @property
    def func(self) -> Any:
        """The runner; raises RefusedJob for everything else, without importing it."""
        well_formed = len(self.args) == 1 and isinstance(self.args[0], str) and not self.kwargs
        if self.func_name != RUNNER or self.instance is not None or not well_formed:
            raise RefusedJob(f"{self.id}: not one of Pressroom's jobs")
        from jobs import running

        return running.run

    # Names planted in Redis would be imported and called: Pressroom has no callbacks and no webhooks of rq.
    success_callback = failure_callback = stopped_callback = property(lambda self: None)  # type: ignore[assignment]

    def send_webhooks(self, *args: Any, **kwargs: Any) -> None:
        """Send nothing: rq's webhooks would open any address."""


class IdQueue(DjangoRQ):
    """A queue of ids, in JSON, whoever builds it."""

    job_class = RunnerJob

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["serializer"] = JSONSerializer
        kwargs["job_class"] = RunnerJob
        super().__init__(*args, **kwargs)


@cache
def client() -> Any:
    """A Redis client that gives up quickly, for requests and checks: no retries, one second at most."""
    return Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=0.5, socket_timeout=1.0, retry=Retry(NoBackoff(), 0)
    )


def is_reachable() -> bool:
    """Whether Redis answers; after a failure nobody waits for it again for some seconds."""
    if breaker.is_open:
        return False
    try:
        return bool(client().ping())
    except RedisError:
        breaker.trip()
        return False


class _Breaker:
    """After a failure nobody waits for Redis again for a while: the reconciler delivers."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.closed_at = 0.0

    @property
    def is_open(self) -> bool:
        return time.monotonic() < self.closed_at

    def trip(self) -> None:
        with self.lock:
            self.closed_at = time.monotonic() + BREAKER_SECONDS

    def reset(self) -> None:
        with self.lock:
            self.closed_at = 0.0


breaker = _Breaker()


def push(jobs: Iterable[Job], *, patient: bool = False) -> list[str]:
    """Put the ids of jobs into their queues; returns the ids that arrived, never raises for a dead Redis.

    With `patient` the breaker is not asked: the reconciler is the one who tries.
    """
    arrived: list[str] = []
    if breaker.is_open and not patient:
        return arrived
    try:
        for job in jobs:
            queue = IdQueue(job.queue, connection=client())
            queue.enqueue_call(RUNNER, args=(job.pk,), job_id=job.pk, timeout=-1, result_ttl=0, description=job.pk)
            arrived.append(job.pk)
        breaker.reset()
    except RedisError as error:
        breaker.trip()
        logger.warning("Redis cannot be reached; jobs wait in the database", extra={"error": str(error)})
    return arrived


def ids_in(queue: str) -> set[str]:
    """The ids waiting in a queue in Redis; raises RedisError."""
    return {value.decode() for value in client().lrange(f"rq:queue:{queue}", 0, -1)}


def remove(job: Job) -> None:
    """Take a job out of its queue in Redis, if Redis is there; a leftover does no harm."""
    if breaker.is_open:
        return
    try:
        client().lrem(f"rq:queue:{job.queue}", 0, job.pk)
        client().delete(f"rq:job:{job.pk}")
    except RedisError:
        breaker.trip()
