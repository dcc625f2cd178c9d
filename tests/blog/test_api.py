import re

import pytest

from accounts import tokens
from blog.models import Batch
from jobs.models import Job
from jobs.running import work

pytestmark = pytest.mark.django_db
DOOR = "/api/admin/blog/auto-generate"


def test_an_order_is_accepted_with_the_id_of_its_job(call, editor):
    answer = call("POST", DOOR, {"source": "popular", "count": 2})
    assert answer.status_code == 202
    assert re.fullmatch(r"blog-gen-edda-[0-9a-z]{26}", answer.json()["jobId"])
    batch = Batch.objects.get()
    assert (batch.count, batch.media_type, batch.mode, batch.publish, batch.user) == (
        2,
        "movie",
        "batch",
        False,
        editor,
    )


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"count": 0}, "count"),
        ({"count": 51}, "count"),
        ({"count": "many"}, "count"),
        ({"count": 2.5}, "count"),
        ({"count": True}, "count"),
        ({"source": "nowhere"}, "source"),
        ({"source": None}, "source"),
        ({"model": "gpt-99"}, "model"),
        ({"mediaType": "radio"}, "mediaType"),
        ({"minRating": 11}, "minRating"),
        ({"state": "completed"}, "state"),
        ({"tenant": 5}, "tenant"),
        ({"mode": "forever"}, "mode"),
        ({"language": "xx"}, "language"),
    ],
)
def test_a_bad_value_is_named_and_nothing_is_made(call, change, field):
    answer = call("POST", DOOR, {"source": "popular", **change})
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert [detail["field"] for detail in error["details"]] == [field]
    assert error["details"][0]["problem"]
    assert not Batch.objects.exists()
    assert not Job.objects.exists()


def test_years_out_of_order_are_refused(call):
    answer = call("POST", DOOR, {"source": "popular", "yearFrom": 2000, "yearTo": 1990})
    assert answer.status_code == 422
    problem = {"field": "yearTo", "problem": "1990 is before the first year, 2000: swap them"}
    assert answer.json()["error"]["details"] == [problem]


def test_the_same_idempotency_key_is_the_same_job_and_another_body_a_conflict(call):
    first = call("POST", DOOR, {"source": "popular"}, **{"Idempotency-Key": "k1"})
    again = call("POST", DOOR, {"source": "popular"}, **{"Idempotency-Key": "k1"})
    other = call("POST", DOOR, {"source": "trending"}, **{"Idempotency-Key": "k1"})
    assert (again.status_code, again.json()) == (202, first.json())
    assert other.status_code == 409
    assert Batch.objects.count() == 1


def test_status_is_of_the_newest_batch_or_the_named_one(call):
    first = call("POST", DOOR, {"source": "popular", "count": 1}).json()["jobId"]
    second = call("POST", DOOR, {"source": "popular", "count": 1}).json()["jobId"]
    assert call("GET", f"{DOOR}/status").json()["id"] == second
    work(first, worker="test")
    job = call("GET", f"{DOOR}/status?jobId={first}").json()
    assert job["state"] == "completed"
    assert job["progress"] == {"step": "done", "percentage": 100, "message": "1 post written"}
    assert job["attemptsMade"] == 1
    assert set(job["result"]) == {"batchId", "postIds", "skipped", "failed"}
    assert job["failedReason"] is None
    assert {"id", "queue", "createdAt", "startedAt", "finishedAt", "logs"} <= set(job)
    assert "retryOf" not in job
    assert job["logs"][0].keys() == {"at", "level", "message"}


def test_stop_ends_a_waiting_batch_and_a_second_stop_is_a_conflict(call):
    job = call("POST", DOOR, {"source": "popular", "count": 1}).json()["jobId"]
    assert call("POST", f"{DOOR}/stop").json()["state"] == "cancelled"
    assert call("POST", f"{DOOR}/stop?jobId={job}").status_code == 409


def test_without_a_batch_there_is_no_status(call):
    assert call("GET", f"{DOOR}/status").status_code == 404


def test_viewers_may_not_order(call, tenant, viewer):
    answer = call("POST", DOOR, {"source": "popular"}, token=tokens.issue(viewer, tenant, "t")[1])
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "role"


@pytest.mark.parametrize(("given", "level"), [(None, 0), (1, 10), (3, 5), (7, 0), (50, -5)])
def test_the_old_scale_of_priorities_is_translated(call, given, level):
    body = {"source": "popular"} | ({"priority": given} if given else {})
    job = Job.objects.get(pk=call("POST", DOOR, body).json()["jobId"])
    assert job.priority == level


def test_not_json_is_400(client, call, tenant, editor):
    secret = tokens.issue(editor, tenant, "x")[1]
    answer = client.post(
        DOOR, "{not json", content_type="application/json", headers={"Authorization": f"Bearer {secret}"}
    )
    assert answer.status_code == 400


def test_another_workspaces_jobs_are_not_there(call, other_tenant, stranger):
    job = call("POST", DOOR, {"source": "popular"}).json()["jobId"]
    token = tokens.issue(stranger, other_tenant, "t")[1]
    for method, path in [
        ("GET", f"{DOOR}/status?jobId={job}"),
        ("POST", f"{DOOR}/stop?jobId={job}"),
        ("GET", f"/api/jobs/user/{job}"),
        ("POST", f"/api/jobs/user/{job}/cancel"),
    ]:
        assert call(method, path, token=token).status_code == 404
    assert call("GET", "/api/jobs/user", token=token).json() == {"items": [], "total": 0, "page": 1, "pageSize": 50}
    assert Job.objects.get(pk=job).state == "waiting"


def test_a_body_may_name_the_callers_own_workspace_and_person_and_no_others(call, tenant, other_tenant, editor):
    own = {"source": "popular", "tenantId": tenant.slug, "userId": editor.pk}
    assert call("POST", DOOR, own).status_code == 202
    for foreign in ({"tenantId": other_tenant.slug}, {"userId": editor.pk + 1}):
        assert call("POST", DOOR, {"source": "popular", **foreign}).status_code == 403
    assert Batch.objects.count() == 1


def test_an_id_that_no_database_can_store_is_just_not_there(call):
    assert call("GET", f"{DOOR}/status?jobId=a%00b").status_code == 404
    assert call("GET", "/api/jobs/user/a%00b").status_code == 404


def test_without_a_key_for_the_model_nothing_is_started(call):
    answer = call("POST", DOOR, {"source": "popular", "model": "gpt-6-luna"})
    assert answer.status_code == 422
    assert "There is no OpenAI key" in answer.json()["error"]["details"][0]["problem"]
    assert not Batch.objects.exists()


def test_a_retired_model_is_refused_with_its_successor(call):
    answer = call("POST", DOOR, {"source": "popular", "model": "gemini-1.5-pro"})
    assert answer.status_code == 422
    assert "use gemini-3.8-flash" in answer.json()["error"]["details"][0]["problem"]
