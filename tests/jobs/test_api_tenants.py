"""The API of queues and jobs between workspaces: whose jobs are counted, shown and touched, and by which role."""

from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import AuditEntry, Role
from jobs import accepting, counting
from jobs.models import DailyCount, Job, State
from jobs.running import work
from tests.conftest import member
from tests.jobs.test_api_queues import GO, QUEUES, Caller

pytestmark = pytest.mark.django_db
STATES = ["waiting", "active", "completed", "failed", "delayed", "cancelled"]


@pytest.fixture
def root(django_user_model):
    return django_user_model.objects.create_superuser("root", "root@example.com", "pw")


@pytest.fixture
def as_(client, tenant, other_tenant, owner, editor, viewer, stranger, root):
    """Everybody; root's token is of studio, as a superuser's is of one workspace."""
    reviewer, carl = member(tenant, "rita", Role.REVIEWER), member(tenant, "carl", Role.EDITOR)
    people = {"owner": owner, "editor": editor, "viewer": viewer, "reviewer": reviewer, "carl": carl, "root": root}
    here = {name: Caller(client, user, tenant) for name, user in people.items()}
    return {**here, "stranger": Caller(client, stranger, other_tenant)}


@pytest.fixture
def jobs(tenant, other_tenant, editor, stranger, pushed):
    """Three jobs of studio, two of other, one of no workspace; the first of each has failed."""

    def failed(**whose: Any) -> Job:
        job = accepting.enqueue(GO, payload={"do": "refused"}, **whose)
        work(job.pk, worker="w")
        return job

    def waiting(**whose: Any) -> Job:
        return accepting.enqueue(GO, **whose)

    here, there = {"tenant": tenant, "user": editor}, {"tenant": other_tenant, "user": stranger}
    return SimpleNamespace(
        here=[failed(**here), waiting(**here), waiting(**here)],
        there=[failed(**there), waiting(**there)],
        nowhere=[failed(tenant=None)],
    )


def rows() -> list[dict[str, Any]]:
    return list(Job.objects.order_by("pk").values())


# -- counted and shown ---------------------------------------------------------------------------------

COUNTS = {
    "/api/queue/stats": lambda told: told[-1]["total"],
    "/api/queue/stats/testing": lambda told: told["total"],
    "/api/queue/health": lambda told: told["totalJobs"],
    "/api/jobs/stats/testing": lambda told: told["total"],
    "/api/jobs/dashboard/stats": lambda told: told["testing"]["total"],
    "/api/jobs/dashboard/jobs/testing": lambda told: told["total"],
    "/api/jobs/dashboard/jobs/testing?pageSize=100": lambda told: len(told["items"]),
    "/api/jobs/dashboard": lambda told: told["totals"]["totalJobs"],
}


@pytest.mark.parametrize("path", COUNTS)
def test_members_count_their_own_workspace_superusers_all_and_what_is_of_none(as_, jobs, path):
    def count(name: str) -> int:
        return COUNTS[path](as_[name]("GET", path).json())

    assert {name: count(name) for name in ("viewer", "reviewer", "editor", "owner")} == dict.fromkeys(
        ("viewer", "reviewer", "editor", "owner"), 3
    )
    assert count("stranger") == 2
    assert count("root") == 6


def test_everything_on_the_dashboard_is_of_ones_own_workspace(as_, jobs, other_tenant):
    DailyCount.objects.create(day="2026-01-01", queue="testing", tenant=other_tenant, completed=50, failed=7)

    def seen(name: str) -> tuple[Any, ...]:
        told = as_[name].get("/api/jobs/dashboard")
        totals, stats = told["totals"], told["stats"]["testing"]
        assert totals == {"totalJobs": stats["total"], "activeJobs": 0, "failedJobs": stats["failed"]}
        ids = [{job["id"] for job in told[which]} for which in ("recent", "failed")]
        return (*ids, told["perDay"][-1]["failed"], told["events"]["testing"]["failed"])

    here, there, nowhere = ([job.pk for job in some] for some in (jobs.here, jobs.there, jobs.nowhere))
    assert seen("viewer") == (set(here), {here[0]}, 1, 1)
    assert seen("stranger") == (set(there), {there[0]}, 1, 8)
    assert seen("root") == ({*here, *there, *nowhere}, {here[0], there[0], nowhere[0]}, 3, 10)


def test_the_dashboard_shows_the_ten_newest(as_, tenant, editor, pushed):
    ids = [accepting.enqueue(GO, tenant=tenant, user=editor).pk for _each in range(12)]
    told = as_["viewer"].get("/api/jobs/dashboard")
    assert [job["id"] for job in told["recent"]] == ids[:1:-1]
    assert told["failed"] == []
    assert "logs" not in told["recent"][0]


@given(
    st.lists(
        st.tuples(st.sampled_from([*QUEUES[:3], "testing"]), st.sampled_from(["here", "there", "nowhere"]),
                  st.sampled_from(STATES)),
        max_size=40,
    )
)  # fmt: skip
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_total_is_the_sum_of_the_six(as_, tenant, other_tenant, mix):
    Job.objects.all().delete()
    tenants = {"here": tenant, "there": other_tenant, "nowhere": None}
    Job.objects.bulk_create(
        Job(id=f"test-{number}", queue=queue, task=GO, state=state, tenant=tenants[whose])
        for number, (queue, whose, state) in enumerate(mix)
    )
    for name, sees in (("viewer", {"here"}), ("stranger", {"there"}), ("root", {"here", "there", "nowhere"})):
        expected = Counter((queue, state) for queue, whose, state in mix if whose in sees)
        lines = as_[name].get("/api/queue/stats")
        for line in lines:
            assert [line[state] for state in STATES] == [expected[line["name"], state] for state in STATES]
            assert line["total"] == sum(line[state] for state in STATES)
        assert sum(line["total"] for line in lines) == expected.total()
    totals = counting.health(None)
    assert totals["total_jobs"] == len(mix)
    assert (totals["active_jobs"], totals["failed_jobs"]) == tuple(
        sum(state == which for _queue, _whose, state in mix) for which in (State.ACTIVE, State.FAILED)
    )


# -- touched -------------------------------------------------------------------------------------------

ON_A_JOB = [("GET", "status"), ("POST", "cancel"), ("POST", "retry")]


@pytest.mark.parametrize(("method", "verb"), ON_A_JOB)
@pytest.mark.parametrize(("name", "whose"), [("owner", "there"), ("owner", "nowhere"), ("stranger", "here")])
def test_another_workspaces_job_is_not_there_and_stays_as_it_is(as_, jobs, method, verb, name, whose):
    before = rows()
    for job in getattr(jobs, whose):
        answer = as_[name](method, f"/api/jobs/{verb}/testing/{job.pk}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
    assert rows() == before
    assert not AuditEntry.objects.filter(action__startswith="job.").exists()


@pytest.mark.parametrize("whose", ["here", "there", "nowhere"])
def test_a_superuser_acts_on_every_job_and_the_trail_is_its_workspaces(as_, jobs, whose):
    failed, tenant_id = getattr(jobs, whose)[0], getattr(jobs, whose)[0].tenant_id
    assert as_["root"].get(f"/api/jobs/status/testing/{failed.pk}")["state"] == "failed"
    answer = as_["root"]("POST", f"/api/jobs/retry/testing/{failed.pk}")
    assert answer.status_code == 202
    new = Job.objects.get(pk=answer.json()["jobId"])
    assert (new.tenant_id, new.retry_of_id) == (tenant_id, failed.pk)
    assert as_["root"]("POST", f"/api/jobs/cancel/testing/{new.pk}").json()["state"] == "cancelled"
    trail = AuditEntry.objects.filter(action__startswith="job.").values_list("action", "actor", "tenant", "target")
    assert set(trail) == {
        ("job.retried", "root", tenant_id, failed.pk),
        ("job.cancel_asked", "root", tenant_id, new.pk),
    }


@pytest.mark.parametrize(
    ("name", "left"), [("owner", {"there", "nowhere"}), ("stranger", {"here", "nowhere"}), ("root", set())]
)
def test_clear_touches_ones_own_workspace_superusers_all(as_, jobs, name, left):
    before = {row["id"]: row for row in rows()}
    told = as_[name]("DELETE", "/api/queue/testing/clear").json()["cleared"]
    assert told == {
        "waiting": {"owner": 2, "stranger": 1, "root": 3}[name],
        "failed": {"owner": 1, "stranger": 1, "root": 3}[name],
        "delayed": 0, "completed": 0, "cancelled": 0,
    }  # fmt: skip
    after = {row["id"]: row for row in rows()}
    for whose in ("here", "there", "nowhere"):
        for job in getattr(jobs, whose):
            if whose in left:
                assert after[job.pk] == before[job.pk]
            else:
                assert job.pk not in after or after[job.pk]["state"] == "cancelled"
    entry = AuditEntry.objects.get(action="queue.cleared")
    assert entry.tenant_id == {"owner": jobs.here[0].tenant_id, "stranger": jobs.there[0].tenant_id, "root": None}[name]
    assert entry.details["scope"] == ("all workspaces" if name == "root" else "workspace")


def test_clear_leaves_other_queues_alone(as_, jobs):
    Job.objects.filter(pk=jobs.here[1].pk).update(queue="research")
    assert as_["owner"]("DELETE", "/api/queue/testing/clear?status=waiting").json() == {"cleared": {"waiting": 1}}
    assert Job.objects.get(pk=jobs.here[1].pk).state == "waiting"


# -- by which role -------------------------------------------------------------------------------------

# edda started the jobs of studio; carl is her colleague.
ROLES = {"viewer": 403, "reviewer": 403, "carl": 403, "editor": 200, "owner": 200, "root": 200}


@pytest.mark.parametrize(("name", "status"), ROLES.items())
def test_editors_act_on_their_own_jobs_owners_on_all(as_, jobs, name, status):
    before = rows()
    cancel = as_[name]("POST", f"/api/jobs/cancel/testing/{jobs.here[1].pk}")
    retry = as_[name]("POST", f"/api/jobs/retry/testing/{jobs.here[0].pk}")
    assert (cancel.status_code, retry.status_code) == (status, 202 if status == 200 else status)
    if status == 403:
        assert rows() == before
        needed = "owner" if name == "carl" else None
        for answer in (cancel, retry):
            assert answer.json()["error"]["code"] == "role"
            assert needed is None or answer.json()["error"]["details"]["needed"] == needed


@pytest.mark.parametrize(
    ("name", "status"), [("viewer", 403), ("reviewer", 403), ("editor", 403), ("owner", 200), ("root", 200)]
)
def test_only_owners_and_superusers_clear(as_, jobs, name, status):
    before = rows()
    assert as_[name]("DELETE", "/api/queue/testing/clear").status_code == status
    assert (rows() == before) == (status == 403)


def test_ones_own_job_is_not_a_viewers_to_cancel(as_, jobs, viewer):
    Job.objects.filter(pk=jobs.here[1].pk).update(user=viewer)
    answer = as_["viewer"]("POST", f"/api/jobs/cancel/testing/{jobs.here[1].pk}")
    assert (answer.status_code, answer.json()["error"]["details"]["needed"]) == (403, "editor")


def test_who_belongs_to_no_workspace_sees_nothing(client, tenant, jobs, editor):
    caller = Caller(client, editor, tenant)
    editor.memberships.all().delete()
    for path in [*COUNTS, f"/api/jobs/status/testing/{jobs.here[0].pk}"]:
        answer = caller("GET", path)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "tenant"), path
