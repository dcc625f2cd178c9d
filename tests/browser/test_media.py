"""The library as a person fills it, a card as it is ordered, and a transcript that follows its player."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image
from playwright.sync_api import expect

from accounts.models import Brand, Tenant, User
from jobs.models import Job, State
from jobs.running import work
from media.models import MediaFile, Transcript
from tests.media.clips import Clip, make
from tests.media.conftest import store  # noqa: F401

pytestmark = pytest.mark.browser
CUES = [
    {"start": 0, "end": 1000, "text": "The first words."},
    {"start": 1000, "end": 2000, "text": "Then some more of them."},
    {"start": 2000, "end": 3000, "text": "And the last ones."},
]


@pytest.fixture
def talk(listed_models: None, tenant: Tenant, editor: User, tmp_path: Path) -> Transcript:
    """A transcript of a video that every Chromium plays."""
    path = make(tmp_path / "talk.webm", Clip(seconds=3))
    name = default_storage.save("1/uploads/talk.webm", ContentFile(path.read_bytes()))
    media = MediaFile.objects.create(
        tenant=tenant, owner=editor, kind="video", title="A talk", file=name, mime="video/webm", seconds=3, width=320
    )
    words = " ".join(str(cue["text"]) for cue in CUES)
    return Transcript.objects.create(
        tenant=tenant, user=editor, media=media, state=State.COMPLETED, cues=CUES, text=words, edition=1
    )


def test_a_picture_is_uploaded_and_found_in_the_grid(
    site: Any, listed_models: None, editor: User, tmp_path: Path
) -> None:
    picture, text = tmp_path / "Lighthouse.png", tmp_path / "notes.png"
    Image.new("RGB", (300, 200), "teal").save(picture)
    text.write_text("only words")
    page = site.open("/admin/media/mediafile/", editor)
    expect(page.get_by_text("The library is empty")).to_be_visible()
    page.get_by_role("link", name="Upload a file").first.click()
    site.allowed = ("422",)
    page.locator("#id_file").set_input_files(text)
    page.get_by_role("button", name="Upload", exact=True).click()
    expect(page.get_by_role("alert").filter(has_text="This is a text")).to_be_visible()
    page.locator("#id_file").set_input_files(picture)
    page.get_by_role("button", name="Upload", exact=True).click()
    page.wait_for_url(re.compile("/change/"))
    expect(page.get_by_text("300 × 200 pixels")).to_be_visible()
    page.get_by_label("Alt text").fill("A lighthouse at dawn")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("img", name="A lighthouse at dawn")).to_be_visible()
    assert MediaFile.objects.get(parent=None).alt_text == "A lighthouse at dawn"


def test_a_card_is_ordered_watched_and_seen(site: Any, listed_models: None, tenant: Tenant, editor: User) -> None:
    Brand.objects.create(tenant=tenant, name="Acme", slug="acme", colours=["#112233"], fonts=["Manrope"])
    page = site.open("/admin/media/drawing/add/", editor)
    page.get_by_label("Prompt").fill("Ten quiet films for a rainy Sunday")
    page.get_by_label("Brand").select_option(label="Acme")
    page.get_by_role("button", name="Draw the picture").click()
    expect(page.locator("[data-live-state]")).to_have_text("Waiting")
    work(Job.objects.get().pk, worker="test")
    picture = page.get_by_role("img", name="A card with the words")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => [image.naturalWidth, image.naturalHeight]") == [1080, 1080]


def test_the_text_follows_the_player_and_is_edited_there(site: Any, talk: Transcript, editor: User) -> None:
    page = site.open(f"/admin/media/transcript/{talk.pk}/change/", editor)
    lines = page.locator("[data-cues] > li")
    expect(lines).to_have_count(3)
    player = page.locator("[data-player]")
    expect(player).to_have_js_property("readyState", 4)
    assert player.evaluate("video => video.textTracks[0].cues.length") == 3
    player.evaluate("video => { video.muted = true }")
    lines.nth(1).get_by_role("button").click()
    expect(lines.nth(1)).to_have_attribute("aria-current", "true")
    expect(lines.nth(2)).to_have_attribute("aria-current", "true")
    lines.nth(0).get_by_role("textbox").fill("The very first words.")
    page.get_by_role("button", name="Save the words").click()
    expect(page.get_by_text("The words are saved.")).to_be_visible()
    talk.refresh_from_db()
    assert talk.cues[0]["text"] == "The very first words."
    page.get_by_role("link", name="Make a lesson of it").click()
    expect(page.get_by_label("Context")).to_have_value(re.compile("The very first words"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_narrow_windows(site: Any, too_wide: Any, talk: Transcript, editor: User, scheme: str) -> None:
    for path in (
        "/admin/media/mediafile/",
        "/admin/media/mediafile/add/",
        f"/admin/media/mediafile/{talk.media_id}/change/",
        f"/admin/media/transcript/{talk.pk}/change/",
        "/admin/media/drawing/add/",
        "/admin/accounts/brand/",
    ):
        page = site.open(path, editor, viewport={"width": 360, "height": 740}, color_scheme=scheme)
        assert too_wide(page) <= 0, path
        page.context.close()
