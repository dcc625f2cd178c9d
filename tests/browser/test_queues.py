"""The queue pages keep themselves up to date, and a clearing is confirmed by typing."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Tenant, User
from blog import batches
from blog.orders import Order
from jobs import limits
from jobs.models import Job, State
from jobs.running import work

pytestmark = pytest.mark.browser
LIST = "/admin/queues/"
PAGE = "/admin/queues/blog-generation/"


@pytest.fixture
def root(tenant: Tenant) -> User:
    return User.objects.create_superuser("root", "root@example.com", "pw")


def start(tenant: Tenant, user: User) -> Job:
    return batches.start(Order(source="popular", count=1), tenant=tenant, user=user)[1]


def test_the_numbers_change_without_a_reload(site: Any, tenant: Tenant, owner: User) -> None:
    page = site.open(LIST, owner)
    page.evaluate("window.stayed = true")
    row = page.get_by_role("row", name="blog-generation")
    waiting = row.get_by_role("link", name="waiting in blog-generation")
    expect(row).to_contain_text("Running")
    expect(waiting).to_have_count(0)  # nothing to see there yet

    job = start(tenant, owner)
    expect(waiting).to_have_text("1 waiting in blog-generation")
    expect(row).to_contain_text("Held up")
    expect(row).to_contain_text("No worker serves it.")
    assert page.evaluate("document.querySelector('[data-live-days]').rows[13].cells[1].textContent") == "0"

    work(job.pk, worker="test")
    expect(row.get_by_role("link", name="completed in blog-generation")).to_have_text("1 completed in blog-generation")
    expect(row).to_contain_text("Running")
    assert page.evaluate("document.querySelector('[data-live-days]').rows[13].cells[1].textContent") == "1"
    assert page.evaluate("window.stayed")
    row.get_by_role("link", name="completed in blog-generation").click()
    expect(page.get_by_text(job.pk)).to_be_visible()


def test_refreshing_can_be_turned_off(site: Any, tenant: Tenant, owner: User) -> None:
    page = site.open(LIST, owner)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "numbers" in request.url else None)
    page.get_by_label("Refresh by itself").uncheck()
    page.wait_for_timeout(4000)
    assert asked == []
    page.get_by_label("Refresh by itself").check()
    expect(page.get_by_text("As of ")).to_be_visible()


def test_pause_and_clear(site: Any, tenant: Tenant, root: User) -> None:
    job = start(tenant, root)
    page = site.open(PAGE, root)
    page.get_by_role("button", name="Pause for all workspaces").click()
    expect(page.get_by_text("by root since")).to_be_visible()
    limits.resume("blog-generation")
    expect(page.get_by_role("button", name="Pause for all workspaces")).to_be_visible()
    expect(page.get_by_role("button", name="Resume")).to_be_hidden()

    page.get_by_label("Which jobs").select_option("waiting")
    page.get_by_label("To confirm, type blog-generation").fill("blog")
    page.get_by_role("button", name="Clear").click()
    field = page.get_by_label("To confirm, type blog-generation")
    expect(field).to_have_attribute("autofocus", "")
    expect(field).to_have_accessible_description(
        "Nothing was cleared: this is not the queue's name. To confirm, type blog-generation."
    )
    assert Job.objects.get(pk=job.pk).state == State.WAITING
    field.fill("blog-generation")
    field.press("Enter")
    expect(page.get_by_text("blog-generation is cleared in Studio: 1 waiting.")).to_be_visible()
    assert Job.objects.get(pk=job.pk).state == State.CANCELLED


@pytest.mark.parametrize("address", [LIST, PAGE])
def test_a_narrow_window_has_no_sideways_scroll(
    site: Any, tenant: Tenant, root: User, too_wide: Callable[[Page], int], address: str
) -> None:
    limits.pause("blog-generation", root)
    start(tenant, root)
    page = site.open(address, root, viewport={"width": 375, "height": 800})
    expect(page.get_by_text("by root since")).to_be_visible()
    assert too_wide(page) <= 0


def test_the_pages_work_without_scripts(site: Any, tenant: Tenant, owner: User) -> None:
    start(tenant, owner)
    page = site.open(PAGE, owner, java_script_enabled=False)
    expect(page.get_by_text("No worker serves it.")).to_be_visible()
    expect(page.get_by_role("table", name="Jobs that ended on each day")).to_be_visible()
    expect(page.get_by_label("Refresh by itself")).to_be_hidden()
    page.get_by_label("Which jobs").select_option("all")
    page.get_by_label("To confirm").fill("blog-generation")
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_text("blog-generation is cleared in Studio: 1 waiting.")).to_be_visible()
