"""A key that is not served is spared, then tried by one call; and the next model of the chain steps in."""

from datetime import timedelta

import pytest
from django.utils import timezone

from ai import cooling
from ai.calling import Writer
from ai.chain import Chain
from ai.models import Budget, Call, Cooldown
from ai.prompting import Prompt
from integrations.errors import InvalidKey, NoCredit, Overloaded, RateLimited
from jobs.models import JobEvent
from jobs.outcomes import Wait
from tests.integrations.vendor_stub import drop, problem, text, wrong_key

pytestmark = pytest.mark.django_db
PROMPT = Prompt("test", 1, "Rules.", "Write.", max_output_tokens=500)
OPENAI, CLAUDE = "gpt-6-luna", "claude-sonnet-5-5"


def writer_for(run, *models, kinds=()):
    first, *rest = models
    more = [{"model": model, "keyOwner": "user"} for model in rest]
    return Writer(run, Chain.of(first, "user", more, kinds), "test.Thing:1")


def test_a_limit_spares_the_key_until_the_vendor_said(vendors, run):
    vendors.then(problem("openai", 429, **{"Retry-After": "40"}))
    with pytest.raises(RateLimited) as limited:
        writer_for(run, OPENAI).complete(PROMPT, "one")
    assert limited.value.retry_after == 40
    with pytest.raises(Wait, match="asks us to wait") as wait:
        writer_for(run, OPENAI).complete(PROMPT, "one")
    assert 30 < (wait.value.until - timezone.now()).total_seconds() <= 40
    assert len(vendors.seen) == 1
    assert Call.objects.count() == 1


def test_three_failures_in_a_row_spare_the_key_longer_each_time():
    for _time in range(2):
        cooling.failed("openai", "sk-1", Overloaded("busy"))
    assert cooling.admit("openai", "sk-1", 60)
    seconds = []
    for _time in range(7):
        cooling.failed("openai", "sk-1", Overloaded("busy"))
        row = Cooldown.objects.get()
        seconds.append(round((row.until - timezone.now()).total_seconds()))
    assert seconds == [30, 60, 120, 240, 480, 600, 600]
    assert "sk-1" not in str(Cooldown.objects.values())
    assert not cooling.admit("openai", "sk-2", 60)
    cooling.served("openai", "sk-1")
    assert not cooling.admit("openai", "sk-1", 60)


def test_afterwards_one_call_tries_and_the_others_wait():
    cooling.failed("openai", "sk-1", RateLimited("wait", 30))
    Cooldown.objects.update(until=timezone.now() - timedelta(seconds=1))
    assert cooling.admit("openai", "sk-1", 60)
    with pytest.raises(cooling.Cooling, match="One call tries"):
        cooling.admit("openai", "sk-1", 60)
    Cooldown.objects.update(probe_until=timezone.now())  # the one that tried was killed
    assert cooling.admit("openai", "sk-1", 60)


def test_a_call_that_is_not_made_after_all_lets_another_one_try(vendors, run, tenant):
    cooling.failed("openai", "good-key", RateLimited("wait", 30))
    Cooldown.objects.update(until=timezone.now() - timedelta(seconds=1))
    budget = Budget.objects.create(tenant=tenant, period="day", limit_usd=0)
    with pytest.raises(Wait, match="Budget"):
        writer_for(run, OPENAI).complete(PROMPT, "one")
    budget.delete()
    vendors.then(text("openai", "Words."))
    assert writer_for(run, OPENAI).complete(PROMPT, "one")


def test_an_answer_ends_it_also_one_that_is_an_error_of_ours(vendors, run):
    cooling.failed("openai", "good-key", Overloaded("busy"))
    vendors.then(text("openai", "Words."))
    writer_for(run, OPENAI).complete(PROMPT, "one")
    assert not Cooldown.objects.exists()
    cooling.failed("openai", "good-key", Overloaded("busy"))
    cooling.failed("openai", "good-key", InvalidKey("no"))
    assert not Cooldown.objects.exists()


def test_the_next_model_steps_in_and_is_named(vendors, run):
    vendors.then(problem("openai", 503), text("anthropic", "Words of Claude."))
    writer = writer_for(run, OPENAI, CLAUDE, kinds=["busy"])
    call = writer.complete(PROMPT, "one")
    assert (call.model_requested, call.instead_of, call.raw_answer) == (CLAUDE, OPENAI, "Words of Claude.")
    assert Call.objects.get(state="failed").model_requested == OPENAI
    assert JobEvent.objects.filter(message__contains=f"{CLAUDE} is asked").exists()
    assert writer.complete(PROMPT, "one") == call  # found again, though the first model has no answer
    assert len(vendors.seen) == 2


def test_a_spared_key_is_passed_over_at_once(vendors, run):
    cooling.failed("openai", "good-key", RateLimited("later", 60))
    vendors.then(text("anthropic", "Words."))
    assert writer_for(run, OPENAI, CLAUDE, kinds=["limited"]).complete(PROMPT, "one").model_requested == CLAUDE
    assert len(vendors.seen) == 1


@pytest.mark.parametrize(
    ("kinds", "failure", "error"),
    [
        ([], problem("openai", 503), Overloaded),
        (["limited", "refused"], problem("openai", 503), Overloaded),
        (["busy", "limited"], wrong_key("openai"), InvalidKey),
    ],
)
def test_only_after_the_errors_that_were_chosen(vendors, run, kinds, failure, error):
    vendors.then(failure)
    with pytest.raises(error):
        writer_for(run, OPENAI, CLAUDE, kinds=kinds).complete(PROMPT, "one")
    assert len(vendors.seen) == 1


def test_when_none_helps_what_may_pass_is_told_first(vendors, run):
    vendors.then(problem("openai", 503), wrong_key("anthropic"))
    with pytest.raises(Overloaded):
        writer_for(run, OPENAI, CLAUDE, kinds=["busy", "key"]).complete(PROMPT, "one")


def test_a_key_without_credit_moves_on_where_that_was_chosen(vendors, run):
    vendors.then(problem("openai", 429, code="insufficient_quota"), text("anthropic", "Words."))
    assert writer_for(run, OPENAI, CLAUDE, kinds=["key"]).complete(PROMPT, "one").model_requested == CLAUDE
    assert Call.objects.get(model_requested=OPENAI).error_code == NoCredit.__name__


def test_a_call_that_broke_off_is_billed_and_the_next_model_still_asked(vendors, run):
    vendors.then(drop, text("anthropic", "Words."))
    assert writer_for(run, OPENAI, CLAUDE, kinds=["busy"]).complete(PROMPT, "one").model_requested == CLAUDE
    lost = Call.objects.get(model_requested=OPENAI)
    assert lost.state == "lost"
    assert lost.cost_usd == lost.reserved_usd > 0
