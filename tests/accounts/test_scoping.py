"""TenantAdmin, tried on invitations: a model with a workspace, a person and a role."""

import pytest
from django.contrib.admin.sites import AdminSite
from django.test import RequestFactory
from django.utils import timezone

from accounts.models import Invitation, Membership, Role, Tenant
from accounts.scoping import TenantAdmin


class Scoped(TenantAdmin):
    view_role, add_role, change_role, delete_role = Role.VIEWER, Role.EDITOR, Role.EDITOR, None
    list_filter = ("invited_by", "role")


@pytest.fixture
def scoped():
    return Scoped(Invitation, AdminSite())


@pytest.fixture
def request_of():
    def make(user, tenant):
        request = RequestFactory().get("/")
        request.user, request.tenant = user, tenant
        request.role = tenant.role_of(user) if tenant else None
        return request

    return make


@pytest.fixture
def rows(tenant, other_tenant):
    return [
        Invitation.objects.create(tenant=t, email=f"{t.slug}@x.org", digest=t.slug, expires_at=timezone.now())
        for t in (tenant, other_tenant)
    ]


def test_only_rows_of_the_workspace_one_is_in(scoped, request_of, rows, root, owner, tenant, other_tenant):
    assert list(scoped.get_queryset(request_of(owner, tenant))) == [rows[0]]
    assert list(scoped.get_queryset(request_of(root, other_tenant))) == [rows[1]]
    assert list(scoped.get_queryset(request_of(owner, None))) == []


def test_permissions_by_role(scoped, request_of, rows, editor, viewer, stranger, root, tenant):
    at = {user: request_of(user, tenant) for user in (editor, viewer, stranger, root)}
    assert [scoped.has_view_permission(at[u], rows[0]) for u in (editor, viewer, stranger, root)] == [
        True,
        True,
        False,
        True,
    ]
    assert [scoped.has_change_permission(at[u], rows[0]) for u in (editor, viewer, stranger, root)] == [
        True,
        False,
        False,
        True,
    ]
    assert [scoped.has_add_permission(at[u]) for u in (editor, viewer, stranger)] == [True, False, False]
    assert [scoped.has_module_permission(at[u]) for u in (editor, viewer, stranger)] == [True, True, False]
    assert not scoped.has_delete_permission(at[root], rows[0])
    assert not scoped.has_view_permission(at[root], rows[1])
    assert not scoped.has_change_permission(at[editor], rows[1])


def test_nobody_without_a_workspace(scoped, request_of, owner):
    assert not scoped.has_view_permission(request_of(owner, None))
    assert not scoped.has_module_permission(request_of(owner, None))


def test_a_new_row_gets_the_workspace(scoped, request_of, editor, tenant):
    request = request_of(editor, tenant)
    form = scoped.get_form(request)
    assert "tenant" not in form.base_fields
    row = Invitation(email="a@b.org", digest="d", expires_at=timezone.now())
    scoped.save_model(request, row, None, change=False)
    assert row.tenant == tenant


def test_a_name_taken_in_the_workspace_is_a_message_not_a_crash(request_of, editor, tenant):
    members = type("Members", (TenantAdmin,), {})(Membership, AdminSite())
    form = members.get_form(request_of(editor, tenant))({"user": editor.pk, "role": "viewer"})
    assert "already exists" in str(form.errors)


def test_relations_offer_only_the_workspace(scoped, request_of, editor, stranger, tenant):
    request = request_of(editor, tenant)
    people = scoped.formfield_for_foreignkey(Invitation._meta.get_field("invited_by"), request).queryset
    assert list(people) == [editor]
    tenants = scoped.formfield_for_foreignkey(Invitation._meta.get_field("tenant"), request).queryset
    assert list(tenants) == [tenant]


def test_filters_offer_only_the_workspace(scoped, request_of, editor, stranger, tenant):
    request = request_of(editor, tenant)
    (name, kind), role = scoped.get_list_filter(request)
    assert (name, role) == ("invited_by", "role")
    choices = kind(
        Invitation._meta.get_field("invited_by"), request, {}, Invitation, scoped, "invited_by"
    ).lookup_choices
    assert choices == [(editor.pk, "edda")]
    assert Tenant.objects.count() == 2
