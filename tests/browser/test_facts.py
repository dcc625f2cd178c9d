"""The checked facts in the editor: marked, told without colours, checked while somebody types, within reach of keys."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Tenant, User
from blog.models import Post
from blog.rendering import to_html

pytestmark = pytest.mark.browser
RECORD = {"media_type": "movie", "name": "Alien", "year": 1979, "runtime": 117, "directors": ["Ridley Scott"]}
BODY = "😀 *Alien* came out in 1980.\n\nRidley Scott directed it, in London. <script>window.broken = 1</script>"


@pytest.fixture
def post(tenant: Tenant) -> Post:
    made = Post(tenant=tenant, title="Alien", slug="alien", body=BODY, html=to_html(BODY), snapshot=RECORD)
    made.check_facts()
    made.save()
    return made


def open_editor(site: Any, post: Post, user: User, **options: Any) -> Page:
    return site.open(f"/admin/blog/post/{post.pk}/change/", user, **options)


def test_facts_are_marked_and_told(site: Any, post: Post, editor: User) -> None:
    page = open_editor(site, post, editor)
    panel = page.get_by_role("region", name="Facts checked against the source")
    expect(panel).to_contain_text("60 % of 5 facts are as in the source record.")
    wrong = panel.locator("#fact-body-1")
    expect(wrong).to_have_attribute("title", "Contradicted: the record says 1979 (year).")
    looks = {
        verdict: panel.locator(f".pr-marked [data-verdict={verdict}]").first.evaluate(
            "mark => [getComputedStyle(mark).textDecorationStyle, getComputedStyle(mark, '::before').content]"
        )
        for verdict in ("supported", "contradicted", "not_in_source")
    }
    assert looks == {
        "supported": ["solid", "none"],
        "contradicted": ["wavy", '"✗ "'],
        "not_in_source": ["dashed", '"? "'],
    }
    assert page.evaluate("window.broken === undefined")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_marks_can_be_read(site: Any, post: Post, editor: User, scheme: str) -> None:
    """Contrast of at least 4.5 between the words and what is behind them."""
    page = open_editor(site, post, editor, color_scheme=scheme)
    contrasts = page.evaluate(
        """() => {
          const pixel = (colours) => {
            const canvas = document.createElement("canvas").getContext("2d");
            for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
            return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
          };
          const light = (rgb) => rgb.map((part) => part / 255)
            .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
            .reduce((sum, part, place) => sum + part * [0.2126, 0.7152, 0.0722][place], 0);
          const page = getComputedStyle(document.querySelector("#main")).backgroundColor;
          return [...document.querySelectorAll(".pr-fact")].map((mark) => {
            const style = getComputedStyle(mark);
            const behind = light(pixel([page, style.backgroundColor]));
            const front = light(pixel([page, style.backgroundColor, style.color]));
            return (Math.max(front, behind) + 0.05) / (Math.min(front, behind) + 0.05);
          });
        }"""
    )
    assert len(contrasts) > 6
    assert min(contrasts) >= 4.5


def test_what_is_typed_is_checked(site: Any, post: Post, editor: User) -> None:
    page = open_editor(site, post, editor)
    panel = page.locator(".pr-found")
    page.locator("#id_body").fill("*Alien* came out in 1979. It runs for 127 minutes. <b>")
    expect(panel).to_contain_text("the record says 117 minutes (running time)")
    expect(panel).not_to_contain_text("1980")
    expect(panel.get_by_role("status")).to_have_text("Checked as typed. Not saved yet.")
    page.locator("#id_body").fill("*Alien* came out in 1979.")
    expect(panel).to_contain_text("100 % of 3 facts")
    post.refresh_from_db()
    assert post.body == BODY


def test_a_server_that_is_away_is_told(site: Any, post: Post, editor: User) -> None:
    site.allowed = ("Failed to load resource",)
    page = open_editor(site, post, editor)
    page.route("**/facts/", lambda route: route.abort())
    page.locator("#id_body").fill("Typed.")
    expect(page.locator("[data-facts-status]")).to_contain_text("The facts cannot be checked just now.")


def test_select_finds_the_words_in_the_field(site: Any, post: Post, editor: User) -> None:
    page = open_editor(site, post, editor)
    page.get_by_role("button", name="Select “1980” in the text").click()
    selected = "() => { const f = document.activeElement; return f.value.slice(f.selectionStart, f.selectionEnd); }"
    assert page.evaluate(selected) == "1980"
    page.get_by_role("button", name="Select “London” in the text").press("Enter")
    assert page.evaluate(selected) == "London"


def test_marks_are_within_reach_of_the_keyboard(site: Any, post: Post, editor: User) -> None:
    page = open_editor(site, post, editor)
    page.locator(".pr-found").get_by_role("link", name="1980").focus()
    page.keyboard.press("Enter")
    assert page.url.endswith("#fact-body-1")
    page.locator("#fact-body-1").focus()
    assert page.evaluate("document.activeElement.id") == "fact-body-1"


def test_a_narrow_window_has_no_sideways_scroll(
    site: Any, post: Post, editor: User, too_wide: Callable[[Page], int]
) -> None:
    page = open_editor(site, post, editor, viewport={"width": 375, "height": 800})
    assert too_wide(page) <= 0


def test_publish_is_refused_and_then_confirmed(site: Any, post: Post, editor: User) -> None:
    page = open_editor(site, post, editor)
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text("Not published: the text contradicts its source")).to_be_visible()
    page.get_by_text("Publish anyway", exact=True).click()
    page.get_by_role("button", name="Publish against the source").click()
    expect(page.get_by_text("The post is on the site.")).to_be_visible()
    post.refresh_from_db()
    assert post.state == "published"
