"""Ordering lessons: accepting a wish once, redoing a part, stopping, resuming, and what the end of a job means."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import Tenant, User
from ai import choosing, editions, estimating
from jobs import accepting, ending
from jobs.models import ENDED, Job, State
from lessons import generation, prompts
from lessons.models import Lesson
from lessons.orders import Order

GENERATE = "lessons.tasks.generate"
SAME_FOR = timedelta(minutes=10)
# The seed of the lessons wrote with OpenRouter: its key preselects it.
KEYED = "openrouter"
RESUMABLE = (State.FAILED, State.CANCELLED)


@dataclass(frozen=True)
class Ordered:
    """What came of an order: its lesson, the newest job of it (None when its row is gone), and whether it is new."""

    lesson: Lesson
    job: Job | None
    is_new: bool


def choose_model(requested: str, user: Any, tenant: Tenant) -> str:
    """The id of the model for a lesson; raises ModelGone."""
    return choosing.choose(requested, user, tenant, keyed=KEYED)


def start(order: Order, *, tenant: Tenant, user: User, key: str | None = None, another: bool = False) -> Ordered:
    """Accept an order: the lesson and its job in one transaction.

    The same wish of the same person within ten minutes, or while its job is open, is the same lesson, unless `another`
    is wanted; one that failed or was stopped meanwhile goes on. So is the same key with the same order. Raises
    jobs.accepting.KeyReused, ModelGone, and InvalidKey (nobody has a key for the model).
    """
    body = body_of(order, another=another)
    if job := accepting.earlier(GENERATE, tenant, key, body):
        return Ordered(lesson_of(job), job, is_new=False)
    model = choose_model(order.model or "", user, tenant)
    order = order.model_copy(update={"model": model})
    chain = choosing.chain_for(model, user, tenant)
    try:
        with transaction.atomic():
            # Two requests at once: the second one waits here and finds the lesson of the first.
            User.objects.select_for_update().get(pk=user.pk)
            if not another and (found := same(order, tenant=tenant, user=user)):
                return Ordered(found, _going_on(found, user), is_new=False)
            lesson = Lesson(
                tenant=tenant,
                user=user,
                section_count=order.section_count,
                order_hash=order.fingerprint(user),
                model_id=model,
                key_owner=chain.links[0].key_owner,
                fallbacks=chain.stored(),
                on_errors=sorted(chain.kinds),
                **order.model_dump(exclude={"model", "sections"}),
            )
            Tenant.objects.select_for_update().get(pk=tenant.pk)  # addresses are given one after another
            lesson.choose_slug()
            lesson.save()
            own = [editions.in_use(tenant, template.name) for template in prompts.ALL]
            lesson.editions.set([edition for edition in own if edition])
            return Ordered(lesson, enqueue(lesson, user, key=key, body=body), is_new=True)
    except accepting.AlreadyAccepted as again:
        return Ordered(lesson_of(again.job), again.job, is_new=False)


def body_of(order: Order, *, another: bool) -> dict[str, Any]:
    """What is stored of an order, to tell another one with the same key."""
    return order.model_dump(mode="json") | {"another": another}


def same(order: Order, *, tenant: Tenant, user: User) -> Lesson | None:
    """The lesson that this order made already, if it is young or being written."""
    newest = Lesson.objects.for_tenant(tenant).filter(user=user, order_hash=order.fingerprint(user)).first()
    if newest and (newest.is_open or newest.created_at > timezone.now() - SAME_FOR):
        return newest
    return None


def _going_on(lesson: Lesson, user: User) -> Job | None:
    if lesson.state in RESUMABLE:
        with suppress(accepting.NotRetryable):  # somebody else was faster
            return resume(lesson, user)
    return lesson.job


def another(lesson: Lesson, by: User) -> Ordered:
    """A new lesson from the same wish, on the same model. Raises as `start`."""
    choosing.known(lesson.model_id)
    return start(order_of(lesson), tenant=lesson.tenant, user=by, another=True)


def order_of(lesson: Lesson) -> Order:
    """The wish of a lesson once more; its model is not asked whether it can still write."""
    names = ("topic", "difficulty", "context", "language", "audience")
    wish: dict[str, Any] = {name: getattr(lesson, name) for name in names}
    wish |= {"model": lesson.model_id, "trigger_source": "manual", "sections": lesson.section_count}
    return Order.model_construct(**wish)


def lesson_of(job: Job) -> Lesson:
    """The lesson that a job writes; raises KeyReused where it was deleted."""
    lesson = Lesson.objects.filter(tenant=job.tenant, pk=job.payload["lesson_id"]).first()
    if lesson is None:
        raise accepting.KeyReused("the lesson that this Idempotency-Key made was deleted: send a new key")
    return lesson


def enqueue(lesson: Lesson, user: Any, **how: Any) -> Job:
    """Write the job of a lesson; `how` is passed on to jobs.accepting.enqueue."""
    return accepting.enqueue(
        GENERATE, tenant=lesson.tenant, user=user, request=lesson, payload={"lesson_id": lesson.pk}, **how
    )


def stop(lesson: Lesson, by: Any) -> Job | None:
    """End the job of a lesson; what is written stays. None when there is nothing to stop."""
    job = lesson.job
    return ending.request_cancel(job, by=str(by)) if job and not job.ended else None


def resume(lesson: Lesson, by: Any) -> Job:
    """A new job for a lesson that failed or was stopped; it writes what is missing. Raises NotRetryable."""
    with transaction.atomic():
        if job := lesson.job:
            return accepting.retry(job, by)
        # The job's row is gone: the state is taken by a conditional update, so that two clicks make one job.
        if not Lesson.objects.filter(pk=lesson.pk, state__in=RESUMABLE).update(state=State.WAITING, note=""):
            raise accepting.NotRetryable(f"this lesson is {lesson.state}: there is nothing to resume")
        return enqueue(lesson, by)


def begin(lesson: Lesson, run: Any) -> None:
    """Note on the lesson that it is being written."""
    with run.owned(saves_step=False):
        Lesson.objects.filter(pk=lesson.pk).update(state=State.ACTIVE, note="")


def job_retried(job: Job) -> None:
    """Hook of config/hooks.py: the lesson waits again. Only writes rows.

    Raises NotRetryable where it was deleted, or another job is at work on it: never two at once.
    """
    if job.task != GENERATE:
        return
    lesson = Lesson.objects.select_for_update(of=("self",)).filter(pk=job.payload["lesson_id"]).first()
    if lesson is None:
        raise accepting.NotRetryable("the lesson of this job was deleted: there is nothing to write")
    if other := lesson.jobs.open().exclude(pk=job.pk).first():
        raise accepting.NotRetryable(f"{other.pk} is at work on this lesson: wait for it, or stop it first")
    Lesson.objects.filter(pk=lesson.pk).update(state=State.WAITING, note="")


def job_ended(job: Job) -> None:
    """Hook of config/hooks.py: give the lesson the state that its job ended with. Only writes rows."""
    if job.task != GENERATE or job.state not in ENDED:
        return
    changes: dict[str, Any] = {"state": job.state, "note": (job.failed_reason or "")[:300]}
    Lesson.objects.filter(pk=job.payload["lesson_id"]).update(**changes)
    if job.result is None:
        job.result = {"lessonId": job.payload["lesson_id"]}
        job.save(update_fields=["result"])


def estimate(order: Order, *, tenant: Tenant, user: Any) -> estimating.Estimate:
    """What an order will cost, from its own prompts and a sample plan. Raises ModelGone and NoPrice."""
    model = choosing.known(choose_model(order.model or "", user, tenant))
    return estimating.together(
        [
            estimating.estimate(prompt, model, calls=calls, words=words)
            for prompt, calls, words in generation.sample_calls(order, tenant)
        ]
    )
