"""What leaves the house leaves it once: workers are killed at every place of a call, for each class of account."""

import json
import signal
from typing import Any

import pytest

from tests.integrations.grants.provider import CLIENT, SECRET, provider_of
from tests.integrations.platforms.stubs import serving
from tests.journeys.conftest import ONCE

pytestmark = pytest.mark.journey
PLACES = ["publish.armed", "wall.asked", "wall.taken", "publish.answered", "publish.stored"]
ORDER = """
import json
from accounts.models import Tenant, User
from publishing import connecting, ordering
from publishing.orders import PublicationOrder
who = dict(tenant=Tenant.objects.get(slug="demo"), user=User.objects.get(username="demo"))
account = connecting.connect(*who.values(), platform="offline", name="Wall", credentials={"behaves": "BEHAVES"})
jobs = []
for number in range(COUNT):
    order = PublicationOrder(account_id=account.pk, text=f"Post {number}")
    jobs.append(ordering.publish(order, **who)[1].pk)
print(json.dumps(jobs))
"""


def order(stack: Any, behaves: str, count: int) -> list[str]:
    code = ORDER.replace("BEHAVES", behaves).replace("COUNT", str(count))
    return list(json.loads(stack.manage("shell", "--no-imports", "-c", code).splitlines()[-1]))


@ONCE
@pytest.mark.parametrize(
    "behaves", [*(pytest.param(one, marks=pytest.mark.full) for one in ("idempotent", "two-step")), "blind"]
)
def test_kill_9_at_every_place_of_a_call(stack: Any, behaves: str) -> None:
    stack.env["PUBLISH_SETTLE_SECONDS"] = "1"
    jobs = order(stack, behaves, len(PLACES))
    one_at_a_time = json.dumps({"social-posting": {"concurrency": 1, "per_minute": 1000}})
    for place in PLACES:
        worker = stack.start_worker(PRESSROOM_FAULT=f"{place}:1:kill", QUEUE_LIMITS=one_at_a_time)
        assert worker.wait(30) == -signal.SIGKILL, place
    stack.start_worker()
    assert {stack.wait_for_end(job) for job in jobs} == {"completed"}

    hanging = dict(stack.sql("SELECT key, count(*) FROM publishing_wallpost GROUP BY key"))
    states = stack.sql("SELECT state, count(*) FROM publishing_publication GROUP BY state")
    assert set(hanging.values()) == {1}, "a post is on the wall twice"
    if behaves == "blind":
        unknown = dict(states).get("unconfirmed", 0)
        assert 1 <= unknown <= len(PLACES)
        assert len(hanging) >= dict(states)["published"]
        assert len(hanging) + unknown >= len(jobs)
    else:
        assert states == [("published", len(jobs))]
        assert len(hanging) == len(jobs)
    assert stack.sql("SELECT count(*) FROM publishing_attempt WHERE state = 'armed'")[0][0] == 0


@ONCE
def test_fifty_jobs_of_one_publication_at_once_make_one_post(stack: Any) -> None:
    """Two workers with ten slots each; the blind class has nothing but the claim."""
    jobs = order(stack, "blind", 1)
    code = """
import json
from jobs import accepting
from publishing.models import Publication
row = Publication.objects.get()
how = dict(tenant=row.tenant, user=row.user, request=row, payload={"publication_id": row.pk})
print(json.dumps([accepting.enqueue("publishing.tasks.dispatch", **how).pk for _each in range(50)]))
"""
    jobs += json.loads(stack.manage("shell", "--no-imports", "-c", code).splitlines()[-1])
    limits = json.dumps({"publish.dispatch": {"concurrency": 10}})
    for _each in range(2):
        stack.start_worker(QUEUE_LIMITS=limits, PRESSROOM_FAULT="wall.asked:*:sleep=0.3")
    assert {stack.wait_for_end(job, 60) for job in jobs} == {"completed"}
    assert stack.sql("SELECT count(*) FROM publishing_wallpost")[0][0] == 1
    assert stack.sql("SELECT state FROM publishing_publication") == [("published",)]
    assert stack.sql("SELECT count(*) FROM publishing_attempt")[0][0] == 1


@pytest.mark.full
@ONCE
def test_without_the_ledger_there_would_be_two(stack: Any) -> None:
    """The control: the same kill, but the intent is forgotten; this is what the ledger is for."""
    (job,) = order(stack, "blind", 1)
    assert stack.start_worker(PRESSROOM_FAULT="wall.taken:1:kill").wait(30) == -signal.SIGKILL
    stack.manage("shell", "--no-imports", "-c", "from publishing.models import Attempt; Attempt.objects.all().delete()")
    stack.start_worker()
    assert stack.wait_for_end(job) == "completed"
    assert stack.sql("SELECT count(*) FROM publishing_wallpost")[0][0] == 2


@ONCE
def test_row_18_what_is_due_is_sent_once_however_many_clocks_there_are(stack: Any) -> None:
    """Two schedulers, one of them killed, and two workers: each due post is sent once, soon after the clock rings."""
    code = ORDER.replace("BEHAVES", "blind").replace("COUNT", "0") + (
        "import datetime\n"
        "from django.utils import timezone\n"
        "from jobs import clocks\n"
        "from jobs.models import ClockState\n"
        "from publishing.models import Publication\n"
        "now = timezone.now()\n"
        "for number in range(30):\n"
        "    soon = now + datetime.timedelta(hours=1)\n"
        "    wish = {'account_id': account.pk, 'text': f'Later {number}', 'scheduled_at': soon}\n"
        "    made, job = ordering.publish(PublicationOrder.model_validate(wish), **who)\n"
        "    assert job is None\n"
        "Publication.objects.update(scheduled_at=now - datetime.timedelta(seconds=30))\n"
        "clocks.run_due()\n"
        "ClockState.objects.filter(name='due').update(next_at=now)\n"
    )
    schedulers = [stack.start("rqscheduler") for _each in range(2)]
    stack.manage("shell", "--no-imports", "-c", code)
    schedulers[0].kill()
    for _each in range(2):
        stack.start_worker()
    state = "SELECT state, count(*) FROM publishing_publication GROUP BY state"
    stack.wait_for(lambda: stack.sql(state) == [("published", 30)], 30)
    hanging = dict(stack.sql("SELECT key, count(*) FROM publishing_wallpost GROUP BY key"))
    assert (len(hanging), set(hanging.values())) == (30, {1})


@ONCE
def test_two_workers_at_the_end_of_a_token_renew_it_once_and_post_each_text_once(stack: Any) -> None:
    """X gives another refresh token for each: two renewals at once would lose the account."""
    with serving(provider_of("x")) as provider:
        provider.refreshes["first-refresh"] = True  # type: ignore[attr-defined]
        stack.env |= {"X_BASE_URL": provider.url, "X_TOKEN_URL": f"{provider.url}/oauth2/token", "X_CLIENT_ID": CLIENT,
                      "X_CLIENT_SECRET": SECRET}  # fmt: skip
        code = (
            ORDER.replace("offline", "x")
            .replace("COUNT", "6")
            .replace(
                '{"behaves": "BEHAVES"}',
                '{"accessToken": "over", "refreshToken": "first-refresh", "expiresAt": "2020-01-01T00:00:00Z"}',
            )
        )
        jobs = json.loads(stack.manage("shell", "--no-imports", "-c", code).splitlines()[-1])
        for _each in range(2):
            stack.start_worker(QUEUE_LIMITS=json.dumps({"social-posting": {"concurrency": 3}}))
        assert {stack.wait_for_end(job, 60) for job in jobs} == {"completed"}
        assert stack.sql("SELECT state, count(*) FROM publishing_publication GROUP BY state") == [("published", 6)]
        assert sorted(post["written"] for post in provider.api.published) == [f"Post {n}" for n in range(6)]  # type: ignore[attr-defined]
        asked = [one for one in provider.of("token") if b"grant_type=refresh_token" in one.body]
        assert len(asked) == 1


@ONCE
def test_a_thread_follows_by_the_clock_in_order_and_once(stack: Any) -> None:
    """The worker dies right after the first part is stored: the rest was stored with it."""
    code = (
        ORDER.replace("BEHAVES", "idempotent")
        .replace("COUNT", "1")
        .replace('text=f"Post {number}"', 'text="One", thread=["Two", "Three"]')
    )
    (job,) = json.loads(stack.manage("shell", "--no-imports", "-c", code).splitlines()[-1])
    worker = stack.start_worker(PRESSROOM_FAULT="publish.stored:1:kill")
    assert worker.wait(30) == -signal.SIGKILL
    stack.start_worker()
    done = "SELECT count(*) FROM publishing_publication WHERE state = 'published'"
    for _part in range(3):
        stack.manage("shell", "--no-imports", "-c", "from publishing import scheduling; scheduling.take_due()")
        stack.wait_for(lambda part=_part: stack.sql(done)[0][0] > part, 30)
    assert stack.wait_for_end(job) == "completed"
    hung = [str(row[0]) for row in stack.sql("SELECT content FROM publishing_wallpost ORDER BY id")]
    assert ["One" in hung[0], "Two" in hung[1], "Three" in hung[2], len(hung)] == [True, True, True, 3]
