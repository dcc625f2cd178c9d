"""Changing the words of what is out: a publication of its own, with its own leave and story, that takes its place."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from jobs.models import Job
from publishing import ordering
from publishing.models import Publication
from publishing.opening import platform_class
from publishing.orders import ContentIn, PublicationOrder


def can(publication: Publication) -> bool:
    """Whether it is there, and its platform lets it be changed."""
    return publication.is_there and platform_class(publication.account.platform).can_update


def replace(
    publication: Publication,
    user: Any,
    content: ContentIn,
    *,
    moment: datetime | None = None,
    draft: bool = False,
    holds: Sequence[tuple[str, str]] = (),
) -> tuple[Publication, Job | None]:
    """Accept an update of what is published: now, at a time, or as a draft. Raises WrongState and BadOrder.

    What somebody changed on the platform meanwhile is not overwritten: the update is refused then, and says so.
    """
    first = publication.replaces or publication
    if not can(first):
        label = platform_class(first.account.platform).label
        raise ordering.WrongState(
            "It is not there any more: publish it anew." if first.taken_off_at
            else f"It cannot be changed from here. Change it at {label}."
        )  # fmt: skip
    wish = {**content.model_dump(), "account_id": first.account_id, "scheduled_at": moment, "draft": draft}
    order = PublicationOrder.model_validate(wish)
    return ordering.publish(
        order, tenant=first.tenant, user=user, origin=first.origin, replaces=first, is_test=first.is_test, holds=holds
    )


def change(
    publication: Publication, user: Any, content: ContentIn, *, moment: datetime | None = None
) -> tuple[Publication, Job | None]:
    """Other words for what waits, or an update of what is out. Raises WrongState and BadOrder."""
    if can(publication):
        return replace(publication, user, content, moment=moment)
    if moment:
        raise ordering.BadOrder({"scheduledAt": "Its time is changed by reschedule. Leave it out here."})
    ordering.change(publication, user, content)
    return publication, None
