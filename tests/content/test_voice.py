"""A brand's voice: its fingerprint, the distance of a text with its reasons, banned and required words."""

import json
from typing import Any

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as some

from accounts.models import Brand
from content import measuring, voice
from content.models import Voice
from desk.trials.benching import voice as bench
from publishing.models import Account, Publication
from tests.publishing.conftest import run

pytestmark = pytest.mark.one_ground
BRANDS: dict[str, list[str]] = json.loads(bench.TEXTS.read_text())
FORMAL, LOUD = BRANDS["Northlight Cinema"], BRANDS["Kicks & Co"]


def test_own_texts_are_nearer_than_those_of_others() -> None:
    (finding,) = bench.measure()
    assert finding.holds
    assert finding.figures["brands"] >= 5


def test_the_reasons_say_what_is_otherwise() -> None:
    far = voice.distance(LOUD[0], voice.fingerprint(FORMAL))
    assert far is not None
    assert far.points > 60
    assert len(far.reasons) == 3
    assert {"wording", "sentence_length"} <= {reason.feature for reason in far.reasons}
    assert "words a sentence; the brand has" in " ".join(reason.words for reason in far.reasons)


@pytest.mark.parametrize("text", [*FORMAL[:2], *LOUD[:2], "A", "😀 one"])
def test_parts_add_up_and_are_the_same_each_time(text: str) -> None:
    known = voice.fingerprint(FORMAL)
    far = voice.distance(text, known)
    assert far is not None
    assert far == voice.distance(text, json.loads(json.dumps(known)))
    assert far.points == pytest.approx(sum(part.points for part in far.parts), abs=0.05)
    assert 0 <= far.points <= 100
    assert [part.points for part in far.parts] == sorted((part.points for part in far.parts), reverse=True)


def test_weights_add_up() -> None:
    assert sum(weight for weight, _least, _words in voice.FEATURES.values()) + voice.WORDING == pytest.approx(1)


@pytest.mark.parametrize("texts", [[], FORMAL[:2]])
def test_too_few_texts_say_nothing(texts: list[str]) -> None:
    assert voice.fingerprint(texts) == {}
    assert voice.distance("A text", {}) is None


@given(some.text(max_size=200))
def test_any_text_has_a_distance_or_no_words(text: str) -> None:
    far = voice.distance(text, voice.fingerprint(FORMAL))
    assert far is None or 0 <= far.points <= 100


# -- of a brand -------------------------------------------------------------------------------------------------------


@pytest.fixture
def brand(tenant: Any) -> Brand:
    return Brand.objects.create(tenant=tenant, name="Films", slug="films")


@pytest.fixture
def row(tenant: Any, brand: Brand) -> Voice:
    return Voice.objects.create(tenant=tenant, brand=brand, samples="\n---\n".join(FORMAL[:4]))


@pytest.mark.django_db
def test_it_is_made_of_samples_and_of_what_was_published(row: Voice, brand: Brand, wall: Any, publish: Any) -> None:
    measuring.measure(row)
    assert row.texts == 4
    account = wall()
    Account.objects.filter(pk=account.pk).update(brand=brand)
    for text in LOUD[:2]:
        run(publish(account, text))
    publish(account, "Only planned", draft=True)
    measuring.measure(row)
    assert row.texts == 6
    assert [one.publication.content["text"] for one in measuring.trend(row)] == LOUD[:2]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("A CHEAP trick by the restorer", ["banned word “cheap”"]),
        ("Cheaply made, by the restorer", []),
        ("The latest thing", ["banned word “latest  thing”", "none of the required words"]),
        ("Café of the Restörer", []),
        ("", ["none of the required words"]),
    ],
)
def test_words_that_it_must_and_must_not_use(text: str, words: list[str]) -> None:
    row = Voice(banned="cheap\nlatest  thing\n", required="restorer\narchive")
    found = measuring.word_problems(row, text)
    assert len(found) == len(words)
    for one, part in zip(found, words, strict=True):
        assert part in one


# -- the page ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_page_measures_and_tries(client_for: Any, editor: Any, viewer: Any, brand: Brand) -> None:
    values = {"brand": brand.pk, "samples": "\r\n---\r\n".join(FORMAL[:3]), "banned": "cheap\ncheap",
              "platforms": '["twitter"]', "hashtag_groups": '{"films": ["#silent"]}', "links": "[]",
              "gate": "60"}  # fmt: skip
    assert client_for(viewer).post(reverse("admin:content_voice_add"), values).status_code == 403
    client_for(editor).post(reverse("admin:content_voice_add"), values)
    row = Voice.objects.get()
    assert (row.texts, row.banned, row.platforms, row.hashtag_groups) == (3, "cheap", ["x"], {"films": ["silent"]})
    page = client_for(editor).get(reverse("admin:content_voice_change", args=[row.pk]), {"text": f"{LOUD[0]} cheap"})
    text = page.content.decode()
    assert "of 100 away" in text
    assert "banned word “cheap”" in text
    assert "from 60 on it is held back" in text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("platforms", '["myspace"]', "no platform myspace"),
        ("platforms", '"x"', "list of platforms"),
        ("hashtag_groups", '{"a": ["two words"]}', "is no hashtag"),
        ("hashtag_groups", "[]x", "Enter a valid JSON"),
        ("links", '["javascript:alert(1)"]', "list of addresses"),
        ("gate", "0", "greater than or equal to 1"),
        ("banned", "x" * 101, "100 characters"),
    ],
)
def test_what_makes_no_sense_is_told(
    client_for: Any, editor: Any, brand: Brand, field: str, value: str, words: str
) -> None:
    base = {"brand": brand.pk, "platforms": "[]", "hashtag_groups": "{}", "links": "[]"}
    got = client_for(editor).post(reverse("admin:content_voice_add"), {**base, field: value})
    assert words in got.content.decode()
    assert Voice.objects.count() == 0


@pytest.mark.django_db
def test_a_brand_of_another_workspace_is_not_offered(client_for: Any, editor: Any, other_tenant: Any) -> None:
    theirs = Brand.objects.create(tenant=other_tenant, name="Theirs", slug="theirs")
    values = {"brand": theirs.pk, "platforms": "[]", "hashtag_groups": "{}", "links": "[]"}
    assert (
        "Select a valid choice" in client_for(editor).post(reverse("admin:content_voice_add"), values).content.decode()
    )
    assert Publication.objects.count() == 0
