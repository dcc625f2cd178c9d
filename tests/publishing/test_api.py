"""Accounts and publications over the API: shapes, roles, bad input."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from jobs.models import Job
from jobs.running import work
from publishing.models import Account, ApprovalRule, Message, Publication
from tests.publishing.conftest import fault, posts, run, run_to_the_end

pytestmark = pytest.mark.django_db
CANARY = "canary-credential-7f3a"


@pytest.fixture
def account(call: Any) -> dict[str, Any]:
    body = {"platform": "offline", "name": "Wall", "credentials": {"behaves": "blind"}}
    return dict(call("POST", "/api/accounts", body).json())


def test_an_account_is_made_checked_and_listed_without_its_credentials(call: Any, account: dict[str, Any]) -> None:
    assert (account["platform"], account["state"], account["delivery"]) == ("offline", "active", "blind")
    assert "credentials" not in account
    checked = call("POST", f"/api/accounts/{account['id']}/check").json()
    assert checked["checkedAt"]
    assert checked["remoteName"] == "The wall"
    page = call("GET", "/api/accounts").json()
    assert (page["total"], page["items"][0]["name"]) == (1, "Wall")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"platform": "myspace", "name": "x"}, "platform"),
        ({"platform": "offline", "name": "x", "credentials": {"behaves": "odd"}}, "credentials"),
        ({"platform": "offline", "name": "x", "credentials": {"password": CANARY}}, "credentials.password"),
        ({"platform": "offline", "name": "x", "baseUrl": "ftp://example.com"}, "baseUrl"),
        ({"platform": "offline", "name": "Wall"}, "name"),
        ({"platform": "offline", "name": ""}, "name"),
    ],
)
def test_a_bad_account_is_told_by_field(call: Any, account: dict[str, Any], body: Any, field: str) -> None:
    answer = call("POST", "/api/accounts", body)
    assert answer.status_code == 422
    assert [problem["field"] for problem in answer.json()["error"]["details"]] == [field]
    assert CANARY not in answer.content.decode()
    assert Account.objects.count() == 1


def test_a_post_now_has_a_job_and_ends_on_the_wall(call: Any, account: dict[str, Any]) -> None:
    body = {"accountId": account["id"], "hook": "Silent films!", "body": "On Friday.", "hashtags": ["film", "#silent"]}
    answer = call("POST", "/api/publications", body)
    assert answer.status_code == 202
    accepted = answer.json()
    assert (accepted["state"], accepted["jobId"][:5]) == ("scheduled", "post-")
    made = run(Publication.objects.get(pk=accepted["publicationId"]))
    assert posts(made.account) == ["Silent films!\n\nOn Friday.\n\n#film #silent"]
    read = call("GET", f"/api/publications/{made.pk}").json()
    assert (read["state"], read["platform"], len(read["attempts"]), read["holds"]) == ("published", "offline", 1, [])
    assert read["url"] == made.url
    assert call("GET", "/api/publications?state=published").json()["total"] == 1
    assert call("GET", "/api/publications?state=draft").json()["total"] == 0


def test_the_same_key_and_body_is_one_publication(call: Any, account: dict[str, Any]) -> None:
    later = (timezone.now() + timedelta(days=1)).isoformat()
    for body in (
        {"accountId": account["id"], "text": "Now"},
        {"accountId": account["id"], "text": "x", "scheduledAt": later},
    ):
        headers = {"Idempotency-Key": f"key-{body['text']}"}
        first, second = (call("POST", "/api/publications", body, **headers) for _each in range(2))
        assert first.status_code == second.status_code == 202
        assert first.json() == second.json()
        other = call("POST", "/api/publications", {**body, "text": "Other"}, **headers)
        assert (other.status_code, other.json()["error"]["code"]) == (409, "key_reused")
    assert Publication.objects.count() == 2
    assert Job.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"accountId": 0}, "accountId"),
        ({"text": ""}, None),
        ({"text": "a" * 5001}, "text"),
        ({"mediaIds": [77]}, "mediaIds"),
        ({"scheduledAt": "2020-01-01T00:00:00Z"}, "scheduledAt"),
        ({"scheduledAt": "2030-01-01T00:00:00"}, "scheduledAt"),
        ({"hashtags": ["two words"]}, "hashtags"),
        ({"hook": "also"}, None),
        ({"canonicalUrl": "javascript:alert(1)"}, "canonicalUrl"),
        ({"credentials": {"accessToken": CANARY}}, "credentials"),
    ],
)
def test_a_bad_publication_is_told_and_leaves_nothing(
    call: Any, account: dict[str, Any], change: Any, field: str | None
) -> None:
    answer = call("POST", "/api/publications", {"accountId": account["id"], "text": "Words", **change})
    assert answer.status_code == 422, answer.content
    fields = [problem["field"] for problem in answer.json()["error"]["details"]]
    assert field is None or any(name.startswith(field) for name in fields)
    assert CANARY not in answer.content.decode()
    assert (Publication.objects.count(), Job.objects.count()) == (0, 0)


def test_put_off_cancel_and_send_after_all(call: Any, account: dict[str, Any]) -> None:
    body = {"accountId": account["id"], "text": "Words", "draft": True}
    pk = call("POST", "/api/publications", body).json()["publicationId"]
    later = (timezone.now() + timedelta(days=1)).replace(second=31, microsecond=5)
    moved = call("POST", f"/api/publications/{pk}/reschedule", {"scheduledAt": later.isoformat()})
    assert (moved.status_code, moved.json()["jobId"]) == (202, None)
    assert Publication.objects.get().scheduled_at == later.replace(second=0, microsecond=0)
    assert call("POST", f"/api/publications/{pk}/cancel").json()["state"] == "cancelled"
    assert call("POST", f"/api/publications/{pk}/cancel").status_code == 409
    assert call("POST", f"/api/publications/{pk}/resolve", {"outcome": "published"}).status_code == 409
    assert call("POST", f"/api/publications/{pk}/reschedule", {}).json()["jobId"]
    assert run(Publication.objects.get()).state == "published"


def test_an_unconfirmed_one_is_cleared_up(call: Any, account: dict[str, Any]) -> None:
    row = Account.objects.get()
    fault(row, "lost")
    pk = call("POST", "/api/publications", {"accountId": row.pk, "text": "Words"}).json()["publicationId"]
    made = run_to_the_end(Publication.objects.get(pk=pk))
    assert made.state == "unconfirmed"
    assert call("POST", f"/api/publications/{pk}/resolve", {"outcome": "perhaps"}).status_code == 422
    assert call("POST", f"/api/publications/{pk}/resolve", {"outcome": "published"}).json()["state"] == "published"
    assert len(posts(row)) == 1


def test_roles(call: Any, account: dict[str, Any], viewer: Any, editor: Any) -> None:
    body = {"platform": "offline", "name": "Mine"}
    assert call("POST", "/api/accounts", body, user=editor).status_code == 403
    assert call("POST", "/api/publications", {"accountId": account["id"], "text": "x"}, user=viewer).status_code == 403
    assert call("GET", "/api/publications", user=viewer).status_code == 200


def test_another_workspace_sees_and_changes_nothing(
    call: Any, account: dict[str, Any], other_tenant: Any, stranger: Any
) -> None:
    pk = call("POST", "/api/publications", {"accountId": account["id"], "text": "x"}).json()["publicationId"]
    there = {"user": stranger, "where": other_tenant}
    assert call("GET", "/api/publications", **there).json()["total"] == 0
    assert call("GET", f"/api/publications/{pk}", **there).status_code == 404
    for act, more in (("cancel", None), ("reschedule", {}), ("resolve", {"outcome": "published"})):
        assert call("POST", f"/api/publications/{pk}/{act}", more, **there).status_code == 404
    assert call("POST", f"/api/accounts/{account['id']}/check", **there).status_code == 404
    refused = call("POST", "/api/publications", {"accountId": account["id"], "text": "x"}, **there)
    assert refused.status_code == 422
    assert Publication.objects.get().state == "scheduled"


class TestApprovals:
    @pytest.fixture
    def asked(self, call: Any, account: dict[str, Any], tenant: Any, editor: Any) -> Any:
        rule = ApprovalRule.objects.create(tenant=tenant, need="one")
        rule.approvers.set([editor])
        call("POST", "/api/publications", {"accountId": account["id"], "text": "Words"})
        work(Job.objects.get(task="publishing.tasks.ask_approvers").pk, worker="test")
        return call("GET", "/api/approvals?state=open").json()["items"][0]

    def test_who_is_asked_decides_once(self, call: Any, asked: Any, editor: Any) -> None:
        path = f"/api/approvals/{asked['id']}/decide"
        assert asked["asks"] == [{"approver": "edda", "state": "asked", "comment": "", "decidedAt": None}]
        assert call("POST", path, {"decision": "approve"}).status_code == 403  # the owner is not asked
        assert call("POST", path, {"decision": "changes"}, user=editor).status_code == 422
        assert call("POST", path, {"decision": "perhaps"}, user=editor).status_code == 422
        assert call("POST", path, {"decision": "approve"}, user=editor).json()["state"] == "approved"
        assert call("POST", path, {"decision": "approve"}, user=editor).status_code == 409
        assert run(Publication.objects.get()).state == "published"

    def test_another_workspace(self, call: Any, asked: Any, other_tenant: Any, stranger: Any) -> None:
        there = {"user": stranger, "where": other_tenant}
        assert call("GET", "/api/approvals", **there).json()["total"] == 0
        path = f"/api/approvals/{asked['id']}/decide"
        assert call("POST", path, {"decision": "approve"}, **there).status_code == 404


class TestDoors:
    """The seeds' payloads."""

    def dispatch(self, call: Any, **change: Any) -> Any:
        body = {
            "tenantId": "studio",
            "postId": "post-123",
            "scheduleId": "schedule-1",
            "platforms": [
                {"platform": "instagram", "accountId": "acc-1", "credentials": {"accessToken": CANARY}},
                {"platform": "facebook", "accountId": "acc-2", "credentials": {}},
            ],
            "content": {"hook": "Hook", "body": "Body", "hashtags": ["one"]},
            "scheduledTime": "2026-11-22T10:00:00Z",
            **change,
        }
        return call("POST", "/api/queue/test/publish/dispatch", body)

    def test_publish_dispatch_goes_to_the_wall_and_forgets_credentials(self, call: Any, tenant: Any) -> None:
        answer = self.dispatch(call)
        assert answer.status_code == 202, answer.content
        made = [run(row) for row in Publication.objects.filter(pk__in=answer.json()["publicationIds"])]
        assert [(row.state, row.is_test, row.account.platform) for row in made] == [("published", True, "offline")] * 2
        stored = json.dumps([list(table.objects.values()) for table in (Publication, Job, Account)], default=str)
        assert CANARY not in stored + answer.content.decode()

    def test_the_same_plan_is_carried_out_once(self, call: Any) -> None:
        self.dispatch(call)
        again = self.dispatch(call)
        assert again.status_code == 422
        assert "on this account already" in again.content.decode()

    @pytest.mark.parametrize(
        "change",
        [
            {"platforms": []},
            {"scheduledTime": "yesterday"},
            {"content": {}},
            {"tenantId": "other"},
            {"content": {"hook": "x", "mediaUrls": ["http://169.254.169.254/"]}},
        ],
    )
    def test_bad_payloads(self, call: Any, change: Any) -> None:
        assert self.dispatch(call, **change).status_code in (403, 422)
        assert Publication.objects.count() == 0

    def test_approval_notify_asks_people_of_the_workspace(self, call: Any, editor: Any, stranger: Any) -> None:
        body = {"tenantId": "studio", "postId": "post-1", "brandId": "test-brand", "approverIds": ["edda"]}
        body |= {"notificationType": "email", "dueDate": "2026-12-01T00:00:00Z", "message": "Please"}
        answer = call("POST", "/api/queue/test/approval/notify", body)
        assert answer.status_code == 202, answer.content
        job = Job.objects.get(pk=answer.json()["jobId"])
        assert job.queue == "approval.notify"
        work(job.pk, worker="test")
        job.refresh_from_db()
        assert job.result["asked"] == 1
        assert Message.objects.get().to == "edda@example.com"
        for bad in ({"approverIds": ["stan"]}, {"approverIds": []}, {"notificationType": "pigeon"}):
            assert call("POST", "/api/queue/test/approval/notify", body | bad).status_code == 422

    def test_only_owners(self, call: Any, editor: Any) -> None:
        body = {"postId": "1", "approverIds": ["edda"]}
        assert call("POST", "/api/queue/test/approval/notify", body, user=editor).status_code == 403


def test_words_are_changed_and_taken_off(call: Any, account: dict[str, Any], editor: Any) -> None:
    made = call("POST", "/api/publications", {"accountId": account["id"], "text": "One", "draft": True}).json()
    path = f"/api/publications/{made['publicationId']}"
    assert call("POST", f"{path}/change", {"text": ""}).status_code == 422
    assert call("POST", f"{path}/change", {"text": "Two"}).json() == {**made, "state": "draft"}
    call("POST", f"{path}/reschedule", {})
    run(Publication.objects.get())
    update = call("POST", f"{path}/change", {"text": "Three"}).json()
    assert update["jobId"]
    assert call("POST", f"{path}/change", {"text": "Four"}).status_code == 422
    new = run(Publication.objects.get(pk=update["publicationId"]))
    assert posts(new.account) == ["Three"]
    shown = call("GET", f"/api/publications/{new.pk}").json()
    assert (shown["replaces"], shown["takenOffAt"]) == (made["publicationId"], None)
    job = call("POST", f"{path}/take-off", {}).json()["jobId"]
    work(job, worker="test")
    assert (posts(new.account), bool(call("GET", path).json()["takenOffAt"])) == ([], True)
    assert call("POST", f"{path}/take-off", {}).status_code == 409


def test_comments(call: Any, account: dict[str, Any], viewer: Any, stranger: Any) -> None:
    made = call("POST", "/api/publications", {"accountId": account["id"], "text": "One", "draft": True}).json()
    path = f"/api/publications/{made['publicationId']}/comments"
    assert call("POST", path, {"text": " "}).status_code == 422
    assert call("POST", path, {"text": "x"}, user=viewer).status_code == 403
    said = call("POST", path, {"text": "Friday?"})
    assert (said.status_code, said.json()["user"]) == (201, "olga")
    assert call("GET", path, user=viewer).json()["items"] == [said.json()]
    assert call("GET", path, user=stranger, where=stranger.memberships.get().tenant).status_code == 404


def test_an_editor_changes_nobody_elses(call: Any, account: dict[str, Any], editor: Any) -> None:
    made = call("POST", "/api/publications", {"accountId": account["id"], "text": "One", "draft": True}).json()
    for what, body in (("cancel", {}), ("change", {"text": "Two"}), ("reschedule", {}), ("take-off", {})):
        answer = call("POST", f"/api/publications/{made['publicationId']}/{what}", body, user=editor)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "role"), what
    assert Publication.objects.get().state == "draft"
