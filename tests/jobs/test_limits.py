"""What may start: rate at every window, caps, pause, levels and turns. On PostgreSQL too."""

import random
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Tenant
from jobs import accepting, limits, reordering
from jobs.claiming import claim_next
from jobs.models import Job, JobEvent, Level, QueueState, Start, State

pytestmark = pytest.mark.django_db
GO = "tests.jobs.sample.go"


@pytest.fixture
def tenants(tenant, other_tenant):
    return [tenant, other_tenant, Tenant.objects.create(name="Third", slug="third")]


def take(count=1, worker="w"):
    return [job.pk for job in claim_next("testing", count, worker).jobs]


def age(seconds):
    """Let time pass: every start lies so much further back."""
    for start in Start.objects.all():
        Start.objects.filter(pk=start.pk).update(at=start.at - timedelta(seconds=seconds))


# -- order ---------------------------------------------------------------------------------------------


def test_first_in_first_out(enqueue):
    jobs = [enqueue().pk for _each in range(5)]
    assert take(2) + take(3) == jobs


def test_higher_levels_go_first_whatever_came_before(enqueue):
    levels = [Level.LOW, Level.NORMAL, Level.HIGH, Level.CRITICAL, Level.NORMAL, Level.CRITICAL]
    jobs = [enqueue({"priority": level}).pk for level in levels]
    order = [jobs[3], jobs[5], jobs[2], jobs[1], jobs[4], jobs[0]]
    assert [take()[0] for _each in jobs] == order


def test_levels_in_one_claim(enqueue):
    jobs = [enqueue({"priority": level}).pk for level in (Level.LOW, Level.CRITICAL, Level.NORMAL)]
    assert take(3) == [jobs[1], jobs[2], jobs[0]]


def test_an_unknown_level_is_refused(enqueue):
    with pytest.raises(ValueError, match="7 is not a valid Level"):
        enqueue({"priority": 7})


@pytest.mark.parametrize("at_once", [1, 4, 100])
def test_tenants_take_turns(pushed, tenants, at_once):
    made = {
        tenant.pk: [accepting.enqueue(GO, tenant=tenant).pk for _each in range(count)]
        for tenant, count in zip(tenants, (6, 3, 1), strict=True)
    }
    taken = []
    while ids := take(at_once):
        taken += ids
    a, b, c = made.values()
    assert taken == [a[0], b[0], c[0], a[1], b[1], a[2], b[2], a[3], a[4], a[5]]


def test_a_long_queue_of_one_tenant_does_not_keep_another_waiting(pushed, tenants):
    for _each in range(50):
        accepting.enqueue(GO, tenant=tenants[0])
    take(4)
    late = accepting.enqueue(GO, tenant=tenants[1]).pk
    assert late in take(2)


def test_jobs_of_no_tenant_have_their_turn(pushed, tenants):
    nobodys = [accepting.enqueue(GO, tenant=None).pk for _each in range(2)]
    theirs = [accepting.enqueue(GO, tenant=tenants[0]).pk for _each in range(2)]
    assert [take()[0] for _each in range(4)] == [theirs[0], nobodys[0], theirs[1], nobodys[1]]


def test_the_level_of_a_waiting_job_can_be_changed(enqueue):
    first, second = enqueue(), enqueue()
    reordering.change_level(second, Level.HIGH, by="edda")
    assert take() == [second.pk]
    assert JobEvent.objects.filter(job=second, message="Level High set by edda").exists()
    with pytest.raises(reordering.NotOpen, match="active"):
        reordering.change_level(second, Level.LOW, by="edda")
    assert take() == [first.pk]


def test_a_delayed_job_can_run_now(enqueue):
    job = enqueue({"run_at": timezone.now() + timedelta(days=1), "reason": "later"})
    assert take() == []
    reordering.run_now(job, by="edda")
    assert (job.state, job.waiting_for) == (State.WAITING, "")
    assert take() == [job.pk]
    with pytest.raises(reordering.NotOpen):
        reordering.run_now(job, by="edda")


def test_two_workers_share_a_queue_without_taking_a_job_twice(enqueue):
    jobs = {enqueue().pk for _each in range(6)}
    one, two = take(3, "one"), take(3, "two")
    assert set(one) | set(two) == jobs
    assert set(Job.objects.values_list("attempt", "fence", "state")) == {(1, 1, "active")}
    assert JobEvent.objects.filter(kind="started").count() == 6


# -- rate ----------------------------------------------------------------------------------------------


def test_the_rate_holds_in_every_window_also_at_its_border(enqueue, settings):
    settings.QUEUE_LIMITS = {"testing": {"max": 10, "duration": 10}}
    for _each in range(60):
        enqueue()
    pick = random.Random(4)
    now, starts, began = 0.0, [], time.monotonic()
    while len(starts) < 50:
        taken = claim_next("testing", pick.choice([1, 2, 30]), "w")
        starts += [now + time.monotonic() - began] * len(taken.jobs)  # what the test itself takes counts too
        step = taken.again_in if taken.again_in is not None and pick.random() < 0.7 else pick.choice([0.1, 0.9, 4])
        age(step + 0.001)
        now += step + 0.001
    for first in starts:
        assert sum(first <= start < first + 10 for start in starts) <= 10


def test_a_job_over_the_rate_waits_and_says_when(enqueue, settings):
    settings.QUEUE_LIMITS = {"testing": {"per_minute": 2}}
    jobs = [enqueue() for _each in range(3)]
    taken = claim_next("testing", 5, "w")
    assert [job.pk for job in taken.jobs] == [jobs[0].pk, jobs[1].pk]
    assert 59 < taken.again_in < 62
    assert claim_next("testing", 5, "w").jobs == []
    jobs[2].refresh_from_db()
    assert jobs[2].state == State.WAITING
    assert limits.waiting_because("testing").startswith("testing starts at most 2 a minute; the next one in 6")
    age(61)
    assert take(5) == [jobs[2].pk]


def test_old_starts_are_forgotten_when_no_window_needs_them(enqueue, settings):
    settings.QUEUE_LIMITS = {"testing": {"max": 2, "duration": 10}}
    for _each in range(2):
        enqueue()
    take(2)
    limits.forget_old_starts()
    assert Start.objects.count() == 2
    age(60)
    limits.forget_old_starts()
    assert Start.objects.count() == 0


def test_a_queue_without_a_rate_notes_no_starts(enqueue):
    enqueue()
    take()
    assert not Start.objects.exists()


# -- caps and pause ------------------------------------------------------------------------------------


def test_a_global_cap_counts_the_jobs_of_all_workers(enqueue, settings):
    settings.QUEUE_LIMITS = {"testing": {"global_concurrency": 3}}
    for _each in range(5):
        enqueue()
    assert len(take(2, "one")) == 2
    assert len(take(2, "two")) == 1
    full = claim_next("testing", 2, "two")
    assert (full.jobs, full.again_in) == ([], limits.LOOK_AGAIN_SECONDS)
    Job.objects.filter(state=State.ACTIVE).update(state=State.COMPLETED)
    assert len(take(5)) == 2


def test_a_paused_queue_starts_nothing_until_it_is_resumed(enqueue):
    job = enqueue()
    assert limits.pause("testing", "olga")
    assert not limits.pause("testing", "edda")
    assert QueueState.objects.get(pk="testing").paused_by == "olga"
    assert take() == []
    assert limits.look(["testing"]).waiting == set()
    assert limits.waiting_because("testing") == "testing is paused by olga."
    assert limits.resume("testing")
    assert limits.look(["testing"]).waiting == {"testing"}
    assert take() == [job.pk]


def test_the_look_says_who_waits_and_when_the_next_one_comes_due(enqueue):
    limits.ensure(["testing", "maintenance"])
    assert limits.look(["testing", "maintenance"]).due_in == float("inf")
    enqueue({"run_at": timezone.now() + timedelta(seconds=30)})
    outlook = limits.look(["testing", "maintenance"])
    assert outlook.waiting == set()
    assert 28 < outlook.due_in <= 30
    assert limits.look(["maintenance"]).due_in == float("inf")
