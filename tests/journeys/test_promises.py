"""Accepted work is never lost: the faults of the first issue, with real processes, on both kinds of installation."""

import signal
import time

import pytest

from config.queues import QUEUES
from config.schedule import CLOCKS
from tests.journeys.conftest import ONCE

pytestmark = pytest.mark.journey

EVENTS = "SELECT count(*) FROM jobs_jobevent WHERE job_id = ? AND kind IN ('completed', 'failed', 'cancelled')"


def test_a_batch_is_written_by_a_worker(stack):
    job = stack.order(5)
    assert stack.state(job) == "waiting"
    stack.start_worker()
    assert stack.wait_for_end(job) == "completed"
    assert stack.posts() == 5


@ONCE
def test_kill_9_in_the_middle_of_a_batch_of_20(stack):
    job = stack.order(20)
    worker = stack.start_worker(PRESSROOM_FAULT="call.sent:8:kill")
    assert worker.wait(20) == -signal.SIGKILL
    assert stack.posts() == 7
    stack.start_worker()
    assert stack.wait_for_end(job) == "completed"
    assert stack.posts() == 20
    assert stack.sql("SELECT count(DISTINCT film) FROM blog_post")[0][0] == 20
    repeated = stack.sql("SELECT step FROM ai_call WHERE repeat_of_id IS NOT NULL")
    lost = stack.sql("SELECT step FROM ai_call WHERE state = 'lost'")
    assert len(repeated) == 1
    assert repeated == lost
    assert stack.sql("SELECT count(*) FROM ai_call")[0][0] == 21
    assert stack.sql(EVENTS, job)[0][0] == 1


@ONCE
@pytest.mark.parametrize(
    "place",
    [
        pytest.param("job.claimed:1", marks=pytest.mark.full),
        pytest.param("call.answered:3", marks=pytest.mark.full),
        "post.saved:3",
        "job.ending:1",
    ],
)
def test_kill_9_elsewhere_repeats_no_call(stack, place):
    job = stack.order(5)
    worker = stack.start_worker(PRESSROOM_FAULT=f"{place}:kill")
    assert worker.wait(20) == -signal.SIGKILL
    stack.start_worker()
    assert stack.wait_for_end(job) == "completed"
    assert stack.posts() == 5
    assert stack.sql("SELECT count(*) FROM ai_call")[0][0] == 5
    assert stack.sql(EVENTS, job)[0][0] == 1


@ONCE
def test_without_redis_an_order_is_accepted_says_that_it_waits_and_runs_when_it_is_back(stack):
    worker = stack.start_worker()
    stack.stop_valkey()
    started = time.monotonic()
    job = stack.order(3)
    assert time.monotonic() - started < 10
    assert stack.state(job) == "waiting"
    time.sleep(2)
    assert worker.poll() is None
    stack.start_valkey()
    assert stack.wait_for_end(job) == "completed"
    assert worker.poll() is None


@ONCE
def test_flushall_with_jobs_waiting_loses_none_and_the_worker_is_seen_again(stack):
    jobs = [stack.order(2) for _each in range(3)]
    stack.redis().flushall()
    stack.start_worker()
    assert [stack.wait_for_end(job) for job in jobs] == ["completed"] * 3
    stack.redis().flushall()
    stack.wait_for(lambda: stack.redis().smembers("rq:workers"), 15)


@ONCE
def test_kill_9_of_redis_in_the_middle_of_a_batch(stack):
    job = stack.order(10)
    worker = stack.start_worker(PRESSROOM_FAULT="call.sent:*:sleep=0.3")
    stack.wait_for(lambda: stack.posts() >= 2, 20)
    stack.stop_valkey(signal.SIGKILL)
    assert stack.wait_for_end(job) == "completed"
    assert worker.poll() is None
    assert stack.posts() == 10
    assert stack.sql("SELECT attempt, fence FROM jobs_job WHERE id = ?", job)[0][0] == 1
    stack.start_valkey()
    assert stack.wait_for_end(stack.order(2)) == "completed"


@ONCE
def test_sigterm_hands_the_batch_back_and_another_worker_goes_on(stack):
    job = stack.order(10)
    worker = stack.start_worker(PRESSROOM_FAULT="call.sent:*:sleep=0.3")
    stack.wait_for(lambda: stack.posts() >= 2, 20)
    worker.terminate()
    assert worker.wait(10) == 0
    assert stack.state(job) == "waiting"
    assert stack.posts() < 10
    stack.start_worker()
    assert stack.wait_for_end(job) == "completed"
    assert stack.posts() == 10
    assert stack.sql("SELECT attempt FROM jobs_job WHERE id = ?", job)[0][0] == 1
    assert stack.sql("SELECT count(*) FROM ai_call")[0][0] == 10


@ONCE
def test_two_workers_take_a_job_each(stack):
    slow = {"PRESSROOM_FAULT": "call.sent:*:sleep=2", "WORKER_CONCURRENCY": "1"}
    jobs = [stack.order(5), stack.order(5)]
    stack.start_worker(**slow)
    stack.start_worker(**slow)
    stack.wait_for(lambda: [stack.state(job) for job in jobs] == ["active", "active"], 20)
    workers = stack.sql("SELECT count(DISTINCT worker) FROM jobs_job")[0][0]
    assert workers == 2
    assert [stack.wait_for_end(job) for job in jobs] == ["completed", "completed"]
    assert stack.posts() == 10


def test_a_forged_job_is_refused(stack, tmp_path):
    from rq import Queue
    from rq.job import Job
    from rq.serializers import JSONSerializer

    target = tmp_path / "forged"
    for serializer in (JSONSerializer, None):
        queue = Queue("blog-generation", connection=stack.redis(), serializer=serializer)
        queue.enqueue_call("os.system", args=(f"touch {target}",), job_id=f"forged-{serializer is None}".lower())
    assert Job.exists("forged-true", connection=stack.redis())
    stack.start_worker()
    job = stack.order(1)
    assert stack.wait_for_end(job) == "completed"
    assert not target.exists()
    stack.wait_for(lambda: any("Refused" in log.read_text() for log in stack.var_dir.glob("*-rqworker.log")), 15)
    told = "SELECT count(*) FROM accounts_notice WHERE subject = 'Refused a job in blog-generation'"
    stack.wait_for(lambda: stack.sql(told)[0][0] == 1, 15)  # one a queue and day, however many there are
    stack.wait_for(lambda: stack.redis().llen("rq:queue:blog-generation") == 0, 15)


@ONCE
def test_the_scheduler_and_the_workers_ring_a_clock_once(stack):
    stack.start_worker()
    scheduler = stack.start("rqscheduler")
    stack.wait_for(lambda: stack.redis().zcard("rq:scheduler:scheduled_jobs") == len(CLOCKS), 20)
    stack.redis().flushall()
    stack.wait_for(lambda: stack.redis().zcard("rq:scheduler:scheduled_jobs") == len(CLOCKS), 20)
    stack.wait_for(lambda: stack.sql("SELECT count(*) FROM jobs_clockstate")[0][0] == len(CLOCKS), 20)
    stack.sql("UPDATE jobs_clockstate SET next_at = '2026-01-01 02:00:00'")
    stack.redis().zadd("rq:scheduler:scheduled_jobs", {"tick-clean-up": 1})
    stack.wait_for(lambda: stack.sql("SELECT count(*) FROM jobs_job WHERE task = 'desk.tasks.clean_up'")[0][0], 20)
    time.sleep(6)
    rows = stack.sql("SELECT state FROM jobs_job WHERE task = 'desk.tasks.clean_up'")
    assert rows == [("completed",)]
    scheduler.terminate()
    assert scheduler.wait(10) == 0


PAGES = """
from django.test import Client
from accounts.models import User
client = Client(headers={"host": "localhost"})
client.force_login(User.objects.get(username="demo"))
root = "/admin/django_rq/dashboard/"
for path in ("", "stats.json", "queues/0/", "queues/0/started/", "queues/0/failed/", "workers/0/", "schedulers/0/"):
    answer = client.get(root + path)
    print(answer.status_code, path, b"rqworker" in answer.content)
print(*sorted(queue["name"] for queue in client.get(root + "stats.json").json()["queues"]))
"""


@ONCE
def test_django_rqs_pages_show_a_superuser_the_workers_and_queues(stack):
    stack.start_worker()
    *pages, names = stack.manage("shell", "-v", "0", "-c", PAGES).splitlines()
    assert [page.split()[0] for page in pages] == ["200"] * 7
    assert names.split() == sorted(queue.name for queue in QUEUES)
    stack.stop_valkey()
    assert stack.manage("shell", "-v", "0", "-c", PAGES.split("print(*sorted")[0]).startswith("503")
