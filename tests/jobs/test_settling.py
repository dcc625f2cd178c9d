"""The ends of many jobs in one transaction."""

import threading

import pytest
from django.db import OperationalError

from jobs import ending, settling
from jobs.claiming import claim
from jobs.models import Job, JobEvent, State
from jobs.running import Completed, Run, carry_out

heard: list[str] = []


def note(job):
    heard.append(f"{job.pk} {job.state}")


def stumble(job):
    if job.payload.get("times") == 13:
        raise KeyError("unlucky")


@pytest.fixture
def claimed(enqueue):
    def make(count, **payload):
        return [claim(enqueue(**payload).pk, "w") for _each in range(count)]

    return make


def ends(jobs, **progress):
    return [ending.End(job, {"number": number}, progress) for number, job in enumerate(jobs)]


@pytest.mark.django_db
def test_all_are_completed_with_their_results_events_and_hooks(claimed, monkeypatch):
    heard.clear()
    monkeypatch.setattr(ending, "JOB_ENDED", (f"{__name__}.note",))
    jobs = claimed(5)
    assert set(ending.complete_all(ends(jobs))) == {job.pk for job in jobs}
    for number, job in enumerate(jobs):
        job.refresh_from_db()
        assert (job.state, job.result, job.percentage, job.fence) == (State.COMPLETED, {"number": number}, 100, 2)
        assert job.finished_at
        assert job.lease_until is None
        assert [event.kind for event in job.events.all()] == ["accepted", "started", "completed"]
        assert f"{job.pk} completed" in heard


@pytest.mark.django_db
def test_an_end_in_a_group_writes_what_an_end_alone_writes(claimed):
    alone, grouped = claimed(2, times=1)
    ending.complete(alone, None, step="s", message="m", current_section={"index": 1})
    ending.complete_all([ending.End(grouped, None, {"step": "s", "message": "m", "current_section": {"index": 1}})])
    leave = {"id", "created_at", "run_at", "started_at", "finished_at", "deadline_at", "pushed_at"}
    rows = [{k: v for k, v in row.items() if k not in leave} for row in Job.objects.order_by("pk").values()]
    assert rows[0] == rows[1]
    assert Job.objects.filter(result__isnull=True).count() == 2


@pytest.mark.django_db
def test_who_lost_the_job_writes_nothing_and_hinders_nobody(claimed):
    lost, cancelled, fine = claimed(3)
    Job.objects.filter(pk=lost.pk).update(fence=7)
    ending.cancelled(Job.objects.get(pk=cancelled.pk))
    assert ending.complete_all(ends([lost, cancelled, fine])) == [fine.pk]
    assert list(JobEvent.objects.filter(kind="completed").values_list("job_id", flat=True)) == [fine.pk]


@pytest.mark.django_db
def test_all_end_though_a_hook_stumbles_over_one(claimed, monkeypatch):
    monkeypatch.setattr(ending, "JOB_ENDED", (f"{__name__}.stumble",))
    jobs = claimed(3) + claimed(1, times=13)
    settling.settle([(Run(job), Completed(job, {"number": number})) for number, job in enumerate(jobs)])
    assert set(Job.objects.values_list("state", flat=True)) == {"completed"}
    assert JobEvent.objects.filter(kind="log", message__contains="stumbled").count() == 1


@pytest.mark.django_db
def test_only_what_completed_is_handed_over_and_its_progress_goes_along(enqueue):
    given = []
    job, refused = enqueue(times=2), enqueue(do="refused")
    assert carry_out(Run(claim(job.pk, "w"), threading.Event()), lambda *end: given.append(end)) is False
    assert carry_out(Run(claim(refused.pk, "w")), lambda *end: given.append(end)) is True
    (run, end), *others = given
    assert others == []
    ending.complete_all([ending.End(run.job, end.result, run.take_progress())])
    job.refresh_from_db()
    refused.refresh_from_db()
    assert (job.state, job.result, refused.state) == (State.COMPLETED, {"done": 2}, State.FAILED)


@pytest.mark.django_db
def test_an_end_that_cannot_be_written_at_all_ends_no_worker(claimed, monkeypatch, caplog):
    def refuse(*args, **how):
        raise TypeError("no JSON")

    def away(*args, **how):
        raise OperationalError("gone")

    monkeypatch.setattr(ending, "complete_all", refuse)
    monkeypatch.setattr(ending, "complete", refuse)
    monkeypatch.setattr(ending, "fail_unstorable", away)
    monkeypatch.setattr("jobs.running.lease_seconds", lambda: -1)
    [job] = claimed(1)
    settling.settle([(Run(job), Completed(job, {}))])
    assert "cannot be written; the reconciler returns it" in caplog.text
    assert Job.objects.get().state == State.ACTIVE
