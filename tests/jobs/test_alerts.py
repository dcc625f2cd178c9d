"""Notices for the people who run the server."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Notice
from config.queues import Queue
from jobs import alerts, presence, table
from jobs.models import Job, Process, State

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(django_user_model):
    return django_user_model.objects.create_superuser("boss", "b@example.com", "pw")


def test_nothing_is_told_when_all_is_well(boss, enqueue):
    presence.seen("w", "worker", ["testing"])
    enqueue()
    assert alerts.look() == []
    assert not Notice.objects.exists()


def test_a_long_queue_is_told_once_a_day(boss, enqueue, monkeypatch):
    queues = {**table.queues(), "testing": Queue("testing", alert_depth=2)}
    monkeypatch.setattr(table, "queues", lambda: queues)
    for _each in range(2):
        enqueue()
    assert alerts.look() == []
    enqueue()
    assert alerts.look() == alerts.look() == ["The queue testing is long"]
    notice = Notice.objects.get()
    assert (notice.user, notice.level, notice.link) == (boss, "warning", "/admin/queues/")
    assert "3 jobs wait" in notice.body


def fail(job, minutes=0, state=State.FAILED):
    moment = timezone.now() - timedelta(minutes=minutes)
    Job.objects.filter(pk=job.pk).update(state=state, finished_at=moment, failed_reason="no credit")


def test_repeated_failures_are_told_unless_something_went_well_since(boss, enqueue):
    for minutes in range(4, 4 + alerts.FAILURES - 1):
        fail(enqueue(), minutes)
    assert alerts.look() == []
    fail(enqueue(), 3)
    assert alerts.look() == ["Jobs of testing keep failing"]
    assert "no credit" in Notice.objects.get().body
    fail(enqueue(), 1, State.COMPLETED)
    assert alerts.look() == []


def test_a_worker_or_scheduler_that_went_silent_is_told(boss):
    for kind in ("worker", "scheduler"):
        presence.seen(kind, kind, [])
    assert alerts.look() == []
    Process.objects.update(seen_at=timezone.now() - timedelta(minutes=alerts.SILENT_MINUTES + 1))
    assert alerts.look() == ["The worker is silent", "The scheduler is silent"]
    presence.gone("scheduler")
    assert alerts.look() == ["The worker is silent"]


def test_jobs_in_a_queue_that_no_worker_serves_are_told(boss, enqueue):
    presence.seen("w", "worker", ["maintenance"])
    job = enqueue()
    assert alerts.look() == []
    Job.objects.filter(pk=job.pk).update(run_at=timezone.now() - timedelta(minutes=alerts.SILENT_MINUTES + 1))
    assert alerts.look() == ["Jobs wait in queues without a worker"]
