"""What chaos found in the engine once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from ai.models import Call
from ai.prompting import Prompt
from jobs import ending, reconciling
from jobs.claiming import claim, renew
from jobs.models import Job, State
from jobs.running import Run, work

pytestmark = pytest.mark.django_db


def go_silent(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


@pytest.mark.parametrize("how", ["cancelled", "poison", "deadline"])
def test_a_call_in_flight_at_a_kill_is_lost_also_when_its_job_then_ends(enqueue, listed_models, monkeypatch, how):
    from ai.calling import Writer
    from ai.chain import Chain

    job = enqueue()
    run = Run(claim(job.pk, "w1"))
    monkeypatch.setattr("ai.calling.faultpoint", lambda name: (_ for _ in ()).throw(KeyboardInterrupt))  # the kill
    with pytest.raises(KeyboardInterrupt):
        Writer(run, Chain.of("offline", "none"), "blog.Batch:1").complete(
            Prompt(name="p", version=1, system="", text="x", facts={}, max_output_tokens=10), "step"
        )
    assert Call.objects.get().state == Call.State.SENT
    if how == "cancelled":
        ending.request_cancel(Job.objects.get(pk=job.pk), by="edda", grace=60)
        go_silent(job)
    elif how == "poison":
        Job.objects.filter(pk=job.pk).update(crashes=2)
        go_silent(job)
    else:
        Job.objects.filter(pk=job.pk).update(deadline_at=timezone.now() - timedelta(seconds=1))
    reconciling.end_overdue()
    reconciling.return_lapsed()
    assert Job.objects.get(pk=job.pk).ended
    assert Call.objects.get().state == Call.State.LOST


def test_a_worker_renews_no_lease_that_another_one_holds(enqueue):
    lost_one, own = enqueue(), enqueue()
    before = claim(lost_one.pk, "w1").fence
    go_silent(lost_one)
    reconciling.return_lapsed()
    taken = claim(lost_one.pk, "w2")
    Job.objects.filter(pk=own.pk).update(fence=taken.fence - 1)
    mine = claim(own.pk, "w1")
    assert mine.fence == taken.fence != before
    go_silent(lost_one)  # w2 is dead
    renew([lost_one.pk, own.pk], "w1")
    assert Job.objects.lapsed().filter(pk=lost_one.pk).exists()


def test_a_vendors_retry_after_is_kept_on_a_machine_whose_clock_is_ten_minutes_behind(enqueue, monkeypatch):
    job = enqueue(do="limited")
    real = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: real() - timedelta(minutes=10))
    work(job.pk, worker="w")
    monkeypatch.setattr(timezone, "now", real)
    job.refresh_from_db()
    assert job.state == State.DELAYED
    assert job.run_at > timezone.now() + timedelta(seconds=20)
