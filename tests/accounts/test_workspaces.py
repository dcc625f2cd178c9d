import pytest

from accounts import invitations, tokens, workspaces
from accounts.models import AuditEntry, Invitation, Membership, Role, User


def test_create_tenant_makes_an_owner_who_may_enter_the_admin(db):
    ann = User.objects.create_user("ann")
    first = workspaces.create_tenant("Müller & Co", ann)
    second = workspaces.create_tenant("Müller & Co", ann)
    third = workspaces.create_tenant("!!!", ann)
    assert [t.slug for t in (first, second, third)] == ["muller-co", "muller-co-2", "workspace"]
    assert first.role_of(ann) == Role.OWNER
    ann.refresh_from_db()
    assert ann.is_staff
    assert AuditEntry.objects.filter(action="tenant.created", tenant=first).exists()


def test_a_member_who_is_added_again_keeps_the_role(owner, tenant):
    assert workspaces.add_member(tenant, owner, Role.VIEWER, by=owner).role == Role.OWNER
    assert not AuditEntry.objects.exists()


def test_the_last_owner_can_be_neither_demoted_nor_removed(owner, editor, tenant):
    membership = Membership.objects.get(user=owner)
    with pytest.raises(workspaces.LastOwner, match="olga is the last owner of Studio"):
        workspaces.change_role(membership, Role.EDITOR, by=owner)
    with pytest.raises(workspaces.LastOwner):
        workspaces.remove_member(membership, by=owner)
    assert tenant.role_of(owner) == Role.OWNER

    workspaces.change_role(Membership.objects.get(user=editor), Role.OWNER, by=owner)
    workspaces.remove_member(membership, by=editor)
    assert tenant.role_of(owner) is None


def test_an_inactive_owner_does_not_count(owner, editor, tenant):
    Membership.objects.filter(user=editor).update(role=Role.OWNER)
    assert workspaces.owned_alone(owner) == []
    editor.is_active = False
    editor.save()
    assert workspaces.owned_alone(owner) == [tenant]


def test_who_leaves_takes_tokens_and_open_invitations_along(owner, editor, tenant, other_tenant):
    Membership.objects.filter(user=editor).update(role=Role.OWNER)
    invitations.invite(tenant, "friend@example.com", Role.OWNER, by=editor)
    token, _ = tokens.issue(editor, tenant, "mine")
    elsewhere, _ = tokens.issue(editor, other_tenant, "other")
    workspaces.remove_member(Membership.objects.get(user=editor), by=owner)
    for row in (token, elsewhere):
        row.refresh_from_db()
    assert token.revoked_at
    assert not elsewhere.revoked_at
    assert not Invitation.objects.exists()
    assert AuditEntry.objects.get(action="member.removed").details == {"tokens_revoked": 1}


def test_choose_takes_the_chosen_one_else_the_first(owner, tenant, other_tenant):
    workspaces.add_member(other_tenant, owner, Role.VIEWER, by=owner)
    assert workspaces.choose(owner) == (tenant, Role.OWNER)
    assert workspaces.choose(owner, other_tenant.pk) == (other_tenant, Role.VIEWER)
    assert workspaces.choose(owner, 999) == (tenant, Role.OWNER)
    assert workspaces.choose(owner, "junk") == (tenant, Role.OWNER)


def test_a_superuser_may_choose_any(root, tenant, other_tenant):
    assert workspaces.choose(root) == (tenant, Role.OWNER)
    assert workspaces.choose(root, other_tenant.pk) == (other_tenant, Role.OWNER)


def test_nobody_has_no_workspace(db):
    assert workspaces.choose(User.objects.create_user("nobody")) == (None, None)
