from datetime import timedelta

import pytest
from django.utils import timezone
from redis.exceptions import ConnectionError as RedisDown

from jobs import reconciling
from jobs.claiming import claim, renew
from jobs.models import Job, JobEvent, State
from jobs.running import Run, work

pytestmark = pytest.mark.django_db


@pytest.fixture
def in_redis(monkeypatch, pushed):
    """What Redis holds, as the reconciler sees it."""
    there: set[str] = set()
    monkeypatch.setattr(reconciling, "ids_in", lambda queue: there)
    return there


def go_silent(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_what_is_not_in_redis_is_pushed(enqueue, pushed, in_redis):
    job = enqueue()
    assert reconciling.push_due() == 1
    assert pushed == [job.pk]


def test_what_was_just_pushed_or_is_there_is_left_alone(enqueue, pushed, in_redis):
    fresh, there = enqueue(), enqueue()
    Job.objects.filter(pk=fresh.pk).update(pushed_at=timezone.now())
    in_redis.add(there.pk)
    assert reconciling.push_due() == 0
    Job.objects.filter(pk=fresh.pk).update(pushed_at=timezone.now() - timedelta(seconds=6))
    assert reconciling.push_due() == 1
    assert pushed == [fresh.pk]


def test_a_delayed_job_waits_when_its_time_has_come(enqueue, pushed, in_redis):
    job = enqueue({"run_at": timezone.now() + timedelta(seconds=60)})
    assert reconciling.push_due() == 0
    Job.objects.filter(pk=job.pk).update(run_at=timezone.now() - timedelta(seconds=1))
    assert reconciling.push_due() == 1
    job.refresh_from_db()
    assert job.state == State.WAITING


def test_a_dead_redis_is_no_error(enqueue, monkeypatch):
    enqueue()

    def down(queue):
        raise RedisDown("gone")

    monkeypatch.setattr(reconciling, "ids_in", down)
    assert reconciling.push_due() == 0


def test_a_silent_worker_loses_its_job_without_using_an_attempt(enqueue, in_redis):
    job = enqueue(times=1)
    zombie = Run(claim(job.pk, "w1"))
    with zombie.owned():
        pass
    go_silent(job)
    reconciling.return_lapsed()
    job.refresh_from_db()
    assert (job.state, job.attempt, job.crashes) == (State.WAITING, 0, 0)
    assert JobEvent.objects.filter(job=job, kind="lost").count() == 1
    work(job.pk, worker="w2")
    job.refresh_from_db()
    assert job.state == State.COMPLETED


def test_three_crashes_without_a_step_are_poison(enqueue, in_redis):
    job = enqueue()
    for crash in (1, 2, 3):
        claim(job.pk, "w")
        go_silent(job)
        reconciling.return_lapsed()
        job.refresh_from_db()
        assert job.crashes == min(crash, 2)
    assert (job.state, job.failed_code) == (State.FAILED, "poison")
    assert "died 3 times" in job.failed_reason


def test_a_live_lease_is_left_alone_and_renewed(enqueue, in_redis):
    job = enqueue()
    claimed = claim(job.pk, "w")
    reconciling.return_lapsed()
    before = Job.objects.get(pk=job.pk).lease_until
    assert renew({job.pk: claimed.fence}) == {job.pk: False}
    assert Job.objects.get(pk=job.pk).lease_until >= before
    assert renew({job.pk: claimed.fence - 1}) == {job.pk: True}


def test_past_its_deadline_a_job_fails_and_its_thread_can_write_nothing(enqueue, in_redis):
    job = enqueue()
    run = Run(claim(job.pk, "w"))
    Job.objects.filter(pk=job.pk).update(deadline_at=timezone.now() - timedelta(seconds=1))
    reconciling.end_overdue()
    job.refresh_from_db()
    assert (job.state, job.failed_code, job.fence > run.fence) == (State.FAILED, "deadline", True)


def test_a_cancel_that_nobody_answers_ends_the_job(enqueue, in_redis):
    from jobs import ending

    job = enqueue()
    claim(job.pk, "w")
    ending.request_cancel(job, by="edda", grace=0)
    Job.objects.filter(pk=job.pk).update(cancel_by=timezone.now() - timedelta(seconds=1))
    reconciling.end_overdue()
    job.refresh_from_db()
    assert job.state == State.CANCELLED


def test_one_reconciler_at_a_time(enqueue, in_redis):
    assert reconciling.reconcile("a")
    assert not reconciling.reconcile("b")
    assert reconciling.reconcile("a")
