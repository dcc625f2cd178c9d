"""Starting, stopping, resuming batches, and the chain of continuous mode."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts import notices
from accounts.models import Tenant
from ai import choosing, editions, estimating, ledger, lots
from ai.calling import CALL_SECONDS
from ai.languages import Language
from ai.models import Call
from blog import prompts, sources
from blog.generation import OF_ONE_POST
from blog.models import Batch, Pick
from blog.orders import Order
from integrations.catalogs.base import Filters
from integrations.errors import PermanentError, Unsupported
from jobs import accepting, ending
from jobs.models import Job
from jobs.running import Run

GENERATE = "blog.tasks.generate"
RESUMABLE = (Batch.State.FAILED, Batch.State.CANCELLED, Batch.State.PAUSED)


def _pausing(error: type[PermanentError] = PermanentError) -> set[str]:
    """The names of the errors that a person can mend: then the batch is paused, not failed."""
    below = (_pausing(child) for child in error.__subclasses__() if child not in (Unsupported, *OF_ONE_POST))
    return {error.__name__}.union(*below)


def start(order: Order, *, tenant: Tenant, user: Any, key: str | None = None, catalog: str = "") -> tuple[Batch, Job]:
    """Accept an order: the batch and its job in one transaction. The same key and order is the same batch.

    Which model, whose key and which catalog is decided here and kept. Raises jobs.accepting.KeyReused (the key came
    with another order), ModelGone (the preferred model is unknown) and InvalidKey (nobody has a key for the model).
    """
    body = order.model_dump()
    if job := accepting.earlier(GENERATE, tenant, key, body):
        return batch_of(job), job
    chain = choosing.chain_for(choosing.choose(order.model or "", user, tenant), user, tenant)
    first = chain.links[0]
    refuse_missing_lane(order, first.model)
    try:
        with transaction.atomic():
            batch = Batch.objects.create(
                tenant=tenant,
                user=user,
                model_id=first.model,
                key_owner=first.key_owner,
                fallbacks=chain.stored(),
                on_errors=sorted(chain.kinds),
                prompt_edition=editions.in_use(tenant, prompts.POST.name),
                catalog=catalog or sources.chosen(),
                priority=order.level,
                **order.model_dump(exclude={"model", "priority"}),
            )
            return batch, enqueue_batch(batch, user, key=key, body=body)
    except accepting.AlreadyAccepted as again:
        return batch_of(again.job), again.job


def refuse_missing_lane(order: Order, model_id: str) -> None:
    """Raise Unsupported for an order in the cheaper lane on a model that has none."""
    if order.lane == Call.Lane.CHEAP and not lots.has_lane(choosing.known(model_id)):
        raise Unsupported(f"{model_id} has no cheaper lane: order it at once, or choose a model of OpenAI or Anthropic")


def enqueue_batch(batch: Batch, user: Any, **how: Any) -> Job:
    """Write the job of a batch; `how` is passed on to jobs.accepting.enqueue."""
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


def estimate(order: Order, *, tenant: Tenant, user: Any) -> estimating.Estimate:
    """What an order will cost, from the prompt for a film of the offline catalog. Raises ModelGone."""
    model = choosing.known(choosing.choose(order.model or "", user, tenant))
    refuse_missing_lane(order, model.model_id)
    sample = next(sources.open_catalog(sources.OFFLINE).titles("popular", order.media_type, Filters(), date.min))
    prompt = prompts.post(
        sample.facts(),
        language=order.language,
        language_name=Language(order.language).label,
        length=order.length,
        tone=order.tone,
        words=editions.in_use(tenant, prompts.POST.name),
    )
    words = prompts.WORDS[order.length]
    return estimating.estimate(prompt, model, calls=order.count, words=words, lane=order.lane)


def resume(batch: Batch, by: Any, *, max_usd: Decimal | None = None) -> Job:
    """A new job for a batch that failed, was cancelled or paused; it redoes nothing. Raises NotRetryable.

    max_usd raises (or sets) the ceiling first.
    """
    with transaction.atomic():
        if max_usd is not None:
            Batch.objects.filter(pk=batch.pk).update(max_usd=max_usd)
        if job := batch.job:
            return accepting.retry(job, by)
        # The job's row is gone: the state is taken by a conditional update, so that two clicks make one job.
        ended = Batch.objects.filter(pk=batch.pk, state__in=RESUMABLE)
        if not ended.update(state=Batch.State.WAITING, stop_requested_at=None, note=""):
            raise accepting.NotRetryable(f"this batch is {batch.state}: there is nothing to resume")
        return enqueue_batch(batch, by)


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
    batch_id = job.payload["batch_id"]
    undone = Pick.objects.filter(batch=batch_id, state=Pick.State.PICKED)
    undone.exclude(ref__in=ledger.steps_paid_for(f"{Batch._meta.label}:{batch_id}")).delete()
    if job.result is None and (batch := Batch.objects.filter(pk=batch_id).first()):
        job.result = batch.tally() | {"skipped": 0}
        job.save(update_fields=["result"])
    state = Batch.State.PAUSED if job.failed_code in _pausing() else Batch.State(job.state)
    changes: dict[str, Any] = {"state": state}
    if job.failed_reason:
        changes["note"] = job.failed_reason[:300]
    Batch.objects.filter(pk=batch_id).update(**changes)
    if state == Batch.State.PAUSED:
        _tell_paused(batch_id, job)


def _tell_paused(batch_id: int, job: Job) -> None:
    """The one notice of a batch that needs its person; it stands for the one about the job, whose key it has."""
    batch = Batch.objects.filter(pk=batch_id).first()
    if batch and job.user:
        notices.tell(
            job.user,
            f"Batch {batch.pk} is paused: it needs you, then Resume",
            tenant=batch.tenant,
            level="error",
            body=f"{job.failed_reason} {batch.kept()}",
            link=f"/admin/blog/batch/{batch.pk}/change/",
            key=f"job-failed:{job.pk}",
        )
