"""The engine with real workers: order, limits, time, pause, and a Redis that hangs."""

import json
import signal
import time
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest

from desk.trials.stack import Stack
from tests.journeys.conftest import ONCE

pytestmark = pytest.mark.journey
SETTINGS = {"DJANGO_SETTINGS_MODULE": "tests.journeys.engine_settings"}

MAKE = """
import json, sys
from datetime import timedelta
from django.utils import timezone
from accounts.models import Tenant
from tests.journeys.engine_tasks import note, note_limited, Note
made = []
for task, count, how in json.loads('''{wish}'''):
    how = dict(how)
    slug = how.pop("tenant", "demo")
    tenant = Tenant.objects.get_or_create(slug=slug, defaults=dict(name=slug))[0]
    seconds = how.pop("seconds", 0)
    if "in_seconds" in how:
        how["run_at"] = timezone.now() + timedelta(seconds=how.pop("in_seconds"))
    for _each in range(count):
        made.append(dict(note=note, limited=note_limited)[task].enqueue(Note(seconds=seconds), tenant=tenant, **how).pk)
print(json.dumps(made))
"""


@pytest.fixture
def engine(stack: Stack) -> Stack:
    stack.env |= SETTINGS
    return stack


def make(stack: Stack, *wishes: tuple[str, int, dict[str, Any]]) -> list[str]:
    """Accept jobs: (note or limited, how many, tenant, priority, seconds, in_seconds); returns their ids."""
    out = stack.manage("shell", "-v", "0", "-c", MAKE.replace("{wish}", json.dumps(wishes)))
    return list(json.loads(out.splitlines()[-1]))


def all_ended(stack: Stack, count: int, seconds: float = 30) -> None:
    done = "SELECT count(*) FROM jobs_job WHERE state = 'completed'"
    stack.wait_for(lambda: stack.sql(done)[0][0] == count, seconds)


def in_order(stack: Stack) -> list[str]:
    return [row[0] for row in stack.sql("SELECT job_id FROM jobs_jobevent WHERE kind = 'started' ORDER BY id")]


def results(stack: Stack, queue: str) -> list[dict[str, float]]:
    rows = stack.sql("SELECT result FROM jobs_job WHERE state = 'completed' AND queue = ?", queue)
    return [_data(row[0]) for row in rows]


def _data(column: Any) -> Any:
    return json.loads(column) if isinstance(column, str) else column  # SQLite keeps JSON as text


def _epoch(moment: Any) -> float:
    found = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def test_levels_then_tenants_in_turn_then_first_come(engine):
    a = make(engine, ("note", 4, {"tenant": "aa"}), ("note", 2, {"tenant": "bb"}), ("note", 1, {"priority": 10}))
    engine.start_worker()
    all_ended(engine, 7)
    first, second = a[:4], a[4:6]
    assert in_order(engine) == [a[6], first[0], second[0], first[1], second[1], first[2], first[3]]


@ONCE
def test_three_workers_keep_the_rate_in_every_window(engine):
    engine.env["QUEUE_LIMITS"] = json.dumps({"limited": {"max": 8, "duration": 2}})
    make(engine, ("limited", 30, {}), ("note", 3, {}))
    for _each in range(3):
        engine.start_worker()
    all_ended(engine, 33)
    job_starts = sorted(row["began"] for row in results(engine, "limited"))
    assert len(job_starts) == 30
    for start in job_starts:
        assert sum(start <= other < start + 2 for other in job_starts) <= 8


@ONCE
def test_jobs_at_a_time_are_never_early(engine):
    engine.start_worker()
    jobs = make(engine, *[("note", 1, {"in_seconds": second}) for second in (2.0, 2.3, 2.6, 4.1, 0.5)])
    all_ended(engine, 5)
    for job in jobs:
        result, due = engine.sql("SELECT result, run_at FROM jobs_job WHERE id = ?", job)[0]
        assert _data(result)["began"] >= _epoch(due)


@ONCE
def test_a_paused_queue_waits_until_it_is_resumed(engine):
    engine.start_worker()
    engine.manage("queues", "--pause", "one-by-one")
    make(engine, ("note", 2, {}), ("limited", 1, {}))
    all_ended(engine, 1)
    time.sleep(2)
    assert engine.sql("SELECT count(*) FROM jobs_job WHERE state = 'waiting'")[0][0] == 2
    engine.manage("queues", "--resume", "one-by-one")
    all_ended(engine, 3)


@ONCE
def test_a_redis_that_hangs_holds_up_no_lease_and_ends_no_worker(engine):
    worker = engine.start_worker()
    job = make(engine, ("note", 1, {"seconds": 8}))[0]
    engine.wait_for(lambda: engine.state(job) == "active", 10)
    engine.valkey.send_signal(signal.SIGSTOP)
    assert engine.wait_for_end(job) == "completed"
    assert engine.sql("SELECT attempt, fence FROM jobs_job") == [(1, 2)]
    engine.valkey.send_signal(signal.SIGCONT)
    make(engine, ("note", 2, {}))
    all_ended(engine, 3)
    assert worker.poll() is None


def test_one_at_a_time_needs_one_connection_and_they_never_overlap(engine):
    engine.start_worker()
    make(engine, ("note", 6, {"seconds": 0.05}))
    all_ended(engine, 6)
    spans = sorted((row["began"], row["ended"]) for row in results(engine, "one-by-one"))
    assert all(one[1] <= other[0] for one, other in pairwise(spans))
    query = "SELECT facts FROM jobs_process WHERE kind = 'worker'"
    facts = engine.wait_for(lambda: [f for row in engine.sql(query) if (f := _data(row[0])).get("threads")], 10)[0]
    assert facts["threads"] == 1
    assert facts["connections"] in (3, 4)  # with the one that tidies up


def test_burst_ends_when_nothing_waits(engine):
    make(engine, ("note", 3, {}), ("note", 1, {"in_seconds": 600}))
    worker = engine.start("rqworker", "--burst")
    assert worker.wait(20) == 0
    assert sorted(row[0] for row in engine.sql("SELECT state FROM jobs_job")) == ["completed"] * 3 + ["delayed"]


def test_a_queue_that_is_not_there_is_told(engine):
    assert "Unknown queue nonsense. There are: one-by-one, limited" in engine.refused("rqworker", "nonsense")
