"""Redis as a carrier: it holds ids as JSON and nothing else. The worker runs one function, the runner."""

import logging
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django_rq.queues import DjangoRQ
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import OutOfMemoryError, RedisError, ResponseError
from redis.retry import Retry
from rq.job import Job as RQJob
from rq.job import JobStatus
from rq.serializers import DefaultSerializer, JSONSerializer

from jobs.models import Job

logger = logging.getLogger(__name__)

RUNNER = "jobs.running.run"
BREAKER_SECONDS = 10.0
REFUSED_SECONDS = 7 * 24 * 3600
KEEPS_ALL = "noeviction"


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


def connect(url: str) -> Any:
    """A client of the server at `url`, or None when it does not answer within two seconds."""
    other = Redis.from_url(url, socket_connect_timeout=2.0, socket_timeout=2.0, retry=Retry(NoBackoff(), 0))
    try:
        other.ping()
    except RedisError:
        return None
    return other


def is_reachable() -> bool:
    """Whether Redis answers; after a failure nobody waits for it again for some seconds."""
    if breaker.is_away:
        return False
    try:
        return bool(client().ping())
    except RedisError as error:
        breaker.trip(error)
        return False


@dataclass(frozen=True)
class Memory:
    """What Redis does with its memory: with any policy but KEEPS_ALL it may throw away what queues hold."""

    policy: str
    is_full: bool = False


def memory() -> Memory | None:
    """What Redis says of its memory, in one round trip; None when it does not tell, be it away or forbidden.

    Whether it is away, `is_reachable` says.
    """
    if breaker.is_away:
        return None
    try:
        told = client().info("memory")
    except ResponseError:  # a server that lets nobody ask
        return None
    except RedisError as error:
        breaker.trip(error)
        return None
    if not told.get("maxmemory_policy"):
        return None
    most = int(told.get("maxmemory") or 0)
    return Memory(str(told["maxmemory_policy"]), 0 < most <= int(told.get("used_memory") or 0))


class _Breaker:
    """After a failure nobody waits for Redis again for a while: the reconciler delivers."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.closed_at = 0.0
        self.is_full = False

    @property
    def is_open(self) -> bool:
        return time.monotonic() < self.closed_at

    @property
    def is_away(self) -> bool:
        """Whether it is open because Redis gave no answer; one that is full takes nothing, and answers."""
        return self.is_open and not self.is_full

    def trip(self, error: RedisError) -> None:
        with self.lock:
            self.closed_at = time.monotonic() + BREAKER_SECONDS
            self.is_full = isinstance(error, OutOfMemoryError)

    def reset(self) -> None:
        with self.lock:
            self.closed_at = 0.0


breaker = _Breaker()


def push(jobs: Iterable[Job], *, patient: bool = False) -> list[str]:
    """Put the ids of jobs into their queues and wake a worker, in one round trip; returns the ids that arrived.

    Never raises for a dead Redis. With `patient` the breaker is not asked: the reconciler is the one who tries.
    """
    if breaker.is_open and not patient:
        return []
    jobs = list(jobs)
    try:
        with client().pipeline() as pipeline:
            for job in jobs:
                rq_job(job, JobStatus.QUEUED).save(pipeline=pipeline)
                pipeline.rpush(f"rq:queue:{job.queue}", job.pk)
            add_wakes(pipeline, {job.queue for job in jobs})
            pipeline.execute()
        breaker.reset()
    except RedisError as error:
        breaker.trip(error)
        why = "is full" if breaker.is_full else "cannot be reached"
        logger.warning("Redis %s; jobs wait in the database", why, extra={"error": str(error)})
        return []
    return [job.pk for job in jobs]


def rq_job(job: Job, status: JobStatus) -> RunnerJob:
    """The job as rq knows it: an id for the runner, in JSON. It is for rq's pages; the worker reads the database."""
    return RunnerJob.create(  # type: ignore[return-value]
        RUNNER,
        args=(job.pk,),
        id=job.pk,
        connection=client(),
        origin=job.queue,
        status=status,
        timeout=-1,
        result_ttl=0,
        description=job.pk,
    )


def wake(*queues: str) -> None:
    """Tell a worker that there may be something to start in these queues; without Redis it looks by itself."""
    if breaker.is_open:
        return
    try:
        with client().pipeline() as pipeline:
            add_wakes(pipeline, set(queues))
            pipeline.execute()
    except RedisError as error:
        breaker.trip(error)


def wake_key(queue: str) -> str:
    """The list on which workers wait for word of a queue: one mark at most; who takes it looks into the database."""
    return f"pressroom:wake:{queue}"


def add_wakes(pipeline: Any, queues: set[str]) -> None:
    """Add the marks of these queues to a pipeline: see `wake`."""
    for queue in queues:
        pipeline.sadd("rq:queues", f"rq:queue:{queue}")
        pipeline.lpush(wake_key(queue), 1)
        pipeline.ltrim(wake_key(queue), 0, 0)


def ids_in(queue: str) -> dict[str, bytes]:
    """The ids waiting in a queue in Redis, readable and as they lie there; raises RedisError."""
    return {readable(value): value for value in client().lrange(f"rq:queue:{queue}", 0, -1)}


def readable(raw: bytes) -> str:
    """An id as text that the database may be asked for, whatever somebody put there."""
    return raw.decode("utf-8", "backslashreplace").replace("\x00", "\\x00")


def lengths(queues: Iterable[str]) -> dict[str, int]:
    """How many ids each queue holds in Redis; raises RedisError."""
    names = list(queues)
    with client().pipeline() as pipeline:
        for name in names:
            pipeline.llen(f"rq:queue:{name}")
        return dict(zip(names, pipeline.execute(), strict=True))


def take_out(queue: str, ids: Iterable[str | bytes]) -> None:
    """Take ids out of a queue in Redis; raises RedisError."""
    with client().pipeline() as pipeline:
        for job_id in ids:
            pipeline.lrem(f"rq:queue:{queue}", 0, job_id)
        pipeline.execute()


def refuse(queue: str, raws: list[bytes]) -> list[str]:
    """Take what Pressroom did not put there out of a queue, show it as failed to rq's pages, run nothing of it.

    raws are ids as they lie there; those that rq cannot show are only taken out. Returns what each was, in words, after
    two round trips. Raises RedisError.
    """
    connection = client()
    with connection.pipeline(transaction=False) as pipeline:
        for raw in raws:
            pipeline.hgetall(b"rq:job:" + raw)
        words = [_words(planted) for planted in pipeline.execute(raise_on_error=False)]
    until = time.time() + REFUSED_SECONDS
    with connection.pipeline(transaction=False) as pipeline:
        for raw, what in zip(raws, words, strict=True):
            pipeline.lrem(f"rq:queue:{queue}", 0, raw)
            try:
                # In place of what was planted: one of ours that says so, which the pages can show.
                shown = RunnerJob.create(
                    RUNNER, args=(raw.decode(),), id=raw.decode(), connection=connection, origin=queue, timeout=-1
                )
            except ValueError:  # rq allows only some characters in ids
                continue
            shown.description = f"Refused: {what}, which Pressroom did not put there"
            shown._status = JobStatus.FAILED
            pipeline.delete(shown.key)
            shown.save(pipeline=pipeline)
            pipeline.expire(shown.key, REFUSED_SECONDS)
            pipeline.zadd(f"rq:failed:{queue}", {shown.id: until})
        pipeline.execute()
    return words


def _words(planted: Any) -> str:
    """What lay under `rq:job:<id>`, in words: a hash, nothing, or the error of asking for another type of key."""
    if planted == {}:
        return "a job with no data"
    try:
        found = RunnerJob("planted", connection=client())
        found.restore(planted)
        name = found.func_name
    except Exception:  # it cannot even be read: a pickle, broken JSON
        return "a job that cannot be read"
    return "a job that is not in the database" if name == RUNNER else f"a call of {name}"


def remove(job: Job) -> None:
    """Take a job out of its queue in Redis, if Redis is there; a leftover does no harm."""
    if breaker.is_open:
        return
    try:
        with client().pipeline() as pipeline:
            pipeline.lrem(f"rq:queue:{job.queue}", 0, job.pk)
            pipeline.delete(f"rq:job:{job.pk}")
            pipeline.execute()
    except RedisError as error:
        breaker.trip(error)
