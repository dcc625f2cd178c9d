"""Asking again, prompts, the switch to a successor and earlier texts: live, by keyboard, without scripts, narrow."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import Tenant, User
from ai import editions, trials
from ai.models import Call, ListedModel, Preference, Trial
from blog import batches, prompts, revising
from blog.models import Post, Revision
from blog.orders import Order
from jobs.running import work

pytestmark = pytest.mark.browser
PROMPT = f"/admin/settings/prompts/{prompts.POST.name}"
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft " * 3


@pytest.fixture
def posts(tenant: Tenant, owner: User) -> list[Post]:
    _batch, job = batches.start(Order(source="popular", count=2), tenant=tenant, user=owner)
    work(job.pk, worker="test")
    return list(Post.objects.order_by("pk"))


@pytest.fixture
def trial(posts: list[Post], tenant: Tenant, owner: User) -> Trial:
    """A trial of two texts: one came out otherwise, and long; one could not be written."""
    made, job = trials.start([post.call for post in posts if post.call], "offline", tenant=tenant, user=owner)
    work(job.pk, worker="test")
    first, second = made.items.all()
    other = first.call.raw_answer.replace(str(first.call.record["year"]), "1901") + LONG
    Call.objects.filter(pk=first.answer_id).update(raw_answer=other)
    second.answer, second.problem = None, f"The model refused: {LONG}"
    second.save()
    return made


@pytest.fixture
def ending(tenant: Tenant, owner: User, posts: list[Post]) -> ListedModel:
    """A model that ends in twelve days, preferred here, with texts of its own to try."""
    model = ListedModel.objects.get(model_id="gpt-5")
    model.retires_at, model.successor = timezone.localdate() + timedelta(days=12), "offline"
    model.save()
    Preference.objects.create(tenant=tenant, model=model)
    Call.objects.update(model_requested="gpt-5")
    return model


def addresses(trial: Trial, ending: ListedModel, posts: list[Post], owner: User) -> dict[str, str]:
    kept = revising.take(posts[0], trial.items.exclude(answer=None).get().answer, owner)
    editions.add(prompts.POST, f"Rules. {LONG}", "{record}", tenant=trial.tenant, by=owner)
    Preference.objects.create(user=owner, model=ListedModel.objects.get(model_id="gpt-5-mini"))
    return {
        "replay": f"/admin/settings/replay/{posts[0].call_id}",
        "trial": f"/admin/ai/trial/{trial.pk}/change/",
        "trials": "/admin/ai/trial/",
        "prompts": "/admin/settings/prompts",
        "prompt": PROMPT,
        "earlier edition": f"{PROMPT}?from=ours",
        "switch": f"/admin/settings/models/{ending.pk}/switch",
        "post": f"/admin/blog/post/{posts[0].pk}/change/",
        "earlier text": f"/admin/blog/post/{posts[0].pk}/texts/{kept.pk}/",
        "order": "/admin/blog/batch/add/",
    }


def test_every_page_has_a_clean_console_and_fits_a_narrow_window(
    site: Any, owner: User, trial: Trial, ending: ListedModel, posts: list[Post], too_wide: Callable[[Page], int]
) -> None:
    page = site.open("/admin/", owner, viewport={"width": 375, "height": 800})
    for name, address in addresses(trial, ending, posts, owner).items():
        response = page.goto(site.url + address)
        assert response.status == 200, name
        assert page.locator("h1").count() >= 1, name
        page.wait_for_timeout(150)
        assert site.unexpected() == [], name
        assert too_wide(page) <= 0, name


def test_a_call_is_made_again_and_the_page_shows_it_without_a_reload(site: Any, owner: User, posts: list[Post]) -> None:
    page = site.open(f"/admin/settings/replay/{posts[0].call_id}", owner)
    expect(page.get_by_text("Estimate: 1 call, no cost")).to_be_visible()
    page.get_by_label("Model").select_option("gpt-6-luna")
    expect(page.get_by_text("Estimate: 1 call, about")).to_be_visible()
    page.get_by_label("Model").select_option("offline")
    page.get_by_label("Model").press("Enter")
    page.get_by_role("button", name="Ask again").press("Enter")
    expect(page.get_by_text("Not written again yet.")).to_be_visible()
    page.evaluate("window.stayed = true")
    work(Trial.objects.get().job.pk, worker="test")  # type: ignore[union-attr]
    expect(page.get_by_text("The two texts are byte for byte the same.")).to_be_visible()
    expect(page.locator("[data-live-state]")).to_have_text("Completed")
    expect(page.get_by_role("button", name="Use this text")).to_have_count(0)
    page.get_by_text("Show the text").press("Enter")
    expect(page.locator(".pr-fold .pr-text")).to_be_visible()
    assert page.evaluate("window.stayed")


def test_what_stops_is_shown_too(site: Any, owner: User, posts: list[Post], tenant: Tenant) -> None:
    made, _job = trials.start([posts[0].call], "offline", tenant=tenant, user=owner)  # type: ignore[list-item]
    page = site.open(f"/admin/ai/trial/{made.pk}/change/", owner)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("It was not written again.")).to_be_visible()
    expect(page.get_by_role("button", name="Retry")).to_be_visible()


def test_the_difference_is_marked_and_the_text_taken_and_brought_back(
    site: Any, owner: User, trial: Trial, posts: list[Post]
) -> None:
    page = site.open(f"/admin/ai/trial/{trial.pk}/change/", owner)
    year = str(posts[0].snapshot["year"])
    expect(page.locator("del", has_text=year).first).to_have_css("text-decoration-line", "line-through")
    expect(page.locator("ins", has_text="1901").first).to_have_css("text-decoration-line", "underline")
    expect(page.get_by_text("The new text contradicts its source:")).to_be_visible()
    expect(page.get_by_text("It could not be written again: The model refused")).to_be_visible()
    page.get_by_role("button", name="Use this text").click()
    expect(page.get_by_text("The one before is kept under Earlier texts.")).to_be_visible()
    page.get_by_role("link", name=re.compile("^Compare.*until")).click()
    expect(page.locator("ins", has_text="1901").first).to_be_visible()
    page.get_by_role("button", name="Bring back the earlier text").click()
    expect(page.get_by_text("The earlier text is back.")).to_be_visible()
    assert Revision.objects.count() == 2


def test_a_prompt_is_checked_and_shown_while_one_types(site: Any, owner: User, tenant: Tenant) -> None:
    page = site.open(PROMPT, owner)
    page.evaluate("window.stayed = true")
    task = page.get_by_role("textbox", name="Task")
    task.fill("Write for {city}. {record}")
    expect(page.get_by_text("There is no variable {city} here. There are {tone}")).to_be_visible()
    expect(task).to_have_accessible_description(re.compile("There is no variable {city} here"))
    expect(page.get_by_text("These words cannot be filled in.")).to_be_visible()
    task.fill("Write for <b>us</b>, {tone}. {record}")
    expect(page.get_by_text("Write for <b>us</b>, friendly.")).to_be_visible()
    expect(page.get_by_text("There is no variable")).to_have_count(0)
    expect(page.get_by_role("region", name="What the words in the form change").locator("ins").first).to_be_visible()
    assert page.evaluate("window.stayed")
    assert editions.in_use(tenant, prompts.POST.name) is None
    page.get_by_role("button", name="Save and use").press("Enter")
    expect(page.get_by_text("Edition 1 is in use from now on.")).to_be_visible()
    page.get_by_role("textbox", name="Rules").fill("Other rules.")
    page.get_by_role("button", name="Save and use").click()
    page.get_by_role("button", name=re.compile("^Use this again.*edition 1")).click()
    expect(page.get_by_text("Edition 1 is in use from now on.")).to_be_visible()
    page.get_by_role("button", name="Use ours again").click()
    expect(page.get_by_text("Our words are in use from now on.")).to_be_visible()


def test_without_scripts_a_prompt_is_previewed_and_a_trial_read(
    site: Any, owner: User, trial: Trial, tenant: Tenant
) -> None:
    page = site.open(PROMPT, owner, java_script_enabled=False)
    page.get_by_role("textbox", name="Task").fill("For friends: {record}")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("For friends: <<<RECORD").last).to_be_visible()
    assert editions.in_use(tenant, prompts.POST.name) is None
    page.goto(f"{site.url}/admin/ai/trial/{trial.pk}/change/")
    expect(page.locator("ins", has_text="1901").first).to_be_visible()


def test_a_successor_is_tried_and_switched_to(site: Any, owner: User, ending: ListedModel, tenant: Tenant) -> None:
    page = site.open("/admin/blog/batch/add/", owner)
    page.get_by_role("link", name="Try offline and switch").click()
    expect(page.get_by_text("Deprecated, 12 days left").first).to_be_visible()
    count = page.get_by_label("How many of the last texts")
    count.fill("1")
    expect(page.get_by_text("Estimate: 1 call, no cost")).to_be_visible()
    count.press("Enter")
    expect(page.get_by_text("1 text, written again by Offline writer instead of gpt-5")).to_be_visible()
    made = Trial.objects.get()
    work(made.job.pk, worker="test")  # type: ignore[union-attr]
    expect(page.locator("[data-live-state]")).to_have_text("Completed")
    page.get_by_role("link", name="Back to the switch from GPT-5").click()
    expect(page.get_by_role("article", name=f"Trial {made.pk}")).to_contain_text("1 of 1 text")
    page.get_by_role("button", name="Switch to Offline writer").click()
    expect(page.get_by_text("Switched from gpt-5 to offline: 1 preferred model.")).to_be_visible()
    expect(page.get_by_text("Nothing in this workspace relies on it.")).to_be_visible()
    assert Preference.objects.get(tenant=tenant).model_id == "offline"
