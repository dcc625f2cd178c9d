"""Accepting work: the Job row is written in the caller's transaction, its id is pushed when that commits."""

import hashlib
import json
from datetime import datetime
from typing import Any

from django.db import IntegrityError, models, transaction
from django.db.models.functions import Now
from django.utils.module_loading import import_string
from django.utils.text import slugify
from ulid import ULID

from accounts.models import Tenant
from config.faultpoints import faultpoint
from config.hooks import JOB_RETRIED
from jobs import table
from jobs.carrying import push, wake
from jobs.declaring import Payload, Unrunnable
from jobs.models import ENDED, Job, JobEvent, Level, State, request_ref


class AlreadyAccepted(Exception):
    """The same key and body came before: `job` is the one that was made of it."""

    def __init__(self, job: Job) -> None:
        super().__init__(f"this was accepted before as {job.pk}")
        self.job = job


class KeyReused(Exception):
    """The same idempotency key came before with another body."""


class NotRetryable(Exception):
    """Only a failed or cancelled job can be retried, and only once."""


def body_hash(body: Any) -> str:
    """A stable hash of a request's JSON body."""
    return hashlib.sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()


def earlier(task: str, tenant: Tenant | None, key: str | None, body: Any) -> Job | None:
    """The job that this key made before, if any; raises KeyReused when it was made of another body."""
    job = Job.objects.filter(task=task, tenant=tenant, key=key).first() if key else None
    if job and job.body_hash != body_hash(body):
        raise KeyReused("this Idempotency-Key was used before for another request: send a new key")
    return job


def enqueue(
    task: str,
    *,
    tenant: Tenant | None,
    user: Any = None,
    request: models.Model | str = "",
    payload: Payload | dict[str, Any] | None = None,
    key: str | None = None,
    body: Any = None,
    priority: int = 0,
    run_at: datetime | None = None,
    retry_of: Job | None = None,
    reason: str = "",
) -> Job:
    """Write a job of `task` (its dotted path in the queue table); call it inside the transaction of the request row.

    request is the request row (or its name); payload is the task's own model or its data, priority one of Level. With
    a key: raises AlreadyAccepted (same body) or KeyReused (another one), which roll the caller's transaction back.
    run_at puts the job off; reason then says why. Raises BadPayload for a payload that the task cannot read.
    """
    line = table.line(task)
    priority = Level(priority)
    if run_at and run_at.tzinfo is None:
        raise ValueError("run_at needs a time zone: jobs are stored in UTC")
    carried = payload if isinstance(payload, Payload) else table.task(task).read(payload or {})
    with transaction.atomic():
        try:
            with transaction.atomic():
                job = Job.objects.create(
                    id=_new_id(line.kind, user),
                    tenant=tenant,
                    user=user,
                    queue=line.queue.name,
                    task=task,
                    request=request if isinstance(request, str) else request_ref(request),
                    payload=carried.model_dump(mode="json", exclude_unset=True),
                    key=key,
                    body_hash=body_hash(body) if key else "",
                    priority=priority,
                    state=State.DELAYED if run_at else State.WAITING,
                    run_at=run_at or Now(),
                    waiting_for=reason if run_at else "",
                    retry_of=retry_of,
                )
        except IntegrityError:
            if retry_of and (other := Job.objects.filter(retry_of=retry_of).first()):
                raise NotRetryable(f"{retry_of.pk} was retried already as {other.pk}") from None
            if job := earlier(task, tenant, key, body):  # type: ignore[assignment]
                raise AlreadyAccepted(job) from None
            raise
        JobEvent.objects.create(job=job, kind=JobEvent.Kind.ACCEPTED, message=f"Accepted into {line.queue.name}")
        job.refresh_from_db()
        faultpoint("accept.written")
        transaction.on_commit(lambda: faultpoint("accept.committed"))
        transaction.on_commit(lambda: wake(job.queue) if run_at else deliver([job]))
    return job


def deliver(jobs: list[Job], *, patient: bool = False) -> int:
    """Push jobs, note that they were pushed, and return how many arrived; the reconciler delivers the others."""
    arrived = push(jobs, patient=patient)
    if arrived:
        Job.objects.filter(pk__in=arrived).update(pushed_at=Now())
    return len(arrived)


def retry(job: Job, user: Any) -> Job:
    """A new job with the same request row and payload; the old one stays as it is. Raises NotRetryable."""
    if job.state not in ENDED or job.state == State.COMPLETED:
        raise NotRetryable(f"{job.pk} is {job.state}: only a failed or cancelled job can be retried")
    if hasattr(job, "retried_as"):
        raise NotRetryable(f"{job.pk} was retried already as {job.retried_as.pk}")
    with transaction.atomic():
        try:
            new = enqueue(
                job.task,
                tenant=job.tenant,
                user=user,
                request=job.request,
                payload=job.payload,
                priority=job.priority,
                retry_of=job,
            )
        except Unrunnable as error:
            raise NotRetryable(str(error)) from None
        for hook in JOB_RETRIED:
            import_string(hook)(new)
    return new


def _new_id(kind: str, user: Any) -> str:
    name = slugify(user.get_username())[:60] if user else "system"
    return f"{kind}-{name or f'user{user.pk}'}-{ULID()}".lower()
