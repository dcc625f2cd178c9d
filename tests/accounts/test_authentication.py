from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts import tokens, workspaces
from accounts.models import ApiToken, Membership, Role

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.accounts.urls")]


def who(client, **headers):
    return client.get("/api/probe/who", headers=headers)


def test_a_token_is_its_user_in_its_workspace(editor, tenant, bearer):
    assert who(bearer(editor, tenant)).json() == {"user": "edda", "tenant": "studio", "role": "editor"}


def test_only_the_digest_is_stored(editor, tenant):
    token, secret = tokens.issue(editor, tenant, "mine")
    assert secret.startswith("prt_")
    assert len(secret) == 47
    assert secret not in str(ApiToken.objects.filter(pk=token.pk).values())
    assert secret.startswith(token.prefix)


def test_unknown_revoked_and_expired_tokens_are_401(editor, tenant, bearer):
    assert who(Client(headers={"authorization": "Bearer prt_" + "x" * 43})).status_code == 401
    assert who(Client(headers={"authorization": "Bearer "})).status_code == 401
    assert who(Client(headers={"authorization": "Basic abc"})).status_code == 401
    client = bearer(editor, tenant)
    assert tokens.revoke(ApiToken.objects.get(), by=editor)
    assert who(client).status_code == 401
    assert who(bearer(editor, tenant, expires_at=timezone.now() - timedelta(seconds=1))).status_code == 401
    assert who(bearer(editor, tenant, expires_at=timezone.now() + timedelta(hours=1))).status_code == 200


def test_a_bad_token_is_not_saved_by_a_good_session(editor, client_for):
    assert who(client_for(editor), authorization="Bearer prt_wrong").status_code == 401


def test_the_token_of_an_inactive_person_is_401(editor, tenant, bearer):
    client = bearer(editor, tenant)
    editor.is_active = False
    editor.save()
    assert who(client).status_code == 401


def test_the_token_of_somebody_who_left_does_nothing(owner, editor, tenant, bearer):
    client = bearer(editor, tenant)
    Membership.objects.filter(user=editor).delete()
    assert who(client).status_code == 403
    workspaces.remove_member(workspaces.add_member(tenant, editor, "editor", by=owner), by=owner)
    assert who(client).status_code == 401


def test_last_use_is_noted_at_most_once_a_minute(editor, tenant, bearer):
    client = bearer(editor, tenant)
    who(client)
    first = ApiToken.objects.get().last_used_at
    assert first is not None
    who(client)
    assert ApiToken.objects.get().last_used_at == first
    ApiToken.objects.update(last_used_at=first - timedelta(seconds=61))
    who(client)
    assert ApiToken.objects.get().last_used_at >= first


def test_a_token_cannot_name_another_workspace(editor, tenant, other_tenant, bearer):
    workspaces.add_member(other_tenant, editor, Role.OWNER, by=editor)
    client = bearer(editor, tenant)
    for name in ("studio", str(tenant.pk)):
        assert who(client, **{"x-tenant-id": name}).status_code == 200
    for name in ("other", str(other_tenant.pk), "none"):
        answer = who(client, **{"x-tenant-id": name})
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "tenant")


def test_a_session_names_a_workspace_its_user_belongs_to(editor, tenant, other_tenant, client_for):
    client = client_for(editor)
    assert who(client).json()["tenant"] == "studio"
    assert who(client, **{"x-tenant-id": "other"}).status_code == 403
    assert who(client, **{"x-tenant-id": "99999999999999999999999"}).status_code == 403
    workspaces.add_member(other_tenant, editor, Role.VIEWER, by=editor)
    assert who(client, **{"x-tenant-id": "other"}).json() == {"user": "edda", "tenant": "other", "role": "viewer"}
    assert who(client, **{"x-tenant-id": str(other_tenant.pk)}).json()["tenant"] == "other"


def test_the_session_follows_the_switcher(editor, other_tenant, client_for):
    workspaces.add_member(other_tenant, editor, Role.VIEWER, by=editor)
    client = client_for(editor)
    client.post("/accounts/switch/", {"tenant": other_tenant.pk})
    assert who(client).json()["tenant"] == "other"


def test_a_superuser_enters_any_workspace_that_exists(root, other_tenant, client_for):
    client = client_for(root)
    assert who(client, **{"x-tenant-id": "other"}).json()["role"] == "owner"
    assert who(client, **{"x-tenant-id": "none"}).status_code == 403


def test_somebody_without_a_workspace_is_403(db, client_for, django_user_model):
    answer = who(client_for(django_user_model.objects.create_user("nobody")))
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "tenant")


def test_a_session_needs_csrf_to_change_something(editor, client_for):
    client = Client(enforce_csrf_checks=True)
    client.force_login(editor)
    body = {"data": '{"mediaType": "tv"}', "content_type": "application/json"}
    answer = client.post("/api/probe/order", **body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "csrf")
    assert who(client).status_code == 200
    client.get("/admin/")
    token = client.cookies["csrftoken"].value
    assert client.post("/api/probe/order", **body, headers={"x-csrftoken": token}).status_code == 200


def test_a_token_needs_no_csrf(editor, tenant, bearer):
    answer = bearer(editor, tenant).post("/api/probe/order", '{"mediaType": "tv"}', content_type="application/json")
    assert answer.status_code == 200


def test_require_says_which_role_and_whom_to_ask(owner, editor, client_for):
    answer = client_for(editor).get("/api/probe/owners")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (403, "role")
    assert error["details"] == {"needed": "owner", "yours": "editor"}
    assert "olga" in error["message"]
    assert client_for(owner).get("/api/probe/owners").status_code == 200
