import pickle
from datetime import timedelta

import pytest
from django.utils import timezone
from rq.job import Job as RQJob
from rq.serializers import JSONSerializer, resolve_serializer

from accounts.models import Notice, User
from jobs import accepting, carrying, clocks, reconciling
from jobs.carrying import RUNNER
from jobs.claiming import claim, held_fences, renew
from jobs.models import Job, JobEvent, State
from jobs.running import Run, work

pytestmark = pytest.mark.django_db


class Pickle:
    dumps, loads = staticmethod(pickle.dumps), staticmethod(pickle.loads)


@pytest.fixture
def unpushed(enqueue, monkeypatch):
    """Accept jobs whose push gets lost; what the reconciler pushes arrives."""
    monkeypatch.setattr(accepting, "push", carrying.push)
    return enqueue


def go_silent(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_what_is_not_in_redis_is_pushed_and_a_worker_is_woken(unpushed, valkey):
    jobs = [unpushed() for _each in range(3)]
    assert reconciling.push_waiting() == 3
    assert valkey.lrange("rq:queue:testing", 0, -1) == [job.pk.encode() for job in jobs]
    assert valkey.llen("pressroom:wake:testing") == 1
    assert reconciling.push_waiting() == 0
    valkey.flushall()
    assert reconciling.push_waiting() == 3


def test_what_has_started_meanwhile_is_taken_out(unpushed, valkey):
    job, other = unpushed(), unpushed()
    reconciling.push_waiting()
    claim(job.pk, "w")
    reconciling.push_waiting()
    assert valkey.lrange("rq:queue:testing", 0, -1) == [other.pk.encode()]


def test_a_delayed_job_waits_when_its_time_has_come(unpushed):
    job = unpushed({"run_at": timezone.now() + timedelta(seconds=60)})
    assert reconciling.release_due() == 0
    Job.objects.filter(pk=job.pk).update(run_at=timezone.now() - timedelta(seconds=1))
    assert reconciling.release_due() == 1
    job.refresh_from_db()
    assert job.state == State.WAITING


def test_a_dead_redis_is_no_error(unpushed, valkey, settings):
    unpushed()
    settings.REDIS_URL = "unix:///nowhere.sock"
    carrying.client.cache_clear()
    assert reconciling.push_waiting() == 0


@pytest.mark.parametrize("data", ["os.system", "pickle", "no such task", "runner", "nothing", "a list"])
def test_what_pressroom_did_not_put_there_is_refused_and_told(unpushed, valkey, data, tmp_path, django_user_model):
    boss = django_user_model.objects.create_superuser("boss", "b@example.com", "pw")
    target, job = tmp_path / "forged", unpushed()
    serializer = None if data == "pickle" else JSONSerializer
    name = {"no such task": "blog.tasks.nothing", "runner": RUNNER}.get(data, "os.system")
    if data == "nothing":
        valkey.rpush("rq:queue:testing", "../etc \n\xff")
    elif data == "a list":
        valkey.rpush("rq:queue:testing", "forged")
        valkey.rpush("rq:job:forged", "x")
    else:
        forged = RQJob.create(name, args=[f"touch {target}"], connection=valkey, id="forged", origin="testing")
        forged.serializer = resolve_serializer(serializer) if serializer else Pickle
        forged.save()
        valkey.rpush("rq:queue:testing", "forged")
    reconciling.push_waiting()
    assert valkey.lrange("rq:queue:testing", 0, -1) == [job.pk.encode()]
    assert not target.exists()
    assert "not put there by Pressroom" in Notice.objects.get(user=boss).body
    if data != "nothing":
        assert b"forged" in valkey.zrange("rq:failed:testing", 0, -1)
        assert b"Refused" in valkey.hget("rq:job:forged", "description")


def test_a_tick_of_the_scheduler_rings_the_clocks(db, valkey, monkeypatch):
    rung = []
    monkeypatch.setattr(clocks, "run_due", lambda: rung.append(1))
    valkey.rpush("rq:queue:maintenance", "tick-clean-up")
    reconciling.push_waiting()
    assert rung == [1]
    assert not valkey.exists("rq:queue:maintenance")


def test_a_silent_worker_loses_its_job_without_using_an_attempt(enqueue):
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


def test_three_crashes_without_a_step_are_poison(enqueue):
    job = enqueue()
    for crash in (1, 2, 3):
        claim(job.pk, "w")
        go_silent(job)
        reconciling.return_lapsed()
        job.refresh_from_db()
        assert job.crashes == min(crash, 2)
    assert (job.state, job.failed_code) == (State.FAILED, "poison")
    assert "died 3 times" in job.failed_reason


def test_a_live_lease_is_left_alone_and_renewed(enqueue):
    job = enqueue()
    claimed = claim(job.pk, "w")
    reconciling.return_lapsed()
    before = Job.objects.get(pk=job.pk).lease_until
    renew([job.pk], "w")
    assert Job.objects.get(pk=job.pk).lease_until >= before
    assert held_fences([job.pk]) == {job.pk: claimed.fence}


def test_past_its_deadline_a_job_fails_and_its_thread_can_write_nothing(enqueue):
    job = enqueue()
    run = Run(claim(job.pk, "w"))
    Job.objects.filter(pk=job.pk).update(deadline_at=timezone.now() - timedelta(seconds=1))
    reconciling.end_overdue()
    job.refresh_from_db()
    assert (job.state, job.failed_code, job.fence > run.fence) == (State.FAILED, "deadline", True)


def test_a_cancel_that_nobody_answers_ends_the_job(enqueue):
    from jobs import ending

    job = enqueue()
    claim(job.pk, "w")
    ending.request_cancel(job, by="edda", grace=0)
    Job.objects.filter(pk=job.pk).update(cancel_by=timezone.now() - timedelta(seconds=1))
    reconciling.end_overdue()
    job.refresh_from_db()
    assert job.state == State.CANCELLED


def test_one_reconciler_at_a_time(enqueue):
    assert reconciling.reconcile("a")
    assert not reconciling.reconcile("b")
    assert reconciling.reconcile("a")


def test_one_job_that_cannot_be_put_right_does_not_keep_the_others_from_it(enqueue, valkey, monkeypatch):
    from jobs import ending

    jobs = [enqueue() for _each in range(3)]
    real, broken = ending.lost, jobs[1].pk
    for job in jobs:
        claim(job.pk, "w")
        go_silent(job)

    def lost(job, what, **how):
        if job.pk == broken:
            raise KeyError(job.pk)
        return real(job, what, **how)

    monkeypatch.setattr(ending, "lost", lost)
    reconciling.return_lapsed()
    states = dict(Job.objects.values_list("pk", "state"))
    assert states == {jobs[0].pk: "waiting", broken: "active", jobs[2].pk: "waiting"}


def test_what_is_no_text_is_taken_out_and_a_flood_is_told_once(valkey, enqueue, settings, caplog):
    boss = User.objects.create_superuser("boss", password="pw")
    odd = [b"\xff\xfe x", b"\xfe\xff x", b"nul \x00", "\ufffd\ufffd".encode()]
    valkey.rpush("rq:queue:testing", *odd, *(f"forged-{number}" for number in range(246)))
    asked = valkey.info("stats")["total_commands_processed"]
    for passes in range(1, 4):
        reconciling.push_waiting()
        assert valkey.llen("rq:queue:testing") == max(0, 250 - 100 * passes)
    assert valkey.info("stats")["total_commands_processed"] - asked < 250 * 10
    [notice] = Notice.objects.filter(user=boss)
    assert notice.subject == "Refused a job in testing"
    assert "So were 249 more; the log names them all." in notice.body
    assert "nul \\x00" in caplog.text
    assert valkey.zcard("rq:failed:testing") == 246


def test_many_ticks_do_not_hold_up_the_reconciler(db, valkey, monkeypatch):
    monkeypatch.setattr(clocks, "run_due", lambda: 0)
    valkey.rpush("rq:queue:maintenance", *(f"tick-{number}" for number in range(150)))
    reconciling.push_waiting()
    assert valkey.llen("rq:queue:maintenance") == 50


def test_what_was_planted_with_words_that_no_database_takes_is_told(unpushed, valkey, django_user_model):
    django_user_model.objects.create_superuser("boss", "b@example.com", "pw")
    RQJob.create("os.sys\x00tem", connection=valkey, id="forged", serializer=JSONSerializer).save()
    valkey.rpush("rq:queue:testing", "forged")
    reconciling.push_waiting()
    assert "a call of os.system" in Notice.objects.get().body
