"""The calendar and the composer in Chromium: a month of 200 publications, by mouse and by keyboard, narrow and dark."""

import random
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import Tenant, User
from publishing import connecting
from publishing.models import Account, Publication
from publishing.models.publications import hash_of

pytestmark = pytest.mark.browser
NARROW = {"viewport": {"width": 360, "height": 740}}
FILMS = ("Metropolis, restored", "Sunrise: a song of two humans", "The passion of Joan of Arc, with live organ")


@pytest.fixture
def month(tenant: Tenant, owner: User) -> datetime:
    """The first of a month to come, which has 200 publications on three accounts."""
    rows, chance = [], random.Random(9)
    accounts = [
        connecting.connect(tenant, owner, platform="offline", name=name, credentials={})
        for name in ("One", "Two", "Six")
    ]
    first = (timezone.now().replace(day=1, hour=9, minute=0, second=0, microsecond=0) + timedelta(days=62)).replace(
        day=1
    )
    for number in range(200):
        content = {"text": f"{chance.choice(FILMS)} ({number})"}
        rows.append(
            Publication(
                tenant=tenant, user=owner, account=accounts[number % 3], content=content, content_hash=hash_of(content),
                state=("scheduled", "draft", "needs_approval")[number % 3],
                scheduled_at=first + timedelta(days=number % 27, hours=number // 27),
            )
        )  # fmt: skip
    Publication.objects.bulk_create(rows)
    return first


def open_month(site: Any, owner: User, first: datetime, **options: Any) -> Page:
    return site.open(f"/admin/calendar/?on={first.date()}", owner, **options)


def day_of(page: Page, number: int, first: datetime) -> Any:
    return page.locator(f'[data-day="{first.date() + timedelta(days=number)}"]')


def test_a_publication_is_dragged_to_another_day(site: Any, owner: User, month: datetime) -> None:
    page = open_month(site, owner, month, viewport={"width": 1280, "height": 2600})
    expect(page.locator("[data-chip]").first).to_be_visible()
    assert page.locator("[data-chip]").count() == 27 * 6
    chip = day_of(page, 2, month).locator("[data-chip]").first
    pk = int(chip.get_attribute("data-chip") or 0)
    chip.drag_to(day_of(page, 10, month), target_position={"x": 40, "y": 60})
    expect(page.get_by_role("status").filter(has_text="Moved to")).to_be_visible()
    row = Publication.objects.get(pk=pk)
    assert row.scheduled_at == month + timedelta(days=10)
    expect(day_of(page, 10, month).locator(f'[data-chip="{pk}"]')).to_be_visible()


def test_what_the_server_refuses_goes_back(site: Any, owner: User, month: datetime) -> None:
    page = open_month(site, owner, month, viewport={"width": 1280, "height": 2600})
    chip = day_of(page, 3, month).locator("[data-chip]").first
    pk = int(chip.get_attribute("data-chip") or 0)
    Publication.objects.filter(pk=pk).update(state="published")
    site.allowed = ("403",)
    chip.drag_to(day_of(page, 9, month), target_position={"x": 40, "y": 60})
    expect(page.get_by_role("status").filter(has_text="cannot be moved")).to_be_visible()
    expect(day_of(page, 3, month).locator(f'[data-chip="{pk}"]')).to_be_visible()


def test_it_is_moved_by_keyboard_too(site: Any, owner: User, month: datetime) -> None:
    page = open_month(site, owner, month, viewport={"width": 1280, "height": 900})
    chip = day_of(page, 2, month).locator("[data-chip]").first
    pk = int(chip.get_attribute("data-chip") or 0)
    chip.locator("a").focus()
    page.keyboard.press("Alt+ArrowRight")
    expect(page.get_by_role("status").filter(has_text="Moved to")).to_be_visible()
    expect(page.locator(f'[data-chip="{pk}"] a')).to_be_focused()
    page.keyboard.press("Alt+ArrowDown")
    there = month + timedelta(days=10)
    expect(page.get_by_role("status").filter(has_text=f"Moved to {there:%A}, {there.day}")).to_be_visible()
    assert Publication.objects.get(pk=pk).scheduled_at == there


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("view", ["month", "week", "list"])
def test_a_month_of_two_hundred_fits_a_phone(
    site: Any, too_wide: Any, owner: User, month: datetime, view: str, scheme: str
) -> None:
    page = site.open(f"/admin/calendar/?view={view}&on={month.date()}", owner, color_scheme=scheme, **NARROW)
    assert too_wide(page) <= 0
    expect(page.get_by_text("Metropolis, restored").first).to_be_visible()


@pytest.mark.parametrize("path", ["compose/", "calendar/import/", "analytics/", "connect/x/", "connect/mastodon/"])
def test_the_other_pages_fit_a_phone(site: Any, too_wide: Any, owner: User, month: datetime, path: str) -> None:
    page = site.open(f"/admin/{path}", owner, color_scheme="dark", **NARROW)
    assert too_wide(page) <= 0


def test_many_are_moved_at_once(site: Any, owner: User, month: datetime) -> None:
    page = site.open(f"/admin/calendar/?view=list&on={month.date()}", owner)
    page.get_by_label("Tick all").check()
    page.get_by_label("With those that are ticked").select_option("shift")
    page.get_by_role("spinbutton", name="Days").fill("1")
    page.get_by_role("button", name="Do it").click()
    expect(page.get_by_text("200 moved.")).to_be_visible()
    assert Publication.objects.filter(scheduled_at__lt=month + timedelta(days=1)).count() == 0


def test_what_is_typed_is_counted_as_each_platform_counts(site: Any, owner: User, tenant: Tenant) -> None:
    connecting.connect(tenant, owner, platform="x", name="Our X", credentials={"accessToken": "token-here"})
    connecting.connect(tenant, owner, platform="offline", name="Our wall", credentials={})
    page = site.open("/admin/compose/", owner)
    page.get_by_label("Our X (X, at most once)").check()
    page.get_by_label("Our wall (The wall, exactly once)").check()
    page.get_by_label("Text", exact=True).fill("see example.com " + "a" * 254)
    x = page.get_by_role("article", name="Our X (X)")
    expect(x.get_by_text("282 / 280 characters: 2 too many")).to_be_visible()
    expect(x.get_by_text("costs 0.200 USD there")).to_be_visible()
    words = "Silent <b>films</b> 😀"
    page.get_by_label("Text", exact=True).fill(words)
    expect(page.get_by_role("article", name="Our wall (The wall)").get_by_text(words)).to_be_visible()
    page.get_by_text("Other words for one account").click()
    page.get_by_label("Instead, on Our X").fill("Only here")
    expect(x.get_by_text("Only here")).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("2 publications are stored")).to_be_visible()
    found = {row.account.name: row.content["text"] for row in Publication.objects.select_related("account")}
    assert found == {"Our X": "Only here", "Our wall": words}


def test_signing_in_goes_there_and_back(site: Any, owner: User, settings: Any) -> None:
    from tests.integrations.grants.provider import provider_of, settings_for
    from tests.integrations.platforms.stubs import serving

    settings.OUTBOUND_ALLOW_HOSTS = ["127.0.0.1"]
    settings.SITE_URL = site.url
    with serving(provider_of("x")) as provider:
        settings_for(provider, "x", settings)  # type: ignore[arg-type]
        page = site.open("/admin/publishing/account/add/", owner)
        page.locator("#content-main").get_by_role("link", name="X", exact=True).click()
        expect(page.get_by_text("publish and delete posts")).to_be_visible()
        page.get_by_role("link", name="Go on to X").click()
        page.get_by_role("link", name="no").click()
        expect(page.get_by_text("You did not agree at X")).to_be_visible()
        page.get_by_role("link", name="Go on to X").click()
        page.get_by_role("link", name="yes").click()
        expect(page.get_by_text("Connected: @ann.")).to_be_visible()
    assert Account.objects.get().remote_name == "@ann"
