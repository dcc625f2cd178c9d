"""What is kept of ended jobs, and that the counts of a day survive them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from config.queues import Keep, Queue
from jobs import counting, retention, table
from jobs.models import DailyCount, Job, JobEvent, State
from jobs.running import work

pytestmark = pytest.mark.django_db


@pytest.fixture
def keeping(monkeypatch, sample_queue):
    """Give the sample queue another retention."""

    def keep(**how):
        queues = {**table.queues(), "testing": Queue("testing", sample_queue.tasks, **how)}
        monkeypatch.setattr(table, "queues", lambda: queues)

    return keep


@pytest.fixture
def ended(enqueue):
    """Make jobs that ended in a state some hours ago, oldest first."""

    def make(state, *hours, **columns):
        jobs = []
        for ago in hours:
            job = enqueue()
            moment = timezone.now() - timedelta(hours=ago)
            Job.objects.filter(pk=job.pk).update(state=state, finished_at=moment, created_at=moment, **columns)
            jobs.append(job.pk)
        return jobs

    return make


def kept():
    return set(Job.objects.values_list("pk", flat=True))


def test_completed_ones_go_after_a_day_and_failed_ones_after_a_week(ended, enqueue):
    waiting = enqueue().pk
    old, young = ended(State.COMPLETED, 25, 23)
    ended(State.FAILED, 8 * 24)
    failed, cancelled = ended(State.FAILED, 6 * 24) + ended(State.CANCELLED, 6 * 24)
    assert retention.trim() == 2
    assert kept() == {waiting, young, failed, cancelled}
    assert old not in kept()


def test_the_newest_so_many_are_kept(ended, keeping, monkeypatch):
    monkeypatch.setattr(retention, "CHUNK", 2)
    keeping(completed=Keep(count=3))
    jobs = ended(State.COMPLETED, 90, 80, 70, 60, 50, 40, 30, 20)
    assert retention.trim() == 5
    assert kept() == set(jobs[-3:])


def test_blog_generation_keeps_a_hundred_completed_and_every_failed_one():
    queue = table.queues()["blog-generation"]
    assert (queue.completed, queue.failed) == (Keep(count=100), Keep())


def test_a_key_lives_a_day_at_least(ended, keeping):
    keeping(completed=Keep(count=1))
    with_key = ended(State.COMPLETED, 3, key="k")
    plain = ended(State.COMPLETED, 2, 1)
    retention.trim()
    assert kept() == {with_key[0], plain[1]}


def test_events_go_with_their_job_and_nothing_else(ended, enqueue):
    job = enqueue()
    ended(State.COMPLETED, 48)
    retention.trim()
    assert set(JobEvent.objects.values_list("job_id", flat=True)) == {job.pk}


def test_what_jobs_did_is_still_counted_when_they_are_gone(ended, enqueue, tenant, other_tenant):
    ended(State.COMPLETED, 49, 48, errors=1, progress_writes=4)
    ended(State.FAILED, 8 * 24, errors=3)
    job = enqueue(times=2)
    work(job.pk, worker="w")
    before = counting.events(tenant)["testing"], counting.per_day(tenant, 10)
    assert before[0] == {"completed": 3, "failed": 1, "errors": 5, "progress": 10}
    assert retention.trim() == 3
    assert (counting.events(tenant)["testing"], counting.per_day(tenant, 10)) == before
    assert DailyCount.objects.count() >= 2
    assert counting.events(other_tenant)["testing"] == dict.fromkeys(counting.EVENTS, 0)


def test_jobs_of_no_workspace_are_counted_too(ended):
    ended(State.COMPLETED, 49, 49.5, tenant=None)
    retention.trim()
    assert sum(DailyCount.objects.filter(tenant=None).values_list("completed", flat=True)) == 2
    assert counting.events(None)["testing"]["completed"] == 2


def test_an_open_job_is_never_forgotten(enqueue):
    job = enqueue()
    assert retention.forget(Job.objects.filter(pk=job.pk)) == 0
    assert kept() == {job.pk}


def test_jobs_of_a_queue_that_left_the_table_go_as_by_default(ended, monkeypatch):
    ended(State.COMPLETED, 30, 2)
    queues = {name: queue for name, queue in table.queues().items() if name != "testing"}
    monkeypatch.setattr(table, "queues", lambda: queues)
    assert retention.trim() == 1
