"""My jobs: who sees and may do what."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership, Role, Tenant, User
from jobs import ending
from jobs.models import Job, Level

BUTTONS = ["cancel", "retry", "run_now", "level"]
LogIn = Callable[[User], Client]
Enqueue = Callable[..., Job]


def page(job: Job, name: str = "change") -> str:
    return reverse(f"admin:jobs_job_{name}", args=[job.pk])


@pytest.fixture
def delayed(enqueue: Enqueue) -> Job:
    return enqueue({"run_at": timezone.now() + timedelta(hours=1), "reason": "later is soon enough"})


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


@pytest.mark.parametrize("name", BUTTONS)
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


@pytest.mark.parametrize("name", ["change", "progress", *BUTTONS])
def test_jobs_of_other_workspaces_do_not_exist(client_for: LogIn, stranger: User, enqueue: Enqueue, name: str) -> None:
    job = enqueue()
    client = client_for(stranger)
    send: Any = client.post if name in BUTTONS else client.get
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


def test_a_level_is_changed_by_whose_job_it_is(client_for: LogIn, editor: User, enqueue: Enqueue) -> None:
    job = enqueue()
    client = client_for(editor)
    text = client.get(page(job)).content.decode()
    assert [f">{label}</option>" in text for label in Level.labels] == [False, True, True, True]
    assert '<dd data-live-text="level">Normal</dd>' in text
    told = client.post(page(job, "level"), {"level": "5"}, follow=True).content.decode()
    assert f"{job.pk} has the level High now." in told
    job.refresh_from_db()
    assert job.priority == Level.HIGH
    assert client.get(page(job, "progress")).json()["log"][-1]["message"] == "Level High set by edda"
    assert "testing, edda, high" in client.get("/admin/jobs/job/").content.decode()


def test_only_owners_put_a_job_before_all_other_workspaces(client_for: LogIn, owner: User, enqueue: Enqueue) -> None:
    job = enqueue()
    told = client_for(owner).post(page(job, "level"), {"level": "10"}, follow=True).content.decode()
    assert f"{job.pk} has the level Critical now." in told


@pytest.mark.parametrize("level", ["", "7", "high", "10\x00", "10"])
def test_another_level_than_these_is_refused(client_for: LogIn, editor: User, enqueue: Enqueue, level: str) -> None:
    job = enqueue()
    told = client_for(editor).post(page(job, "level"), {"level": level}, follow=True).content.decode()
    assert "Nothing was changed. Choose one of these levels: High, Normal, Low." in told
    job.refresh_from_db()
    assert job.priority == Level.NORMAL


def test_only_a_job_that_runs_says_that_it_ends_at_its_next_step(
    client_for: LogIn, editor: User, enqueue: Enqueue
) -> None:
    job, client = enqueue(), client_for(editor)
    for state, is_stopping in (("active", True), ("waiting", False)):
        Job.objects.filter(pk=job.pk).update(state=state, cancel_requested_at=timezone.now())
        live = client.get(page(job, "progress")).json()
        assert (live["message"] == "It ends at its next step.", live["canStop"]) == (is_stopping, not is_stopping)


@pytest.mark.parametrize("button", ["level", "run_now"])
def test_others_move_nothing(
    client_for: LogIn, colleague: User, viewer: User, owner: User, delayed: Job, button: str
) -> None:
    for user in (colleague, viewer):
        client = client_for(user)
        assert client.get(page(delayed, "progress")).json()["canMove"] is False
        assert client.post(page(delayed, button), {"level": "10"}).status_code == 403
    delayed.refresh_from_db()
    assert (delayed.priority, delayed.state) == (Level.NORMAL, "delayed")
    assert client_for(owner).post(page(delayed, button), {"level": "10"}).status_code == 302


def test_run_now(
    client_for: LogIn, editor: User, delayed: Job, pushed: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    client = client_for(editor)
    assert client.get(page(delayed, "progress")).json()["canRunNow"] is True
    with django_capture_on_commit_callbacks(execute=True):
        told = client.post(page(delayed, "run_now"), follow=True).content.decode()
    assert f"{delayed.pk} starts as soon as its queue has a free place." in told
    delayed.refresh_from_db()
    assert (delayed.state, delayed.waiting_for) == ("waiting", "")
    assert pushed == [delayed.pk]
    live = client.get(page(delayed, "progress")).json()
    assert (live["canRunNow"], live["canMove"]) == (False, True)
    again = client.post(page(delayed, "run_now"), follow=True).content.decode()
    assert f"{delayed.pk} is waiting: there is nothing to move." in again


def test_what_has_ended_is_not_moved(client_for: LogIn, editor: User, delayed: Job) -> None:
    ending.request_cancel(delayed, by="edda")
    client = client_for(editor)
    for button in ("level", "run_now"):
        told = client.post(page(delayed, button), {"level": "5"}, follow=True).content.decode()
        assert f"{delayed.pk} is cancelled: there is nothing to move." in told
    assert client.get(page(delayed, "progress")).json()["canMove"] is False


def test_run_the_selected_now(
    client_for: LogIn, owner: User, editor: User, colleague: User, delayed: Job, enqueue: Enqueue
) -> None:
    job, listing = enqueue(), "/admin/jobs/job/?whose=all"
    data = {"action": "run_now_selected", "_selected_action": [delayed.pk, job.pk]}
    assert "2 of them are left alone" in client_for(colleague).post(listing, data, follow=True).content.decode()
    delayed.refresh_from_db()
    assert delayed.state == "delayed"
    told = client_for(owner).post(listing, data, follow=True).content.decode()
    assert f"{delayed.pk} starts as soon as" in told
    assert f"{job.pk} is waiting: there is nothing to move." in told
    delayed.refresh_from_db()
    assert delayed.state == "waiting"


def test_the_list_is_filtered_by_level(client_for: LogIn, editor: User, enqueue: Enqueue) -> None:
    normal, high = enqueue(), enqueue({"priority": Level.HIGH})
    text = client_for(editor).get("/admin/jobs/job/?priority__exact=5").content.decode()
    assert high.pk in text
    assert normal.pk not in text


def test_the_traceback_is_for_superusers(client_for: LogIn, owner: User, enqueue: Enqueue) -> None:
    job = enqueue()
    ending.fail(job, "Broken", "the disk is full", trace="Traceback <most recent call last>\nOSError: full")
    assert "OSError" not in client_for(owner).get(page(job)).content.decode()
    assert "Traceback" not in client_for(owner).get(page(job)).content.decode()
    root = User.objects.create_superuser("root", "root@example.com", "pw")
    assert "Traceback &lt;most recent call last&gt;\nOSError: full" in client_for(root).get(page(job)).content.decode()
