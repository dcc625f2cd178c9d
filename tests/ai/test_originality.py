"""Near-duplicates by shingles."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ai import originality

TEXT = (
    "Silent films in the courtyard, every Friday at nine. Bring a blanket and a friend who has never seen Keaton run."
)
NEAR = "Silent films in our courtyard, every Friday at nine! Bring a blanket, and a friend who never saw Keaton run."
LONGER = (
    f"{TEXT} This week we show The General with Ida at the piano, and the bar is open from eight. Come early, please."
)
OTHER = "The restoration of Metropolis took eleven years and began with a reel that was found in Buenos Aires in 2008."


@pytest.mark.parametrize(
    ("other", "alike"),
    [
        (TEXT, True),
        (TEXT.upper(), True),
        (f"{TEXT} https://a.example #film", True),
        (LONGER, True),
        (OTHER, False),
        ("", False),
    ],
)
def test_what_is_a_repeat(other: str, alike: bool) -> None:
    assert bool(originality.matches(TEXT, [("x", other)])) is alike


def test_a_text_in_other_words_is_between() -> None:
    found = originality.likeness(originality.shingles(TEXT), originality.shingles(NEAR))
    assert 0.3 < found < 1


def test_the_nearest_comes_first_and_the_score_is_what_is_left() -> None:
    found = originality.matches(TEXT, [("other", OTHER), ("near", NEAR), ("same", TEXT)], least=0.2)
    assert [one.key for one in found] == ["same", "near"]
    assert originality.score(TEXT, [OTHER, TEXT]) == 0
    assert originality.score(TEXT, [OTHER]) == 100
    assert originality.score(TEXT, []) == 100


def test_a_few_shared_words_are_no_repeat() -> None:
    assert originality.matches("See you on Friday", [("x", f"See you on Friday at the {OTHER}")]) == []


@given(some.text(max_size=200), some.text(max_size=200))
def test_likeness_is_the_same_both_ways_and_between_nothing_and_all(one: str, other: str) -> None:
    a, b = originality.shingles(one), originality.shingles(other)
    assert originality.likeness(a, b) == originality.likeness(b, a)
    assert 0 <= originality.likeness(a, b) <= 1
    assert not a or originality.likeness(a, a) == 1
