"""Inviting people to a workspace by mail, and letting them in."""

import secrets
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string

from accounts import audit, workspaces
from accounts.models import Invitation, Membership, Tenant, User, digest
from config.hooks import MAIL

DAYS = 7


class AlreadyMember(Exception):
    """Somebody with this address is in the workspace already."""


class InvitationUsed(Exception):
    """The invitation was accepted, withdrawn or has expired in the meantime."""


def invite(tenant: Tenant, email: str, role: str, by: User) -> Invitation:
    """Invite an address, for 7 days; the mail is ordered in the same transaction.

    An open invitation to the same address is replaced. Raises AlreadyMember. Where the mail
    cannot be sent, `by` gets a notice that says so.
    """
    email = email.strip()
    if is_member(tenant, email):
        raise AlreadyMember(f"{email} is a member of {tenant} already. Change their role in the list of members.")
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        Invitation.objects.filter(tenant=tenant, email__iexact=email, accepted_at=None).delete()
        invitation = Invitation.objects.create(
            tenant=tenant,
            email=email,
            role=role,
            digest=digest(secret),
            invited_by=by,
            expires_at=timezone.now() + timedelta(days=DAYS),
        )
        audit.record(by, "invitation.sent", tenant=tenant, target=email, role=str(role))
        _send(invitation, secret, by)
    return invitation


def is_member(tenant: Tenant, email: str) -> bool:
    """Whether somebody with this address is in the workspace."""
    return Membership.objects.filter(tenant=tenant, user__email__iexact=email.strip()).exists()


def _send(invitation: Invitation, secret: str, by: User) -> None:
    """Order the mail; its room tells `by` when it cannot be sent."""
    link = settings.SITE_URL + reverse("invitation", args=[secret])
    context = {"invitation": invitation, "by": by, "link": link, "days": DAYS}
    text = render_to_string("accounts/invitation_email.txt", context)
    subject = f"{by.get_full_name() or by.username} invites you to {invitation.tenant}"
    import_string(MAIL)(invitation.tenant, invitation.email, subject, text, kind="invitation", by=by)


def revoke(invitation: Invitation, by: User) -> bool:
    """Withdraw an open invitation: its link stops working. False when it was accepted before."""
    with transaction.atomic():
        if not Invitation.objects.filter(pk=invitation.pk, accepted_at=None).delete()[0]:
            return False
        audit.record(by, "invitation.revoked", tenant=invitation.tenant, target=invitation.email)
    return True


def find(secret: str) -> Invitation | None:
    """The invitation with this secret, whatever its state; None for an unknown or withdrawn one."""
    return Invitation.objects.select_related("tenant", "invited_by").filter(digest=digest(secret)).first()


def is_open(invitation: Invitation) -> bool:
    """Whether it can still be accepted."""
    return invitation.accepted_at is None and invitation.expires_at > timezone.now()


def accept(invitation: Invitation, user: User) -> Membership:
    """Let a person in, once; a member keeps their role. Raises InvitationUsed."""
    now = timezone.now()
    with transaction.atomic():
        still_open = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, expires_at__gt=now)
        if not still_open.update(accepted_at=now):
            raise InvitationUsed("This invitation was used or withdrawn meanwhile. Ask for a new one.")
        audit.record(user, "invitation.accepted", tenant=invitation.tenant, target=invitation.email)
        return workspaces.add_member(invitation.tenant, user, invitation.role, by=user)


def accept_as_new(invitation: Invitation, user: User, password: str) -> Membership:
    """Make the account of an invited person (an unsaved User with its name) and let them in."""
    with transaction.atomic():
        user.email = invitation.email
        user.set_password(password)
        user.save()
        return accept(invitation, user)
