"""The offline cards: exactly the size asked for, the same each time, and readable, measured on their pixels."""

import hashlib
import io
import os
import subprocess
import sys
import time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from integrations.errors import ModelGone, Unsupported
from integrations.providers.base import Drawing, Usage
from integrations.providers.offline import CARDS, Offline
from integrations.providers.offline_cards import breaking, colours, families
from integrations.providers.offline_cards.composing import Card, compose
from integrations.providers.offline_cards.letters import drawable, has, letters_for
from integrations.providers.offline_cards.ordering import STYLES, read
from integrations.providers.offline_cards.setting import ELLIPSIS, Room, Setter
from integrations.providers.offline_cards.words import Words, cleaned, told_apart

NORTHWIND = {"name": "Northwind Films", "colours": ["#0f4c5c", "#fb8b24"], "fonts": ["Georgia"]}
KINO = {"name": "Kino Klub", "colours": ["#E50914"], "fonts": ["Poppins"]}
KIDS = {"name": "Bright Kids Learning", "colours": ["#ffd166", "#06d6a0", "#ef476f"], "fonts": ["Comic Sans MS"]}
GREY = {"name": "Studio Grau", "colours": ["#808080"], "fonts": ["Helvetica Neue"]}
BRANDS: list[dict[str, Any]] = [NORTHWIND, KINO, KIDS, GREY, {}]
SHORT, TITLE = "We are hiring!", "Ten quiet films for a loud autumn"
QUOTE = "“Cinema is a matter of what’s in the frame and what’s out.”\n— Martin Scorsese"
NEWS = "New season, new stories\n\nOne hand-picked film every Friday morning, with no spoilers and no noise."
LONG = "The best teachers I ever had did not explain more than others, but they asked better questions. " * 4
TEXTS = [SHORT, TITLE, QUOTE, NEWS, LONG]
SIZES = [(1080, 1080), (1200, 630), (1080, 1350), (1080, 1920), (1500, 500), (728, 90), (320, 100), (160, 600)]
SIZES += [(300, 250), (120, 120), (64, 64), (16, 16), (16, 700), (700, 16), (17, 4096), (999, 333)]


def drawing(text: Any = TITLE, style: Any = "abstract", brand: Any = None, size: Any = (400, 400)) -> Drawing:
    return Drawing(CARDS, "A card.", *size, facts={"text": text, "style": style, "brand": brand or {}})


def card(*args: Any, **kwargs: Any) -> Card:
    return compose(read(drawing(*args, **kwargs)))


# WCAG 2.2, written down once more: the light of each step of a channel.
LIGHT = [step / 255 / 12.92 if step <= 10 else ((step / 255 + 0.055) / 1.055) ** 2.4 for step in range(256)]


def luminance(colour: Any) -> float:
    return 0.2126 * LIGHT[colour[0]] + 0.7152 * LIGHT[colour[1]] + 0.0722 * LIGHT[colour[2]]


def colours_in(image: Image.Image) -> list[Any]:
    return [colour for _, colour in image.getcolors(image.width * image.height) or []]


def worst_contrast(found: Card) -> float:
    """The least contrast of any writing with any pixel of the ground in the box around it."""
    worst = 21.0
    for mark in found.marks:
        if mark.what != "accent":
            mine = luminance(mark.colour)
            lights = [luminance(colour) for colour in colours_in(found.ground.crop(mark.box.tuple))]
            if min(lights) <= mine <= max(lights):
                return 1.0
            for light in (min(lights), max(lights)):
                worst = min(worst, (max(mine, light) + 0.05) / (min(mine, light) + 0.05))
    return worst


def check_margins(found: Card) -> None:
    """Everything drawn keeps away from the edges, and its ink is all there."""
    width, height = found.ground.size
    margin = int(0.07 * min(width, height))
    for mark in found.marks:
        left, top, right, bottom = mark.mask.getbbox() or (0, 0, 0, 0)
        assert right > left, mark.what
        assert mark.at[0] + left >= margin, mark.what
        assert mark.at[1] + top >= margin, mark.what
        assert mark.at[0] + right <= width - margin, mark.what
        assert mark.at[1] + bottom <= height - margin, mark.what


# -- the provider -----------------------------------------------------------------------------------------------------


def test_it_draws_for_nothing() -> None:
    assert Offline.draws
    picture = Offline().draw(drawing())
    assert (picture.mime_type, picture.model_requested, picture.model_used) == ("image/png", CARDS, CARDS)
    assert (picture.usage, picture.cost) == (Usage(0, 0), Decimal(0))


def test_another_model_draws_nothing() -> None:
    with pytest.raises(ModelGone, match=r'nothing with "gpt-image-2".*"offline-cards"'):
        Offline().draw(Drawing("gpt-image-2", "A film", facts={"text": TITLE}))


def test_pillow_is_not_loaded_to_write() -> None:
    code = "import sys; from integrations.providers.offline import Offline; sys.exit('PIL' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("style", STYLES)
def test_a_card_has_exactly_its_size(style: str, size: tuple[int, int]) -> None:
    picture = Offline().draw(drawing(style=style, brand=NORTHWIND, size=size))
    with Image.open(io.BytesIO(picture.data)) as image:
        image.load()
        assert image.size == size
        assert image.mode == "RGB"
        assert image.get_format_mimetype() == picture.mime_type
        large = size[0] * size[1] > 2_000_000
        assert picture.mime_type == ("image/jpeg" if large else "image/png")
        assert large or image.info == {}, "no metadata"


def test_the_largest_card() -> None:
    picture = Offline().draw(drawing(style="realistic", brand=KIDS, size=(4096, 3906)))
    assert Image.open(io.BytesIO(picture.data)).size == (4096, 3906)
    assert len(picture.data) < 8_000_000


@pytest.mark.parametrize(
    "size", [(15, 100), (100, 15), (0, 0), (-5, 100), (4097, 100), (4096, 4096), ("a", 5), (100.0, 100), (True, 100)]
)
def test_other_sizes_are_refused_with_a_sentence(size: Any) -> None:
    with pytest.raises(Unsupported, match=r"16 to 4096 pixels .* 16 million .* Choose another size\."):
        Offline().draw(drawing(size=size))


@pytest.mark.parametrize("style", STYLES)
def test_the_same_drawing_is_the_same_picture(style: str) -> None:
    wish = drawing(QUOTE, style, KIDS)
    once = Offline().draw(wish).data
    assert Offline().draw(wish).data == once
    code = (
        "import hashlib; from tests.integrations.test_offline_cards import *\n"
        f"print(hashlib.sha256(Offline().draw(drawing(QUOTE, {style!r}, KIDS)).data).hexdigest())"
    )
    other = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "7"},
    )
    assert other.stdout.split()[-1] == hashlib.sha256(once).hexdigest()


@pytest.mark.parametrize("style", STYLES)
def test_different_wishes_are_different_pictures(style: str) -> None:
    wishes = [drawing(text, style, brand) for text in (TITLE, SHORT) for brand in BRANDS]
    assert len({Offline().draw(wish).data for wish in wishes}) == len(wishes)


def test_the_colours_of_the_brand_are_in_it() -> None:
    for style in STYLES:
        seen = {colour for text in TEXTS[:3] for colour in colours_in(card(text, style, KIDS).picture())}
        wanted = [colours.read(colour) for colour in KIDS["colours"]]
        if style != "realistic":
            assert sum(colour in seen for colour in wanted) >= 2, style


def test_it_is_quick() -> None:
    for style in STYLES:
        begun = time.perf_counter()
        Offline().draw(drawing(LONG, style, KIDS, (1080, 1080)))
        assert time.perf_counter() - begun < 3


# -- readable ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("style", STYLES)
def test_all_that_is_written_has_contrast_and_margins(style: str, text: str) -> None:
    sizes = [(540, 540), (600, 315), (450, 800), (750, 250), (300, 250)]
    for brand, size in zip(BRANDS, sizes, strict=True):
        found = card(text, style, brand, size)
        assert worst_contrast(found) >= 4.5, (brand, size)
        check_margins(found)
        assert not found.cut, (brand, size)


def test_what_is_measured_is_what_is_drawn() -> None:
    found = card(TITLE, "realistic", KINO)
    (words,) = [mark for mark in found.marks if mark.what == "words"]
    x, y = next(
        (words.at[0] + x, words.at[1] + y)
        for x in range(words.mask.width)
        for y in range(words.mask.height)
        if words.mask.getpixel((x, y)) == 255
    )
    assert found.picture().getpixel((x, y)) == words.colour


@pytest.mark.parametrize("colour", ["#777777", "#ff0000", "#00ff00", "#ffff00", "#ff6b00", "#1da1f2", "#fff", "#000"])
def test_any_colour_can_be_written_on(colour: str) -> None:
    for style in STYLES:
        for text in TEXTS:
            assert worst_contrast(card(text, style, {"name": "A", "colours": [colour]}, (300, 300))) >= 4.5


def test_words_name_and_accent_are_there() -> None:
    for style in STYLES:
        for size in [(1080, 1080), (1200, 630), (728, 90)]:
            found = [mark.what for mark in card(TITLE, style, NORTHWIND, size).marks]
            assert {"words", "name"} <= set(found), (style, size)
    assert "accent" in [mark.what for mark in card(TITLE, "realistic", NORTHWIND).marks]


def test_words_are_as_large_as_they_can_be() -> None:
    heights = [card(text, "realistic", KINO).marks[0].mask.height / text.count(" ") for text in (SHORT, LONG)]
    assert heights[0] > 3 * heights[1]


def test_too_many_words_end_in_an_ellipsis() -> None:
    found = card(LONG * 8, "minimalist", KINO, (300, 300))
    assert found.cut
    assert worst_contrast(found) >= 4.5
    check_margins(found)


def test_a_giant_word_is_broken() -> None:
    found = card("Donaudampfschifffahrtselektrizitätenhauptbetriebswerk" * 2, "cartoon", KINO)
    assert not found.cut
    check_margins(found)


def test_a_tiny_card_has_an_initial() -> None:
    for style in STYLES:
        found = card(TITLE, style, NORTHWIND, (32, 32))
        assert [mark.what for mark in found.marks] == ["words"]
        check_margins(found)


def test_lines_from_right_to_left_stand_on_the_right() -> None:
    family = families.in_order("sans")
    if not any(has(one.display, "ק") for one in family):
        pytest.skip("no font for Hebrew on this machine")
    found = card("הקולנוע הוא שפה", "abstract", KINO, (600, 300))
    words = next(mark for mark in found.marks if mark.what == "words")
    assert 540 < words.box.right < 590
    assert words.box.left > 60


@given(
    text=st.text(max_size=300) | st.lists(st.sampled_from([*TEXTS, "W" * 80, "🚀", "\n"]), max_size=6).map(" ".join),
    style=st.sampled_from(STYLES),
    name=st.text(max_size=60),
    some=st.lists(st.integers(0, 0xFFFFFF).map("#{:06x}".format) | st.text(max_size=8), max_size=5),
    fonts=st.lists(st.text(max_size=20) | st.sampled_from(["Lora", "Roboto Mono", "Baloo 2"]), max_size=3),
    width=st.integers(16, 500),
    height=st.integers(16, 500),
)
@settings(max_examples=80, deadline=None)
def test_whatever_is_ordered(
    text: str, style: str, name: str, some: list[str], fonts: list[str], width: int, height: int
) -> None:
    try:
        found = card(text, style, {"name": name, "colours": some, "fonts": fonts}, (width, height))
    except Unsupported:
        return
    assert found.picture().size == (width, height)
    assert worst_contrast(found) >= 4.5
    check_margins(found)


# -- what is ordered --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("facts", [{}, None, [], {"text": ""}, {"text": 5, "brand": []}, {"text": "\u200d\n"}])
def test_without_words_there_is_no_card(facts: Any) -> None:
    with pytest.raises(Unsupported, match="need words to set"):
        Offline().draw(Drawing(CARDS, "A card.", 300, 300, facts=facts))


def test_a_name_alone_is_a_card() -> None:
    order = read(drawing("", brand=KINO))
    assert (order.words.headline, order.name) == ("Kino Klub", "")


def test_what_cannot_be_used_is_left_out() -> None:
    brand = {"name": None, "colours": ["red", "#12", 7, "#ABC", "#aabbcc", "0f4c5c"], "fonts": [None, "", "Lora"]}
    order = read(drawing(TITLE, "oil painting", brand))
    assert order.style == "minimalist"
    assert order.colours == ((0xAA, 0xBB, 0xCC), (0x0F, 0x4C, 0x5C))
    assert order.letters.families[0] == families.FAMILIES["serif"]


def test_no_sign_becomes_a_box() -> None:
    text = "Launch 🛸 day \U00012000 is here \U0001f468\u200d\U0001f469\u200d\U0001f467!"
    order = read(drawing(text, brand=KINO))
    assert "\U00012000" in order.lost
    for sign in order.words.headline:
        assert order.letters.path_of(sign, small=False)
    assert "  " not in order.words.headline


def test_a_script_without_a_font_is_refused_with_what_to_do() -> None:
    with pytest.raises(Unsupported, match=r"no letters for this text \(.*\)\. Install fonts"):
        Offline().draw(drawing("\U00012000\U00012001 \U00012002"))


def test_a_family_that_lacks_letters_is_replaced_whole() -> None:
    letters = letters_for("Žluťoučký kůň", families.in_order("playful"))
    assert letters.families[0] == families.FAMILIES["geometric"], "Fredoka has no Czech letters"
    assert drawable("Žluťoučký kůň", letters) == ("Žluťoučký kůň", "")


@pytest.mark.parametrize(
    ("font", "family"),
    [
        ("Georgia", "serif"),
        ("PT Serif", "serif"),
        ("Playfair Display", "serif"),
        ("Noto Sans", "sans"),
        ("SourceSansPro", "sans"),
        ("Open Sans", "sans"),
        ("Microsoft Sans Serif", "sans"),
        ("JetBrains Mono", "sans"),
        ("Poppins", "geometric"),
        ("Futura PT", "geometric"),
        ("Century Gothic", "geometric"),
        ("Comic Neue", "playful"),
        ("Arial Rounded MT Bold", "playful"),
        ("M PLUS Rounded 1c", "playful"),
        ("Permanent Marker", "playful"),
        ("Roboto Slab", "serif"),
        ("Zzyzx", None),
        ("", None),
    ],
)
def test_a_font_stands_for_a_family(font: str, family: str | None) -> None:
    assert families.family_of(font) == family


def test_the_families_have_their_files() -> None:
    for family in families.FAMILIES.values():
        assert os.path.isfile(family.display)
        assert os.path.isfile(family.text)
        assert all(has(family.display, sign) for sign in "AZaz09äéñß€“”…—")
        assert not has(family.display, "\U00012000")


# -- words and lines --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (TITLE, Words(TITLE)),
        (QUOTE, Words("Cinema is a matter of what’s in the frame and what’s out.", "", "Martin Scorsese", True)),
        ('"Be kind." - Ada', Words("Be kind.", "", "Ada", True)),
        ("«Soyez gentils» — Ada", Words("Soyez gentils", "", "Ada", True)),
        ("„Seid nett“", Words("Seid nett", "", "", True)),
        ("“A” and “B”", Words("“A” and “B”")),
        ("A headline\n\nSome words.\n\nMore.", Words("A headline", "Some words.\n\nMore.")),
        ("Two\nlines", Words("Two\nlines")),
        ("From 9 - 5", Words("From 9 - 5")),
        ('"', Words('"')),
    ],
)
def test_the_parts_of_a_text(text: str, words: Words) -> None:
    assert told_apart(cleaned(text)) == words


def test_what_nobody_sees_is_dropped() -> None:
    assert cleaned("a\x00b\u202e \t c\u200b\r\n\n\n\nd \ud800") == "ab c\n\nd"
    assert cleaned("it's 5 % off – now") == "it’s 5\u00a0% off\u00a0– now"
    assert cleaned("Z" + "\u0301" * 50) == "Ź\u0301\u0301\u0301"
    assert cleaned(["no text"]) == ""
    assert len(cleaned("word " * 9000)) <= 2400


def lines_of(text: str, width: int) -> list[str]:
    found = breaking.balanced(breaking.measured(breaking.split(text), len), width, 1)
    assert found
    return found[0]


def test_lines_are_alike_and_no_word_is_left_alone() -> None:
    assert lines_of("one two three four five", 19) == ["one two three", "four five"]
    assert lines_of("Registration closes on Friday", 26) == ["Registration", "closes on Friday"]
    assert lines_of("a well-known name", 9) == ["a well-", "known", "name"]


def test_the_lines_are_no_more_than_needed() -> None:
    for width in range(12, 60):
        few = breaking.filled(breaking.measured(breaking.split(LONG), len), width, 1)
        even = lines_of(LONG, width)
        assert few
        assert len(even) == len(few)
        assert " ".join(even) == LONG.strip()
        assert max(map(len, even)) <= width


def test_chinese_breaks_between_signs_and_not_before_a_stop() -> None:
    assert [text for text, _ in breaking.split("电影，是")] == ["电", "影，", "是"]


def test_a_torn_word_has_parts_alike() -> None:
    parts = breaking.torn(breaking.measured([("x" * 21, True)], len), 20, len)
    assert [len(part.text) for part in parts] == [11, 10]


def test_an_ellipsis_stands_for_what_is_missing() -> None:
    setter = Setter(letters_for(LONG, families.in_order("sans")))
    shortened = setter._shortened(Words(LONG, credit="Ada"), Room(200, 80, 12, 40))
    assert shortened
    assert shortened.headline.endswith(ELLIPSIS)
    assert LONG.startswith(shortened.headline.removesuffix(ELLIPSIS))
    assert shortened.credit == "Ada"
