"""A lesson outlives its worker: what is written stays, what is paid for is not paid for again."""

import json
import signal
from typing import Any

import pytest

from tests.journeys.conftest import ONCE

pytestmark = pytest.mark.journey
ORDER = """
import json
from accounts.models import Tenant, User
from lessons import ordering
from lessons.orders import Order
user = User.objects.get(username="demo")
found = ordering.start(Order(topic="How closures work", sections=6), tenant=Tenant.objects.get(slug="demo"), user=user)
print(json.dumps({"job": found.job.pk}))
"""
CALLS = 9  # the outline, six sections, the quiz, the review


def order(stack: Any) -> str:
    return str(json.loads(stack.manage("shell", "--no-imports", "-c", ORDER).splitlines()[-1])["job"])


def written(stack: Any) -> int:
    return int(stack.sql("SELECT count(*) FROM lessons_section WHERE document IS NOT NULL")[0][0])


@ONCE
def test_kill_9_after_section_3_of_6_repeats_one_call_and_says_so(stack: Any) -> None:
    job = order(stack)
    worker = stack.start_worker(PRESSROOM_FAULT="call.sent:5:kill")
    assert worker.wait(20) == -signal.SIGKILL
    assert written(stack) == 3
    stack.start_worker()
    assert stack.wait_for_end(job) == "completed"
    assert written(stack) == 6
    assert stack.sql("SELECT count(*) FROM ai_call")[0][0] == CALLS + 1
    assert stack.sql("SELECT step FROM ai_call WHERE state = 'lost'") == [("section 4.1",)]
    assert stack.sql("SELECT step FROM ai_call WHERE repeat_of_id IS NOT NULL") == [("section 4.1",)]
    said = "SELECT count(*) FROM jobs_jobevent WHERE job_id = ? AND message LIKE ?"
    assert stack.sql(said, job, "%made once more%")[0][0] == 1
    assert stack.sql("SELECT state FROM lessons_lesson") == [("completed",)]


@ONCE
@pytest.mark.parametrize("place", ["call.answered:4", pytest.param("section.saved:3", marks=pytest.mark.full)])
def test_kill_9_between_the_calls_repeats_none(stack: Any, place: str) -> None:
    job = order(stack)
    worker = stack.start_worker(PRESSROOM_FAULT=f"{place}:kill")
    assert worker.wait(20) == -signal.SIGKILL
    stack.start_worker()
    assert stack.wait_for_end(job) == "completed"
    assert written(stack) == 6
    assert stack.sql("SELECT count(*) FROM ai_call")[0][0] == CALLS
