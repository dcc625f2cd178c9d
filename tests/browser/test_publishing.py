"""Publishing as people do it: an account on the wall, a text that needs leave, the link of the mail, the story."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Tenant, User
from blog.models import Post
from jobs.models import Job
from jobs.running import work
from publishing import connecting, delivering, scheduling
from publishing.models import ApprovalRule, MailTemplate, Publication, WallPost
from tests.integrations.platforms.stubs import serving
from tests.integrations.platforms.wordpress_stub import PASSWORD, USER, WordPressStub

pytestmark = pytest.mark.browser


@pytest.fixture
def wordpress(settings: Any) -> Iterator[Any]:
    with serving(WordPressStub()) as stub:
        settings.OUTBOUND_ALLOW_HOSTS = ["127.0.0.1"]
        yield stub


def work_all() -> None:
    """Run what waits, as workers do."""
    for _round in range(3):
        for job in Job.objects.filter(state="waiting"):
            work(job.pk, worker="test")


def test_from_an_account_to_the_wall_by_the_link_of_a_mail(site: Any, tenant: Tenant, owner: User) -> None:
    rule = ApprovalRule.objects.create(tenant=tenant, need="one")
    rule.approvers.set([owner])
    page = site.open("/admin/publishing/account/", owner)
    page.get_by_role("link", name="Connect an account").first.click()
    page.locator("#content-main").get_by_role("link", name="The wall").click()
    page.get_by_label("Name").fill("Our wall")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("It works: the account is The wall.")).to_be_visible()

    page.goto(f"{site.url}/admin/compose/")
    page.get_by_label("Our wall (The wall, exactly once)").check()
    page.get_by_label("Text", exact=True).fill("Silent films on Friday")
    page.get_by_label("When").select_option("now")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("[data-live-state]")).to_have_text("Needs approval")
    story = page.url
    work_all()
    link = re.search(r"http\S+(/approve/\S+/)", mail.outbox[-1].body)
    assert link

    site.allowed = ("422",)
    reader = site.open(link[1], viewport={"width": 360, "height": 740}, color_scheme="dark")
    expect(reader.get_by_text("Silent films on Friday")).to_be_visible()
    assert reader.evaluate("document.documentElement.scrollWidth") <= 360
    reader.get_by_role("button", name="Request changes").click()
    expect(reader.get_by_role("alert")).to_have_text("Say what is to be changed.")
    reader.get_by_role("button", name="Approve").click()
    expect(reader.get_by_text("You approved it.")).to_be_visible()

    work_all()
    assert WallPost.objects.count() == 1
    page.goto(story)
    expect(page.locator("[data-live-state]")).to_have_text("Published")
    there = page.get_by_role("link", name="/wall/")
    there.evaluate("link => link.removeAttribute('target')")
    there.click()
    expect(page.get_by_text("Silent films on Friday")).to_be_visible()


def test_a_blog_post_goes_with_leave_at_its_time_to_wordpress_and_the_wall_once(
    site: Any, tenant: Tenant, owner: User, settings: Any, wordpress: WordPressStub
) -> None:
    wall = connecting.connect(tenant, owner, platform="offline", name="Our wall", credentials={})
    keys = {"username": USER, "applicationPassword": PASSWORD}
    blog = connecting.connect(
        tenant, owner, platform="wordpress", name="Our site", credentials=keys, base_url=wordpress.url
    )
    post = Post(tenant=tenant, author=owner, title="Metropolis", slug="metropolis", body="Long.", html="<p>Long.</p>")
    post.publish()
    post.save()
    rule = ApprovalRule.objects.create(tenant=tenant, need="one")
    rule.approvers.set([owner])

    page = site.open(f"/admin/blog/post/{post.pk}/send/", owner)
    for name in ("Our wall", "Our site"):
        page.get_by_label(name).check()
    page.get_by_label("When").select_option("at")
    page.locator("input[name=at_0]").fill("2031-05-02")
    page.locator("input[name=at_1]").fill("09:00")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_role("heading", name="Where it went")).to_be_visible()
    work_all()
    for sent in list(mail.outbox):
        link = re.search(r"http\S+(/approve/\S+/)", sent.body)
        assert link
        reader = site.open(link[1])
        reader.get_by_role("button", name="Approve").click()
        expect(reader.get_by_text("You approved it.")).to_be_visible()
        reader.close()
    scheduling.take_due()
    work_all()
    assert (WallPost.objects.count(), len(wordpress.published)) == (0, 0)

    at = datetime(2031, 5, 2, 9, tzinfo=UTC)
    assert set(Publication.objects.values_list("state", "scheduled_at")) == {("scheduled", at)}
    Publication.objects.update(scheduled_at=timezone.now() - timedelta(seconds=1))  # the day has come
    for _tick in range(2):
        scheduling.take_due()
        work_all()
    assert (WallPost.objects.filter(account=wall).count(), len(wordpress.published)) == (1, 1)
    assert wordpress.published[0]["title"] == "Metropolis"

    page.goto(f"{site.url}/admin/publishing/publication/{Publication.objects.get(account=blog).pk}/change/")
    expect(page.locator("[data-live-state]")).to_have_text("Published")
    for words in ("Approved", f"{owner}: approved", "Attempts", "Published", f"{wordpress.url}/metropolis/"):
        expect(page.get_by_text(words).first).to_be_visible()
    page.get_by_role("link", name="Edit", exact=True).click()
    page.get_by_label("Title").fill("Metropolis, again")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("[data-live-state]")).to_have_text("Needs approval")
    assert wordpress.published[0]["title"] == "Metropolis"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_fit_a_narrow_window(site: Any, too_wide: Any, owner: User, tenant: Tenant, scheme: str) -> None:
    template = MailTemplate.objects.create(tenant=tenant, name="a", subject="x", text="x", html="<h1>Hello</h1>")
    endpoint, _secret = delivering.add(tenant, owner, "https://example.com/hook", ["job.failed"])
    lists = ("account", "publication", "approval", "approvalrule", "message", "mailtemplate", "wallpost", "wallfault",
             "endpoint", "delivery")  # fmt: skip
    forms = ("account/add", "publication/add", "approvalrule/add", "endpoint/add", f"endpoint/{endpoint.pk}/new-secret")
    page = site.open("/admin/", owner, viewport={"width": 360, "height": 740}, color_scheme=scheme)
    for path in (*lists, *forms):
        page.goto(f"{site.url}/admin/publishing/{path}/")
        assert too_wide(page) <= 0, path
    for path in ("publishing/account/add/?platform=whatsapp", "settings/preferences"):
        page.goto(f"{site.url}/admin/{path}")
        assert too_wide(page) <= 0, path
    page.goto(f"{site.url}/admin/publishing/mailtemplate/{template.pk}/preview/")
    expect(page.frame_locator("iframe").get_by_role("heading", name="Hello")).to_be_visible()
