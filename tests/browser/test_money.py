"""The settings, usage, budget and model pages, with keyboard, without scripts, narrow and dark."""

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import Tenant, User
from ai.models import Budget, Call, ListedModel
from tests.ai.made_calls import call

pytestmark = pytest.mark.browser
LONG = "meta-llama/llama-9-maverick-instruct-of-donaudampfschifffahrtsgesellschaft"
SETTINGS, USAGE = "/admin/settings/ai", "/admin/settings/usage"


@pytest.fixture
def spent(tenant: Tenant, owner: User) -> Call:
    """Calls of some days, one of them in flight, one lost and one dearer than thought; and two budgets."""
    for back, (model, cost) in enumerate((("gpt-6-luna", "0.02"), (LONG, "0.5"), ("offline", "0"))):
        at = (timezone.now() - timedelta(days=back)).isoformat()
        call(tenant, owner, at=at, cost=cost, reserved=cost, model_requested=model)
    now = timezone.now().isoformat()
    call(tenant, owner, at=now, state="sent", cost="0", reserved="0.3", cost_source="")
    call(tenant, owner, at=now, state="lost", cost="0.1", reserved="0.1", cost_source="reserved")
    Budget.objects.create(tenant=tenant, limit_usd=Decimal(2))
    Budget.objects.create(tenant=tenant, user=owner, period="day", limit_usd=Decimal(0))
    return call(tenant, owner, at=now, cost="0.03", reserved="0.02", step=LONG * 2, instead_of="gpt-6.1-sol")


def addresses(spent: Call) -> dict[str, str]:
    budget, model = Budget.objects.order_by("pk")[0], ListedModel.objects.get(model_id="gpt-5")
    return {
        "settings": SETTINGS,
        "usage": USAGE,
        "usage of no calls": f"{USAGE}?since=2020-01-01&until=2020-01-02",
        "budgets": "/admin/ai/budget/",
        "budget": f"/admin/ai/budget/{budget.pk}/change/",
        "new budget": "/admin/ai/budget/add/",
        "models": "/admin/ai/listedmodel/",
        "model": f"/admin/ai/listedmodel/{model.pk}/change/",
        "calls": "/admin/ai/call/",
        "call": f"/admin/ai/call/{spent.pk}/change/",
    }


def test_every_page_has_a_clean_console_and_fits_a_narrow_window(
    site: Any, owner: User, spent: Call, too_wide: Callable[[Page], int]
) -> None:
    page = site.open("/admin/", owner, viewport={"width": 375, "height": 800})
    for name, address in addresses(spent).items():
        response = page.goto(site.url + address)
        assert response.status == 200, name
        assert page.locator("h1").count() >= 1, name
        page.wait_for_timeout(150)
        assert site.unexpected() == [], name
        assert too_wide(page) <= 0, name


def test_the_models_are_filtered_while_one_types(site: Any, owner: User, tenant: Tenant) -> None:
    page = site.open(SETTINGS, owner)
    luna = page.get_by_role("row", name="GPT-6 Luna")
    haiku = page.get_by_role("row", name="Claude Haiku 5.5")
    expect(luna.first).to_be_visible()
    field = page.get_by_label("Search the models")
    field.fill("anthropic haiku")
    expect(haiku).to_be_visible()
    expect(luna.first).to_be_hidden()
    expect(page.locator("[data-model-count]")).to_have_text("2 models match")
    field.press("Enter")  # changes nothing: the list is filtered already
    expect(page).to_have_url(site.url + SETTINGS)
    field.fill("no such model")
    expect(page.get_by_text("No model matches.", exact=True)).to_be_visible()
    field.fill("")
    expect(luna.first).to_be_visible()
    expect(page.locator("[data-model-count]")).to_have_text("")


def test_without_scripts_the_server_searches_and_charts_are_tables(site: Any, owner: User, spent: Call) -> None:
    page = site.open(SETTINGS, owner, java_script_enabled=False)
    page.get_by_label("Search the models").fill("haiku")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("row", name="Claude Haiku 5.5")).to_be_visible()
    expect(page.get_by_role("row", name="GPT-6 Luna")).to_have_count(0)
    page.goto(site.url + USAGE)
    expect(page.get_by_role("table", name="USD per day")).to_be_visible()


def test_the_settings_are_saved_with_the_keyboard_and_problems_are_said_at_their_field(
    site: Any, owner: User, tenant: Tenant
) -> None:
    page = site.open(SETTINGS, owner)
    mine = page.get_by_role("form", name="Yours")
    mine.get_by_label("First fallback").select_option("claude-haiku-5-5")
    for name in ("The vendor is busy", "The vendor asks us"):
        mine.get_by_label(name).uncheck()
    mine.get_by_label("Base URL").fill("http://127.0.0.1:11434/v1")
    mine.get_by_label("Base URL").press("Enter")
    expect(page.get_by_text("Nothing was saved")).to_be_visible()
    group = page.get_by_role("form", name="Yours").get_by_role("group", name="Ask them when")
    expect(group).to_have_accessible_description("Choose at least one kind of failure after which they are asked.")
    group.get_by_label("The model is gone").check()
    page.get_by_role("form", name="Yours").get_by_label("Base URL").press("Enter")
    field = page.get_by_role("form", name="Yours").get_by_label("Base URL")
    expect(field).to_have_accessible_description(re.compile("This cannot be used: .*OUTBOUND_ALLOW_HOSTS"))
    field.fill("")
    field.press("Enter")
    expect(page.get_by_text("The AI settings are saved.")).to_be_visible()
    expect(page.get_by_role("form", name="Yours").get_by_label("First fallback")).to_have_value("claude-haiku-5-5")


def test_usage_is_read_divided_and_taken_home(site: Any, owner: User, spent: Call) -> None:
    page = site.open(USAGE, owner)
    expect(page.get_by_text("by 1 call; what is not needed comes back")).to_be_visible()
    expect(page.get_by_role("meter")).to_have_count(2)
    expect(page.get_by_role("table", name="Models").get_by_role("row", name=LONG)).to_contain_text("%")
    page.get_by_role("link", name="By provider").click()
    expect(page.get_by_role("link", name="By provider")).to_have_attribute("aria-current", "true")
    page.get_by_role("link", name="7 days").click()
    expect(page.get_by_role("link", name="By provider")).to_have_attribute("aria-current", "true")
    with page.expect_download() as download:
        page.get_by_role("link", name="Every call").click()
    text = download.value.path().read_text()
    assert text.count("\n") == 7
    page.get_by_label("From", exact=True).fill("2026-02-02")
    page.get_by_label("To", exact=True).fill("2026-02-01")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_label("To", exact=True)).to_have_accessible_description(
        "To: This is before the first day: swap them."
    )
    page.get_by_role("link", name="all overruns").click()
    expect(page.get_by_text("overrun 0.0100 USD")).to_be_visible()
