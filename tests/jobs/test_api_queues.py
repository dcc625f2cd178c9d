"""The API of queues and of the workspace's jobs: every endpoint's shape, who sees what, who may do what."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts import tokens
from accounts.models import AuditEntry, Role, User
from jobs import accepting, carrying, ending, health, limits
from jobs.claiming import claim
from jobs.models import Job
from jobs.running import work
from tests.conftest import member

pytestmark = pytest.mark.django_db
GO = "tests.jobs.sample.go"

# DESIGN.md section 3, in table order.
QUEUES = [
    "publish.dispatch", "scheduled-posts", "social-posting", "content.regen.single", "approval.notify", "email-sending",
    "whatsapp-messages", "image.generate", "webhooks", "video-processing", "content.generate.monthly",
    "content-generation", "media-generation", "transcript-generation", "research", "blog-generation",
    "lesson-generation", "analytics.pull", "maintenance",
]  # fmt: skip
LINE = {"name", "waiting", "active", "completed", "failed", "delayed", "cancelled", "paused", "total"}
JOB = {"id", "queue", "state", "progress", "attemptsMade", "createdAt", "startedAt", "finishedAt", "result",
       "failedReason"}  # fmt: skip


class Caller:
    """Calls the API as one person."""

    def __init__(self, client: Any, user: User, tenant: Any) -> None:
        self.client, self.secret = client, tokens.issue(user, tenant, "test")[1]

    def __call__(self, method: str, path: str) -> Any:
        return self.client.generic(method, path, headers={"Authorization": f"Bearer {self.secret}"})

    def get(self, path: str) -> Any:
        answer = self("GET", path)
        assert answer.status_code == 200, answer.content
        return answer.json()


@pytest.fixture
def root(django_user_model):
    return django_user_model.objects.create_superuser("root", "root@example.com", "pw")


@pytest.fixture
def as_(client, tenant, other_tenant, owner, editor, viewer, stranger, root):
    people = {"owner": owner, "editor": editor, "viewer": viewer, "root": root}
    return {name: Caller(client, user, tenant) for name, user in people.items()} | {
        "stranger": Caller(client, stranger, other_tenant)
    }


@pytest.fixture
def mixed(enqueue, other_tenant, stranger):
    """A job of each state, and one of another workspace."""
    waiting, active, completed, cancelled = (enqueue(times=1) for _each in range(4))
    failed, delayed = enqueue(do="refused"), enqueue({"run_at": timezone.now() + timedelta(hours=1), "reason": "later"})
    claim(active.pk, "w")
    work(completed.pk, worker="w")
    work(failed.pk, worker="w")
    ending.request_cancel(cancelled, by="edda")
    other = accepting.enqueue(GO, tenant=other_tenant, user=stranger)
    return {"waiting": waiting, "active": active, "completed": completed, "failed": failed, "delayed": delayed,
            "cancelled": cancelled, "other": other}  # fmt: skip


@pytest.fixture
def all_there(monkeypatch):
    monkeypatch.setattr(health, "checks", lambda: dict.fromkeys(("database", "redis", "worker", "scheduler"), "ok"))


# -- shapes --------------------------------------------------------------------------------------------


def test_stats_is_a_bare_array_of_every_queue_in_table_order(as_, mixed):
    lines = as_["viewer"].get("/api/queue/stats")
    assert [line["name"] for line in lines] == [*QUEUES, "testing"]
    assert all(set(line) == LINE for line in lines)
    assert lines[-1] == {"name": "testing", "waiting": 1, "active": 1, "completed": 1, "failed": 1, "delayed": 1,
                         "cancelled": 1, "paused": False, "total": 6}  # fmt: skip
    assert as_["viewer"].get("/api/queue/stats/testing") == lines[-1]
    assert as_["viewer"].get("/api/jobs/stats/testing") == lines[-1]
    assert as_["viewer"].get("/api/jobs/dashboard/stats") == {line["name"]: line for line in lines}


def test_a_superuser_sees_all_workspaces_a_member_their_own(as_, mixed):
    assert as_["root"].get("/api/queue/stats/testing")["total"] == 7
    assert as_["stranger"].get("/api/queue/stats/testing")["total"] == 1
    assert as_["root"].get("/api/jobs/dashboard/jobs/testing")["total"] == 7
    assert as_["root"].get(f"/api/jobs/status/testing/{mixed['other'].pk}")["id"] == mixed["other"].pk


def test_a_paused_queue_says_so(as_):
    limits.pause("research", "root")
    assert [line["name"] for line in as_["viewer"].get("/api/queue/stats") if line["paused"]] == ["research"]


def test_health_has_the_totals_and_the_queues(as_, mixed, all_there):
    told = as_["viewer"].get("/api/queue/health")
    assert set(told) == {"status", "totalJobs", "activeJobs", "failedJobs", "queues"}
    assert (told["status"], told["totalJobs"], told["activeJobs"], told["failedJobs"]) == ("healthy", 6, 1, 1)
    assert told["queues"] == as_["viewer"].get("/api/queue/stats")


def test_health_without_a_scheduler_is_healthy(as_, monkeypatch):
    """The workers keep the clocks meanwhile."""
    checks = {"database": "ok", "redis": "ok", "worker": "ok", "scheduler": health.NO_SCHEDULER}
    monkeypatch.setattr(health, "checks", lambda: checks)
    assert as_["viewer"].get("/api/queue/health")["status"] == "healthy"


def test_unhealthy_is_503_with_the_reason(as_, monkeypatch):
    monkeypatch.setattr("jobs.carrying.memory", lambda: carrying.Memory("allkeys-lru"))
    answer = as_["viewer"]("GET", "/api/queue/health")
    assert (answer.status_code, answer.json()["status"]) == (503, "unhealthy")
    assert set(answer.json()) == {"status", "totalJobs", "activeJobs", "failedJobs", "queues", "reason"}
    assert [line["name"] for line in answer.json()["queues"]] == [*QUEUES, "testing"]
    assert "allkeys-lru" in answer.json()["reason"]
    assert "rqworker" in answer.json()["reason"]


def test_the_dashboard(as_, mixed):
    told = as_["viewer"].get("/api/jobs/dashboard")
    assert set(told) == {"totals", "stats", "events", "perDay", "recent", "failed", "workers", "schedulers"}
    assert told["totals"] == {"totalJobs": 6, "activeJobs": 1, "failedJobs": 1}
    assert told["stats"]["testing"]["failed"] == 1
    assert told["events"]["testing"] == {"completed": 1, "failed": 1, "errors": 1, "progress": 1}
    assert len(told["perDay"]) == 14
    assert told["perDay"][-1]["completed"] == 1
    assert [job["id"] for job in told["failed"]] == [mixed["failed"].pk]
    assert len(told["recent"]) == 6
    assert (told["workers"], told["schedulers"]) == (0, 0)


def test_the_jobs_of_a_queue_in_pages(as_, mixed):
    page = as_["viewer"].get("/api/jobs/dashboard/jobs/testing?pageSize=4&page=2")
    assert set(page) == {"items", "total", "page", "pageSize"}
    assert (len(page["items"]), page["total"], page["page"], page["pageSize"]) == (2, 6, 2, 4)
    assert all(set(item) - {"waitingFor"} == JOB for item in page["items"])
    only = as_["viewer"].get("/api/jobs/dashboard/jobs/testing?state=delayed")
    assert [item["id"] for item in only["items"]] == [mixed["delayed"].pk]
    assert only["items"][0]["waitingFor"].startswith("later (until ")
    for query in ("state=running", "page=0", "pageSize=101"):
        assert as_["viewer"]("GET", f"/api/jobs/dashboard/jobs/testing?{query}").status_code == 422


def test_the_status_of_a_job(as_, mixed):
    told = as_["viewer"].get(f"/api/jobs/status/testing/{mixed['completed'].pk}")
    assert set(told) == JOB | {"logs"}
    assert (told["state"], told["progress"]["percentage"], told["attemptsMade"]) == ("completed", 100, 1)
    assert set(told["progress"]) == {"step", "percentage", "message", "currentSection"}
    assert told["result"] == {"done": 1}
    failed = as_["viewer"].get(f"/api/jobs/status/testing/{mixed['failed'].pk}")
    assert (failed["state"], failed["failedReason"]) == ("failed", "the vendor will not do it")


# -- doing ---------------------------------------------------------------------------------------------


def test_retry_makes_a_new_job_once(as_, mixed):
    path = f"/api/jobs/retry/testing/{mixed['failed'].pk}"
    answer = as_["editor"]("POST", path)
    assert answer.status_code == 202
    new = Job.objects.get(retry_of=mixed["failed"])
    assert answer.json() == {"jobId": new.pk, "retryOf": mixed["failed"].pk}
    assert AuditEntry.objects.get(action="job.retried").details == {"retried_as": new.pk}
    again = as_["editor"]("POST", path)
    assert (again.status_code, again.json()["error"]["code"]) == (409, "not_retryable")
    # Ids are told as they are: people copy them.
    old = mixed["failed"].pk
    message = again.json()["error"]["message"]
    assert message == f"The job cannot be retried: {old} was retried already as {new.pk}."
    told = as_["editor"].get(f"/api/jobs/status/testing/{new.pk}")
    assert told["retryOf"] == mixed["failed"].pk


@pytest.mark.parametrize("state", ["waiting", "active", "completed", "delayed"])
def test_only_what_failed_or_was_cancelled_is_retried(as_, mixed, state):
    answer = as_["owner"]("POST", f"/api/jobs/retry/testing/{mixed[state].pk}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "not_retryable")


def test_cancel_ends_what_waits_and_asks_what_runs(as_, mixed):
    assert as_["editor"]("POST", f"/api/jobs/cancel/testing/{mixed['waiting'].pk}").json()["state"] == "cancelled"
    assert as_["owner"]("POST", f"/api/jobs/cancel/testing/{mixed['active'].pk}").json()["state"] == "active"
    mixed["active"].refresh_from_db()
    assert mixed["active"].cancel_requested_at
    assert [entry.actor for entry in AuditEntry.objects.filter(action="job.cancel_asked")] == ["olga", "edda"]


@pytest.mark.parametrize("state", ["completed", "failed", "cancelled"])
def test_what_has_ended_is_not_cancelled(as_, mixed, state):
    answer = as_["owner"]("POST", f"/api/jobs/cancel/testing/{mixed[state].pk}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "ended")
    assert state in answer.json()["error"]["message"]
    assert not AuditEntry.objects.filter(action="job.cancel_asked").exists()


def test_what_was_cancelled_can_be_retried(as_, mixed):
    answer = as_["editor"]("POST", f"/api/jobs/retry/testing/{mixed['cancelled'].pk}")
    assert (answer.status_code, set(answer.json())) == (202, {"jobId", "retryOf"})
    mixed["cancelled"].refresh_from_db()
    assert mixed["cancelled"].state == "cancelled"


def test_clear_by_the_owner_is_audited_and_leaves_others_alone(as_, mixed, owner):
    told = as_["owner"]("DELETE", "/api/queue/testing/clear").json()
    assert told == {"cleared": {"waiting": 1, "delayed": 1, "completed": 1, "failed": 1, "cancelled": 1}}
    states = dict(Job.objects.values_list("pk", "state"))
    assert states[mixed["other"].pk] == "waiting"
    assert states[mixed["active"].pk] == "active"
    entry = AuditEntry.objects.get(action="queue.cleared")
    assert (entry.actor, entry.target, entry.details["cleared"]) == ("olga", "testing", told["cleared"])


def test_clear_only_one_status(as_, mixed):
    told = as_["owner"]("DELETE", "/api/queue/testing/clear?status=failed").json()
    assert told == {"cleared": {"failed": 1}}
    assert Job.objects.count() == 6


@pytest.mark.parametrize("status", ["active", "running", "", "FAILED"])
def test_clear_refuses_other_statuses(as_, mixed, status):
    answer = as_["owner"]("DELETE", f"/api/queue/testing/clear?status={status}")
    assert answer.status_code == 422
    problem = answer.json()["error"]["details"][0]
    assert problem["field"] == "status"
    assert "waiting, delayed, completed, failed, cancelled; active jobs stay" in problem["problem"]
    assert Job.objects.count() == 7


def test_a_superuser_clears_all_workspaces(as_, mixed):
    assert as_["root"]("DELETE", "/api/queue/testing/clear?status=waiting").json() == {"cleared": {"waiting": 2}}


# -- who may -------------------------------------------------------------------------------------------


def test_roles(as_, mixed, tenant, client):
    colleague = Caller(client, member(tenant, "carl", Role.EDITOR), tenant)
    for verb in ("cancel", "retry"):
        path = f"/api/jobs/{verb}/testing/{mixed['failed'].pk}"
        for caller in (as_["viewer"], colleague):
            answer = caller("POST", path)
            assert (answer.status_code, answer.json()["error"]["code"]) == (403, "role")
    for name in ("viewer", "editor"):
        assert as_[name]("DELETE", "/api/queue/testing/clear").status_code == 403
    assert Job.objects.count() == 7


PATHS = [
    ("GET", "/api/queue/stats/{queue}"), ("GET", "/api/jobs/stats/{queue}"),
    ("GET", "/api/jobs/dashboard/jobs/{queue}"), ("GET", "/api/jobs/status/{queue}/{job}"),
    ("POST", "/api/jobs/cancel/{queue}/{job}"), ("POST", "/api/jobs/retry/{queue}/{job}"),
    ("DELETE", "/api/queue/{queue}/clear"),
]  # fmt: skip
WITHOUT_QUEUE = [
    ("GET", "/api/queue/stats"), ("GET", "/api/queue/health"), ("GET", "/api/jobs/dashboard"),
    ("GET", "/api/jobs/dashboard/stats"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_an_unknown_queue_is_404_and_names_those_there_are(as_, mixed, method, path):
    answer = as_["root"](method, path.format(queue="nonsense", job=mixed["failed"].pk))
    assert answer.status_code == 404
    assert "publish.dispatch" in answer.json()["error"]["message"]


@pytest.mark.parametrize(("method", "path"), [line for line in PATHS if "{job}" in line[1]])
@pytest.mark.parametrize("queue", ["testing", "maintenance"])
def test_others_jobs_and_wrong_ids_are_not_there(as_, mixed, method, path, queue):
    before = list(Job.objects.order_by("pk").values())
    strange = ["x" * 300, "a%00b", "..", mixed["other"].pk] + ([mixed["failed"].pk] if queue == "maintenance" else [])
    for job in strange:
        answer = as_["owner"](method, path.format(queue=queue, job=job))
        assert answer.status_code == 404, job
    answer = as_["stranger"](method, path.format(queue="testing", job=mixed["failed"].pk))
    assert answer.status_code == 404
    assert list(Job.objects.order_by("pk").values()) == before


@pytest.mark.parametrize(("method", "path"), [*PATHS, *WITHOUT_QUEUE])
def test_without_a_token_nothing_is_told_or_done(client, mixed, method, path):
    answer = client.generic(method, path.format(queue="testing", job=mixed["failed"].pk))
    assert answer.status_code == 401
    assert Job.objects.count() == 7


def test_every_endpoint_is_documented(client):
    paths = client.get("/api/openapi.json").json()["paths"]
    own = [("GET", "/api/jobs/user"), ("GET", "/api/jobs/user/{job}"), ("POST", "/api/jobs/user/{job}/cancel")]
    for method, path in [*PATHS, *WITHOUT_QUEUE, *own]:
        told = paths[path.replace("{job}", "{job_id}")][method.lower()]
        assert told["summary"], path
        assert told["description"], path
    pages = paths["/api/jobs/dashboard/jobs/{queue}"]["get"]["parameters"]
    size = next(parameter["schema"] for parameter in pages if parameter["name"] == "pageSize")
    assert (size["minimum"], size["maximum"], size["default"]) == (1, 100, 50)
