from datetime import timedelta

import pytest
from django.utils import timezone

from jobs import accepting, clearing
from jobs.claiming import claim
from jobs.models import Job, State
from jobs.running import work

pytestmark = pytest.mark.django_db


@pytest.fixture
def mixed(enqueue, other_tenant):
    """One job of each state, and a waiting one of another workspace."""
    waiting, active, completed = enqueue(), enqueue(), enqueue()
    failed, delayed = enqueue(do="refused"), enqueue({"run_at": timezone.now() + timedelta(hours=1)})
    claim(active.pk, "w")
    work(completed.pk, worker="w")
    work(failed.pk, worker="w")
    other = accepting.enqueue("tests.jobs.sample.go", tenant=other_tenant)
    return {"waiting": waiting, "active": active, "completed": completed, "failed": failed, "delayed": delayed,
            "other": other}  # fmt: skip


def states():
    return dict(Job.objects.values_list("pk", "state"))


def test_what_waits_is_cancelled_what_ended_goes_what_runs_stays(mixed, tenant):
    cleared = clearing.clear("testing", tenant, by="olga")
    assert cleared == {"waiting": 1, "delayed": 1, "completed": 1, "failed": 1, "cancelled": 0}
    assert states() == {
        mixed["waiting"].pk: State.CANCELLED,
        mixed["delayed"].pk: State.CANCELLED,
        mixed["active"].pk: State.ACTIVE,
        mixed["other"].pk: State.WAITING,
    }
    assert mixed["waiting"].events.get(kind="cancelled").message == "Cancelled by olga"


def test_only_one_state(mixed, tenant):
    assert clearing.clear("testing", tenant, state=State.FAILED, by="olga") == {"failed": 1}
    assert mixed["failed"].pk not in states()
    assert len(states()) == 5


def test_all_workspaces_for_none(mixed):
    clearing.clear("testing", None, state=State.WAITING, by="root")
    assert states()[mixed["other"].pk] == State.CANCELLED
