import json

import pytest

from accounts import audit, keys
from accounts.models import AuditEntry, ProviderKey

OWN, SHARED = "/api/user/ai-settings", "/api/tenant/ai-settings"


def post(client, url, **content):
    return client.post(url, json.dumps(content), content_type="application/json")


def test_nothing_is_set_at_first(editor, client_for):
    assert client_for(editor).get(OWN).json() == {
        **{f"{name}ApiKey": {"set": False, "last4": None} for name in ("gemini", "openai", "anthropic", "openrouter")},
        "preferredAiModel": None,
    }


def test_a_text_sets_absent_and_empty_keep_null_removes(editor, client_for):
    client = client_for(editor)
    answer = post(
        client, OWN, openaiApiKey="  sk-openai-abcd  ", geminiApiKey="AIza-gemini-wxyz", preferredAiModel=" gpt-6-luna "
    )
    assert answer.status_code == 200
    assert answer.json()["openaiApiKey"] == {"set": True, "last4": "abcd"}
    assert answer.json()["preferredAiModel"] == "gpt-6-luna"
    assert keys.find(editor, None, "openai") == ("sk-openai-abcd", "user")

    answer = post(client, OWN, openaiApiKey="", geminiApiKey=None).json()
    assert answer["openaiApiKey"] == {"set": True, "last4": "abcd"}
    assert answer["geminiApiKey"] == {"set": False, "last4": None}
    assert answer["preferredAiModel"] == "gpt-6-luna"

    assert post(client, OWN, openaiApiKey="   ").json()["openaiApiKey"]["set"]
    assert post(client, OWN, preferredAiModel=None).json()["preferredAiModel"] is None
    assert client.get(OWN).json() == post(client, OWN).json()


def test_no_answer_ever_holds_a_key(editor, client_for):
    client = client_for(editor)
    for answer in (post(client, OWN, anthropicApiKey="sk-ant-topsecret-1234"), client.get(OWN)):
        assert "topsecret" not in answer.content.decode()


@pytest.mark.parametrize("bad", ["sk inner space", "sk-a\nb", "sk-a\tb", "sk-a\u0007b", "sk-\u00e9", "x" * 501])
def test_what_cannot_be_a_key_is_422_and_saves_nothing(editor, client_for, bad):
    answer = post(client_for(editor), OWN, openaiApiKey=bad, geminiApiKey="AIza-fine-1234", preferredAiModel="offline")
    assert answer.status_code == 422
    assert [d["field"] for d in answer.json()["error"]["details"]] == ["openaiApiKey"]
    assert bad not in answer.content.decode()
    assert not ProviderKey.objects.exists()
    editor.refresh_from_db()
    assert editor.preferred_ai_model == ""


def test_a_bad_model_name_and_wrong_types_are_422(editor, client_for):
    client = client_for(editor)
    assert post(client, OWN, preferredAiModel="two words").json()["error"]["details"][0]["field"] == "preferredAiModel"
    assert post(client, OWN, openaiApiKey=5).json()["error"]["details"] == [
        {"field": "openaiApiKey", "problem": "must be text"}
    ]
    assert post(client, OWN, openAiKey="x").json()["error"]["details"][0]["field"] == "openAiKey"


def test_the_workspaces_settings_are_for_owners(owner, editor, tenant, client_for):
    for client in (client_for(editor),):
        assert client.get(SHARED).status_code == 403
        assert post(client, SHARED, openaiApiKey="sk-x-12345").json()["error"]["code"] == "role"
    answer = post(client_for(owner), SHARED, openaiApiKey="sk-shared-7777", preferredAiModel="claude-opus-5-5")
    assert answer.json()["openaiApiKey"] == {"set": True, "last4": "7777"}
    assert keys.find(editor, tenant, "openai") == ("sk-shared-7777", "tenant")
    tenant.refresh_from_db()
    assert tenant.preferred_ai_model == "claude-opus-5-5"


def test_people_do_not_see_each_others_keys(owner, editor, client_for):
    post(client_for(owner), OWN, openaiApiKey="sk-owner-7777")
    assert not client_for(editor).get(OWN).json()["openaiApiKey"]["set"]


def test_changes_are_in_the_audit_trail_without_the_key(editor, tenant, client_for):
    client = client_for(editor)
    post(client, OWN, openaiApiKey="sk-topsecret-1234")
    post(client, OWN, openaiApiKey="")
    post(client, OWN, openaiApiKey=None)
    post(client, OWN, openaiApiKey=None)
    entries = AuditEntry.objects.order_by("number")
    assert [(e.actor, e.action, e.target) for e in entries] == [
        ("edda", "key.set", "openai"),
        ("edda", "key.removed", "openai"),
    ]
    assert {e.tenant_id for e in entries} == {tenant.pk}
    assert "topsecret" not in str(list(entries.values()))
    assert audit.verify() is None


class TestPage:
    url = "/admin/settings/ai"

    def test_it_writes_keeps_and_removes_but_never_shows(self, viewer, client_for):
        client = client_for(viewer)
        data = {"owner": "own", "own-openai": " sk-page-secret-4321 ", "own-preferred_ai_model": "gpt-6-luna"}
        assert client.post(self.url, data).status_code == 302
        page = client.get(self.url).content.decode()
        assert "4321" in page
        assert "sk-page" not in page
        assert 'type="password"' in page
        assert keys.find(viewer, None, "openai") == ("sk-page-secret-4321", "user")

        client.post(self.url, {"owner": "own", "own-openai": "", "own-preferred_ai_model": "gpt-6-luna"})
        assert keys.find(viewer, None, "openai") is not None
        client.post(self.url, {"owner": "own", "own-openai": "", "own-remove_openai": "on"})
        assert keys.find(viewer, None, "openai") is None
        viewer.refresh_from_db()
        assert viewer.preferred_ai_model == ""

    def test_a_bad_key_is_explained_and_not_repeated(self, viewer, client_for):
        page = client_for(viewer).post(self.url, {"owner": "own", "own-openai": "sk bad secret"}).content.decode()
        assert "holds white space" in page
        assert "sk bad secret" not in page
        assert not ProviderKey.objects.exists()

    def test_only_owners_change_the_workspaces(self, owner, viewer, tenant, client_for):
        data = {"owner": "workspace", "workspace-openai": "sk-shared-7777"}
        client_for(viewer).post(self.url, data)
        assert keys.find(None, tenant, "openai") is None
        assert "workspace-openai" not in client_for(viewer).get(self.url).content.decode()
        client_for(owner).post(self.url, data)
        assert keys.find(None, tenant, "openai") == ("sk-shared-7777", "tenant")

    def test_strangers_go_to_the_login(self, client, db):
        assert client.get(self.url).status_code == 302
