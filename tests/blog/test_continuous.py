from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from blog import batches, continuing
from blog.models import Batch, Post
from integrations.errors import Refused
from integrations.providers.offline import Offline
from jobs.models import Job, State
from jobs.running import work

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def pauses(settings):
    settings.BLOG_CONTINUOUS_PAUSE_SECONDS = 60
    settings.BLOG_DAILY_CAP = 100


def test_small_batches_follow_one_another_after_a_pause(write):
    batch, job = write(count=2, mode="continuous")
    assert job.state == State.COMPLETED
    following = batch.next
    assert (following.count, following.state, following.job.state) == (2, "delayed", State.DELAYED)
    assert 55 < (following.job.run_at - timezone.now()).total_seconds() <= 60
    Job.objects.filter(pk=following.job.pk).update(run_at=timezone.now() - timedelta(seconds=1))
    work(following.job.pk, worker="test")
    assert Post.objects.count() == 4
    assert Batch.objects.count() == 3


def test_a_batch_plans_one_successor_even_when_its_end_is_repeated(write):
    batch, job = write(count=1, mode="continuous")
    job.events.filter(kind="completed").delete()  # as if the worker had died before it wrote the end
    Job.objects.filter(pk=job.pk).update(state=State.WAITING)
    work(job.pk, worker="test")
    assert Batch.objects.filter(previous=batch).count() == 1


def test_stop_ends_the_chain_from_any_of_its_batches(write, editor):
    batch, _job = write(count=1, mode="continuous")
    batches.stop(batch, by=editor)
    following = Batch.objects.get(previous=batch)
    assert following.job.state == State.CANCELLED
    assert following.state == "cancelled"


def test_a_stopped_batch_plans_nothing(order, monkeypatch):
    batch, job = order(count=1, mode="continuous")
    real = continuing.plan_next

    def stopped_meanwhile(*args, **kwargs):
        Batch.objects.filter(pk=batch.pk).update(stop_requested_at=timezone.now())
        return real(*args, **kwargs)

    monkeypatch.setattr(continuing, "plan_next", stopped_meanwhile)
    work(job.pk, worker="test")
    assert Batch.objects.count() == 1


def test_the_daily_cap_puts_the_next_batch_off_until_tomorrow_in_the_workspaces_zone(write, tenant, settings):
    settings.BLOG_DAILY_CAP = 2
    tenant.time_zone = "Pacific/Auckland"
    tenant.save()
    batch, _job = write(count=2, mode="continuous")
    job = batch.next.job
    local = timezone.localtime(job.run_at, ZoneInfo("Pacific/Auckland"))
    assert (local.hour, local.minute) == (0, 0)
    assert "daily cap of 2" in job.waiting_for


def test_it_ends_when_no_film_is_left(write):
    batch, job = write(count=5, mode="continuous", year_from=1800 + 74, year_to=1875)
    assert job.state == State.COMPLETED
    assert not Batch.objects.filter(previous=batch).exists()
    assert job.events.filter(message__contains="No title is left").exists()


def test_the_cap_holds_inside_a_batch_and_for_a_new_run(write, settings):
    settings.BLOG_DAILY_CAP = 3
    _batch, job = write(count=5, mode="continuous")
    assert (job.state, Post.objects.count()) == (State.DELAYED, 3)
    assert "daily cap of 3" in job.waiting_for
    _batch, job = write(count=1, mode="continuous")
    assert (job.state, Post.objects.count()) == (State.DELAYED, 3)
    _batch, job = write(count=1)
    assert (job.state, Post.objects.count()) == (State.COMPLETED, 4)


def test_a_run_whose_posts_all_fail_ends_and_says_so(write, monkeypatch):
    def refuse(self, request):
        raise Refused("not this one")

    monkeypatch.setattr(Offline, "complete", refuse)
    batch, job = write(count=2, mode="continuous")
    assert job.state == State.COMPLETED
    assert not Batch.objects.filter(previous=batch).exists()
    assert job.events.filter(message__contains="No post came out of this batch").exists()


def test_what_failed_in_a_run_is_not_tried_in_its_next_batches(write, monkeypatch):
    real, refused = Offline.complete, []

    def refuse_first(self, request):
        if not refused:
            refused.append(request.facts["title"]["ref"])
            raise Refused("not this one")
        return real(self, request)

    monkeypatch.setattr(Offline, "complete", refuse_first)
    batch, _job = write(count=2, mode="continuous")
    following = batch.next
    Job.objects.filter(pk=following.job.pk).update(run_at=timezone.now() - timedelta(seconds=1))
    work(following.job.pk, worker="test")
    assert refused[0] not in following.picks.values_list("ref", flat=True)
    assert following.posts.count() == 2


def test_who_resumes_a_run_pays_for_what_follows(write, owner):
    batch, _job = write(count=1, mode="continuous")
    batches.stop(batch.next, by=owner)
    again = batches.resume(batch.next, owner)
    work(again.pk, worker="test")
    assert Batch.objects.get(previous=batch.next).user == owner
