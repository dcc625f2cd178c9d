"""The dashboard: today's figures by the workspace's calendar."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import Notice, Tenant, User
from blog.models import Batch, Post
from jobs import accepting
from jobs.models import Job
from publishing import connecting
from publishing.models import Approval, Ask, Publication

LogIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def no_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accepting, "push", lambda jobs, patient=False: [])


def make_post(tenant: Tenant, created_at: datetime, **values: Any) -> Post:
    post = Post(tenant=tenant, title="A film", body="x", html="x", created_at=created_at, **values)
    post.choose_slug()
    post.save()
    return post


def make_job(tenant: Tenant, created_at: datetime, state: str, number: int) -> Job:
    return Job.objects.create(
        id=f"job-{number}", tenant=tenant, queue="blog-generation", task="x", state=state, created_at=created_at
    )


def test_figures_of_today(client_for: LogIn, editor: User, tenant: Tenant, other_tenant: Tenant) -> None:
    Tenant.objects.filter(pk=tenant.pk).update(time_zone="Asia/Tokyo")
    with time_machine.travel(datetime(2026, 5, 10, 16, tzinfo=UTC), tick=False):  # 11 May, 01:00 in Tokyo
        now = datetime.now(UTC)
        make_post(tenant, now - timedelta(minutes=30))
        make_post(tenant, now - timedelta(hours=2), state="published")  # yesterday there
        make_post(other_tenant, now)
        make_job(tenant, now, "completed", 1)
        make_job(tenant, now - timedelta(hours=2), "completed", 2)
        Job.objects.filter(pk=make_job(tenant, now, "failed", 3).pk).update(finished_at=now)
        context = client_for(editor).get("/admin/").context
    assert {card["title"]: card["value"] for card in context["cards"]} == {
        "Jobs today": 2,
        "Posts written today": 1,
        "Lessons ordered today": 0,
        "Drafts to review": 1,
        "Failed jobs today": 1,
    }
    assert [day[1:] for day in context["days"]][-2:] == [(1, 1), (1, 2)]
    data = json.loads(context["chart"])
    assert len(data["labels"]) == 7
    assert data["labels"][-1] == "Mon 11 May"


def test_what_leaves_the_house_and_waits_for_somebody(client_for: LogIn, owner: User, tenant: Tenant) -> None:
    account = connecting.connect(tenant, owner, platform="offline", name="Wall", credentials={})
    names = ("published", "scheduled", "unconfirmed", "draft")
    rows = [Publication.objects.create(tenant=tenant, account=account, user=owner, state=state) for state in names]
    now = datetime.now(UTC)
    Publication.objects.filter(pk=rows[0].pk).update(published_at=now)
    approval = Approval.objects.create(tenant=tenant, publication=rows[3], need="one", valid_until=now)
    Ask.objects.create(approval=approval, approver=owner, state="asked")
    cards = {card["title"]: card for card in client_for(owner).get("/admin/").context["cards"]}
    assert (cards["Published today"]["value"], cards["Published today"]["below"]) == (1, "1 planned")
    assert (cards["Waits for your decision"]["value"], cards["Published or not?"]["value"]) == (1, 1)


def test_a_new_workspace_says_what_to_do(client_for: LogIn, editor: User, viewer: User) -> None:
    assert "Welcome to Studio" in client_for(editor).get("/admin/").content.decode()
    assert b"/admin/blog/batch/add/" in client_for(editor).get("/admin/").content
    assert b"/admin/blog/batch/add/" not in client_for(viewer).get("/admin/").content


def test_what_is_missing_stands_on_top(client_for: LogIn, editor: User) -> None:
    assert "No worker is running" in client_for(editor).get("/admin/").content.decode()


def test_newest_batches_come_first_with_their_progress(client_for: LogIn, editor: User, tenant: Tenant) -> None:
    for _number in range(6):
        Batch.objects.create(tenant=tenant, user=editor, model_id="offline", count=2)
    context = client_for(editor).get("/admin/").context
    assert [batch.pk for batch in context["batches"]] == list(Batch.objects.values_list("pk", flat=True)[:5])
    assert context["batches"][0].done == 0


def test_unread_notices_of_mine(client_for: LogIn, editor: User, owner: User) -> None:
    Notice.objects.create(user=editor, subject="Yours", key="1")
    Notice.objects.create(user=owner, subject="Theirs", key="2")
    text = client_for(editor).get("/admin/").content.decode()
    assert "Yours" in text
    assert "Theirs" not in text


def test_somebody_without_a_workspace_is_told(client_for: LogIn, db: None) -> None:
    alone = User.objects.create_user("alone", "alone@example.com", "pw", is_staff=True)
    assert "You are in no workspace yet" in client_for(alone).get("/admin/").content.decode()
