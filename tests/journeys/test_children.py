"""Jobs in child processes: rows 7, 8 and 23 of the chaos table, limits of memory and time, cancel, SIGTERM."""

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from desk.trials.stack import Stack
from tests.journeys.conftest import running

pytestmark = pytest.mark.journey

MAKE = """
import json
from accounts.models import Tenant, User
from tests.journeys.child_tasks import Work, crunch, crunch_in_haste
who = dict(tenant=Tenant.objects.get(slug="demo"), user=User.objects.get(username="demo"))
wishes = json.loads('''{wish}''')
print(json.dumps([dict(crunch=crunch, hasty=crunch_in_haste)[t].enqueue(Work(**w), **who).pk for t, w in wishes]))
"""
CANCEL = (
    "from jobs import ending; from jobs.models import Job; ending.request_cancel(Job.objects.get(pk='{job}'), by='t')"
)
MANY = [pytest.param(6), pytest.param(99, marks=[pytest.mark.full, pytest.mark.timeout(300)])]


@pytest.fixture
def crunching(prepared_embedded: Stack, tmp_path: Path) -> Iterator[Stack]:
    for stack in running(prepared_embedded, tmp_path):
        stack.env["DJANGO_SETTINGS_MODULE"] = "tests.journeys.child_settings"
        yield stack


def make(stack: Stack, *wishes: tuple[str, dict[str, Any]]) -> list[str]:
    out = stack.manage("shell", "-v", "0", "-c", MAKE.replace("{wish}", json.dumps(wishes)))
    return list(json.loads(out.splitlines()[-1]))


def pid_of(stack: Stack, job: str) -> int:
    file = stack.var_dir / f"pid-{job}"
    return int(stack.wait_for(lambda: file.exists() and file.read_text(), 20))


def lives(pid: int) -> bool:
    """Whether the process runs; one that only waits for its parent to notice does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def kinds(stack: Stack, job: str) -> list[str]:
    return [row[0] for row in stack.sql("SELECT kind FROM jobs_jobevent WHERE job_id = ? ORDER BY id", job)]


def why(stack: Stack, job: str) -> tuple[str, str, str]:
    return stack.sql("SELECT state, failed_code, failed_reason FROM jobs_job WHERE id = ?", job)[0]


@pytest.mark.parametrize("others", MANY)
def test_what_kills_eats_or_never_ends_fails_with_a_reason_and_all_others_are_done(crunching, others):
    poison, hungry, slow, *rest = make(
        crunching,
        ("crunch", {"do": "die"}),
        ("crunch", {"do": "eat"}),
        ("hasty", {"do": "sleep", "seconds": 60}),
        *[("crunch", {})] * others,
    )
    worker = crunching.start_worker()
    crunching.wait_for(lambda: all(crunching.state(job) in ("completed", "failed") for job in (poison, slow)), 90)
    child = pid_of(crunching, slow)
    crunching.wait_for(lambda: not lives(child), 3)
    open_ones = "SELECT count(*) FROM jobs_job WHERE state NOT IN ('completed', 'failed')"
    crunching.wait_for(lambda: crunching.sql(open_ones)[0][0] == 0, 20 + 2 * others)

    state, code, reason = why(crunching, poison)
    assert (state, code) == ("failed", "poison")
    assert "died 3 times" in reason
    assert "SIGKILL" in reason
    assert kinds(crunching, poison).count("started") == 3
    assert kinds(crunching, poison).count("lost") == 2
    state, _code, reason = why(crunching, hungry)
    assert state == "failed"
    assert "memory" in reason.lower()
    assert why(crunching, slow)[:2] == ("failed", "deadline")
    assert {crunching.state(job) for job in rest} == {"completed"}
    assert {kinds(crunching, job).count("started") for job in rest} == {1}
    assert worker.poll() is None


def test_a_child_that_heeds_no_cancel_is_killed_in_time(crunching):
    [job] = make(crunching, ("crunch", {"do": "sleep", "seconds": 60}))
    worker = crunching.start_worker()
    child = pid_of(crunching, job)
    crunching.manage("shell", "-v", "0", "-c", CANCEL.format(job=job))
    asked = time.monotonic()
    crunching.wait_for(lambda: not lives(child), 10)
    assert time.monotonic() - asked < 7
    assert crunching.wait_for_end(job, 2) == "cancelled"
    assert kinds(crunching, job).count("cancelled") == 1
    assert worker.poll() is None


def test_a_child_hands_back_at_sigterm_and_dies_with_a_killed_worker(crunching):
    [job] = make(crunching, ("crunch", {"do": "check", "seconds": 3}))
    first = crunching.start_worker()
    child = pid_of(crunching, job)
    (crunching.var_dir / f"pid-{job}").unlink()
    first.terminate()
    assert first.wait(10) == 0
    assert not lives(child)
    assert crunching.sql("SELECT state, attempt FROM jobs_job") == [("waiting", 0)]
    assert kinds(crunching, job)[-1] == "returned"

    second = crunching.start_worker()
    child = pid_of(crunching, job)
    second.kill()
    second.wait()
    killed = time.monotonic()
    crunching.wait_for(lambda: not lives(child), 3)
    assert time.monotonic() - killed < 2
    crunching.start_worker()
    assert crunching.wait_for_end(job, 30) == "completed"
    assert kinds(crunching, job) == ["accepted", "started", "returned", "started", "lost", "started", "completed"]
    fences = crunching.sql("SELECT fence FROM jobs_jobevent WHERE kind = 'started' ORDER BY id")
    assert fences == sorted(set(fences))


@pytest.mark.full
def test_the_child_is_killed_from_outside_as_by_the_system_and_tried_again(crunching):
    [job] = make(crunching, ("crunch", {"do": "check", "seconds": 3}))
    worker = crunching.start_worker()
    os.kill(pid_of(crunching, job), signal.SIGKILL)
    crunching.wait_for(lambda: "lost" in kinds(crunching, job), 5)
    assert crunching.state(job) == "delayed"
    assert crunching.wait_for_end(job, 30) == "completed"
    assert crunching.sql("SELECT attempt FROM jobs_job") == [(1,)]
    assert worker.poll() is None
