import re
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from jobs import accepting
from jobs.models import Job, JobEvent, State

pytestmark = pytest.mark.django_db


def test_a_job_is_a_row_and_its_id_is_pushed_when_the_transaction_commits(
    enqueue, pushed, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        job = enqueue(times=1)
        assert pushed == []
    assert pushed == [job.pk]
    job.refresh_from_db()
    assert job.state == State.WAITING
    assert job.pushed_at is not None
    assert [event.kind for event in job.events.all()] == ["accepted"]


def test_ids_name_kind_and_user_in_lower_case(enqueue, editor):
    editor.username = "Ed.Da+1@x"
    assert re.fullmatch(r"test-[a-z0-9_-]+-[0-9a-hjkmnp-tv-z]{26}", enqueue().pk)


def test_nothing_is_pushed_or_left_when_the_transaction_fails(enqueue, pushed):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        1 / (0 if enqueue() else 1)
    assert pushed == []
    assert not Job.objects.exists()
    assert not JobEvent.objects.exists()


def test_the_same_key_and_body_is_the_same_job(enqueue):
    job = enqueue({"key": "k", "body": {"a": 1}})
    with pytest.raises(accepting.AlreadyAccepted) as again:
        enqueue({"key": "k", "body": {"a": 1}})
    assert again.value.job == job
    assert Job.objects.count() == 1


def test_the_same_key_with_another_body_is_refused(enqueue):
    enqueue({"key": "k", "body": {"a": 1}})
    with pytest.raises(accepting.KeyReused, match="new key"):
        enqueue({"key": "k", "body": {"a": 2}})


def test_a_key_belongs_to_its_workspace(enqueue, other_tenant, stranger):
    enqueue({"key": "k", "body": 1})
    other = accepting.enqueue("tests.jobs.sample.go", tenant=other_tenant, user=stranger, key="k", body=2)
    assert other.tenant == other_tenant


def test_a_key_without_a_workspace_is_unique_too(db):
    accepting.enqueue("tests.jobs.sample.go", tenant=None, key="k")
    with pytest.raises(accepting.AlreadyAccepted):
        accepting.enqueue("tests.jobs.sample.go", tenant=None, key="k")


def test_a_job_for_later_is_delayed_says_why_and_is_not_pushed(enqueue, pushed, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        job = enqueue({"run_at": timezone.now() + timedelta(hours=1), "reason": "pause"})
    assert (job.state, job.waiting_for, pushed) == (State.DELAYED, "pause", [])


def test_only_what_failed_or_was_cancelled_is_retried_and_only_once(enqueue, editor):
    job = enqueue(times=3)
    with pytest.raises(accepting.NotRetryable, match="waiting"):
        accepting.retry(job, editor)
    Job.objects.filter(pk=job.pk).update(state=State.FAILED, request="blog.Batch:7")
    job.refresh_from_db()
    new = accepting.retry(job, editor)
    assert (new.retry_of, new.payload, new.request) == (job, {"times": 3}, "blog.Batch:7")
    job.refresh_from_db()
    assert job.state == State.FAILED
    with pytest.raises(accepting.NotRetryable, match=new.pk):
        accepting.retry(Job.objects.get(pk=job.pk), editor)
