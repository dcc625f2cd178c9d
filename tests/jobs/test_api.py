import pytest

from accounts import tokens
from jobs import accepting, health, presence
from jobs.models import Job
from jobs.running import work
from tests.conftest import member

pytestmark = pytest.mark.django_db


@pytest.fixture
def get(client, tenant, editor):
    secret = tokens.issue(editor, tenant, "test")[1]

    def send(path, method="GET", token=secret):
        return client.generic(method, path, headers={"Authorization": f"Bearer {token}"})

    return send


def test_one_sees_ones_own_jobs_newest_first(get, enqueue, tenant):
    jobs = [enqueue(times=1) for _each in range(3)]
    page = get("/api/jobs/user?pageSize=2").json()
    assert [item["id"] for item in page["items"]] == [jobs[2].pk, jobs[1].pk]
    assert (page["total"], page["page"], page["pageSize"]) == (3, 1, 2)
    assert "logs" not in page["items"][0]
    work(jobs[0].pk, worker="w")
    assert [item["id"] for item in get("/api/jobs/user?state=completed").json()["items"]] == [jobs[0].pk]


@pytest.mark.parametrize("query", ["page=0", "pageSize=101", "pageSize=0", "page=x", "state=running"])
def test_a_bad_page_is_refused(get, query):
    answer = get(f"/api/jobs/user?{query}")
    assert answer.status_code == 422
    assert [problem["field"] for problem in answer.json()["error"]["details"]] == [query.partition("=")[0]]


@pytest.mark.parametrize("job_id", ["x" * 300, "a%00b", "%ed%a0%80", "test-edda-01k9"])
def test_an_id_that_cannot_be_is_not_there(get, job_id):
    for method, path in (("GET", f"/api/jobs/user/{job_id}"), ("POST", f"/api/jobs/user/{job_id}/cancel")):
        answer = get(path, method)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


def test_ones_own_job_of_another_workspace_is_not_there(get, editor, other_tenant, pushed):
    from accounts.models import Membership, Role

    Membership.objects.create(tenant=other_tenant, user=editor, role=Role.OWNER)
    job = accepting.enqueue("tests.jobs.sample.go", tenant=other_tenant, user=editor)
    assert get("/api/jobs/user").json()["total"] == 0
    assert get(f"/api/jobs/user/{job.pk}").status_code == 404
    assert get(f"/api/jobs/user/{job.pk}/cancel", "POST").status_code == 404
    job.refresh_from_db()
    assert job.state == "waiting"


def test_a_viewer_reads_and_does_not_cancel(get, tenant, viewer, pushed):
    job = accepting.enqueue("tests.jobs.sample.go", tenant=tenant, user=viewer)  # from when they were an editor
    token = tokens.issue(viewer, tenant, "test")[1]
    assert get(f"/api/jobs/user/{job.pk}", token=token).json()["state"] == "waiting"
    assert get(f"/api/jobs/user/{job.pk}/cancel", "POST", token=token).status_code == 403


def test_a_colleagues_job_is_not_there(get, tenant, enqueue):
    from accounts.models import Role

    colleague = member(tenant, "carl", Role.EDITOR)
    job = accepting.enqueue("tests.jobs.sample.go", tenant=tenant, user=colleague)
    assert get(f"/api/jobs/user/{job.pk}").status_code == 404
    assert get(f"/api/jobs/user/{job.pk}/cancel", "POST").status_code == 404


def test_cancel_ends_a_waiting_job_and_refuses_an_ended_one(get, enqueue):
    job = enqueue()
    assert get(f"/api/jobs/user/{job.pk}/cancel", "POST").json()["state"] == "cancelled"
    assert get(f"/api/jobs/user/{job.pk}/cancel", "POST").status_code == 409


def test_without_a_token_nothing_is_told(client, enqueue):
    for path in ("/api/jobs/user", f"/api/jobs/user/{enqueue().pk}", "/api/admin/blog/auto-generate/status"):
        answer = client.get(path)
        assert answer.status_code == 401
        assert answer.json()["error"]["code"] == "unauthenticated"


def test_health_says_what_is_missing(client, monkeypatch):
    monkeypatch.setattr("jobs.carrying.is_reachable", lambda: False)
    answer = client.get("/api/health")
    assert answer.status_code == 503
    checks = answer.json()["checks"]
    assert answer.json()["status"] == "unhealthy"
    assert set(checks) == {"database", "redis", "worker", "scheduler"}
    assert checks["database"] == "ok"
    assert "Redis cannot be reached" in checks["redis"]
    assert "rqworker" in checks["worker"]


def test_health_is_open_and_healthy_when_all_is_there(client, monkeypatch):
    monkeypatch.setattr("jobs.carrying.is_reachable", lambda: True)
    presence.seen("w1", "worker", ["blog-generation"])
    answer = client.get("/api/health")
    assert (answer.status_code, answer.json()["status"]) == (200, "healthy")


def test_why_a_job_waits(enqueue, monkeypatch):
    job = enqueue()
    Job.objects.filter(pk=job.pk).update(created_at="2026-01-01T00:00:00Z")
    job.refresh_from_db()
    monkeypatch.setattr("jobs.carrying.is_reachable", lambda: False)
    assert health.waiting_for(job) == health.NO_REDIS
    monkeypatch.setattr("jobs.carrying.is_reachable", lambda: True)
    assert health.waiting_for(job) == health.NO_WORKER
    presence.seen("w1", "worker", ["testing"])
    assert health.waiting_for(job) == ""


def test_the_openapi_page_and_document_are_there(client):
    document = client.get("/api/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert "/api/admin/blog/auto-generate" in document["paths"]
    assert client.get("/api/docs").status_code == 200
