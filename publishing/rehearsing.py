"""A dry run: publications as they are go to the wall first, marked as tests; the real ones stay where they are."""

from typing import Any

from integrations.errors import OutsideError
from publishing import ordering, trying
from publishing.models import Publication
from publishing.orders import ContentIn, PublicationOrder

WALL = "Dry run"


def rehearse(publication: Publication, user: Any) -> Publication:
    """Send its words to the wall now. Raises ordering.BadOrder where its own platform, or the wall, would refuse it."""
    try:
        problems = ordering.problems_of(publication)
    except OutsideError as error:
        problems = {"account": str(error)}
    if problems:
        raise ordering.BadOrder(problems)
    account = trying.wall(publication.tenant, user, WALL)
    content = ContentIn.model_validate(publication.content)
    order = PublicationOrder(**content.model_dump(), account_id=account.pk)
    origin = f"publishing.Publication:{publication.pk}"
    made, _job = ordering.publish(order, tenant=publication.tenant, user=user, origin=origin, is_test=True)
    return made
