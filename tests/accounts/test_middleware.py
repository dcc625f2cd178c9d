import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

from accounts import workspaces
from accounts.middleware import CurrentTenant
from accounts.models import Membership, Role


@pytest.fixture
def visit(db):
    def go(user, path="/admin/", **session):
        request = RequestFactory().get(path)
        request.user, request.session = user, session
        CurrentTenant(lambda request: None)(request)
        return request.tenant, request.role

    return go


def test_pages_know_the_workspace_and_the_role(visit, owner, tenant, other_tenant):
    assert visit(owner) == (tenant, Role.OWNER)
    workspaces.add_member(other_tenant, owner, Role.EDITOR, by=owner)
    assert visit(owner, tenant=other_tenant.pk) == (other_tenant, Role.EDITOR)
    Membership.objects.filter(tenant=other_tenant).delete()
    assert visit(owner, tenant=other_tenant.pk) == (tenant, Role.OWNER)


def test_visitors_and_the_api_have_none(visit, owner):
    assert visit(AnonymousUser()) == (None, None)
    assert visit(owner, path="/api/jobs/user") == (None, None)


def test_switching(client_for, owner, tenant, other_tenant):
    client = client_for(owner)
    assert client.get("/accounts/switch/").status_code == 405
    answer = client.post("/accounts/switch/", {"tenant": other_tenant.pk}, follow=True)
    assert "do not belong" in answer.content.decode()
    assert "tenant" not in client.session
    workspaces.add_member(other_tenant, owner, Role.EDITOR, by=owner)
    client.post("/accounts/switch/", {"tenant": other_tenant.pk})
    assert client.session["tenant"] == other_tenant.pk


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
def test_switching_never_leads_away(client_for, owner, tenant, target):
    answer = client_for(owner).post("/accounts/switch/", {"tenant": tenant.pk, "next": target})
    assert answer["Location"] == "/admin/"


def test_switching_goes_where_it_was_asked_to(client_for, owner, tenant):
    answer = client_for(owner).post("/accounts/switch/", {"tenant": tenant.pk, "next": "/admin/settings/ai"})
    assert answer["Location"] == "/admin/settings/ai"


@pytest.mark.parametrize("junk", ["", "x", "²", "9" * 40])
def test_switching_to_junk_is_refused(client_for, owner, junk):
    assert client_for(owner).post("/accounts/switch/", {"tenant": junk}).status_code == 302


def test_switching_needs_a_login(client, db):
    assert "/admin/login/" in client.post("/accounts/switch/", {"tenant": 1})["Location"]
