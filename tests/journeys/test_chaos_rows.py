"""Rows of the chaos table (reference/rq-and-reliability.md 3.10), each with its fault at a named place or moment.

Others: 7, 8 and 23 in test_children.py; 6, 13 to 17 and 20 in part in test_promises.py and test_postgres.py; 28 in
tests/chaos. What takes minutes runs at full length by `manage.py chaos --row N`.
"""

import shutil
import signal
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from desk import starting
from desk.trials.chaos import invariants, rows
from desk.trials.chaos.door import BROKEN, Door, Web
from desk.trials.stack import Installed, Stack
from tests.journeys import test_engine
from tests.journeys.conftest import running

pytestmark = pytest.mark.journey
LEASE = 3.0
SLOW = "call.sent:*:sleep=0.3"
OPEN = "SELECT count(*) FROM jobs_job WHERE state IN ('waiting', 'active', 'delayed')"
BOTH = pytest.mark.parametrize("kind", ["embedded", pytest.param("installed", marks=pytest.mark.full)], indirect=True)


@pytest.fixture
def kind(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stack]:
    """As `stack`; PostgreSQL only with --full."""
    yield from running(request.getfixturevalue(f"prepared_{request.param}"), tmp_path)


@pytest.fixture
def embedded(prepared_embedded: Stack, tmp_path: Path) -> Iterator[Stack]:
    yield from running(prepared_embedded, tmp_path)


@contextmanager
def web_of(stack: Stack, **env: str) -> Iterator[Door]:
    """The door of the demo workspace, with a web server of its own behind it."""
    web = Web(stack, **env)
    try:
        yield web.demo(stack)
    finally:
        web.kill()


def kinds(stack: Stack, job: str) -> list[str]:
    return [row[0] for row in stack.sql("SELECT kind FROM jobs_jobevent WHERE job_id = ? ORDER BY id", job)]


def let_others_reconcile(stack: Stack) -> None:
    """Make it as if the worker that reconciled had been gone for its lease of 12 s."""
    stack.sql("UPDATE jobs_lease SET until = '2026-01-01 00:00:00' WHERE name = 'reconciler'")


def stop_between_writes(stack: Stack, worker: subprocess.Popen[bytes]) -> None:
    """SIGSTOP, at a moment when it holds no lock: on SQLite nobody could write until it goes on."""

    def stopped() -> bool:
        worker.send_signal(signal.SIGSTOP)
        if isinstance(stack, Installed):
            return True
        try:
            with closing(sqlite3.connect(stack.var_dir / "pressroom.sqlite3", timeout=0.5)) as database:
                database.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            worker.send_signal(signal.SIGCONT)
            return False
        return True

    stack.wait_for(stopped, 20)


def whole(stack: Stack, *jobs: str) -> None:
    """All has ended, and no invariant is broken."""
    assert invariants.broken(invariants.read(stack, list(jobs))) == []


def test_rows_1_and_2_kill_9_of_the_web_server_before_and_after_the_commit(stack):
    with web_of(stack, PRESSROOM_FAULT="accept.written:1:kill") as door:
        with pytest.raises(BROKEN):
            door.order("before")
        assert stack.sql("SELECT count(*) FROM jobs_job") == stack.sql("SELECT count(*) FROM blog_batch") == [(0,)]
    with web_of(stack, PRESSROOM_FAULT="accept.committed:2:kill") as door:
        assert door.order("first").status == 202
        with pytest.raises(BROKEN):
            door.order("after")
        [(job, state)] = stack.sql("SELECT id, state FROM jobs_job WHERE pushed_at IS NULL")
        assert state == "waiting"
        stack.start_worker()
        stack.wait_for(lambda: stack.state(job) == "completed", 20)
        stack.wait_for(lambda: starting.answers("127.0.0.1", door.port), 20)
        again = door.order("after")
        assert (again.status, again.data["jobId"]) == (202, job)
    whole(stack, job)


def test_row_3_orders_are_taken_quickly_while_redis_is_away_and_run_when_it_is_back(embedded):
    assert rows.redis_away(embedded, seconds=4, accepts=20).broken == []


@pytest.mark.full
def test_row_4_the_idle_worker_is_killed_in_the_moment_of_a_push(embedded):
    assert rows.idle_kills(embedded, rounds=3).broken == []


def test_rows_5_and_6_kill_9_at_the_word_and_between_claim_and_start(embedded):
    deaf = embedded.start_worker(PRESSROOM_FAULT="word.heard:1:kill")
    time.sleep(0.5)  # it has looked, and listens
    job = embedded.order(1)
    assert deaf.wait(10) == -signal.SIGKILL
    assert embedded.state(job) == "waiting"
    let_others_reconcile(embedded)
    taken = embedded.start_worker(PRESSROOM_FAULT="job.taken:1:kill")
    assert taken.wait(10) == -signal.SIGKILL
    killed = time.monotonic()
    assert embedded.state(job) == "active"
    embedded.start_worker()
    embedded.wait_for(lambda: kinds(embedded, job).count("started") == 2, LEASE + 20)
    assert time.monotonic() - killed < LEASE + 20
    assert embedded.wait_for_end(job) == "completed"
    assert kinds(embedded, job).count("lost") == 1
    assert embedded.sql("SELECT attempt FROM jobs_job") == [(1,)]
    whole(embedded, job)


@BOTH
def test_row_13_a_worker_that_was_stopped_for_two_leases_can_write_nothing(kind):
    job = kind.order(6)
    zombie = kind.start_worker(PRESSROOM_FAULT="call.sent:*:sleep=0.5")
    kind.wait_for(lambda: kind.posts() >= 1, 20)
    other = kind.start_worker()
    stop_between_writes(kind, zombie)
    stopped = time.monotonic()
    let_others_reconcile(kind)
    kind.wait_for(lambda: kinds(kind, job).count("started") == 2, LEASE + 20)
    time.sleep(max(0.0, stopped + 2 * LEASE - time.monotonic()))
    zombie.send_signal(signal.SIGCONT)
    assert kind.wait_for_end(job) == "completed"
    log = kind.var_dir / "0-rqworker.log"
    kind.wait_for(lambda: "Lost the lease" in log.read_text(), 10)
    assert kind.posts() == 6
    assert kinds(kind, job).count("completed") == 1
    assert kind.sql("SELECT state, count(*) FROM ai_call WHERE state != 'answered' GROUP BY state") in (
        [("late", 1)],
        [("lost", 1)],
        [],
    )
    assert zombie.poll() is None
    assert other.poll() is None
    whole(kind, job)
    assert kind.wait_for_end(kind.order(1)) == "completed"


def test_row_14_flushall_with_200_waiting_3_running_and_50_planned(embedded):
    embedded.env |= test_engine.SETTINGS
    planned = [("limited", 5, {"in_seconds": 4 + second / 2}) for second in range(10)]
    jobs = test_engine.make(embedded, ("note", 3, {"seconds": 3}), ("limited", 200, {"seconds": 0.1}), *planned)
    embedded.start_worker(QUEUE_LIMITS='{"one-by-one": {"concurrency": 3}}')
    embedded.wait_for(lambda: embedded.sql("SELECT count(*) FROM jobs_job WHERE state = 'active'")[0][0] > 3, 10)
    embedded.redis().flushall()
    test_engine.all_ended(embedded, 253, 40)
    times = {job: moments for job, *moments in embedded.sql("SELECT id, run_at, started_at FROM jobs_job")}
    due, started = zip(*([test_engine._epoch(moment) for moment in times[job]] for job in jobs[203:]), strict=True)
    late = [began - planned_at for began, planned_at in zip(started, due, strict=True)]
    assert len(late) == 50
    assert 0 <= min(late) <= max(late) < 60
    ends = embedded.sql("SELECT count(*), count(DISTINCT job_id) FROM jobs_jobevent WHERE kind = 'completed'")
    assert ends == [(253, 253)]
    embedded.wait_for(lambda: embedded.redis().smembers("rq:workers"), 15)


@pytest.mark.full
def test_row_15_flushall_all_the_time(embedded):
    assert rows.flushed_all_the_time(embedded, seconds=10, every=0.5, pace=0.25).broken == []


def test_row_16_redis_comes_back_with_nothing(embedded):
    first = embedded.order(4)
    worker = embedded.start_worker(PRESSROOM_FAULT=SLOW)
    embedded.wait_for(lambda: embedded.posts() >= 1, 20)
    embedded.stop_valkey(signal.SIGKILL)
    shutil.rmtree(embedded.var_dir / "valkey")
    second = embedded.order(2)
    embedded.start_valkey()
    assert embedded.wait_for_end(first) == embedded.wait_for_end(second) == "completed"
    assert embedded.wait_for_end(embedded.order(1)) == "completed"
    assert worker.poll() is None
    whole(embedded, first, second)


@contextmanager
def no_database(stack: Stack, seconds: float) -> Iterator[None]:
    """The database locked by somebody else, or on PostgreSQL crashed; for so long."""
    if isinstance(stack, Installed):
        stack.server.kill()
        yield
        time.sleep(seconds)
        stack.server.start()
        return
    with closing(sqlite3.connect(stack.var_dir / "pressroom.sqlite3", timeout=20, isolation_level=None)) as rival:
        rival.execute("BEGIN IMMEDIATE")
        yield
        time.sleep(seconds)
        rival.execute("ROLLBACK")


@BOTH
def test_row_20_the_database_is_locked_or_restarts_while_a_job_ends(kind):
    job = kind.order(2)
    worker = kind.start_worker(PRESSROOM_FAULT="job.ending:1:sleep=1.5")
    kind.wait_for(lambda: kind.posts() == 2, 20)
    time.sleep(0.5)
    with no_database(kind, LEASE + 1):
        assert worker.poll() is None
    assert kind.wait_for_end(job) == "completed"
    assert kinds(kind, job).count("completed") == 1
    assert kind.posts() == 2
    assert kind.sql("SELECT count(*) FROM ai_call") == [(2,)]
    assert worker.poll() is None
    whole(kind, job)


def test_row_21_a_full_disk_leaves_nothing_half_and_the_job_goes_on_when_there_is_room(embedded):
    job = embedded.order(25)
    pages = embedded.sql("PRAGMA page_count")[0][0]
    full = {"DJANGO_SETTINGS_MODULE": "tests.journeys.full_disk_settings", "TRIAL_PAGES": str(pages + 50)}
    worker = embedded.start_worker(**full)
    log = embedded.var_dir / "0-rqworker.log"
    embedded.wait_for(lambda: "database or disk is full" in log.read_text(), 30)
    written = embedded.sql("SELECT count(*) FROM blog_pick WHERE state = 'written' AND post_id IS NOT NULL")[0][0]
    assert 0 < embedded.posts() == written < 25
    read = "from django.test import Client; print(Client(headers={'host': 'localhost'}).get('/blog/').status_code)"
    assert embedded.manage("shell", "-v", "0", "-c", read).strip() == "200"
    assert worker.poll() is None
    worker.terminate()
    assert worker.wait(15) == 0
    embedded.start_worker()
    assert embedded.wait_for_end(job) == "completed"
    assert embedded.posts() == 25
    assert embedded.sql("SELECT count(*) FROM ai_call WHERE state = 'answered'") == [(25,)]
    whole(embedded, job)


def test_row_22_workers_restart_one_after_another_under_100_jobs(embedded):
    embedded.env["QUEUE_LIMITS"] = rows.FREE
    slow = {"PRESSROOM_FAULT": SLOW}
    workers = [embedded.start_worker(**slow) for _each in range(2)]
    with web_of(embedded) as door, ThreadPoolExecutor(4) as clients:
        orders = [clients.submit(door.order, f"row-22-{number}") for number in range(100)]
        for number, old in enumerate(workers):
            time.sleep(1)
            old.terminate()
            told = time.monotonic()
            assert old.wait(20) == 0
            assert time.monotonic() - told < 10
            workers[number] = embedded.start_worker(**slow)
        jobs = [order.result().data["jobId"] for order in orders]
    embedded.wait_for(lambda: embedded.sql(OPEN)[0][0] == 0, 60)
    assert embedded.sql("SELECT state, attempt, crashes, count(*) FROM jobs_job GROUP BY 1, 2, 3") == [
        ("completed", 1, 0, 100)
    ]
    assert embedded.sql("SELECT count(*) FROM jobs_jobevent WHERE kind = 'lost'") == [(0,)]
    assert embedded.sql("SELECT count(*) FROM ai_call WHERE state != 'answered'") == [(0,)]
    whole(embedded, *jobs)


NEXT = {"DJANGO_SETTINGS_MODULE": "tests.journeys.next_settings"}
ORDER_BOTH = """
from accounts.models import Tenant
from tests.journeys import engine_tasks as tasks
tenant = Tenant.objects.get(slug="demo")
for number in range(50):
    for wish in (tasks.Note(seconds=0.01), tasks.Note(seconds=0.01, colour="red")):
        tasks.note_limited.enqueue(wish, tenant=tenant)
        tasks.note_afresh.enqueue(wish, tenant=tenant)
"""


@pytest.mark.full
def test_row_22_old_and_new_workers_side_by_side_fail_nothing(embedded):
    """200 jobs of the new version, three of four unknown to the old workers, which stay until they refused some."""
    old = [embedded.start_worker(**test_engine.SETTINGS) for _each in range(2)]
    embedded.manage("shell", "-v", "0", "-c", ORDER_BOTH, **NEXT)
    refused = "SELECT count(*) FROM jobs_job WHERE waiting_for LIKE 'A worker of a newer version is needed: the %'"
    for worker in old:
        embedded.wait_for(lambda: embedded.sql(refused)[0][0] > 20, 20)
        embedded.start_worker(**NEXT)
        worker.terminate()
        assert worker.wait(20) == 0
    embedded.sql("UPDATE jobs_job SET run_at = '2026-01-01' WHERE state = 'delayed'")  # half a minute passes
    test_engine.all_ended(embedded, 200, 40)
    assert embedded.sql("SELECT DISTINCT state, attempt, crashes FROM jobs_job") == [("completed", 1, 0)]
    said = "SELECT count(*) FROM jobs_jobevent WHERE kind = 'delayed' AND message LIKE '%' || ? || '%'"
    assert embedded.sql(said, "note_afresh has no line in config/queues.py")[0][0] > 0
    assert embedded.sql(said, "colour: Extra inputs are not permitted")[0][0] > 0


def test_row_25_a_waiting_job_is_cancelled_in_a_second_and_a_running_one_in_five(embedded):
    with web_of(embedded) as door:
        jobs = [door.order(count=20).data["jobId"] for _each in range(2)]
        embedded.start_worker(PRESSROOM_FAULT=SLOW, WORKER_CONCURRENCY="1")
        embedded.wait_for(lambda: embedded.posts() >= 1, 20)
        for job, state, seconds in zip(jobs[::-1], ("waiting", "active"), (1, 5), strict=True):
            assert embedded.state(job) == state
            asked = time.monotonic()
            assert door.ask("POST", f"/api/jobs/user/{job}/cancel").status in (200, 202)
            embedded.wait_for(lambda job=job: embedded.state(job) == "cancelled", seconds)
            assert time.monotonic() - asked < seconds
    whole(embedded, *jobs)


def test_row_26_fifty_posts_at_once_with_one_key_are_one_job(stack):
    with web_of(stack) as door, ThreadPoolExecutor(50) as clients:
        together = threading.Barrier(50)

        def order(number: int) -> Any:
            together.wait()
            return door.order("the same")

        answers = list(clients.map(order, range(50)))
        assert {answer.status for answer in answers} == {202}
        assert len({answer.data["jobId"] for answer in answers}) == 1
        assert door.order("the same", count=2).status == 409
    assert stack.sql("SELECT count(*) FROM jobs_job") == stack.sql("SELECT count(*) FROM blog_batch") == [(1,)]
    assert stack.sql("SELECT count(*) FROM jobs_jobevent WHERE kind = 'accepted'") == [(1,)]


@pytest.mark.parametrize("wrong_by", [600, pytest.param(-600, marks=pytest.mark.full)])
def test_row_27_a_worker_whose_clock_is_wrong_steals_nothing_and_starts_nothing_early(installed, wrong_by):
    shifted = {"DJANGO_SETTINGS_MODULE": "tests.journeys.shifted_settings", "TRIAL_CLOCK_SECONDS": str(wrong_by)}
    wrong = installed.start("rqworker", "maintenance", **shifted)
    installed.wait_for(lambda: installed.sql("SELECT count(*) FROM jobs_clockstate")[0][0], 20)
    installed.sql("UPDATE jobs_clockstate SET next_at = now() + interval '5 minutes'")
    job = installed.order(9)
    right = installed.start_worker(PRESSROOM_FAULT="call.sent:*:sleep=0.6")
    assert installed.wait_for_end(job) == "completed"
    [(reconciler,)] = installed.sql("SELECT holder FROM jobs_lease WHERE name = 'reconciler'")
    assert f"-{wrong.pid}-" in reconciler
    assert installed.sql("SELECT attempt, fence FROM jobs_job WHERE id = ?", job) == [(1, 2)]
    assert installed.sql("SELECT count(*) FROM jobs_job WHERE task = 'desk.tasks.clean_up'") == [(0,)]
    right.terminate()
    assert right.wait(15) == 0

    planned = installed.order(1)
    installed.sql("UPDATE jobs_job SET state = 'delayed', run_at = now() + interval '3 seconds' WHERE id = ?", planned)
    installed.start_worker(**shifted)
    assert installed.wait_for_end(planned, 20) == "completed"
    early = "SELECT count(*) FROM jobs_jobevent e JOIN jobs_job j ON e.job_id = j.id"
    early += " WHERE e.kind = 'started' AND j.id = ? AND e.at < j.run_at"
    assert installed.sql(early, planned) == [(0,)]
    assert wrong.poll() is None
    whole(installed, job, planned)
