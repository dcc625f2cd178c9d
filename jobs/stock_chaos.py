"""The control of `manage.py chaos`: stock RQ while its Redis comes and goes."""

from collections import Counter
from typing import Any

from redis.exceptions import RedisError
from rq import Retry
from rq.job import Job as RQJob
from rq.serializers import JSONSerializer

from jobs.stock import Stock

ATTEMPTS = 3


class StockUnderFire(Stock):
    """Says whether Redis took something instead of raising that it is away."""

    def put(self, queue: str, function: str, arguments: tuple[Any, ...], job_id: str) -> bool:
        """Enqueue one call with RQ's own retries; False when nobody knows whether Redis has it."""
        try:
            self.queue(queue).enqueue(function, *arguments, job_id=job_id, retry=Retry(max=ATTEMPTS))
        except RedisError:
            return False
        return True

    def flush(self) -> bool:
        """Empty Redis; False when it is away."""
        try:
            return bool(self.connection.flushall())
        except RedisError:
            return False

    def words(self, ids: list[str]) -> dict[str, int]:
        """What RQ says of these jobs: state -> how many; "nothing" where it does not know them any more."""
        try:
            jobs = RQJob.fetch_many(ids, connection=self.connection, serializer=JSONSerializer)
            return dict(Counter(str(job.get_status(refresh=False)) if job else "nothing" for job in jobs))
        except RedisError as error:
            return {f"no answer ({type(error).__name__})": len(ids)}
