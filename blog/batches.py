"""Starting, stopping, resuming batches, and the chain of continuous mode."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import Tenant
from ai import choosing
from ai.calling import CALL_SECONDS
from blog.models import Batch, Pick, Post
from blog.orders import Order
from integrations.errors import InvalidKey, ModelGone, NoCredit
from jobs import accepting, ending
from jobs.models import Job
from jobs.running import Run

GENERATE = "blog.tasks.generate"
PAUSING = {error.__name__ for error in (InvalidKey, NoCredit, ModelGone)}


def start(order: Order, *, tenant: Tenant, user: Any, key: str | None = None) -> tuple[Batch, Job]:
    """Accept an order: the batch and its job in one transaction. The same key and order is the same batch.

    Raises jobs.accepting.KeyReused (the key came with another order) and ModelGone (the preferred model is unknown).
    """
    body = order.model_dump()
    if job := accepting.earlier(GENERATE, tenant, key, body):
        return batch_of(job), job
    try:
        with transaction.atomic():
            batch = Batch.objects.create(
                tenant=tenant,
                user=user,
                model=choosing.choose(order.model or "", user, tenant),
                priority=order.level,
                **order.model_dump(exclude={"model", "priority"}),
            )
            return batch, _enqueue(batch, user, key=key, body=body)
    except accepting.AlreadyAccepted as again:
        return batch_of(again.job), again.job


def _enqueue(batch: Batch, user: Any, **how: Any) -> Job:
    return accepting.enqueue(
        GENERATE,
        tenant=batch.tenant,
        user=user,
        request=batch,
        payload={"batch_id": batch.pk},
        priority=batch.priority,
        **how,
    )


def batch_of(job: Job) -> Batch:
    """The batch a job writes."""
    return Batch.objects.get(tenant=job.tenant, pk=job.payload["batch_id"])


def begin(batch: Batch, run: Run) -> None:
    """Note on the batch that it is being written; an earlier stop is over."""
    with run.owned(saves_step=False):
        Batch.objects.filter(pk=batch.pk).update(state=Batch.State.ACTIVE, note="", stop_requested_at=None)


def stop(batch: Batch, by: Any) -> Job | None:
    """Stop after the post in hand, in continuous mode the whole chain; returns the job asked to end, if any."""
    asked = None
    following: Batch | None = batch
    while following:
        # Marked before the next one is looked for: plan_next either sees the mark or has made its row already.
        Batch.objects.filter(pk=following.pk).update(stop_requested_at=timezone.now())
        job = following.job
        if job and not job.ended:
            asked = ending.request_cancel(job, by=str(by), grace=CALL_SECONDS)
        following = Batch.objects.filter(previous=following).first()
    return asked


def resume(batch: Batch, by: Any) -> Job:
    """A new job for a batch that failed, was cancelled or paused; it redoes nothing. Raises NotRetryable."""
    if job := batch.job:
        return accepting.retry(job, by)
    if batch.state not in (Batch.State.FAILED, Batch.State.CANCELLED, Batch.State.PAUSED):
        raise accepting.NotRetryable(f"this batch is {batch.state}: there is nothing to resume")
    with transaction.atomic():
        _wait_again(batch.pk)
        return _enqueue(batch, by)


def job_retried(job: Job) -> None:
    """Hook of config/hooks.py: the batch waits again. Only writes rows."""
    if job.task == GENERATE:
        _wait_again(job.payload["batch_id"])


def _wait_again(batch_id: int) -> None:
    Batch.objects.filter(pk=batch_id).update(state=Batch.State.WAITING, stop_requested_at=None, note="")


def job_ended(job: Job) -> None:
    """Hook of config/hooks.py: give the batch the state its job ended with, and let go of films it did not write."""
    if job.task != GENERATE:
        return
    Pick.objects.filter(batch=job.payload["batch_id"], state=Pick.State.PICKED).delete()
    state = Batch.State.PAUSED if job.failed_code in PAUSING else Batch.State(job.state)
    changes: dict[str, Any] = {"state": state}
    if job.failed_reason:
        changes["note"] = job.failed_reason[:300]
    Batch.objects.filter(pk=job.payload["batch_id"]).update(**changes)


def plan_next(batch: Batch, run: Run, *, made: bool) -> Batch | None:
    """In continuous mode, order the next small batch after a pause, tomorrow when the daily cap is reached.

    Nothing is planned when it was stopped, or when this one found no title any more.
    """
    if batch.mode != Batch.Mode.CONTINUOUS or hasattr(batch, "next"):
        return None
    if not made:
        run.log("No title is left: the continuous run ends here", "warning")
        return None
    run_at, reason = next_start(batch.tenant, timezone.now())
    with run.owned():
        following = Batch.objects.select_for_update().get(pk=batch.pk)
        if following.stop_requested_at:
            return None
        following.pk = None
        following._state.adding = True
        following.previous, following.state, following.note = batch, Batch.State.DELAYED, reason
        following.created_at = timezone.now()
        following.save()
        job = _enqueue(following, batch.user, run_at=run_at, reason=reason)
    run.log(f"The next batch follows as {job.pk}: {reason}")
    return following


def next_start(tenant: Tenant, now: datetime) -> tuple[datetime, str]:
    """When the next batch of a continuous run may start, and why then."""
    zone = ZoneInfo(tenant.time_zone)
    midnight = datetime.combine(now.astimezone(zone).date(), time.min, zone)
    today = Post.objects.for_tenant(tenant).filter(created_at__gte=midnight, batch__mode=Batch.Mode.CONTINUOUS).count()
    if today >= settings.BLOG_DAILY_CAP:
        return midnight + timedelta(days=1), f"the daily cap of {settings.BLOG_DAILY_CAP} posts is reached"
    pause = settings.BLOG_CONTINUOUS_PAUSE_SECONDS
    return now + timedelta(seconds=pause), f"pause of {pause} s between batches"
