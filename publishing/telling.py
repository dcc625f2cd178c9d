"""Telling people what became of what they wanted to publish."""

from django.urls import reverse
from django.utils import timezone

from accounts import notices
from accounts.models import Notice, User
from publishing.models import Account, Endpoint, Message, Publication, Repeat


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


def not_planned(repeat: Repeat, at: str, error: ValueError) -> None:
    """A time of a rule cannot be kept: say which, and why."""
    why = str(error) if hasattr(error, "problems") else "Its text cannot be published."
    body = f"It was to go out on {at}. {why} Correct the rule; for this time, write a publication by hand."
    link, subject = reverse("admin:publishing_repeat_change", args=[repeat.pk]), f"Not planned: {repeat}"
    key = f"repeat-{repeat.pk}-{at}"
    for person in _people(repeat):
        notices.tell(person, subject, tenant=repeat.tenant, level="error", body=body, link=link, key=key)


def broken(account: Account) -> None:
    """Its credentials do not hold any more: nothing of it goes out until somebody enters new ones."""
    body = f"{account.health} Nothing of it goes out until new credentials are entered; what is planned waits."
    _tell_owners(account, Notice.Level.ERROR, f"Needs new credentials: {account}", body, "broken")


def expires(account: Account) -> None:
    """Its credentials end soon."""
    assert account.expires_at
    at = account.expires_at.astimezone(account.tenant.zone)
    body = f"They end on {at:%-d %b %Y, %H:%M %Z}. Connect the account anew before that, so that nothing is held up."
    _tell_owners(account, Notice.Level.WARNING, f"Credentials end soon: {account}", body, f"expires-{at:%Y%m%d}")


def not_invited(message: Message, by: User | None) -> None:
    """An invitation could not be sent: whoever invited hears of it."""
    if message.kind == Message.Kind.INVITATION and by is not None:
        body = f"{message.note} Then choose Resend in the list of invitations."
        subject, link = f"The invitation to {message.to} was not sent", reverse("admin:accounts_invitation_changelist")
        notices.tell(by, subject, tenant=message.tenant, level="error", body=body, link=link)


def switched_off(endpoint: Endpoint, why: str) -> None:
    """Nothing is posted to an endpoint any more."""
    subject, body = f"A webhook is switched off: {endpoint}", f"{why} Look at the receiver, then switch it on again."
    link = reverse("admin:publishing_endpoint_change", args=[endpoint.pk])
    for person in endpoint.tenant.owners():
        notices.tell(person, subject, tenant=endpoint.tenant, level="warning", body=body, link=link)


def _tell_owners(account: Account, level: str, subject: str, body: str, what: str) -> None:
    """Tell the owners, once a day at most."""
    link = reverse("admin:publishing_account_change", args=[account.pk])
    key = f"account-{account.pk}-{what}-{timezone.now():%Y%m%d}"
    for person in account.tenant.owners():
        notices.tell(person, subject, tenant=account.tenant, level=level, body=body, link=link, key=key)


def _tell(publication: Publication, level: str, subject: str, body: str, what: str) -> None:
    link = reverse("admin:publishing_publication_change", args=[publication.pk])
    key = f"publication-{publication.pk}-{publication.round}-{what}"
    for person in _people(publication):
        notices.tell(person, subject, tenant=publication.tenant, level=level, body=body, link=link, key=key)


def _people(row: Publication | Repeat) -> list[User]:
    """Whoever wanted it, else the owners."""
    person = row.user
    if person is not None and person.is_active and row.tenant.role_of(person) is not None:
        return [person]
    return list(row.tenant.owners())
