"""Accepting publications, and what people do with one that is there: change, put off, cancel, clear up, send again."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from accounts import audit
from accounts.models import Tenant
from integrations.errors import OutsideError
from jobs import accepting, ending
from jobs.models import Job
from jobs.models import State as JobState
from publishing import announcing, approving, following, holding, scheduling, telling
from publishing.drafts import BadContent, files_of, parts_of
from publishing.models import Account, Attempt, Publication
from publishing.models.accounts import CHANNELS
from publishing.opening import open_platform
from publishing.orders import ContentIn, PublicationOrder
from publishing.scheduling import DISPATCH, POST_NOW

State = Publication.State
TASKS = (DISPATCH, POST_NOW)
# Those that a person may still change.
OPEN = (State.DRAFT, State.NEEDS_APPROVAL, State.SCHEDULED, State.REFUSED, State.EXPIRED)
PAST_MINUTES = 2
FARTHEST = timedelta(days=10 * 366)


class BadOrder(ValueError):
    """An order that cannot be taken: {field: what is wrong with it}."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = problems


class WrongState(ValueError):
    """What is wished cannot be done with a publication in this state; the text says why."""


def publish(
    order: PublicationOrder,
    *,
    tenant: Tenant,
    user: Any,
    key: str | None = None,
    origin: str = "",
    schedule: str = "",
    is_test: bool = False,
    replaces: Publication | None = None,
    holds: Sequence[tuple[str, str]] = (),
) -> tuple[Publication, Job | None]:
    """Accept a publication: at once (with its job), at a time, or as a draft. Raises BadOrder and KeyReused.

    The same key and order is the same publication. schedule names a plan: on one account it is carried out once.
    replaces is the published one whose words these are to be. holds are kinds and reasons that the content brings.
    """
    body = accepting.body_hash([order.model_dump(mode="json"), origin, schedule, replaces and replaces.pk])
    if found := _earlier(tenant, key, body):
        return found, job_of(found)
    publication = Publication(
        tenant=tenant,
        user=user,
        account=_account(tenant, order.account_id, is_test),
        origin=origin,
        schedule=schedule[:100],
        is_test=is_test,
        replaces=replaces,
        approval_message=order.approval_message,
        approval_due_at=order.approval_due_at,
        idempotency_key=key,
        body_hash=body if key else "",
        scheduled_at=check_time(order.scheduled_at),
    )
    try:
        with transaction.atomic():
            _take_content(publication, order.content())
            for kind, reason in holds:
                holding.hold(publication, kind, reason)
            job = None if order.draft else _let_go(publication, user)
    except IntegrityError:
        if found := _earlier(tenant, key, body):
            return found, job_of(found)
        raise _taken(schedule, replaces) from None
    return publication, job


def _earlier(tenant: Tenant, key: str | None, body: str) -> Publication | None:
    found = Publication.objects.for_tenant(tenant).filter(idempotency_key=key).first() if key else None
    if found and found.body_hash != body:
        raise accepting.KeyReused("this Idempotency-Key was used before for another request: send a new key")
    return found


def _taken(schedule: str, replaces: Publication | None) -> BadOrder:
    if replaces:
        return BadOrder({"text": "A change of it is waiting already. Edit that one, or cancel it first."})
    return BadOrder({"scheduleId": f"The plan {schedule} is on this account already."})


def job_of(publication: Publication) -> Job | None:
    """The newest job of a publication."""
    return Job.objects.for_request(publication).first()


def _account(tenant: Tenant, pk: int, is_test: bool) -> Account:
    account = Account.objects.for_tenant(tenant).filter(pk=pk).first() if 0 < pk < 2**63 else None
    if account is None:
        raise BadOrder({"accountId": "There is no such account in your workspace."})
    if account.platform in CHANNELS:
        raise BadOrder({"accountId": "This account reaches single people. Choose one that takes posts."})
    if is_test and account.platform != "offline":
        raise BadOrder({"accountId": "A test goes to offline accounts only."})
    return account


def check_time(moment: datetime | None) -> datetime | None:
    """The same moment; raises BadOrder for one that has passed, or is farther off than anybody plans."""
    if moment and moment > timezone.now() + FARTHEST:
        raise BadOrder({"scheduledAt": "This is more than ten years ahead. Choose a nearer time."})
    if moment and moment < timezone.now() - timedelta(minutes=PAST_MINUTES):
        raise BadOrder({"scheduledAt": "This time has passed. Choose one to come, or leave it out to send it now."})
    return moment


def _take_content(publication: Publication, content: ContentIn) -> None:
    """Store a content with its files, check it as the platform would, and hold what has to be held."""
    snapshot = content.snapshot()
    try:
        files = files_of(publication.tenant, snapshot.get("mediaIds", []))
    except BadContent as error:
        raise BadOrder({"mediaIds": str(error)}) from None
    publication.set_content(snapshot)
    publication.save()
    publication.media.set(files)
    try:
        problems = problems_of(publication)
    except OutsideError as error:
        raise BadOrder({"accountId": str(error)}) from None
    if problems:
        raise BadOrder(problems)
    holding.look_again(publication)


def problems_of(publication: Publication) -> dict[str, str]:
    """Why its platform would refuse it, by field; the same as is asked again before it is sent. Raises OutsideError."""
    platform = open_platform(publication.account)
    try:
        first, *rest = parts_of(publication)
    except BadContent as error:
        return {"mediaIds": str(error)}
    found = {"text": " ".join(platform.problems(first))}
    for number, part in enumerate(rest, start=2):
        if told := " ".join(platform.problems(part)):
            found[f"thread.{number - 2}"] = f"Part {number}: {told}"
    return {field: words for field, words in found.items() if words}


def _let_go(publication: Publication, user: Any) -> Job | None:
    """From here on it goes out by itself: at its time, when the clock finds it, or now; once its approvers agree."""
    publication.note, publication.not_before = "", None
    if publication.is_test is False and approving.ask_if_needed(publication, user):
        publication.state = State.NEEDS_APPROVAL
        publication.save()
        return None
    is_now = publication.scheduled_at is None
    publication.scheduled_at = publication.scheduled_at or Now()
    publication.state = State.SCHEDULED
    publication.save()
    publication.refresh_from_db(fields=["scheduled_at"])
    audit.record(user or "system", "publication.scheduled", tenant=publication.tenant, target=publication.pk)
    return scheduling.dispatch(publication, POST_NOW) if is_now else None


def schedule(publication: Publication, user: Any, moment: datetime | None) -> Job | None:
    """Give it a time (None: now), also one that was refused or came too late. Raises WrongState and BadOrder."""
    check_time(moment)
    with transaction.atomic():
        row = locked(publication)
        if row.state not in (*OPEN, State.CANCELLED):
            raise WrongState(f"It is {row.get_state_display().lower()}: its time cannot be changed any more.")
        _withdraw_jobs(row, user)
        row.scheduled_at = moment.replace(second=0, microsecond=0) if moment else None
        row.round += 1
        with _once_per_plan():
            return _let_go(row, user)


@contextmanager
def _once_per_plan() -> Iterator[None]:
    """What was over comes to life again, unless another one has its place by now."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        raise WrongState("Another publication of the same plan is on this account already.") from None


def change(publication: Publication, user: Any, content: ContentIn) -> None:
    """Put another content in its place; holds and approvals begin anew. Raises WrongState and BadOrder."""
    with transaction.atomic():
        row = locked(publication)
        if row.state not in OPEN:
            raise WrongState(f"It is {row.get_state_display().lower()}: its words cannot be changed any more.")
        before = row.content_hash
        _take_content(row, content)
        if row.content_hash != before:
            _ask_anew(row, user)
        audit.record(user, "publication.changed", tenant=row.tenant, target=row.pk)


def _ask_anew(row: Publication, user: Any) -> None:
    """Another content needs leave of its own; what was refused or too late is a draft again."""
    approving.withdraw(row)
    if row.state == State.NEEDS_APPROVAL:
        _let_go(row, user)
    elif row.state == State.SCHEDULED and approving.ask_if_needed(row, user):
        _withdraw_jobs(row, user)
        row.state = State.NEEDS_APPROVAL
    elif row.state != State.SCHEDULED:
        row.state, row.note = State.DRAFT, ""
    row.save()


def cancel(publication: Publication, user: Any) -> None:
    """Never send it. Raises WrongState where it is under way, out, or may be."""
    with transaction.atomic():
        row = locked(publication)
        if row.state not in OPEN:
            raise WrongState(f"It is {row.get_state_display().lower()}: there is nothing left to cancel.")
        _withdraw_jobs(row, user)
        row.state, row.note = State.CANCELLED, ""
        row.save()
        approving.withdraw(row)
        audit.record(user, "publication.cancelled", tenant=row.tenant, target=row.pk)


def resolve(publication: Publication, user: Any, outcome: str, url: str = "") -> Job | None:
    """A person has looked: "published", or "send_again", which sends it once more. Raises WrongState."""
    with transaction.atomic():
        row = locked(publication)
        if row.state != State.UNCONFIRMED:
            raise WrongState(f"It is {row.get_state_display().lower()}: there is nothing to clear up.")
        last = row.attempts.open_questions().last() or row.attempts.last()
        is_out = outcome == "published"
        if last:
            words = f"{user} looked: it is {'there' if is_out else 'not there'}."
            last.state = Attempt.State.PUBLISHED if is_out else Attempt.State.ABSENT
            last.words, last.ended_at = words, timezone.now()
            last.save()
        if not is_out:
            row.attempts.open_questions().update(state=Attempt.State.ABSENT)
        audit.record(user, f"publication.resolved_{outcome}", tenant=row.tenant, target=row.pk)
        if is_out:
            row.state, row.note = State.PUBLISHED, f"{user} found it there."
            row.published_at = row.published_at or (last.started_at if last else timezone.now())
            row.url = url[:500] or row.url
            row.save()
            announcing.published(row)
            following.follow(row)
            return None
        row.scheduled_at = None
        row.round += 1
        return _let_go(row, user)


def locked(publication: Publication) -> Publication:
    """The row as it is now, for a change in this transaction."""
    rows = Publication.objects.select_for_update(of=("self",)).select_related("account", "tenant")
    return rows.get(pk=publication.pk)


def _withdraw_jobs(publication: Publication, user: Any) -> None:
    """Cancel jobs of it that have not begun: another time makes its own."""
    for job in Job.objects.open().for_request(publication).exclude(state=JobState.ACTIVE):
        ending.request_cancel(job, by=str(user), only_waiting=True)


def job_ended(job: Job) -> None:
    """In the transaction that ends a dispatcher's job: what that means for its publication."""
    if job.task not in TASKS or job.state == JobState.COMPLETED:
        return
    publication = Publication.objects.filter(pk=job.payload.get("publication_id")).select_related("account").first()
    if publication is None:
        return
    if publication.state == State.SENDING and publication.job == job.pk:
        _end_unfinished(publication, job)
    elif publication.scheduled_at and publication.scheduled_at > timezone.now():
        return  # it was put off meanwhile: this job says nothing about that time
    elif publication.state == State.SCHEDULED and job.state == JobState.FAILED:
        _settle(publication, State.REFUSED, job.failed_reason)
    elif publication.state == State.SCHEDULED:
        columns = {"state": State.CANCELLED, "note": "Its job was cancelled.", "updated_at": timezone.now()}
        Publication.objects.filter(pk=publication.pk, state=State.SCHEDULED).update(**columns)


def job_retried(job: Job) -> None:
    """In the transaction of a person's retry: what was refused as its job failed is to go out again.

    Holds stay, and so does the question of one that may be there: it waits for a person, not for a job.
    """
    if job.task in TASKS:
        rows = Publication.objects.filter(pk=job.payload.get("publication_id"), state=State.REFUSED)
        now = timezone.now()
        rows.update(state=State.SCHEDULED, scheduled_at=now, not_before=None, round=F("round") + 1, updated_at=now)


def _end_unfinished(publication: Publication, job: Job) -> None:
    if publication.may_be_there:
        armed = publication.attempts.filter(state=Attempt.State.ARMED)
        armed.update(state=Attempt.State.UNKNOWN, ended_at=timezone.now())
        _settle(publication, State.UNCONFIRMED, f"Its job ended before an answer came. {job.failed_reason}")
    else:
        _settle(publication, State.REFUSED, job.failed_reason or "Its job was cancelled before anything was sent.")


def _settle(publication: Publication, state: str, note: str) -> None:
    columns = {"state": state, "note": note[:500], "updated_at": timezone.now()}
    if Publication.objects.filter(pk=publication.pk, state=publication.state).update(**columns):
        publication.refresh_from_db()
        (telling.unconfirmed if state == State.UNCONFIRMED else telling.refused)(publication)
        if state == State.UNCONFIRMED:
            announcing.unconfirmed(publication)
