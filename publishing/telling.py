"""Telling people what became of what they wanted to publish."""

from django.urls import reverse

from accounts import notices
from accounts.models import Notice, Role
from publishing.models import Publication


def refused(publication: Publication) -> None:
    """It was refused: say why, to whoever wanted it."""
    _tell(publication, Notice.Level.ERROR, f"Not published: {publication}", publication.note, "refused")


def unconfirmed(publication: Publication) -> None:
    """Nobody knows whether it is out: somebody has to look."""
    body = f"{publication.note} Look at the account, then say on the page of the publication whether it is there."
    _tell(publication, Notice.Level.WARNING, f"Published or not? {publication}", body, "unconfirmed")


def too_late(publication: Publication) -> None:
    """Its time has passed while nothing ran: somebody has to say whether it still makes sense."""
    body = "It was not sent, since it would have come too late. Send it now, or give it another time."
    _tell(publication, Notice.Level.WARNING, f"Too late: {publication}", body, "expired")


def _tell(publication: Publication, level: str, subject: str, body: str, what: str) -> None:
    link = reverse("admin:publishing_publication_change", args=[publication.pk])
    key = f"publication-{publication.pk}-{publication.round}-{what}"
    for person in _people(publication):
        notices.tell(person, subject, tenant=publication.tenant, level=level, body=body, link=link, key=key)


def _people(publication: Publication) -> list:
    """Whoever wanted it, else the owners."""
    person = publication.user
    if person is not None and person.is_active and publication.tenant.role_of(person) is not None:
        return [person]
    owners = publication.tenant.memberships.filter(role=Role.OWNER, user__is_active=True).select_related("user")
    return [membership.user for membership in owners]
