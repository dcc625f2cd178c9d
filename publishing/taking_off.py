"""Taking something off its platform again: hidden where the platform keeps drafts, else deleted. Safe to repeat."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts import audit
from integrations.platforms.base import Platform
from jobs import accepting
from jobs.models import Job
from jobs.running import Run
from publishing import ordering, refreshing
from publishing.models import Publication
from publishing.opening import platform_class

TAKE_OFF = "publishing.tasks.take_off"
UNDER_WAY = (Publication.State.SENDING, Publication.State.UNCONFIRMED)


def can(publication: Publication) -> bool:
    """Whether it is there, and its platform lets it be taken off."""
    kind = platform_class(publication.account.platform)
    return publication.is_there and publication.replaces_id is None and (kind.can_unpublish or kind.can_delete)


def take_off(publication: Publication, user: Any) -> Job:
    """A job that takes it off; its open updates are cancelled. Raises ordering.WrongState."""
    with transaction.atomic():
        row = ordering.locked(publication)
        if not can(row):
            label = platform_class(row.account.platform).label
            raise ordering.WrongState(f"It cannot be taken off from here. Look at {label}.")
        for update in row.replacements.exclude(state__in=("published", "refused", "cancelled", "expired")):
            if update.state in UNDER_WAY:
                raise ordering.WrongState("A change of it is under way. Wait for its end, then take it off.")
            ordering.cancel(update, user)
        if found := Job.objects.open().for_request(row).filter(task=TAKE_OFF).first():
            return found
        audit.record(user, "publication.taken_off", tenant=row.tenant, target=row.pk)
        payload = {"publication_id": row.pk}
        return accepting.enqueue(TAKE_OFF, tenant=row.tenant, user=user, request=row, payload=payload)


def carry_out(publication: Publication, run: Run) -> dict[str, Any]:
    """Take it off; returns how it stands, as a job's result. Raises what errors.py has."""
    if publication.is_there:
        kind = platform_class(publication.account.platform)

        def off(platform: Platform) -> str:
            if kind.can_unpublish:
                return platform.unpublish(publication.remote_id).version
            platform.delete(publication.remote_id)
            return publication.version

        version = refreshing.asked(publication.account, off)
        note = "It is a draft there again." if kind.can_unpublish else "It was deleted there."
        columns = {"taken_off_at": timezone.now(), "note": note, "version": version[:100], "schedule": ""}
        with run.owned():
            Publication.objects.filter(pk=publication.pk).update(**columns, updated_at=timezone.now())
        publication.refresh_from_db()
    return {"publicationId": publication.pk, "state": publication.state, "url": publication.url}


def job_ended(job: Job) -> None:
    """In the transaction that ends such a job failed: its publication says why it is still there."""
    if job.task == TAKE_OFF and job.state == "failed":
        rows = Publication.objects.filter(pk=job.payload.get("publication_id"), taken_off_at=None)
        rows.update(note=f"It is still there: {job.failed_reason}"[:500], updated_at=timezone.now())
