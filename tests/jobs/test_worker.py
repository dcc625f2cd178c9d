"""What django-rq's pages ask of a worker, and how it keeps listening to them."""

import json

import pytest

from accounts.models import AuditEntry
from jobs.claiming import claim
from jobs.models import State
from jobs.worker import Worker

pytestmark = pytest.mark.django_db(transaction=True)  # the thread that hears commands closes its connection


@pytest.fixture
def worker(valkey):
    worker = Worker(["testing"], connection=valkey)
    yield worker
    worker.unsubscribe()


def test_stop_on_the_page_of_rq_cancels_and_stands_in_the_audit_trail(worker, enqueue, tenant):
    job = enqueue()
    claim(job.pk, "w")
    for _time in range(2):
        worker.handle_payload({"data": json.dumps({"command": "stop-job", "job_id": job.pk})})
    job.refresh_from_db()
    assert job.cancel_requested_at
    assert job.state == State.ACTIVE
    entry = AuditEntry.objects.get(action="job.cancel_asked")
    assert (entry.actor, entry.target, entry.tenant) == ("the django-rq page", job.pk, tenant)


@pytest.mark.parametrize("data", [b"\xff", b"", b"{", b"5", b"null", None])
def test_a_command_that_cannot_be_read_is_passed_over(worker, data, caplog):
    worker.handle_payload({"data": data})
    assert "cannot be obeyed; it is passed over" in caplog.text
    assert not worker.stopping.is_set()
    worker.handle_payload({"data": b'{"command": "shutdown"}'})
    assert worker.stopping.is_set()


def test_a_worker_that_lost_its_ear_for_commands_gets_a_new_one(worker, valkey):
    worker._appear()
    ear = worker.pubsub_thread
    assert ear.is_alive()
    worker._appear()
    assert worker.pubsub_thread is ear
    ear.stop()
    valkey.publish(worker.pubsub_channel_name, "{}")
    ear.join(60)
    worker._appear()
    assert worker.pubsub_thread is not ear
    assert worker.pubsub_thread.is_alive()
    assert valkey.pubsub_numsub(worker.pubsub_channel_name)[0][1] >= 1
