"""Moving publications in time, and making copies of them; what is out, or may be, stays where it is."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from accounts import audit
from publishing import ordering, repeating
from publishing.calendars import EARLIEST, LATEST
from publishing.models import Publication
from publishing.orders import ContentIn, PublicationOrder

State = Publication.State
MOVABLE = (State.DRAFT, State.NEEDS_APPROVAL, State.SCHEDULED, State.EXPIRED)


def move(publication: Publication, user: Any, moment: datetime) -> None:
    """Give it another time. A draft stays a draft; leave that was given for its words stays.

    Raises ordering.WrongState and ordering.BadOrder.
    """
    ordering.check_time(moment)
    with transaction.atomic():
        row = ordering.locked(publication)
        if row.state not in MOVABLE:
            raise ordering.WrongState(f"It is {row.get_state_display().lower()}: its time cannot be changed any more.")
        if row.state != State.DRAFT:
            ordering.schedule(row, user, moment)
            return
        row.scheduled_at = moment.replace(second=0, microsecond=0)
        row.save(update_fields=["scheduled_at", "updated_at"])
        audit.record(user, "publication.moved", tenant=row.tenant, target=row.pk)


def to_day(publication: Publication, user: Any, day: date) -> None:
    """To another day, at the same time by the workspace's clock. Raises as `move` does."""
    if not EARLIEST <= day <= LATEST:
        raise ordering.BadOrder({"day": "That is no day of this calendar."})
    zone = publication.tenant.zone
    at = publication.scheduled_at.astimezone(zone).time() if publication.scheduled_at else datetime.min.time()
    move(publication, user, repeating.moment_of(day, at, zone))


def shift(publication: Publication, user: Any, *, days: int = 0, minutes: int = 0) -> None:
    """By some days, which keep the time by the clock, and some minutes. Raises as `move` does."""
    if publication.scheduled_at is None:
        raise ordering.WrongState("It has no time yet: give it one first.")
    zone = publication.tenant.zone
    moment, wall = publication.scheduled_at, publication.scheduled_at.astimezone(zone)
    if days:
        moment = repeating.moment_of(wall.date() + timedelta(days=days), wall.time(), zone)
    moment += timedelta(minutes=minutes)
    move(publication, user, moment)


def duplicate(publication: Publication, user: Any) -> Publication:
    """A draft with the same words and files, without a time. Raises ordering.BadOrder."""
    content = ContentIn.model_validate(publication.content)
    order = PublicationOrder(**content.model_dump(), account_id=publication.account_id, draft=True)
    made, _job = ordering.publish(order, tenant=publication.tenant, user=user, origin=publication.origin)
    return made
