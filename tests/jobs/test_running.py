import threading
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.db.models import F
from django.utils import timezone

from accounts.models import Notice
from integrations.errors import AmbiguousOutcome, Refused
from jobs import ending, running, settling, table
from jobs.claiming import claim
from jobs.models import Job, JobEvent, State
from jobs.outcomes import Cancelled, HandedBack, LeaseLost, Wait
from jobs.running import Completed, Run, work
from tests.jobs import sample

pytestmark = pytest.mark.django_db


def kinds(job: Job) -> list[str]:
    return [event.kind for event in job.events.all()]


def test_a_job_runs_once_however_often_it_is_delivered(enqueue):
    job = enqueue(times=2)
    for _delivery in range(3):
        work(job.pk, worker="w")
    job.refresh_from_db()
    assert (job.state, job.result, job.percentage, job.attempt) == (State.COMPLETED, {"done": 2}, 100, 1)
    assert sample.seen == [job.pk]
    assert kinds(job) == ["accepted", "started", "completed"]


def test_an_unknown_id_is_nothing(db):
    work("test-nobody-0", worker="w")
    assert sample.seen == []


def test_an_error_is_tried_again_after_5_and_15_seconds_then_the_job_fails(enqueue, editor):
    job = enqueue(do="overloaded")
    for attempt, seconds in ((1, 5), (2, 15)):
        work(job.pk, worker="w")
        job.refresh_from_db()
        assert (job.state, job.attempt) == (State.DELAYED, attempt)
        assert seconds - 1 < (job.run_at - timezone.now()).total_seconds() <= seconds
        assert "the vendor is busy" in job.waiting_for
        Job.objects.filter(pk=job.pk).update(run_at=timezone.now() - timedelta(seconds=1))
    work(job.pk, worker="w")
    job.refresh_from_db()
    assert (job.state, job.attempt, job.failed_code) == (State.FAILED, 3, "Overloaded")
    assert job.failed_reason == "the vendor is busy (attempt 3 of 3)"
    assert kinds(job).count("failed") == 1
    assert Notice.objects.get(user=editor).link == f"/admin/jobs/job/{job.pk}/change/"


def test_a_permanent_error_is_not_tried_again(enqueue):
    job = enqueue(do="refused")
    work(job.pk, worker="w")
    job.refresh_from_db()
    assert (job.state, job.attempt, job.failed_reason) == (State.FAILED, 1, "the vendor will not do it")


def test_no_secret_reaches_the_reason_or_the_events(enqueue):
    job = enqueue(do="crash")
    for _attempt in range(3):
        work(job.pk, worker="w")
        Job.objects.filter(pk=job.pk).update(run_at=timezone.now() - timedelta(seconds=1))
    job.refresh_from_db()
    assert job.state == State.FAILED
    assert "oops ***" in job.failed_reason
    assert not job.events.filter(message__contains="CANARY").exists()


@pytest.mark.parametrize(("do", "seconds"), [("limited", 30), ("wait", 300)])
def test_waiting_uses_no_attempt_and_says_why(enqueue, do, seconds):
    job = enqueue(do=do)
    work(job.pk, worker="w")
    job.refresh_from_db()
    assert (job.state, job.attempt) == (State.DELAYED, 0)
    assert job.waiting_for
    assert seconds - 2 < (job.run_at - timezone.now()).total_seconds() <= seconds


def test_patience_ends(enqueue):
    job = enqueue(do="wait")
    Job.objects.filter(pk=job.pk).update(waiting_since=timezone.now() - timedelta(hours=1))
    work(job.pk, worker="w")
    job.refresh_from_db()
    assert (job.state, job.failed_code) == (State.FAILED, "patience")
    assert "somebody else first" in job.failed_reason


def test_a_job_is_not_claimed_before_its_time(enqueue):
    job = enqueue({"run_at": timezone.now() + timedelta(minutes=1)})
    assert claim(job.pk, "w") is None


def test_a_checkpoint_stores_progress_and_owned_transactions_carry_it(enqueue):
    run = Run(claim(enqueue().pk, "w"))
    run.checkpoint("write", 40, "post 2 of 5", current_section={"index": 2, "total": 5, "title": "Two"})
    run.checkpoint("write", 60, "post 3 of 5")
    run.job.refresh_from_db()
    assert run.job.progress() == {
        "step": "write",
        "percentage": 40,
        "message": "post 2 of 5",
        "currentSection": {"index": 2, "total": 5, "title": "Two"},
    }
    with run.owned():
        pass
    run.job.refresh_from_db()
    assert run.job.progress() == {"step": "write", "percentage": 60, "message": "post 3 of 5"}
    assert run.job.step_saved


def test_a_run_that_lost_its_lease_writes_nothing(enqueue):
    job = enqueue()
    zombie = Run(claim(job.pk, "w1"))
    Job.objects.filter(pk=job.pk).update(fence=zombie.fence + 1)
    with pytest.raises(LeaseLost), zombie.owned():
        pytest.fail("entered a transaction without the lease")
    with pytest.raises(LeaseLost):
        zombie.checkpoint("write", 50)
    assert ending.complete(zombie.job, {"zombie": True}) is False
    job.refresh_from_db()
    assert (job.state, job.result) == (State.ACTIVE, None)


def test_a_waiting_job_is_cancelled_at_once_and_never_runs(enqueue):
    job = ending.request_cancel(enqueue(), by="edda")
    assert job.state == State.CANCELLED
    work(job.pk, worker="w")
    assert sample.seen == []
    assert kinds(job) == ["accepted", "cancelled"]


def test_a_running_job_is_cancelled_at_its_next_checkpoint(enqueue):
    job = enqueue()
    run = Run(claim(job.pk, "w"))
    assert ending.request_cancel(job, by="edda").state == State.ACTIVE
    with pytest.raises(Cancelled):
        run.checkpoint("write", 10)


def test_cancelling_an_ended_job_changes_nothing(enqueue):
    job = enqueue()
    work(job.pk, worker="w")
    assert ending.request_cancel(job, by="edda").state == State.COMPLETED


def test_a_stopping_worker_gets_the_job_back_to_its_queue_without_using_an_attempt(enqueue):
    job, stopping = enqueue(times=3), threading.Event()
    stopping.set()
    work(job.pk, worker="w", stopping=stopping)
    job.refresh_from_db()
    assert (job.state, job.attempt) == (State.WAITING, 0)
    with pytest.raises(HandedBack):
        Run(claim(job.pk, "w"), stopping).checkpoint("count", 0)


def test_one_terminal_event_even_when_two_runs_end_it(enqueue):
    job = enqueue()
    first, second = claim(job.pk, "w1"), Job.objects.get(pk=job.pk)
    assert ending.complete(first, {"by": 1})
    assert not ending.fail(second, "x", "late")
    assert kinds(job).count("completed") == 1
    assert "failed" not in kinds(job)


def logged(job: Job) -> list[str]:
    return [event.message for event in job.events.filter(kind="log")]


def test_the_log_is_bounded_over_all_runs_of_a_job(enqueue, monkeypatch):
    monkeypatch.setattr("jobs.running.LOGS_PER_JOB", 4)
    job = enqueue()
    for number in range(4):
        run = Run(claim(job.pk, "w"))
        run.log(f"line {number}")
        run.log(f"and {number}")
        ending.hand_back(run.job)
    assert logged(job) == ["line 0", "and 0", "line 1", "The log is full; what follows is not kept."]


def test_a_run_that_lost_its_job_logs_nothing(enqueue):
    job = enqueue()
    zombie = Run(claim(job.pk, "w1"))
    zombie.log("still mine", level="warning")
    ending.lost(zombie.job, "gone")
    zombie.log("nobody's")
    owner = Run(claim(job.pk, "w2"))
    zombie.log("no more")
    owner.log("100 % %s mine")
    ending.complete(owner.job, None)
    owner.log("after the end")
    assert logged(job) == ["still mine", "100 % %s mine"]
    event = job.events.get(message="still mine")
    assert (event.level, event.fence) == ("warning", 1)
    assert abs((timezone.now() - event.at).total_seconds()) < 60


def test_an_end_that_the_database_refuses_once_is_written_at_the_second_try(enqueue, monkeypatch):
    job, real, failures = enqueue(times=1), JobEvent.objects.create, []

    def busy_once(**columns):
        if columns["kind"] == "completed" and not failures:
            failures.append(1)
            raise OperationalError("database is locked")
        return real(**columns)

    monkeypatch.setattr("jobs.ending.JobEvent.objects.create", busy_once)
    monkeypatch.setattr("jobs.running.time.sleep", lambda seconds: None)
    work(job.pk, worker="w")
    job.refresh_from_db()
    assert failures
    assert (job.state, kinds(job).count("completed")) == (State.COMPLETED, 1)


@pytest.mark.parametrize("do", ["wait", "overloaded", "limited"])
def test_a_cancel_is_not_forgotten_when_the_run_would_wait(enqueue, monkeypatch, do):
    job = enqueue(do=do)
    real = sample.go.function

    def cancelled_meanwhile(run, order):
        ending.request_cancel(Job.objects.get(pk=job.pk), by="edda")
        return real(run, order)

    monkeypatch.setattr(sample.go, "function", cancelled_meanwhile)
    work(job.pk, worker="w")
    job.refresh_from_db()
    assert job.state == State.CANCELLED


def test_a_handed_back_job_that_is_to_be_cancelled_ends(enqueue):
    run = Run(claim(enqueue().pk, "w"))
    ending.request_cancel(Job.objects.get(pk=run.id), by="edda")
    assert ending.hand_back(run.job)
    assert Job.objects.get(pk=run.id).state == State.CANCELLED


def test_an_outcome_that_nobody_knows_is_tried_again(enqueue, monkeypatch):
    job = enqueue()

    def ambiguous(run, order):
        raise AmbiguousOutcome("sent, no answer")

    monkeypatch.setattr(sample.go, "function", ambiguous)
    work(job.pk, worker="w")
    job.refresh_from_db()
    assert (job.state, job.attempt) == (State.DELAYED, 1)


def test_progress_makes_patience_begin_anew(enqueue):
    job = enqueue()
    Job.objects.filter(pk=job.pk).update(waiting_since=timezone.now() - timedelta(minutes=59))
    run = Run(claim(job.pk, "w"))
    with run.owned():
        pass
    ending.wait(run.job, "the vendor's daily quota", timezone.now() + timedelta(minutes=30))
    job.refresh_from_db()
    assert job.state == State.DELAYED
    assert (timezone.now() - job.waiting_since).total_seconds() < 5


def pass_time(job: Job, **time: float) -> None:
    """Let the job have waited that much longer; it is due."""
    ago = timedelta(**time)
    JobEvent.objects.filter(job=job).update(at=F("at") - ago)
    since = Job.objects.get(pk=job.pk).waiting_since
    Job.objects.filter(pk=job.pk).update(run_at=timezone.now() - ago, waiting_since=since and since - ago)


def test_a_task_that_is_not_in_the_table_is_not_imported_waits_for_another_worker_and_fails(enqueue):
    job = enqueue()
    Job.objects.filter(pk=job.pk).update(task="os.system", payload={"command": "true"})
    for minutes in (4, 4, 2):
        work(job.pk, worker="w")
        job.refresh_from_db()
        assert (job.state, job.attempt) == (State.DELAYED, 0)
        assert 25 < (job.run_at - timezone.now()).total_seconds() <= 30
        assert job.waiting_for.startswith("A worker of a newer version is needed: the task os.system has no line")
        pass_time(job, minutes=minutes)
    work(job.pk, worker="w")
    job.refresh_from_db()
    assert (job.state, job.attempt, job.failed_code) == (State.FAILED, 1, "UnknownTask")
    assert "os.system has no line in config/queues.py" in job.failed_reason
    assert kinds(job) == ["accepted", "started", "delayed", "started", "failed"]


def test_the_ten_minutes_begin_with_the_first_refusal_however_long_the_job_waited_before(enqueue, monkeypatch):
    job = enqueue(do="limited")
    work(job.pk, worker="new")
    pass_time(job, minutes=50)
    monkeypatch.setattr(table, "_lines", dict)
    work(job.pk, worker="old")
    job.refresh_from_db()
    assert (job.state, job.waiting_for[:30]) == (State.DELAYED, "A worker of a newer version is")


def test_a_job_that_waits_on_for_the_same_reason_says_it_once(enqueue):
    job = enqueue(do="limited")
    for _each in range(5):
        work(job.pk, worker="w")
        pass_time(job, minutes=1)
    assert kinds(job) == ["accepted", "started", "delayed"]
    Job.objects.filter(pk=job.pk).update(payload={"do": "wait"})
    for _each in range(3):
        work(job.pk, worker="w")
        pass_time(job, minutes=1)
    assert kinds(job) == ["accepted", *2 * ["started", "delayed"]]
    Job.objects.filter(pk=job.pk).update(payload={})
    work(job.pk, worker="w")
    assert kinds(job) == ["accepted", *2 * ["started", "delayed"], "started", "completed"]


def test_a_job_that_got_further_says_again_that_it_waits(enqueue):
    job = enqueue()
    for _each in range(3):
        run = Run(claim(job.pk, "w"))
        with run.owned():
            pass
        ending.wait(run.job, "the vendor's quota", 30.0)
        pass_time(job, minutes=1)
    assert kinds(job) == ["accepted", *3 * ["started", "delayed"]]


def test_the_log_of_a_job_that_waits_for_one_thing_after_the_other_is_bounded(enqueue, monkeypatch):
    monkeypatch.setattr(ending, "WAITS_TOLD", 4)
    job = enqueue()
    for number in range(9):
        ending.wait(claim(job.pk, "w"), f"{number} others", 30.0)
        pass_time(job, minutes=1)
    assert job.events.count() == 1 + 2 * 4
    assert Job.objects.get(pk=job.pk).waiting_for == "8 others"


UNSTORABLE = [{"a": float("nan")}, {"a": {1, 2}}, {"a": "nul \x00"}, {"a": "half \ud800"}]


@pytest.mark.parametrize("result", UNSTORABLE, ids=["nan", "set", "nul", "surrogate"])
@pytest.mark.parametrize("together", [True, False])
def test_a_result_that_no_database_takes_ends_the_job_once(enqueue, result, together, caplog):
    job = enqueue()
    run = Run(claim(job.pk, "w"))
    with run.owned():  # a step is saved: no crash would count
        pass
    end = Completed(run.job, result)
    if together:
        settling.settle([(run, end)])
    else:
        running.write_end(run.job, end)
    job.refresh_from_db()
    takes = connection.vendor == "sqlite" and isinstance(result["a"], str)
    assert job.state == (State.COMPLETED if takes else State.FAILED)
    if not takes:
        assert job.failed_code == "unstorable"
        assert "what no database takes" in job.failed_reason
    assert JobEvent.objects.filter(job=job, kind__in=["completed", "failed"]).count() == 1
    assert job.crashes == 0


def test_words_that_no_database_takes_are_stored_without_them(enqueue, monkeypatch):
    def say(run, payload):
        run.checkpoint("st\x00ep", 1, "mes\ud800sage")
        run.log("lo\x00g")
        raise errors.pop()

    tomorrow = timezone.now() + timedelta(minutes=5)
    monkeypatch.setattr(sample.go, "function", say)
    for error, state in (
        (ValueError("vendor said \x00"), State.DELAYED),
        (Wait("vendor said \x00\ud800", tomorrow), State.DELAYED),
        (Refused("vendor said \x00"), State.FAILED),
    ):
        job, errors = enqueue(), [error]
        work(job.pk, worker="w")
        job.refresh_from_db()
        assert job.state == state
        assert (job.step, job.message) == ("step", "mes?sage")
        assert logged(job) == ["log"]
        assert "vendor said" in job.waiting_for + job.failed_reason


@pytest.mark.django_db(transaction=True)
def test_progress_that_no_database_takes_fails_the_job_with_that_reason(enqueue, monkeypatch):
    def say(run, payload):
        run.checkpoint("step", 1, current_section={"share": float("nan")})

    job = enqueue()
    monkeypatch.setattr(sample.go, "function", say)
    run = Run(claim(job.pk, "w"))
    run._written_at = float("inf")  # it is held back to the end
    running.carry_out(run)
    job.refresh_from_db()
    assert (job.state, job.failed_code) == (State.FAILED, "unstorable")


def test_a_cancel_that_comes_between_is_not_swallowed_by_a_wait(enqueue):
    for put_off in (
        lambda job: ending.wait(job, "rate", 600.0),
        ending.hand_back,
        lambda job: ending.lost(job, "gone"),
    ):
        job = enqueue()
        run = Run(claim(job.pk, "w"))
        ending.request_cancel(Job.objects.get(pk=job.pk), by="edda")
        assert put_off(run.job)  # the row in its hand is older than the wish
        job.refresh_from_db()
        assert job.state == State.CANCELLED


def test_the_end_of_a_run_that_lost_its_job_does_not_displace_the_owners(enqueue):
    job = enqueue()
    old = Run(claim(job.pk, "w"))
    Job.objects.filter(pk=job.pk).update(state=State.WAITING, fence=F("fence") + 1)
    new = Run(claim(job.pk, "w"))
    ends = [ending.End(run.job, {"by": name}, {}) for run, name in ((new, "new"), (old, "old"))]
    assert ending.complete_all(ends) == [job.pk]
    job.refresh_from_db()
    assert job.result == {"by": "new"}


def stumble(job):
    Notice.objects.create(user=job.user, subject="half-written", key="half")
    raise KeyError("batch_id")


def test_a_hook_that_stumbles_keeps_no_job_from_its_end(enqueue, monkeypatch, caplog):
    monkeypatch.setattr(ending, "JOB_ENDED", (f"{__name__}.stumble",))
    job = enqueue()
    work(job.pk, worker="w")
    job.refresh_from_db()
    assert job.state == State.COMPLETED
    assert kinds(job) == ["accepted", "started", "completed", "log"]
    assert not Notice.objects.filter(key="half").exists()
    assert "stumbled over the end" in caplog.text
