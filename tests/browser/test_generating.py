"""Ordering posts and watching them being written, as a person does."""

from typing import Any

import pytest
from playwright.sync_api import expect

from accounts.models import Tenant, User
from blog import batches
from blog.models import Batch, Pick, Post
from blog.orders import Order
from jobs.models import JobEvent
from jobs.running import work

pytestmark = pytest.mark.browser
ADD = "/admin/blog/batch/add/"


def start(tenant: Tenant, user: User, **values: Any) -> Batch:
    return batches.start(Order(**{"source": "popular", **values}), tenant=tenant, user=user)[0]


def path_of(batch: Batch) -> str:
    return f"/admin/blog/batch/{batch.pk}/change/"


def test_start_wait_and_watch_without_reload(site: Any, editor: User) -> None:
    page = site.open("/admin/", editor)
    page.get_by_role("link", name="Generate blog posts").click()
    page.get_by_label("Count").fill("3")
    page.get_by_role("button", name="Start generation").click()
    batch = Batch.objects.get()
    expect(page).to_have_url(f"{site.url}{path_of(batch)}")
    expect(page.get_by_text("Why it waits: No worker is running.")).to_be_visible()
    page.evaluate("window.stayed = true")

    assert batch.job
    work(batch.job.pk, worker="test")

    expect(page.locator("[data-live-state]")).to_have_text("Completed")
    expect(page.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "100")
    expect(page.locator("[data-live-posts] li")).to_have_count(3)
    expect(page.get_by_role("log").locator("li").last).to_contain_text("Completed")
    expect(page.get_by_text("Why it waits")).to_be_hidden()
    expect(page.get_by_role("button", name="Stop")).to_be_hidden()
    assert page.evaluate("window.stayed")
    title = Post.objects.order_by("pk")[0].title
    page.get_by_role("link", name=title).click()
    expect(page.locator("#id_title")).to_have_value(title)


def test_polling_stops_when_the_job_has_ended(site: Any, tenant: Tenant, editor: User) -> None:
    batch = start(tenant, editor, count=1)
    page = site.open(path_of(batch), editor)
    assert batch.job
    work(batch.job.pk, worker="test")
    expect(page.locator("[data-live-state]")).to_have_text("Completed")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(2500)
    assert asked == []


def test_a_lost_connection_is_said_and_healed(site: Any, tenant: Tenant, editor: User) -> None:
    site.allowed = ("Failed to load resource",)
    batch = start(tenant, editor, count=1)
    page = site.open(path_of(batch), editor)
    page.context.set_offline(True)
    expect(page.get_by_text("Connection lost, trying again")).to_be_visible()
    assert batch.job
    work(batch.job.pk, worker="test")
    page.context.set_offline(False)
    expect(page.locator("[data-live-state]")).to_have_text("Completed")
    expect(page.get_by_text("Connection lost")).to_be_hidden()


def test_signed_out_elsewhere_says_so(site: Any, tenant: Tenant, editor: User) -> None:
    batch = start(tenant, editor, count=1)
    page = site.open(path_of(batch), editor)
    page.context.clear_cookies()
    expect(page.get_by_text("You are signed out")).to_be_visible()


def test_stop_and_resume(site: Any, tenant: Tenant, editor: User) -> None:
    batch = start(tenant, editor, count=2)
    page = site.open(path_of(batch), editor)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("[data-live-state]")).to_have_text("Cancelled")
    expect(page.get_by_role("button", name="Stop")).to_be_hidden()
    page.get_by_role("button", name="Resume").click()
    expect(page.locator("[data-live-state]")).to_have_text("Waiting")
    assert batch.jobs.count() == 2


def test_the_keyboard_is_enough(site: Any, editor: User) -> None:
    page = site.open(ADD, editor)
    focused = "document.activeElement.textContent.trim()"
    for _press in range(80):
        page.keyboard.press("Tab")
        if page.evaluate(focused).endswith("Start generation"):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("progressbar")).to_be_visible()
    assert Batch.objects.count() == 1


def test_bad_input_opens_the_filters_and_says_why(site: Any, editor: User) -> None:
    page = site.open(ADD, editor)
    page.get_by_text("Advanced filters").click()
    page.get_by_label("Year from").fill("2001")
    page.get_by_label("Year to").fill("1999")
    page.get_by_role("button", name="Start generation").click()
    expect(page.get_by_text("1999 is before the first year, 2001: swap them")).to_be_visible()
    expect(page.get_by_label("Year from")).to_have_value("2001")
    assert Batch.objects.count() == 0


def test_text_from_outside_stays_text(site: Any, tenant: Tenant, editor: User) -> None:
    batch = start(tenant, editor, count=2)
    page = site.open(path_of(batch), editor)
    trap = "<img src=x onerror=window.broken=1>"
    JobEvent.objects.create(job=batch.job, kind="log", message=f"log {trap}")
    Pick.objects.create(
        batch=batch, tenant=tenant, ref="movie:x", name=f"pick {trap}", snapshot={}, state="failed", reason=trap
    )
    Post.objects.create(tenant=tenant, batch=batch, title=f"post {trap}", slug="x", body="x", html="x")
    for kind in ("log", "pick", "post"):
        expect(page.get_by_text(f"{kind} {trap}")).to_be_visible()
    assert page.evaluate("window.broken === undefined && !document.querySelector('img[src=x]')")
