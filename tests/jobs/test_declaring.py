"""Typed payloads: what a task takes is checked when a job is accepted and again when it runs."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pydantic import ValidationError, model_validator

from config.queues import QUEUES
from jobs import accepting, table
from jobs.declaring import BadPayload, Nothing, Payload, task
from jobs.models import Job, JobEvent, State
from jobs.running import Run, work
from tests.jobs import sample

pytestmark = pytest.mark.django_db


def test_a_task_knows_its_payload_and_its_path():
    assert sample.go.payload is sample.Order
    assert sample.go.path == "tests.jobs.sample.go"

    @task
    def bare(run: Run) -> None:
        """Takes nothing."""

    assert bare.payload is Nothing
    assert bare.__doc__ == "Takes nothing."


def test_the_typed_producer_makes_a_job(pushed, tenant, editor):
    job = sample.go.enqueue(sample.Order(times=2), tenant=tenant, user=editor)
    assert (job.task, job.queue, job.payload) == ("tests.jobs.sample.go", "testing", {"times": 2})
    work(job.pk, worker="w")
    job.refresh_from_db()
    assert job.result == {"done": 2}


def test_a_payload_that_lacks_something_fails_at_once_for_no_worker_can_read_it(enqueue):
    job = enqueue()
    Job.objects.filter(pk=job.pk).update(payload={"times": "many"})
    work(job.pk, worker="w")
    job.refresh_from_db()
    assert (job.state, job.failed_code) == (State.FAILED, "BadPayload")


@pytest.mark.parametrize("payload", [{"times": "many"}, {"minutes": 3}])
def test_a_wrong_payload_is_refused_before_anything_is_written(pushed, tenant, payload):
    with pytest.raises(BadPayload, match="does not fit"):
        accepting.enqueue(sample.go.path, tenant=tenant, payload=payload)
    with pytest.raises(ValidationError):
        sample.Order(**payload)
    assert not Job.objects.exists()


def test_a_payload_of_another_version_ends_the_job_with_the_reason_and_no_second_try(enqueue):
    job = enqueue()
    Job.objects.filter(pk=job.pk).update(payload={"count": 3})
    work(job.pk, worker="w")
    job.refresh_from_db()
    assert (job.state, job.attempt) == (State.DELAYED, 0)  # in a rolling restart a newer worker may know it
    past = timezone.now() - timedelta(minutes=10)
    Job.objects.filter(pk=job.pk).update(run_at=past)
    JobEvent.objects.filter(job=job).update(at=past)
    work(job.pk, worker="w")
    job.refresh_from_db()
    assert (job.state, job.attempt, job.failed_code) == (State.FAILED, 1, "BadPayload")
    assert "count: Extra inputs are not permitted" in job.failed_reason
    assert "start the work anew" in job.failed_reason
    assert sample.seen == []
    with pytest.raises(accepting.NotRetryable, match="another version"):
        accepting.retry(job, None)


def test_a_payload_may_learn_to_read_its_old_version():
    class Renamed(Payload):
        steps: int

        @model_validator(mode="before")
        @classmethod
        def _old_name(cls, data):
            return {"steps": data.pop("times"), **data} if "times" in data else data

    @task
    def renamed(run: Run, order: Renamed) -> int:
        return order.steps

    assert renamed(None, {"times": 3}) == renamed(None, {"steps": 3}) == 3


def test_every_task_of_the_table_declares_its_payload():
    for queue in QUEUES:
        for path in queue.tasks.values():
            assert issubclass(table.task(path).payload, Payload)
