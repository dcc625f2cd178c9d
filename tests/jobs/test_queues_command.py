"""`manage.py queues`."""

import io
import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import AuditEntry
from jobs import health, inspecting, limits, presence
from jobs.models import Job, State
from jobs.running import work

pytestmark = pytest.mark.django_db

FACTS = {"busy": 1, "slots": 32, "threads": 3, "connections": 5, "memoryMb": 90, "connected": True}


def run(*args):
    out = io.StringIO()
    call_command("queues", *args, stdout=out, skip_checks=True)
    return out.getvalue()


def found():
    return json.loads(run("--json").splitlines()[-1])


def line(name="testing"):
    return next(one for one in found()["queues"] if one["name"] == name)


@pytest.fixture
def worker(sample_queue):
    presence.seen("host-1-abc", "worker", ["testing", "research"], FACTS)


def test_json_tells_all_of_queues_workers_and_schedulers(valkey, enqueue, worker, settings):
    settings.QUEUE_LIMITS = {"testing": {"max": 5, "duration": 30, "global_concurrency": 4}}
    first, second = enqueue(times=1), enqueue()
    Job.objects.filter(pk=second.pk).update(run_at=timezone.now() - timedelta(minutes=3))
    work(first.pk, worker="w")
    presence.seen("host-2-scheduler", "scheduler", [])
    told = found()
    assert list(told) == ["queues", "workers", "schedulers", "events"]
    testing = told["queues"][-1]
    assert testing["oldestWaitingSeconds"] == pytest.approx(180, abs=5)
    del testing["oldestWaitingSeconds"]
    states = {"waiting": 1, "active": 0, "delayed": 0, "failed": 0, "completed": 1, "cancelled": 0, "total": 2}
    assert testing == states | {
        "name": "testing",
        "paused": False,
        "waitingFor": "",
        "limits": {"concurrency": 2, "rate": {"max": 5, "seconds": 30.0}, "globalConcurrency": 4},
        "workers": 1,
        "inRedis": 0,
    }
    [one] = told["workers"]
    assert {name: one[name] for name in FACTS} == FACTS
    assert (one["name"], one["queues"]) == ("host-1-abc", ["testing", "research"])
    assert one["pid"] > 1
    assert one["seenSecondsAgo"] < 5
    assert [one["name"] for one in told["schedulers"]] == ["host-2-scheduler"]
    assert told["events"]["testing"]["completed"] == 1


def test_without_redis_its_numbers_are_unknown(enqueue, monkeypatch):
    monkeypatch.setattr("jobs.carrying.is_reachable", lambda: False)
    enqueue()
    assert line()["inRedis"] is None
    assert line()["waitingFor"] == health.NO_REDIS


def test_the_tables_say_it_too_and_are_not_too_wide(valkey, enqueue, worker):
    enqueue()
    run("--pause", "testing")
    text = run()
    assert max(len(row) for row in text.splitlines() if not row.endswith(".")) <= 100  # no sentences
    rows = {row.split()[0]: row.split() for row in text.splitlines() if row}
    assert rows["testing"][1:6] == ["1", "·", "·", "·", "·"]
    assert rows["testing"][-1] == "paused"
    assert "email-sending" in text
    assert "100/min" in text
    assert "testing: testing is paused by" in text
    assert rows["host-1-abc"][3:] == ["2", "of", "20", "1/32", "3", "5", "90", "0s", "yes"]
    assert health.NO_SCHEDULER in text
    presence.gone("host-1-abc")
    assert health.NO_WORKER in run("--once")


def test_why_jobs_wait(valkey, enqueue, settings):
    enqueue()
    assert line()["waitingFor"] == health.NO_WORKER
    presence.seen("w1", "worker", ["research"], FACTS)
    assert "No worker serves testing" in line()["waitingFor"]
    presence.seen("w1", "worker", ["testing"], FACTS)
    assert line()["waitingFor"] == ""
    presence.seen("w1", "worker", ["testing"], FACTS | {"busy": 32})
    assert "WORKER_SLOTS" in line()["waitingFor"]
    for _each in range(2):
        Job.objects.filter(pk=enqueue().pk).update(state=State.ACTIVE)
    assert line()["waitingFor"] == "2 of its jobs run, as many as its workers run at once."
    settings.QUEUE_LIMITS = {"testing": {"global_concurrency": 1}}
    assert "the most for testing" in line()["waitingFor"]


def test_pause_and_resume_are_done_told_and_audited(worker, monkeypatch):
    woken = []
    monkeypatch.setattr("jobs.carrying.wake", woken.append)
    assert "testing is paused" in run("--pause", "testing")
    assert limits.paused() == {"testing"}
    assert "was paused before, by" in run("--pause", "testing")
    assert json.loads(run("--pause", "testing", "--json")) == {"queue": "testing", "paused": True}
    assert "testing goes on" in run("--resume", "testing")
    assert limits.paused() == set()
    assert woken == ["testing"]
    assert "was not paused" in run("--resume", "testing")
    assert list(AuditEntry.objects.values_list("action", "target")) == [
        ("queue.resumed", "testing"),
        ("queue.paused", "testing"),
    ]
    assert AuditEntry.objects.first().actor.endswith("with manage.py queues")


def test_clear_needs_a_yes(enqueue):
    job = enqueue()
    with pytest.raises(CommandError, match=r"Nothing was done.* 1 waiting, .*--yes"):
        run("--clear", "testing")
    job.refresh_from_db()
    assert job.state == State.WAITING


def test_clear_clears_and_is_audited(enqueue):
    done, waits = enqueue(times=0), enqueue()
    work(done.pk, worker="w")
    assert json.loads(run("--clear", "testing", "--state", "waiting", "--yes", "--json"))["cleared"] == {"waiting": 1}
    waits.refresh_from_db()
    assert waits.state == State.CANCELLED
    assert "testing is cleared: 0 waiting, 0 delayed, 1 completed" in run("--clear", "testing", "--yes")
    assert not Job.objects.exists()
    assert AuditEntry.objects.filter(action="queue.cleared", target="testing").count() == 2


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["--pause", "nowhere"], "There is no queue nowhere. There are: publish.dispatch"),
        (["--resume", "nowhere"], "There are: publish.dispatch"),
        (["--clear", "nowhere", "--yes"], "There are: publish.dispatch"),
        (["--clear", "testing", "--state", "active"], "active jobs stay"),
        (["--state", "failed"], "add --clear NAME"),
    ],
)
def test_what_it_cannot_do_it_says(args, told):
    with pytest.raises(CommandError, match=told):
        run(*args)


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_on_a_terminal_it_goes_on_until_ctrl_c_also_without_a_database(monkeypatch, worker):
    from django.db import OperationalError

    shown, slept = Terminal(), []

    def sleep(seconds):
        slept.append(seconds)
        if len(slept) == 2:
            monkeypatch.setattr(inspecting, "everything", raising)
        if len(slept) == 3:
            raise KeyboardInterrupt

    def raising():
        raise OperationalError("gone")

    monkeypatch.setattr("jobs.management.commands.queues.time.sleep", sleep)
    monkeypatch.setattr("jobs.management.commands.queues.connection.close", lambda: None)
    call_command("queues", stdout=shown, skip_checks=True)
    assert slept == [2, 2, 2]
    assert shown.getvalue().count("publish.dispatch") == 2
    assert "The database does not answer (OperationalError)" in shown.getvalue()
