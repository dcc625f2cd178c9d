"""Figures of a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ai import statistics

EASY = "We show old films. You bring a blanket. It is fun!"
HARD = (
    "Notwithstanding considerable institutional reservations, the restoration committee nevertheless recommended "
    "comprehensive photochemical reconstruction of the surviving nitrate elements."
)


def test_figures_of_a_text() -> None:
    found = statistics.measure(EASY)
    assert (found.words, found.sentences) == (11, 3)
    assert found.sentence_length == pytest.approx(11 / 3)
    assert found.grade == pytest.approx(11 / 3 + 100 / 11)  # "blanket" is the one long word
    assert found.first_person == pytest.approx(1 / 11)
    assert found.second_person == pytest.approx(1 / 11)
    assert found.exclamations == pytest.approx(1 / 3)


def test_what_is_hard_has_a_higher_grade() -> None:
    assert statistics.measure(EASY).grade < 20 < 80 < statistics.measure(HARD).grade


def test_links_hashtags_and_mentions_are_no_words() -> None:
    found = statistics.measure("See https://example.com/a/long/path now #silentfilm @ann.example 🎬🎬")
    assert found.words == 2
    assert (found.hashtags, found.emoji) == (0.5, 1.0)


@pytest.mark.parametrize("text", ["", "   ", "🎬", "#one #two", "https://a.example", "!!!"])
def test_a_text_without_words_has_zeros(text: str) -> None:
    found = statistics.measure(text)
    assert (found.words, found.grade, found.sentence_length) == (0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("One. Two! Three? Four…", 4),
        ("Mr. Lang (1927). Yes", 3),
        ("A line\nanother line", 2),
        ("„Ja.“ Nein.", 2),
        ("3.5 stars", 1),
    ],
)
def test_sentences(text: str, count: int) -> None:
    assert len(statistics.sentences(text)) == count


@given(some.text(max_size=300))
def test_any_text_has_figures_and_the_same_each_time(text: str) -> None:
    found = statistics.measure(text)
    assert found == statistics.measure(text)
    assert 0 <= found.first_person <= 1
    assert 0 <= found.second_person <= 1
    assert found.words == 0 or found.sentences > 0
