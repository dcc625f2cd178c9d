"""The clock of this room: what is due is handed to the dispatcher, what is too late is asked about."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from jobs import accepting
from jobs.models import Job
from publishing import telling
from publishing.models import Publication

State = Publication.State
DISPATCH, POST_NOW = "publishing.tasks.dispatch", "publishing.tasks.post_now"
CHUNK = 500


def any_due() -> bool:
    """Whether the clock has anything to do."""
    return Publication.objects.due().exists()


def take_due() -> dict[str, int]:
    """Hand everything that is due to the dispatcher, each once; returns how many, and how many came too late."""
    found = {"due": 0, "tooLate": 0}
    rows = Publication.objects.due().select_related("account", "tenant", "user").order_by("scheduled_at", "pk")
    for publication in rows[:CHUNK]:
        if is_too_late(publication):
            found["tooLate"] += expire(publication)
    for publication in rows.may_leave()[:CHUNK]:
        found["due"] += dispatch(publication) is not None
    return found


def is_too_late(publication: Publication) -> bool:
    """Whether its grace window has passed without any attempt to send it."""
    assert publication.scheduled_at
    grace = timedelta(minutes=publication.account.grace_minutes)
    return timezone.now() > publication.scheduled_at + grace and not publication.attempts.exists()


def expire(publication: Publication) -> int:
    """Ask instead of sending; 0 where somebody was quicker."""
    with transaction.atomic():
        rows = Publication.objects.filter(pk=publication.pk, state=State.SCHEDULED)
        note = "Its time passed while it could not be sent."
        changed = rows.update(state=State.EXPIRED, note=note, updated_at=timezone.now())
        if changed:
            publication.refresh_from_db()
            telling.too_late(publication)
    return changed


def dispatch(publication: Publication, task: str = DISPATCH) -> Job | None:
    """A job that sends it; None where there is an open one. Two at once do no harm: only one can claim it."""
    if Job.objects.open().for_request(publication).exists():
        return None
    with transaction.atomic():
        return accepting.enqueue(
            task,
            tenant=publication.tenant,
            user=publication.user,
            request=publication,
            payload={"publication_id": publication.pk},
        )
