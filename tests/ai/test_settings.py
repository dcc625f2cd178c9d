import json
import re
from datetime import date

import pytest
import time_machine

from accounts import audit, keys
from accounts.models import AuditEntry, ProviderKey
from ai import preferences, syncing
from ai.chain import DEFAULT_KINDS
from ai.models import ListedModel, Preference
from ai.preferences import Wish
from ai.showing import Life
from jobs import accepting
from jobs.models import Job

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
    assert keys.find(editor, None, "openai") == keys.Found("sk-openai-abcd", "user")

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
    assert preferences.preferred(editor) == ""


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
    assert keys.find(editor, tenant, "openai") == keys.Found("sk-shared-7777", "tenant")
    tenant.refresh_from_db()
    assert preferences.preferred(tenant) == "claude-opus-5-5"


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
        assert keys.find(viewer, None, "openai") == keys.Found("sk-page-secret-4321", "user")

        client.post(self.url, {"owner": "own", "own-openai": "", "own-preferred_ai_model": "gpt-6-luna"})
        assert keys.find(viewer, None, "openai") is not None
        client.post(self.url, {"owner": "own", "own-openai": "", "own-remove_openai": "on"})
        assert keys.find(viewer, None, "openai") is None
        viewer.refresh_from_db()
        assert preferences.preferred(viewer) == ""

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
        assert keys.find(None, tenant, "openai") == keys.Found("sk-shared-7777", "tenant")

    def test_fallback_models_are_saved_in_order_with_the_kinds_of_failure(self, viewer, client_for):
        client = client_for(viewer)
        page = client.get(self.url).content.decode()
        for kind in DEFAULT_KINDS:  # preselected where nothing is stored
            assert re.search(rf'value="{kind}"[^>]* checked[ >]', page)
        assert not re.search(r'value="key"[^>]* checked[ >]', page)
        chosen = {"own-fallback_1": "claude-haiku-5-5", "own-fallback_3": "offline", "own-on_errors": ["busy", "gone"]}
        assert client.post(self.url, {"owner": "own", **chosen}).status_code == 302
        assert preferences.chain(viewer) == Wish(("claude-haiku-5-5", "offline"), ("busy", "gone"))
        page = client.get(self.url).content.decode()
        assert re.search(r'value="claude-haiku-5-5"[^>]* selected[ >]', page)
        assert re.search(r'value="gone"[^>]* checked[ >]', page)
        assert not re.search(r'value="limited"[^>]* checked[ >]', page)
        client.post(self.url, {"owner": "own"})
        assert preferences.chain(viewer) is None

    @pytest.mark.parametrize(
        ("wrong", "field", "words"),
        [
            ({"fallback_1": "gpt-4", "on_errors": "busy"}, "fallback_1", "use gpt-6.1-sol instead"),
            ({"fallback_1": "offline", "fallback_2": "offline", "on_errors": "busy"}, "fallback_2", "named twice"),
            ({"fallback_1": "offline"}, "on_errors", "at least one kind of failure"),
            ({"fallback_1": "offline", "on_errors": "moon"}, "on_errors", "Select a valid choice"),
            ({"base_url": "http://192.168.1.5/v1"}, "base_url", "OUTBOUND_ALLOW_HOSTS"),
            ({"base_url": "nonsense"}, "base_url", "cannot be used"),
            ({"base_url": "https://example.com/v1", "server_key": "two words"}, "server_key", "holds white space"),
            ({"server_key": "sk-1"}, "base_url", "Enter the address"),
            ({"base_url": "https://example.com/v1", "json_mode": "smoke"}, "json_mode", "Select a valid choice"),
        ],
    )
    def test_what_cannot_be_saved_is_explained_at_its_field(self, viewer, client_for, wrong, field, words):
        posted = {f"own-{name}": value for name, value in wrong.items()}
        answer = client_for(viewer).post(self.url, {"owner": "own", "own-gemini": "AIza-fine-1234", **posted})
        assert answer.status_code == 200
        assert words in " ".join(answer.context["forms"]["own"].errors[field])
        page = answer.content.decode()
        assert f'aria-describedby="id_own-{field}' in page
        assert f'id="id_own-{field}_error"' in page
        assert not ProviderKey.objects.exists()

    def test_all_problems_are_said_at_once(self, viewer, client_for):
        wrong = {"own-gemini": "two words", "own-base_url": "http://10.0.0.1", "own-fallback_1": "offline"}
        errors = client_for(viewer).post(self.url, {"owner": "own", **wrong}).context["forms"]["own"].errors
        assert set(errors) == {"gemini", "base_url", "on_errors"}

    def test_a_server_of_ones_own_is_kept_changed_and_removed(self, viewer, client_for, settings):
        settings.OUTBOUND_ALLOW_HOSTS = ["127.0.0.1"]
        client = client_for(viewer)
        server = {"owner": "own", "own-base_url": " http://127.0.0.1:11434/v1/ ", "own-json_mode": "object"}
        assert client.post(self.url, server | {"own-server_key": "sk-mine-9876"}).status_code == 302
        found = keys.find(viewer, None, "compatible")
        assert found == keys.Found("sk-mine-9876", "user", "http://127.0.0.1:11434/v1", "object")
        page = client.get(self.url).content.decode()
        assert "http://127.0.0.1:11434/v1" in page
        assert "ends in …9876" in page
        assert "sk-mine" not in page

        client.post(self.url, server)
        assert AuditEntry.objects.count() == 1  # nothing of it was changed
        client.post(self.url, server | {"own-json_mode": "prompt"})
        assert keys.find(viewer, None, "compatible").json_mode == "prompt"
        assert keys.find(viewer, None, "compatible").secret == "sk-mine-9876"
        client.post(self.url, server | {"own-remove_server_key": "on"})
        assert keys.find(viewer, None, "compatible").secret == ""

        answer = client.post(self.url, server | {"own-base_url": ""})
        assert "tick below" in answer.content.decode()
        assert client.post(self.url, {"owner": "own", "own-remove_server": "on"}).status_code == 302
        assert keys.find(viewer, None, "compatible") is None
        actions = list(AuditEntry.objects.order_by("number").values_list("action", flat=True))
        assert actions == ["key.set", "key.set", "key.set", "key.removed"]

    def test_a_stored_model_that_has_retired_is_said_and_not_lost(self, viewer, client_for):
        Preference.objects.create(user=viewer, model_id="gpt-4")
        client = client_for(viewer)
        select = client.get(self.url).content.decode().split('name="own-preferred_ai_model"')[1].split("</select>")[0]
        assert re.search(r'value="gpt-4"[^>]* selected', select)
        assert not re.search(r'value="gpt-4"[^>]* disabled', select)
        answer = client.post(self.url, {"owner": "own", "own-preferred_ai_model": "gpt-4"})
        assert "use gpt-6.1-sol instead" in answer.content.decode()
        assert preferences.preferred(viewer) == "gpt-4"

    def test_models_are_shown_by_provider_with_prices_and_lifecycles(self, viewer, client_for):
        ListedModel.objects.filter(model_id="gpt-5").update(missing_since=date(2026, 11, 20))
        with time_machine.travel("2026-11-27T10:00:00+00:00", tick=False):
            answer = client_for(viewer).get(self.url)
        page = answer.content.decode()
        groups = {group.label: group for group in answer.context["groups"]}
        assert list(groups)[:3] == ["Offline", "OpenAI", "Anthropic"]
        lives = {entry.model.model_id: entry.life for entry in groups["OpenAI"].entries}
        assert lives["gpt-5"] == Life("Deprecated, 14 days left", "warning", "gpt-6.1-terra")
        assert lives["gpt-4"].is_over
        assert [entry.life.is_over for entry in groups["OpenAI"].entries] == sorted(
            life.is_over for life in lives.values()
        )
        assert "not in the provider's list since 20 Nov 2026" in page
        assert "since 22 Nov 2026" in page
        assert "from 1 Jan 2027: 1.5 / 7.5" in page
        assert "within a day: 0.05 / 0.25" in page

    def test_the_list_can_be_searched_without_scripts(self, viewer, client_for):
        def found(query):
            groups = client_for(viewer).get(self.url, {"q": query}).context["groups"]
            return [entry.model.model_id for group in groups for entry in group.entries]

        assert found("haiku") == ["claude-haiku-5-5", "claude-haiku-4-5"]
        assert set(found("anthropic")) >= {"claude-haiku-5-5", "claude-opus-5-5"}
        assert found("no such model") == found("\x00") == []
        assert "No model matches" in client_for(viewer).get(self.url, {"q": "<b>nothing"}).content.decode()
        assert "<b>nothing" not in client_for(viewer).get(self.url, {"q": "<b>nothing"}).content.decode()

    def test_owners_have_the_lists_read_by_a_job(self, owner, editor, tenant, client_for, monkeypatch):
        monkeypatch.setattr(accepting, "push", lambda jobs, patient=False: [])
        assert "Read the model lists" not in client_for(editor).get(self.url).content.decode()
        assert client_for(editor).post(f"{self.url}/read-lists").status_code == 403
        client = client_for(owner)
        assert "Read the model lists" in client.get(self.url).content.decode()
        answer = client.post(f"{self.url}/read-lists")
        job = Job.objects.get()
        assert (job.task, job.tenant, job.user) == (syncing.SYNC, tenant, owner)
        assert answer["Location"] == f"/admin/jobs/job/{job.pk}/change/"
        assert client.get(f"{self.url}/read-lists").status_code == 405

    def test_strangers_go_to_the_login(self, client, db):
        assert client.get(self.url).status_code == 302
