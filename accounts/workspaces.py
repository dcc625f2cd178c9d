"""Workspaces and who works in them."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from accounts import audit
from accounts.models import ApiToken, Invitation, Membership, Role, Tenant, User


class LastOwner(Exception):
    """A workspace cannot be left without an owner. The text is for people."""


def create_tenant(name: str, owner: User, *, slug: str = "", time_zone: str = "UTC") -> Tenant:
    """Make a workspace with its first owner, who may from now on open the admin.

    The slug is made from the name where none is given, with a number behind it when it is taken.
    """
    with transaction.atomic():
        tenant = Tenant.objects.create(name=name, slug=_free_slug(slug or name), time_zone=time_zone)
        Membership.objects.create(tenant=tenant, user=owner, role=Role.OWNER)
        _let_into_admin(owner)
        audit.record(owner, "tenant.created", tenant=tenant, target=tenant.slug)
    return tenant


def _free_slug(text: str) -> str:
    base = slugify(text)[:50] or "workspace"
    taken = set(Tenant.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    if base not in taken:
        return base
    return next(slug for number in range(2, len(taken) + 3) if (slug := f"{base}-{number}") not in taken)


def add_member(tenant: Tenant, user: User, role: str, by: User | str) -> Membership:
    """Give a person a role in a workspace; somebody who is in it already keeps their role."""
    with transaction.atomic():
        membership, is_new = Membership.objects.get_or_create(tenant=tenant, user=user, defaults={"role": role})
        if is_new:
            _let_into_admin(user)
            audit.record(by, "member.added", tenant=tenant, target=user.username, role=str(role))
    return membership


def change_role(membership: Membership, role: str, by: User) -> None:
    """Change a member's role; raises LastOwner rather than leave the workspace without one."""
    with transaction.atomic():
        before = _locked_role(membership)
        if before == role:
            return
        if before == Role.OWNER:
            _refuse_last_owner(membership, "given another role")
        membership.role = role
        membership.save(update_fields=["role"])
        audit.record(
            by,
            "member.role_changed",
            tenant=membership.tenant,
            target=membership.user.username,
            before=str(before),
            after=str(role),
        )


def remove_member(membership: Membership, by: User) -> None:
    """Take a person out of a workspace, with their tokens and open invitations; raises LastOwner."""
    with transaction.atomic():
        if _locked_role(membership) == Role.OWNER:
            _refuse_last_owner(membership, "removed")
        tenant, user = membership.tenant, membership.user
        Invitation.objects.filter(tenant=tenant, invited_by=user, accepted_at=None).delete()
        tokens = ApiToken.objects.filter(tenant=tenant, user=user, revoked_at=None)
        revoked = tokens.update(revoked_at=timezone.now())
        membership.delete()
        audit.record(by, "member.removed", tenant=tenant, target=user.username, tokens_revoked=revoked)


def _locked_role(membership: Membership) -> str:
    """The stored role. The workspace row is locked: two owners cannot demote each other at once."""
    Tenant.objects.select_for_update().get(pk=membership.tenant_id)
    return Membership.objects.get(pk=membership.pk).role


def _refuse_last_owner(membership: Membership, what: str) -> None:
    if is_last_owner(membership):
        raise LastOwner(
            f"{membership.user} is the last owner of {membership.tenant} and cannot be {what}. "
            "Make somebody else an owner first."
        )


def is_last_owner(membership: Membership) -> bool:
    """Whether the workspace would have nobody in charge without this member."""
    owners = Membership.objects.filter(tenant=membership.tenant_id, role=Role.OWNER)
    others = owners.filter(user__is_active=True).exclude(pk=membership.pk)
    return owners.filter(pk=membership.pk).exists() and not others.exists()


def owned_alone(user: User) -> list[Tenant]:
    """The workspaces that would have nobody in charge without this person."""
    memberships = Membership.objects.filter(user=user, role=Role.OWNER).select_related("tenant")
    return [membership.tenant for membership in memberships if is_last_owner(membership)]


def _let_into_admin(user: User) -> None:
    if not user.is_staff:
        user.is_staff = True
        user.save(update_fields=["is_staff"])


def choose(user: Any, wanted: Any = None) -> tuple[Tenant | None, Role | None]:
    """The workspace a person works in, and their role there.

    `wanted` is the id they chose last; where they may not enter it (any more), it is their first
    membership, for a superuser else the first workspace of all. (None, None) when there is none.
    """
    memberships = {m.tenant_id: m for m in Membership.objects.filter(user=user).select_related("tenant")}
    if user.is_superuser:
        tenant = Tenant.objects.filter(pk=wanted).first() if isinstance(wanted, int) else None
        tenant = tenant or next((m.tenant for m in memberships.values()), None) or Tenant.objects.first()
        return tenant, Role.OWNER if tenant else None
    membership = memberships.get(wanted) or next(iter(memberships.values()), None)
    return (membership.tenant, Role(membership.role)) if membership else (None, None)


def named(user: Any, name: str) -> Tenant | None:
    """The workspace with this slug or id, if the person may enter it."""
    tenants = Tenant.objects.for_user(user)
    tenant = tenants.filter(slug=name).first()
    if tenant is None and name.isascii() and name.isdigit() and len(name) < 19:
        tenant = tenants.filter(pk=int(name)).first()
    return tenant
