"""PostgreSQL goes away and comes back; or DATABASE_URL is wrong."""

import re
import signal
import time

import pytest

from desk.trials.stack import free_port

pytestmark = pytest.mark.journey

ENDS = "SELECT count(*) FROM jobs_jobevent WHERE job_id = ? AND kind IN ('completed', 'failed', 'cancelled')"


@pytest.mark.parametrize("seconds", [pytest.param(1, marks=pytest.mark.full), 10])  # shorter and longer than the lease
def test_postgres_dies_in_the_middle_of_a_batch_and_comes_back(installed, seconds):
    job = installed.order(12)
    worker = installed.start_worker(PRESSROOM_FAULT="call.sent:*:sleep=0.3")
    scheduler = installed.start("rqscheduler")
    installed.wait_for(lambda: installed.sql("SELECT count(*) FROM jobs_process")[0][0] == 2, 20)
    installed.wait_for(lambda: installed.posts() >= 3, 20)

    installed.server.kill()
    time.sleep(seconds)
    assert worker.poll() is None
    assert scheduler.poll() is None
    installed.server.start()

    assert installed.wait_for_end(job, 60) == "completed"
    assert installed.posts() == 12
    assert installed.sql("SELECT count(DISTINCT film) FROM blog_post")[0][0] == 12
    assert installed.sql(ENDS, job)[0][0] == 1
    assert installed.sql("SELECT count(*) FROM ai_call")[0][0] <= 13  # at most the one in flight is made again
    assert installed.sql("SELECT attempt FROM jobs_job WHERE id = ?", job)[0][0] == 1  # it was not the job's fault

    assert installed.wait_for_end(installed.order(2)) == "completed"
    assert worker.poll() is None
    assert scheduler.poll() is None
    fresh = "SELECT count(*) FROM jobs_process WHERE seen_at > now() - interval '15 seconds'"
    installed.wait_for(lambda: installed.sql(fresh)[0][0] == 2, 20)


@pytest.mark.full
def test_an_answer_that_comes_while_postgres_is_away_is_kept(installed):
    job = installed.order(3)
    worker = installed.start_worker(PRESSROOM_FAULT="call.sent:2:sleep=2")
    installed.wait_for(lambda: installed.sql("SELECT count(*) FROM ai_call WHERE state = 'sent'")[0][0], 20)
    installed.wait_for(lambda: installed.posts() == 1, 20)
    time.sleep(0.5)
    installed.server.kill()
    time.sleep(6)
    installed.server.start()
    assert installed.wait_for_end(job, 60) == "completed"
    assert installed.sql("SELECT DISTINCT state FROM ai_call") == [("answered",)]
    assert installed.sql("SELECT count(*) FROM ai_call")[0][0] == 3
    assert worker.poll() is None


@pytest.mark.full
def test_a_worker_can_be_stopped_while_postgres_is_away(installed):
    job = installed.order(12)
    worker = installed.start_worker(PRESSROOM_FAULT="call.sent:*:sleep=0.3", WORKER_GRACE_SECONDS="5")
    scheduler = installed.start("rqscheduler")
    installed.wait_for(lambda: installed.sql("SELECT count(*) FROM jobs_process")[0][0] == 2, 20)
    installed.wait_for(lambda: installed.posts() >= 3, 20)
    installed.server.kill()
    worker.terminate()
    scheduler.terminate()
    assert worker.wait(15) == 0
    assert scheduler.wait(15) == 0

    installed.server.start()
    installed.start_worker()
    assert installed.wait_for_end(job, 60) == "completed"
    assert installed.posts() == 12


COMMANDS = [("migrate",), ("rqworker",), ("rqscheduler",), ("up",), ("generate_blog", "--user", "demo")]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_without_postgres_a_command_ends_with_one_sentence(installed, command):
    url = installed.env["DATABASE_URL"]
    if command == ("up",):
        command = ("up", "--port", str(free_port()))
    nobody = re.sub(r":\d+/", f":{free_port()}/", url)
    said = installed.refused(*command, DATABASE_URL=nobody)
    assert "cannot be opened" in said
    assert "refused" in said
    assert "Start its server, or correct DATABASE_URL." in said
    assert installed.server.password not in said


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda url: "nonsense", "is no address"),
        (lambda url: url.replace("/pressroom", "/other"), 'database "other" does not exist'),
        (lambda url: re.sub(r"postgres:\w+@", "postgres:wrong-secret@", url), "password authentication failed"),
        (lambda url: re.sub(r":\d+/", ":port/", url), "port"),
        (lambda url: url.replace("postgres://", "mysql://", 1), "mysql"),
        (lambda url: url.split("://")[0] + "://", "names no database"),
    ],
    ids=["nonsense", "database", "password", "port", "vendor", "empty"],
)
def test_a_wrong_database_url_is_told_in_one_sentence(installed, change, why):
    said = installed.refused("migrate", DATABASE_URL=change(installed.env["DATABASE_URL"]))
    assert "DATABASE_URL" in said
    assert why in said
    assert "wrong-secret" not in said
    assert installed.server.password not in said


def test_the_web_server_says_so_and_goes_on(installed):
    pages = "from django.test import Client\n"
    pages += "answer = Client(headers={'host': 'localhost'}).get('/api/health')\n"
    pages += "print(answer.status_code, answer.json()['checks']['database'])\n"
    assert installed.manage("shell", "-v", "0", "-c", pages).startswith("503 ok")
    installed.server.kill()
    assert installed.manage("shell", "-v", "0", "-c", pages).startswith("503 The database cannot be reached.")
    installed.server.start()
    assert installed.manage("shell", "-v", "0", "-c", pages).startswith("503 ok")


def test_kill_9_of_postgres_itself_loses_nothing(installed):
    job = installed.order(10)
    worker = installed.start_worker(PRESSROOM_FAULT="call.sent:*:sleep=0.3")
    installed.wait_for(lambda: installed.posts() >= 2, 20)
    installed.server.kill(signal.SIGKILL)
    installed.server.start()
    assert installed.wait_for_end(job, 60) == "completed"
    assert installed.posts() == 10
    assert worker.poll() is None
