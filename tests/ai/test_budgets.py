"""Budgets: never over, each waiting job says why, and money comes back on failure and cancel."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from threading import Lock

import pytest
import time_machine
from django.db import connections
from django.utils import timezone

from ai import budgets
from ai.calling import Writer
from ai.chain import Chain
from ai.models import Budget, Call, Price
from ai.prompting import Prompt
from integrations.errors import InvalidKey, NoAnswer
from integrations.providers.base import Completion, Usage
from integrations.providers.offline import Offline
from jobs import ending
from jobs.models import Job, State
from jobs.outcomes import LeaseLost, Wait

PROMPT = Prompt("test", 1, "", "text", {"title": {"name": "Heat"}}, max_output_tokens=1000)
pytestmark = pytest.mark.django_db


@pytest.fixture
def dollar(tenant):
    """A call of the offline writer can cost one dollar, and does."""
    Price.objects.filter(model__model_id="offline").update(usd_in=0, usd_out=1000)


@pytest.fixture
def reported(monkeypatch):
    """What the provider reported for each call, in tokens."""
    said, lock = [], Lock()

    def complete(self, request):
        with lock:
            said.append(1000)
        return Completion("# T\n\n" + "word " * 90, "offline", "offline", "stop", Usage(0, 1000))

    monkeypatch.setattr(Offline, "complete", complete)
    return said


def writer_for(run):
    return Writer(run, Chain.of("offline", "none"), f"test.Thing:{run.id}")


@pytest.mark.django_db(transaction=True)
def test_fifty_jobs_against_a_budget_for_ten_never_exceed_it_and_each_waiting_one_says_why(
    dollar, reported, tenant, new_run
):
    Budget.objects.create(tenant=tenant, period="month", limit_usd=10)
    runs = [new_run() for _job in range(50)]

    def work(run):
        try:
            return writer_for(run).complete(PROMPT, "one")
        except Wait as wait:
            ending.wait(run.job, wait.reason, wait.until)
            return wait
        finally:
            connections.close_all()

    with ThreadPoolExecutor(16) as pool:
        ends = list(pool.map(work, runs))
    written = [end for end in ends if isinstance(end, Call)]
    assert len(written) == len(reported) == 10
    assert Call.objects.spent_usd() == Decimal(10) == sum(reported) * Decimal("0.001")
    waiting = Job.objects.filter(state=State.DELAYED)
    assert waiting.count() == 40
    for job in waiting:
        assert job.waiting_for.startswith("Budget: the next call could cost 1.0000 USD")
        assert "the workspace's budget for the month of 10.00 USD" in job.waiting_for

    Budget.objects.update(limit_usd=12)
    budgets.changed(tenant)
    assert Job.objects.filter(state=State.WAITING).count() == 40


def test_what_is_reserved_counts_and_comes_back(dollar, reported, tenant, new_run, monkeypatch):
    budget = Budget.objects.create(tenant=tenant, period="day", limit_usd=Decimal("1.50"))
    run = new_run()
    real = Offline.complete

    def complete(self, request):
        found = budgets.standing(budget, timezone.now())
        assert (found.spent, found.reserved, found.left) == (0, 1, Decimal("0.50"))
        with pytest.raises(Wait) as wait:
            writer_for(new_run()).complete(PROMPT, "one")
        assert "1.0000 reserved by calls in flight" in wait.value.reason
        assert wait.value.until - timezone.now() < timedelta(minutes=1)
        raise InvalidKey("no")

    monkeypatch.setattr(Offline, "complete", complete)
    with pytest.raises(InvalidKey):
        writer_for(run).complete(PROMPT, "one")
    assert budgets.standing(budget, timezone.now()).left == Decimal("1.50")
    monkeypatch.setattr(Offline, "complete", real)
    writer_for(run).complete(PROMPT, "one")
    assert budgets.standing(budget, timezone.now()).left == Decimal("0.50")


def test_a_cancelled_job_gives_back_what_its_call_did_not_cost(dollar, tenant, run, monkeypatch):
    budget = Budget.objects.create(tenant=tenant, period="month", limit_usd=2)

    def complete(self, request):
        ending.end(run.job, State.CANCELLED, "Cancelled")
        assert budgets.standing(budget, timezone.now()).left == 1  # nobody knows yet what it cost
        return Completion("text", "offline", "offline", "stop", Usage(0, 100))

    monkeypatch.setattr(Offline, "complete", complete)
    writer_for(run).complete(PROMPT, "one")
    assert budgets.standing(budget, timezone.now()).left == Decimal("1.90")


def test_an_answer_nobody_saw_stays_reserved(dollar, tenant, run, monkeypatch):
    budget = Budget.objects.create(tenant=tenant, period="month", limit_usd=2)

    def complete(self, request):
        raise NoAnswer("cut off")

    monkeypatch.setattr(Offline, "complete", complete)
    with pytest.raises(NoAnswer):
        writer_for(run).complete(PROMPT, "one")
    assert budgets.standing(budget, timezone.now()).spent == 1


def test_a_vendor_that_bills_more_than_the_worst_case_is_an_overrun(dollar, tenant, run, monkeypatch):
    monkeypatch.setattr(
        Offline,
        "complete",
        lambda self, request: Completion("text", "offline", "offline", "stop", Usage(), cost=Decimal("1.25")),
    )
    call = writer_for(run).complete(PROMPT, "one")
    assert (call.reserved_usd, call.cost_usd, call.overrun_usd) == (1, Decimal("1.25"), Decimal("0.25"))
    assert call.cost_source == "vendor"


def test_a_budget_of_nothing_forbids_what_costs_and_nothing_else(dollar, reported, tenant, new_run):
    Budget.objects.create(tenant=tenant, period="month", limit_usd=0)
    with pytest.raises(Wait, match=r"of 0\.00 USD has 0\.0000 left"):
        writer_for(new_run()).complete(PROMPT, "one")
    Price.objects.filter(model__model_id="offline").update(usd_out=0)
    assert writer_for(new_run()).complete(PROMPT, "one")


def test_a_person_has_a_budget_beside_the_workspaces(dollar, reported, tenant, editor, owner, new_run):
    Budget.objects.create(tenant=tenant, user=owner, period="day", limit_usd=0)
    mine = Budget.objects.create(tenant=tenant, user=editor, period="day", limit_usd=1)
    writer_for(new_run()).complete(PROMPT, "one")
    with pytest.raises(Wait, match="edda's budget for the day"):
        writer_for(new_run()).complete(PROMPT, "one")
    assert budgets.standing(mine, timezone.now()).share == 100
    assert "edda's budget for the day has 0.0000 of 1.00 USD left" in budgets.shortfall(tenant, editor, Decimal(1))


def test_another_workspace_spends_its_own(dollar, reported, tenant, other_tenant, new_run):
    Budget.objects.create(tenant=other_tenant, period="month", limit_usd=0)
    assert writer_for(new_run()).complete(PROMPT, "one")


@pytest.mark.parametrize(
    ("period", "now", "begins", "ends"),
    [
        ("day", "2026-03-29T12:00Z", "2026-03-28T23:00Z", "2026-03-29T22:00Z"),  # the day summer time begins: 23 hours
        ("month", "2026-10-31T22:59Z", "2026-09-30T22:00Z", "2026-10-31T23:00Z"),
        ("month", "2026-12-31T23:30Z", "2026-12-31T23:00Z", "2027-01-31T23:00Z"),
    ],
)
def test_periods_are_those_of_the_workspaces_clock(tenant, period, now, begins, ends):
    tenant.time_zone = "Europe/Vienna"
    budget = Budget(tenant=tenant, period=period, limit_usd=1)
    found = budget.bounds(datetime.fromisoformat(now))
    assert [moment.astimezone(UTC) for moment in found] == [datetime.fromisoformat(text) for text in (begins, ends)]


def test_a_new_period_begins_with_nothing_spent(dollar, reported, tenant, new_run):
    Budget.objects.create(tenant=tenant, period="day", limit_usd=1)
    with time_machine.travel(datetime(2026, 12, 1, 23, 58, tzinfo=UTC), tick=False):
        writer_for(new_run()).complete(PROMPT, "one")
        with pytest.raises(Wait) as wait:
            writer_for(new_run()).complete(PROMPT, "one")
        assert wait.value.until == datetime(2026, 12, 2, tzinfo=UTC)
    with time_machine.travel(datetime(2026, 12, 2, 0, 1, tzinfo=UTC), tick=False):
        assert writer_for(new_run()).complete(PROMPT, "one")


def test_answered_a_second_time_costs_nothing_more(dollar, reported, tenant, run):
    Budget.objects.create(tenant=tenant, period="day", limit_usd=1)
    call = writer_for(run).complete(PROMPT, "one")
    assert writer_for(run).complete(PROMPT, "one") == call
    assert len(reported) == 1


def test_a_wait_rolls_back_whatever_was_begun(dollar, reported, tenant, run):
    Budget.objects.create(tenant=tenant, period="day", limit_usd=0)
    with pytest.raises(Wait):
        writer_for(run).complete(PROMPT, "one")
    assert not Call.objects.exists()
    Job.objects.update(fence=99)
    with pytest.raises(LeaseLost):
        writer_for(run).complete(PROMPT, "one")
