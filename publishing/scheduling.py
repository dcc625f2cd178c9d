"""The clock of this room: what is due is handed to the dispatcher, what is too late is asked about."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.db.models.functions import Now
from django.utils import timezone

from jobs import accepting
from jobs.models import Job
from jobs.models import State as JobState
from publishing import telling
from publishing.models import Publication

State = Publication.State
DISPATCH, POST_NOW = "publishing.tasks.dispatch", "publishing.tasks.post_now"
CHUNK = 500
log = logging.getLogger(__name__)


def any_due() -> bool:
    """Whether the clock has anything to do."""
    return Publication.objects.due().exists() or Publication.objects.deserted().exists()


def take_due() -> dict[str, int]:
    """Hand everything that is due to the dispatcher, each once; returns how many, and how many came too late.

    What was left in the middle of being sent is handed over as well: the dispatcher finds out what became of it.
    """
    found = {"due": 0, "tooLate": 0}
    rows = Publication.objects.select_related("account", "tenant", "user").order_by("scheduled_at", "pk")
    for row in rows.due().annotate(now=Now())[:CHUNK]:
        with undisturbed(row):
            if is_too_late(row, row.now):
                found["tooLate"] += expire(row)
    for publication in [*rows.may_leave()[:CHUNK], *rows.deserted()[:CHUNK]]:
        with undisturbed(publication):
            found["due"] += dispatch(publication) is not None
    return found


@contextmanager
def undisturbed(row: Any) -> Iterator[None]:
    """One row that cannot be handed over keeps no other one from it: it is logged, and tried at the next tick."""
    try:
        with transaction.atomic():
            yield
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("%s %s cannot be handed over", type(row).__name__, row.pk)


def is_too_late(publication: Publication, now: datetime) -> bool:
    """Whether its grace window has passed by then without any attempt to send it since its time."""
    at = publication.scheduled_at
    assert at
    late = now > at + timedelta(minutes=publication.account.grace_minutes)
    return late and not publication.attempts.filter(started_at__gte=at).exists()


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
    """A job that sends it; None where one waits. Two at once do no harm: only one can claim it.

    One that runs does not count: it may have found already that it may not send it.
    """
    if Job.objects.open().for_request(publication).exclude(state=JobState.ACTIVE).exists():
        return None
    with transaction.atomic():
        return accepting.enqueue(
            task,
            tenant=publication.tenant,
            user=publication.user,
            request=publication,
            payload={"publication_id": publication.pk},
        )
