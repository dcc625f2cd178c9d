"""What calls cost: the vectors of the price list to the cent, lanes, caches, thresholds, announced prices."""

from datetime import date
from decimal import Decimal

import pytest
import time_machine

from ai import pricing
from ai.model_list import known
from ai.models import ListedModel, Price
from ai.prompting import Prompt
from integrations.providers.base import Completion, Usage

PRICE = Price(usd_in=Decimal(2), usd_out=Decimal(10))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("model", "cost"), [("gpt-6.1-terra", "0.0057"), ("claude-sonnet-5-5", "0.0114"), ("gemini-3.8-flash", "0.004275")]
)
def test_the_check_vectors_of_the_price_list(listed_models, model, cost):
    price = pricing.price_of(known(model), date(2026, 11, 27))
    assert pricing.cost(Usage(1200, 900), price) == Decimal(cost)


def test_the_vendors_own_figure_wins_then_its_usage_then_what_was_reserved():
    answer = Completion("", "m", "m", "stop", Usage(1000, 500), cost=Decimal("0.5"))
    assert pricing.settled(answer, PRICE, "now", Decimal(1)) == (Decimal("0.5"), "vendor")
    answer = Completion("", "m", "m", "stop", Usage(1000, 500))
    assert pricing.settled(answer, PRICE, "now", Decimal(1)) == (Decimal("0.007"), "usage")
    answer = Completion("", "m", "m", "stop", Usage(reported=False))
    assert pricing.settled(answer, PRICE, "now", Decimal(1)) == (Decimal(1), "reserved")


def test_tokens_of_the_cache_have_prices_of_their_own():
    price = Price(usd_in=Decimal(2), usd_out=Decimal(10), usd_cache_read=Decimal("0.1"), usd_cache_write=Decimal("2.5"))
    usage = Usage(10_000, 0, cached_input_tokens=6_000, cache_write_tokens=1_000)
    assert pricing.cost(usage, price) == Decimal("0.0091")  # 3,000 new, 6,000 read, 1,000 written
    assert pricing.cost(usage, PRICE) == Decimal("0.02")


def test_the_cheaper_lane_has_its_own_prices():
    price = Price(usd_in=Decimal(2), usd_out=Decimal(10), usd_batch_in=Decimal(1), usd_batch_out=Decimal(5))
    assert pricing.cost(Usage(1000, 500), price, "cheap") == Decimal("0.0035")
    assert pricing.cost(Usage(1000, 500), PRICE, "cheap") == Decimal("0.007")


def test_a_long_prompt_costs_more_as_a_whole():
    price = Price(
        usd_in=Decimal(2), usd_out=Decimal(10), above_tokens=1000, times_in=Decimal(2), times_out=Decimal("1.5")
    )
    assert pricing.cost(Usage(1000, 100), price) == Decimal("0.003")
    assert pricing.cost(Usage(1001, 100), price) == Decimal("0.005504")


@pytest.mark.django_db
def test_an_announced_price_counts_from_its_day(listed_models):
    model = ListedModel.objects.get(model_id="gemini-4-argon")
    assert model.price_on(date(2026, 11, 30)).usd_in == 2
    assert model.price_on(date(2026, 12, 1)).usd_in == 4
    assert model.price_on(date(2020, 1, 1)).usd_in == 2
    assert model.next_price(date(2026, 11, 30)).usd_out == 20
    with time_machine.travel("2026-12-02"):
        assert str(model.price) == "4 / 20"


@pytest.mark.django_db
def test_the_worst_case_is_the_longest_prompt_and_answer_with_its_thinking(listed_models):
    prompt = Prompt("p", 1, "abc", "déf", max_output_tokens=1000)
    offline = known("offline")
    assert pricing.worst_case(prompt, offline, PRICE) == Decimal("0.010114")  # 7 bytes, 50 of frame, 1,000 out
    luna = known("gpt-6-luna")
    assert pricing.worst_case(prompt, luna, PRICE) == Decimal("0.020114")  # it thinks: twice the room


@pytest.mark.django_db
def test_a_model_without_a_price_is_refused_with_the_next_step(listed_models):
    ListedModel.objects.create(provider="openai", model_id="gpt-new", label="New")
    with pytest.raises(pricing.NoPrice, match="enter a price in the model list"):
        pricing.price_of(known("gpt-new"), date(2026, 11, 27))
