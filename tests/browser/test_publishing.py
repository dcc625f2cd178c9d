"""Publishing as people do it: an account on the wall, a text that needs leave, the link of the mail, the story."""

import re
from typing import Any

import pytest
from django.core import mail
from playwright.sync_api import expect

from accounts.models import Tenant, User
from jobs.models import Job
from jobs.running import work
from publishing.models import ApprovalRule, WallPost

pytestmark = pytest.mark.browser


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

    page.goto(f"{site.url}/admin/publishing/publication/add/")
    page.get_by_label("Account").first.select_option(label="Our wall")
    page.get_by_label("Text").first.fill("Silent films on Friday")
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


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_fit_a_narrow_window(site: Any, too_wide: Any, owner: User, tenant: Tenant, scheme: str) -> None:
    lists = ("account", "publication", "approval", "approvalrule", "message", "mailtemplate", "wallpost", "wallfault")
    forms = ("account/add", "publication/add", "approvalrule/add")
    page = site.open("/admin/", owner, viewport={"width": 360, "height": 740}, color_scheme=scheme)
    for path in (*lists, *forms):
        page.goto(f"{site.url}/admin/publishing/{path}/")
        assert too_wide(page) <= 0, path
    page.goto(f"{site.url}/admin/publishing/account/add/?platform=offline")
    assert too_wide(page) <= 0
