"""Lessons as a person orders, watches, edits and reads them: with Tiptap itself, and without scripts."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Tenant, User
from jobs.running import work
from lessons import ordering
from lessons.models import Lesson, Section
from lessons.orders import Order

pytestmark = pytest.mark.browser
TOPIC = "How closures work"


def written(tenant: Tenant, user: User, **values: Any) -> Lesson:
    wish = {"topic": TOPIC, "sections": 2, "context": "A closure keeps the scope it was made in. " * 2, **values}
    found = ordering.start(Order(**wish), tenant=tenant, user=user)
    assert found.job
    work(found.job.pk, worker="test")
    found.lesson.refresh_from_db()
    return found.lesson


def given(section: Section, *blocks: Any) -> Section:
    section.put(section.title, {"type": "doc", "content": list(blocks)})
    section.save()
    return section


def text(words: str, *marks: str) -> dict[str, Any]:
    return {"type": "text", "text": words, **({"marks": [{"type": mark} for mark in marks]} if marks else {})}


def paragraph(*inline: Any) -> dict[str, Any]:
    return {"type": "paragraph", "content": list(inline)}


def open_editor(site: Any, user: User, section: Section, **options: Any) -> Page:
    page: Page = site.open(f"/admin/lessons/section/{section.pk}/change/", user, **options)
    expect(page.get_by_role("toolbar", name="Formatting")).to_be_visible()
    return page


def test_order_a_lesson_and_watch_its_tree_grow(site: Any, listed_models: None, editor: User) -> None:
    page = site.open("/admin/lessons/lesson/", editor)
    page.get_by_role("link", name="Write a lesson").first.click()
    page.get_by_label("Topic").fill(TOPIC)
    expect(page.get_by_text("Estimate: 9 calls, no cost")).to_be_visible()
    page.get_by_role("button", name="Write the lesson").click()
    expect(page.get_by_text("Why it waits: No worker is running.")).to_be_visible()
    lesson = Lesson.objects.get()
    assert lesson.job
    work(lesson.job.pk, worker="test")
    expect(page.locator("[data-live-state]")).to_have_text("Completed")
    expect(page.locator("[data-tree] > li")).to_have_count(9)
    expect(page.get_by_role("heading", name="Quiz")).to_be_visible()
    page.get_by_role("link", name="Read", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(Lesson.objects.get().title)


def test_open_type_save_reopen(site: Any, listed_models: None, tenant: Tenant, editor: User) -> None:
    section = given(written(tenant, editor).sections.get(position=1), paragraph(text("First.")))
    page = open_editor(site, editor, section)
    surface = page.get_by_role("textbox", name="Text")
    expect(surface).to_have_text("First.")
    surface.click()
    page.keyboard.press("Control+End")
    page.wait_for_function("getSelection().anchorOffset === 'First.'.length")
    page.keyboard.type(" More ")
    page.get_by_role("button", name="Bold").click()
    page.keyboard.type("and bold")
    page.get_by_role("button", name="Bold").click()
    page.keyboard.press("Enter")
    page.keyboard.type("## A heading")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Bulleted list").click()
    page.keyboard.type("one")
    page.keyboard.press("Enter")
    page.keyboard.type("two")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("is saved, and locked")).to_be_visible()
    section.refresh_from_db()
    item = [{"type": "listItem", "content": [paragraph(text(words))]} for words in ("one", "two")]
    assert section.document == {
        "type": "doc",
        "content": [
            paragraph(text("First. More "), text("and bold", "bold")),
            {"type": "heading", "attrs": {"level": 2}, "content": [text("A heading")]},
            {"type": "bulletList", "content": item},
        ],
    }
    surface = page.get_by_role("textbox", name="Text")
    expect(surface.locator("strong")).to_have_text("and bold")
    expect(surface.locator("h2")).to_have_text("A heading")
    expect(surface.locator("li")).to_have_count(2)
    kept = section.document
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("is saved, and locked")).to_be_visible()
    section.refresh_from_db()
    assert section.document == kept
    assert section.revisions.count() == 1


def test_a_document_of_every_node_goes_through_the_editor_unchanged(
    site: Any, listed_models: None, tenant: Tenant, editor: User
) -> None:
    blocks = [
        {"type": "heading", "attrs": {"level": 3}, "content": [text("Head")]},
        paragraph(text("b", "bold"), text("i", "italic"), text("u", "underline"), text("s", "strike")),
        paragraph(text("c", "code")),
        paragraph(text("x"), {"type": "hardBreak"}, text("y", "bold", "italic")),
        paragraph({"type": "text", "text": "link", "marks": [{"type": "link", "attrs": {"href": "https://example.org/"}}]}),
        {"type": "orderedList", "attrs": {"start": 3}, "content": [
            {"type": "listItem", "content": [paragraph(text("outer")), {"type": "bulletList", "content": [
                {"type": "listItem", "content": [paragraph(text("inner"))]}]}]}]},
        {"type": "blockquote", "content": [paragraph(text("quote"))]},
        {"type": "codeBlock", "attrs": {"language": "python"}, "content": [text("def f():\n    pass")]},
        {"type": "codeBlock", "content": [text("plain")]},
        {"type": "horizontalRule"},
        paragraph(text("end")),
    ]  # fmt: skip
    section = given(written(tenant, editor).sections.get(position=1), *blocks)
    page = open_editor(site, editor, section)
    page.get_by_role("textbox", name="Text").click()
    page.keyboard.press("Control+End")
    page.wait_for_function("getSelection().anchorNode.textContent === 'end'")
    page.keyboard.type("!")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("is saved, and locked")).to_be_visible()
    section.refresh_from_db()
    assert section.document["content"] == [*blocks[:-1], paragraph(text("end!"))]


def test_a_link_is_set_and_a_script_refused(site: Any, listed_models: None, tenant: Tenant, editor: User) -> None:
    section = given(written(tenant, editor).sections.get(position=1), paragraph(text("word")))
    page = open_editor(site, editor, section)
    page.get_by_role("textbox", name="Text").click()
    page.keyboard.press("Control+a")
    page.get_by_role("button", name="Link", exact=True).click()
    address = page.get_by_role("textbox", name="Address of the link")
    address.fill("javascript:alert(1)")
    page.get_by_role("button", name="Set link").click()
    expect(page.get_by_text("Begin with https://")).to_be_visible()
    address.fill("https://example.org/a")
    address.press("Enter")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("is saved, and locked")).to_be_visible()
    section.refresh_from_db()
    assert section.document["content"][0]["content"][0]["marks"][0]["attrs"] == {"href": "https://example.org/a"}


def test_the_toolbar_works_with_the_keyboard_alone(
    site: Any, listed_models: None, tenant: Tenant, editor: User
) -> None:
    section = given(written(tenant, editor).sections.get(position=1), paragraph(text("word")))
    page = open_editor(site, editor, section)
    page.get_by_label("Title").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Heading", exact=True)).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    bold = page.get_by_role("button", name="Bold")
    expect(bold).to_be_focused()
    page.keyboard.press("Enter")
    expect(bold).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("textbox", name="Text")).to_be_focused()
    page.keyboard.type("so ")
    expect(page.get_by_role("textbox", name="Text").locator("strong")).to_have_text("so ")


def test_what_is_refused_stays_in_the_editor(site: Any, listed_models: None, tenant: Tenant, editor: User) -> None:
    section = given(written(tenant, editor).sections.get(position=1), paragraph(text("word")))
    page = open_editor(site, editor, section)
    page.get_by_role("textbox", name="Text").click()
    page.keyboard.type("Typed for an hour. ")
    page.get_by_label("Title").fill("")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("This field is required.")).to_be_visible()
    expect(page.get_by_role("textbox", name="Text")).to_contain_text("Typed for an hour.")


def test_what_was_typed_is_not_left_without_a_question_and_comes_back(
    site: Any, listed_models: None, tenant: Tenant, editor: User
) -> None:
    section = given(written(tenant, editor).sections.get(position=1), paragraph(text("word")))
    page = open_editor(site, editor, section)
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.get_by_role("textbox", name="Text").click()
    page.keyboard.type("Typed. ")
    page.get_by_role("link", name="Read", exact=True).click(no_wait_after=True)
    page.wait_for_timeout(500)
    assert asked == ["beforeunload"]
    expect(page.get_by_role("textbox", name="Text")).to_contain_text("Typed.")


def test_a_pasted_link_that_the_server_refuses_is_only_text(
    site: Any, listed_models: None, tenant: Tenant, editor: User
) -> None:
    section = given(written(tenant, editor).sections.get(position=1), paragraph(text("word")))
    page = open_editor(site, editor, section)
    page.get_by_role("textbox", name="Text").click()
    page.evaluate("""() => {
        const data = new DataTransfer();
        data.setData("text/html", '<p><a href="tel:123">call</a> <a href="ftp://x/y">get</a> <a href="https://e.org/">web</a></p>');
        document.querySelector(".pr-tiptap-text").dispatchEvent(
            new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
    }""")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("is saved, and locked")).to_be_visible()
    section.refresh_from_db()
    assert json.dumps(section.document).count('"link"') == 1
    assert "call" in section.text


def test_without_scripts_the_text_is_json_that_is_checked(
    site: Any, listed_models: None, tenant: Tenant, editor: User
) -> None:
    section = given(written(tenant, editor).sections.get(position=1), paragraph(text("word")))
    page = site.open(f"/admin/lessons/section/{section.pk}/change/", editor, java_script_enabled=False)
    field = page.get_by_label("Text", exact=True)
    field.fill(json.dumps({"type": "doc", "content": [{"type": "video"}]}))
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("doc.content[0] has the unknown type 'video'")).to_be_visible()
    assert "video" in page.get_by_label("Text", exact=True).input_value()


def test_a_viewer_reads_in_the_editor_and_changes_nothing(
    site: Any, listed_models: None, tenant: Tenant, editor: User, viewer: User
) -> None:
    section = given(written(tenant, editor).sections.get(position=1), paragraph(text("word")))
    page = site.open(f"/admin/lessons/section/{section.pk}/change/", viewer)
    surface = page.locator(".pr-tiptap-text")
    expect(surface).to_have_text("word")
    expect(surface).to_have_attribute("contenteditable", "false")
    expect(page.get_by_role("button", name="Save", exact=True)).to_have_count(0)


def test_the_quiz_without_scripts(site: Any, listed_models: None, tenant: Tenant, editor: User, viewer: User) -> None:
    lesson = written(tenant, editor)
    page = site.open(lesson.get_absolute_url(), viewer, java_script_enabled=False)
    for number, one in enumerate(lesson.quiz, start=1):
        page.locator(f"input[name=q{number}][value='{one['answer']}']").check()
    page.get_by_role("button", name="Check my answers").click()
    expect(page.get_by_text(f"{len(lesson.quiz)} of {len(lesson.quiz)} right.")).to_be_visible()


@pytest.mark.parametrize("scheme", [pytest.param("light", marks=pytest.mark.full), "dark"])
def test_the_pages_fit_a_narrow_window(
    site: Any, listed_models: None, tenant: Tenant, editor: User, too_wide: Any, scheme: str
) -> None:
    lesson = written(tenant, editor, topic="Donaudampfschifffahrtsgesellschaftskapitänswitwenrente " * 5)
    long = given(lesson.sections.get(position=1), paragraph(text("x" * 400)))
    for path in (
        "/admin/lessons/lesson/",
        "/admin/lessons/lesson/add/",
        f"/admin/lessons/lesson/{lesson.pk}/change/",
        f"/admin/lessons/section/{long.pk}/change/",
        "/admin/lessons/section/",
        lesson.get_absolute_url(),
        "/lessons/",
        f"{lesson.get_absolute_url()}print/",
    ):
        page = site.open(path, editor, viewport={"width": 360, "height": 740}, color_scheme=scheme)
        page.wait_for_load_state("networkidle")
        assert too_wide(page) <= 0, path
