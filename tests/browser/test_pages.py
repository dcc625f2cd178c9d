"""Every page opens with a clean console, fits a narrow window, and follows the dark setting."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Tenant, User
from blog import batches
from blog.models import Batch, Post
from blog.orders import Order
from blog.rendering import to_html
from jobs import ending
from jobs.running import work

pytestmark = pytest.mark.browser
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft " * 2


@pytest.fixture
def written(tenant: Tenant, owner: User) -> Batch:
    """A batch with two published posts, one of them with a very long title, and one draft by hand."""
    batch, job = batches.start(Order(source="popular", count=2, publish=True), tenant=tenant, user=owner)
    work(job.pk, worker="test")
    Post.objects.filter(pk=batch.posts.order_by("pk")[0].pk).update(title=LONG.strip(), excerpt=LONG * 2)
    return batch


@pytest.fixture
def failed(tenant: Tenant, owner: User) -> Batch:
    batch, job = batches.start(Order(source="popular", count=2), tenant=tenant, user=owner)
    ending.fail(job, "BadOutput", f"The answer cannot be used: {LONG}")
    return batch


def addresses(written: Batch, failed: Batch) -> dict[str, str]:
    post = written.posts.order_by("pk")[0]
    assert written.job
    return {
        "dashboard": "/admin/",
        "order": "/admin/blog/batch/add/",
        "batches": "/admin/blog/batch/",
        "batch": f"/admin/blog/batch/{written.pk}/change/",
        "failed batch": f"/admin/blog/batch/{failed.pk}/change/",
        "posts": "/admin/blog/post/",
        "editor": f"/admin/blog/post/{post.pk}/change/",
        "new post": "/admin/blog/post/add/",
        "delete": f"/admin/blog/post/{post.pk}/delete/",
        "jobs": "/admin/jobs/job/",
        "job": f"/admin/jobs/job/{written.job.pk}/change/",
        "calls": "/admin/ai/call/",
        "call": f"/admin/ai/call/{post.call_id}/change/",
        "AI settings": "/admin/settings/ai",
        "notices": "/admin/accounts/notice/",
        "blog": "/blog/",
        "article": f"/blog/{post.slug}/",
    }


def test_every_page_has_a_clean_console_and_a_heading(site: Any, owner: User, written: Batch, failed: Batch) -> None:
    page = site.open("/admin/", owner)
    for name, address in addresses(written, failed).items():
        response = page.goto(site.url + address)
        assert response.status == 200, name
        assert page.locator("h1").count() >= 1, name
        page.wait_for_timeout(150)
        assert site.unexpected() == [], name


@pytest.mark.parametrize("name", ["dashboard", "order", "batch", "failed batch", "editor", "job", "blog", "article"])
def test_a_narrow_window_has_no_sideways_scroll(
    site: Any, owner: User, written: Batch, failed: Batch, too_wide: Callable[[Page], int], name: str
) -> None:
    page = site.open(addresses(written, failed)[name], owner, viewport={"width": 375, "height": 800})
    assert too_wide(page) <= 0


@pytest.mark.parametrize("address", ["/admin/", "/blog/"])
@pytest.mark.parametrize(("scheme", "is_dark"), [("dark", True), ("light", False)])
def test_the_dark_setting_is_followed(
    site: Any, owner: User, written: Batch, address: str, scheme: str, is_dark: bool
) -> None:
    page = site.open(address, owner, color_scheme=scheme)
    place = "#main" if address == "/admin/" else "body"
    pixel = """place => { const c = document.createElement('canvas').getContext('2d');
        c.fillStyle = getComputedStyle(document.querySelector(place)).backgroundColor;
        c.fillRect(0, 0, 1, 1); return Array.from(c.getImageData(0, 0, 1, 1).data) }"""
    red, green, blue, alpha = page.evaluate(pixel, place)
    assert alpha == 255
    assert (red + green + blue < 200) is is_dark


def test_sign_in(site: Any, editor: User) -> None:
    page = site.open("/admin/")
    page.get_by_label("Username").fill("edda")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text("Please enter the correct username and password")).to_be_visible()
    page.get_by_label("Username").fill("edda")
    page.get_by_label("Password").fill("pw")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Welcome to Studio")).to_be_visible()


def test_preview_shows_what_is_typed_and_runs_nothing(site: Any, owner: User, written: Batch) -> None:
    post = written.posts.order_by("pk")[1]
    page = site.open(f"/admin/blog/post/{post.pk}/change/", owner)
    frame = page.frame_locator("[data-preview-frame]")
    expect(frame.get_by_role("heading", name=post.title)).to_be_visible()
    page.locator("#id_body").fill("## Typed just now\n\n<script>parent.broken=1</script>")
    page.get_by_role("button", name="Preview").click()
    expect(frame.get_by_role("heading", name="Typed just now")).to_be_visible()
    assert page.evaluate("window.broken === undefined")
    post.refresh_from_db()
    assert "Typed just now" not in post.body


def test_edit_and_publish(site: Any, owner: User, tenant: Tenant) -> None:
    post = Post(tenant=tenant, title="Draft", slug="draft", body="Old.", html=to_html("Old."))
    post.save()
    page = site.open(f"/admin/blog/post/{post.pk}/change/", owner)
    page.locator("#id_body").fill("New **words**.")
    page.get_by_role("button", name="Save and continue editing").click()
    page.get_by_role("button", name="Publish", exact=True).click()
    page.get_by_role("link", name="/blog/draft/").click()
    expect(page.get_by_text("New words.")).to_be_visible()
