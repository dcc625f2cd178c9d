"""Pictures are drawn once, in exactly the size that was asked for, and put into the library with their thumbnail."""

import io
from datetime import timedelta

import pytest
from django.utils import timezone
from PIL import Image
from pydantic import ValidationError

from accounts import keys
from accounts.models import Brand
from ai.models import Call
from integrations.errors import InvalidKey, ModelGone, Overloaded
from integrations.providers.base import Picture, Usage
from integrations.providers.offline import Offline
from integrations.providers.openai import OpenAI
from jobs import accepting
from jobs.models import Job, State
from media import ordering
from media.models import Drawing, MediaFile
from media.orders import PictureOrder
from tests.media.conftest import run, stored

pytestmark = pytest.mark.django_db
SIZE = {"width": 320, "height": 200}


@pytest.fixture
def brand(tenant):
    return Brand.objects.create(tenant=tenant, name="Acme", slug="acme", colours=["#112233"], fonts=["Manrope"])


@pytest.fixture
def draw(tenant, editor):
    def make(**values):
        how = {name: values.pop(name) for name in ("key", "is_test", "about") if name in values}
        order = PictureOrder.model_validate({"prompt": "Ten quiet films", "dimensions": SIZE, **values})
        return ordering.draw(order, tenant=tenant, user=editor, **how)

    return make


def test_a_card_is_drawn_in_the_brands_look(draw, brand, store):
    drawing, job = draw(brandId="acme", style="abstract")
    assert (drawing.colours, drawing.fonts, job.queue) == (["#112233"], ["Manrope"], "image.generate")
    run(job, drawing)
    media = drawing.media
    assert (job.state, job.result) == (State.COMPLETED, {"mediaId": media.pk, "url": media.url})
    with Image.open(media.file) as picture:
        assert picture.size == (320, 200)
    assert (media.alt_text, media.source, media.brand) == ("A card with the words: Ten quiet films", "generated", brand)
    assert media.thumbnail.variant == "thumbnail"
    assert len(stored(store)) == 2
    assert Call.objects.get().prompt_name == "media.picture"


def test_ones_own_colours_and_fonts_win(draw, brand):
    drawing, _job = draw(brandId=brand.pk, brandColors=["#ABCDEF"], brandFonts=["Source Serif"])
    assert (drawing.colours, drawing.fonts) == (["#abcdef"], ["Source Serif"])


def test_what_is_for_an_item_waits_in_a_queue_of_its_own(draw):
    assert draw(about="blog.Post:5")[1].queue == "media-generation"


def test_a_model_draws_in_its_size_and_we_fit_it(draw, editor, monkeypatch, brand):
    keys.save_key(editor, "openai", "good-key")
    asked = []

    def look(self, wish):
        asked.append(wish)
        file = io.BytesIO()
        Image.new("RGB", (1536, 1024), "red").save(file, "PNG")
        return Picture(file.getvalue(), "image/png", wish.model, wish.model, Usage(10, 1000))

    monkeypatch.setattr(OpenAI, "draw", look)
    drawing, job = draw(model="gpt-image-2.5-flare", brandId="acme", style="cartoon")
    assert drawing.key_owner == "user"
    run(job, drawing)
    with Image.open(drawing.media.file) as picture:
        assert picture.size == (320, 200)
    assert drawing.media.alt_text == ""
    for words in ("Ten quiet films", "cartoon", "#112233", "Manrope"):
        assert words in asked[0].prompt
    call = Call.objects.get()
    assert (call.cost_usd, call.key_owner) == (call.cost_usd.__class__("0.03005"), "user")
    assert call.reserved_usd > call.cost_usd


def test_a_picture_that_is_there_is_not_drawn_again(draw, monkeypatch, store):
    drawing, job = draw()
    with monkeypatch.context() as away:
        away.setattr("media.drawing.keep_made", lambda *args, **more: (_ for _ in ()).throw(Overloaded("later")))
        run(job, drawing)
    assert (job.state, drawing.media is not None) == (State.DELAYED, True)
    monkeypatch.setattr(Offline, "draw", lambda self, wish: pytest.fail("drawn again"))
    Job.objects.update(state=State.WAITING, run_at=timezone.now() - timedelta(seconds=1))
    run(job, drawing)
    assert job.state == State.COMPLETED
    assert MediaFile.objects.filter(parent=None).count() == 1


def test_a_test_is_always_drawn_offline(draw):
    assert draw(model="gpt-image-2.5-flare", is_test=True)[0].model_id == "offline-cards"


def test_the_same_key_is_the_same_picture(draw):
    assert draw(key="k") == draw(key="k")
    with pytest.raises(accepting.KeyReused):
        draw(key="k", prompt="Other")
    assert Drawing.objects.count() == 1


def test_what_cannot_be_drawn(draw, brand, other_tenant):
    Brand.objects.create(tenant=other_tenant, name="Theirs", slug="theirs")
    for name in ("nobody", "theirs", 10**15):
        with pytest.raises(ordering.NoSuchBrand):
            draw(brandId=name)
    with pytest.raises(InvalidKey):
        draw(model="gpt-image-2.5-flare")
    with pytest.raises(ModelGone, match=r"gpt-image-2\.5-flare"):
        draw(model="dall-e-3")
    with pytest.raises(ModelGone):
        draw(model="offline")


@pytest.mark.parametrize(
    "change",
    [{"prompt": ""}, {"prompt": " "}, {"prompt": "x" * 4001}, {"style": "baroque"}, {"dimensions": {"width": 0}},
     {"dimensions": {"width": 5000}}, {"dimensions": {"width": 4096, "height": 4096}}, {"brandColors": ["red"]},
     {"brandColors": ["#112233"] * 7}, {"brandFonts": [""]}, {"colour": "red"}],
)  # fmt: skip
def test_a_wish_that_cannot_be(change):
    with pytest.raises(ValidationError):
        PictureOrder.model_validate({"prompt": "P", **change})


def test_signs_that_no_font_has_are_said(draw):
    drawing, job = draw(text="Quiet 𐎀 films")
    run(job, drawing)
    assert (job.state, drawing.media is not None) == (State.COMPLETED, True)
    assert job.events.filter(message__contains="left out of the card").exists()


def test_a_photograph_stays_a_jpeg(draw, editor, monkeypatch):
    keys.save_key(editor, "openai", "good-key")

    def look(self, wish):
        file = io.BytesIO()
        Image.effect_noise((1536, 1024), 60).convert("RGB").save(file, "JPEG")
        return Picture(file.getvalue(), "image/jpeg", wish.model, wish.model, Usage(10, 1000))

    monkeypatch.setattr(OpenAI, "draw", look)
    drawing, job = draw(model="gpt-image-2.5-flare")
    run(job, drawing)
    assert drawing.media.mime == "image/jpeg"
    with Image.open(drawing.media.file) as picture:
        assert (picture.format, picture.size) == ("JPEG", (320, 200))


def test_a_card_that_cannot_show_all_words_says_so(draw):
    drawing, job = draw(text="", prompt="A very long story about silent films and those who play for them. " * 40)
    run(job, drawing)
    assert drawing.media.alt_text.startswith("A card that begins with the words: A very long story")
    assert len(drawing.media.alt_text) < 120
    assert job.events.filter(message__startswith="Not all words fit").exists()


def test_a_picture_that_is_gone_from_the_store_is_told(draw, monkeypatch, store):
    drawing, job = draw()
    with monkeypatch.context() as away:
        away.setattr("media.drawing.fitting.cover", lambda *args: (_ for _ in ()).throw(Overloaded("later")))
        run(job, drawing)
    for path in store.rglob("original.*"):
        path.unlink()
    Job.objects.update(state=State.WAITING, run_at=timezone.now() - timedelta(seconds=1))
    run(job, drawing)
    assert (job.state, "Order it again" in job.failed_reason) == (State.FAILED, True)
