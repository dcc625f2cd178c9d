"""My jobs: who sees and may do what."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Membership, Role, Tenant, User
from jobs import ending
from jobs.models import Job

LogIn = Callable[[User], Client]
Enqueue = Callable[..., Job]


def page(job: Job, name: str = "change") -> str:
    return reverse(f"admin:jobs_job_{name}", args=[job.pk])


@pytest.fixture
def colleague(tenant: Tenant) -> User:
    user = User.objects.create_user("carl", "carl@example.com", "pw", is_staff=True)
    Membership.objects.create(tenant=tenant, user=user, role=Role.EDITOR)
    return user


def test_the_list_shows_mine_first(client_for: LogIn, colleague: User, enqueue: Enqueue) -> None:
    job = enqueue()
    client = client_for(colleague)
    assert "No jobs of yours yet" in client.get("/admin/jobs/job/").content.decode()
    assert job.pk in client.get("/admin/jobs/job/?whose=all").content.decode()


def test_cancel_and_retry_by_their_owner(client_for: LogIn, editor: User, enqueue: Enqueue) -> None:
    job = enqueue()
    client = client_for(editor)
    client.post(page(job, "cancel"))
    job.refresh_from_db()
    assert job.state == "cancelled"
    response = client.post(page(job, "retry"))
    new = Job.objects.get(retry_of=job)
    assert response.headers["Location"] == page(new)
    again = client.post(page(job, "retry"), follow=True)
    assert "was retried already" in again.content.decode()
    assert Job.objects.count() == 2


@pytest.mark.parametrize("name", ["cancel", "retry"])
def test_buttons_are_post_only(client_for: LogIn, editor: User, enqueue: Enqueue, name: str) -> None:
    job = enqueue()
    assert client_for(editor).get(page(job, name)).status_code == 405
    job.refresh_from_db()
    assert job.state == "waiting"


def test_an_editor_leaves_others_jobs_alone(client_for: LogIn, colleague: User, enqueue: Enqueue) -> None:
    job = enqueue()
    client = client_for(colleague)
    assert client.post(page(job, "cancel")).status_code == 403
    listing = "/admin/jobs/job/?whose=all"
    told = client.post(listing, {"action": "cancel_selected", "_selected_action": [job.pk]}, follow=True)
    assert "left alone" in told.content.decode()
    job.refresh_from_db()
    assert job.state == "waiting"


def test_an_owner_cancels_any(client_for: LogIn, owner: User, enqueue: Enqueue) -> None:
    job = enqueue()
    listing = "/admin/jobs/job/?whose=all"
    client_for(owner).post(listing, {"action": "cancel_selected", "_selected_action": [job.pk]})
    job.refresh_from_db()
    assert job.state == "cancelled"


def test_a_viewer_does_nothing(client_for: LogIn, viewer: User, enqueue: Enqueue) -> None:
    job = enqueue()
    client = client_for(viewer)
    assert client.get(page(job, "progress")).json()["canStop"] is False
    assert client.post(page(job, "cancel")).status_code == 403


@pytest.mark.parametrize("name", ["change", "progress", "cancel", "retry"])
def test_jobs_of_other_workspaces_do_not_exist(client_for: LogIn, stranger: User, enqueue: Enqueue, name: str) -> None:
    job = enqueue()
    client = client_for(stranger)
    send: Any = client.post if name in ("cancel", "retry") else client.get
    assert send(page(job, name)).status_code == 404
    assert job.pk not in client.get("/admin/jobs/job/?whose=all").content.decode()


def test_a_failed_job_tells_why(client_for: LogIn, editor: User, enqueue: Enqueue) -> None:
    job = enqueue()
    ending.fail(job, "Broken", "the <b>disk</b> is full")
    client = client_for(editor)
    data = client.get(page(job, "progress")).json()
    assert (data["state"], data["problem"], data["canResume"]) == ("failed", "The <b>disk</b> is full", True)
    assert "The &lt;b&gt;disk&lt;/b&gt; is full" in client.get(page(job)).content.decode()


def test_times_are_those_of_the_workspace(client_for: LogIn, editor: User, tenant: Tenant, enqueue: Enqueue) -> None:
    Tenant.objects.filter(pk=tenant.pk).update(time_zone="Asia/Tokyo")
    job = enqueue()
    assert " JST" in client_for(editor).get(page(job)).content.decode()


def test_a_finished_job_shows_its_result(client_for: LogIn, editor: User, enqueue: Enqueue) -> None:
    job = enqueue()
    Job.objects.filter(pk=job.pk).update(state="completed", result={"postIds": [7, 8], "failed": [], "note": None})
    text = client_for(editor).get(page(job)).content.decode()
    assert "<dd>7, 8</dd>" in text
