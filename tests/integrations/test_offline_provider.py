"""The offline writer: the same facts give the same article, and nothing in it comes from elsewhere."""

import json
import os
import re
import socket
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from markdown_it import MarkdownIt

from integrations.catalogs.base import Filters, Title
from integrations.catalogs.offline import Offline as Catalog
from integrations.errors import ModelGone, Unsupported
from integrations.providers.base import Request, Usage
from integrations.providers.offline import Offline, needs, word_count
from integrations.providers.offline_text import frame, people, reading, work
from integrations.providers.offline_text.phrases import escape, listing, phrases
from integrations.providers.offline_text.slots import Section, Slot

LENGTHS = ["short", "medium", "long"]
TONES = ["friendly", "neutral", "enthusiastic", "critical"]


def catalog(media_type: str) -> list[Title]:
    return list(Catalog().titles("popular", media_type, Filters(), date(2026, 3, 14)))


FILMS, SERIES = catalog("movie"), catalog("tv")
BY_NAME = {title.name: title for title in [*FILMS, *SERIES]}
SAMPLE = [*FILMS[::4], *SERIES[::2]]
BARE = Title(ref="movie:bare", media_type="movie", name="Bare")
FROM_ELSEWHERE = Title(
    ref="movie:tmdb:1",
    media_type="movie",
    name="Die _Zeit_ [neu]",
    year=2020,
    release_date="2020-02-29",
    runtime=61,
    rating=6.04,
    rating_count=1,
    awards="Won *the* prize.",
    overview="A # story\n\n<script>alert(1)</script> with `code`",
    cast=["Robert Downey Jr.", "A * B"],
    source="TMDb",
)


def write(title: Title, length: str = "medium", tone: str = "neutral", language: str = "en") -> str:
    facts = {"title": title.facts(), "language": language, "length": length, "tone": tone}
    return Offline().complete(Request("offline", "system", "prompt", facts)).text


# --- the provider -----------------------------------------------------------------------------------------------


def test_it_says_that_it_is_no_language_model() -> None:
    (model,) = Offline().models()
    assert (Offline.needs_key, Offline.is_language_model) == (False, False)
    assert (model.id, model.label) == ("offline", "Offline writer")
    assert "No language model writes" in model.blurb
    assert "no key" in model.blurb


def test_it_costs_nothing_and_counts_no_tokens() -> None:
    answer = Offline().complete(Request("offline", "", "", {"title": BARE.facts()}))
    assert (answer.usage, answer.cost, answer.finish) == (Usage(0, 0), Decimal(0), "stop")
    assert answer.model_requested == answer.model_used == "offline"


def test_an_unknown_model_is_refused_with_the_one_there_is() -> None:
    with pytest.raises(ModelGone, match=r'no model "gpt-x".*"offline"'):
        Offline().complete(Request("gpt-x", "", "", {"title": BARE.facts()}))


@pytest.mark.parametrize("facts", [{}, {"title": None}, {"title": "Alien"}, {"title": {}}, {"title": {"name": ""}}])
def test_without_facts_it_does_not_write(facts: dict[str, Any]) -> None:
    with pytest.raises(Unsupported, match="needs catalog facts; choose an AI model for free text"):
        Offline().complete(Request("offline", "", "Write something about Alien", facts))


def test_it_needs_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("network")

    monkeypatch.setattr(socket, "socket", refuse)
    assert write(FILMS[0])


# --- determinism ------------------------------------------------------------------------------------------------


def test_the_same_facts_give_the_same_bytes_in_another_process() -> None:
    code = (
        "import json, sys; from integrations.providers.offline import article;"
        "sys.stdout.buffer.write(article(json.load(sys.stdin)).encode())"
    )
    facts = {"title": BY_NAME["Alien"].facts(), "language": "en", "length": "long", "tone": "critical"}
    for seed in ("1", "2"):
        run = subprocess.run(
            [sys.executable, "-c", code],
            input=json.dumps(facts).encode(),
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        )
        assert run.stdout.decode() == write(BY_NAME["Alien"], "long", "critical")


def test_the_prompt_changes_nothing_and_the_order_of_the_facts_neither() -> None:
    facts = {"title": FILMS[0].facts(), "language": "en", "length": "short", "tone": "neutral"}
    shuffled = {"tone": "neutral", "title": dict(reversed(facts["title"].items())), "length": "short", "language": "en"}
    one = Offline().complete(Request("offline", "a", "b", facts))
    two = Offline().complete(Request("offline", "c", "d", shuffled))
    assert one.text == two.text


def test_length_tone_and_facts_change_the_text() -> None:
    texts = {write(FILMS[0], length, tone) for length in LENGTHS for tone in TONES}
    assert len(texts) == len(LENGTHS) * len(TONES)
    assert write(FILMS[0]) != write(replace(FILMS[0], rating=1.0))


def test_unknown_length_and_tone_fall_back_on_medium_and_neutral() -> None:
    assert write(FILMS[0], "endless", "sarcastic") == write(FILMS[0], "medium", "neutral")


# --- nothing invented -------------------------------------------------------------------------------------------


def allowed_numbers(title: Title) -> set[int]:
    """All numbers of the facts, and those that follow from them."""
    facts = {name: value for name, value in title.facts().items() if name != "ref"}
    found = {int(number) for number in re.findall(r"\d+", json.dumps(facts, ensure_ascii=False).replace(",", ""))}
    found |= {10, len(title.cast)}
    for year in filter(None, [title.year, title.last_year]):
        found |= {year, year // 10 * 10}
    if title.last_year:
        found.add(title.last_year - title.year + 1)
    if title.runtime:
        end = 20 * 60 + title.runtime
        found |= {title.runtime % 60, title.runtime // 60, abs(120 - title.runtime), end // 60 - 12, end % 60}
    if title.episodes:
        found.add(round(title.episodes / title.seasons))
    return found | {len(getattr(title, fact)) for fact in ("writers", "genres", "production")}


def without_facts(text: str, title: Title) -> str:
    """The article with every fact replaced by "x", so that only the templates are left."""
    facts = [value for value in title.facts().values() if isinstance(value, str)]
    facts += [name for value in title.facts().values() if isinstance(value, list) for name in value]
    facts += [escape(fact) for fact in facts]
    for fact in sorted(facts, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(fact.rstrip('.'))}(?!\w)", "x", text, flags=re.IGNORECASE)
    return text


DAYS = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}
MONTHS = {date(2000, month, 1).strftime("%B") for month in range(1, 13)}


@pytest.mark.parametrize("title", [*SAMPLE, BARE, FROM_ELSEWHERE], ids=lambda title: title.ref)
def test_every_number_and_name_comes_from_the_facts(title: Title) -> None:
    for length in LENGTHS:
        text = write(title, length, TONES[len(title.name) % 4])
        numbers = {int(number) for number in re.findall(r"\d+", text.replace(",", ""))}
        assert numbers <= allowed_numbers(title), numbers - allowed_numbers(title)

        prose = without_facts(text.replace(escape(title.overview), ""), title)
        inside = set(re.findall(r"(?<=[a-z0-9,;] )[A-Z]\w+", prose.replace("*", "")))
        assert inside <= DAYS | MONTHS | {"Oscar", "Oscars", "Pressroom"}, inside
        if title.release_date:
            day = date.fromisoformat(title.release_date)
            assert inside & DAYS <= {day.strftime("%A")}
            assert inside & MONTHS <= {day.strftime("%B")}
        else:
            assert not inside & (DAYS | MONTHS)


def test_the_check_above_notices_an_invented_name_and_number(monkeypatch: pytest.MonkeyPatch) -> None:
    invented = "{name} was filmed in Paris in 1901 by {by}."
    monkeypatch.setattr(frame, "OPENINGS", [[invented]])
    with pytest.raises(AssertionError):
        test_every_number_and_name_comes_from_the_facts(BY_NAME["Alien"])


def test_the_plot_is_only_told_in_the_words_of_the_overview() -> None:
    headings = {f"## {heading}" for heading in work.STORY.headings}
    for title in SAMPLE:
        text = write(title)
        if title.overview:
            assert escape(title.overview) in text
        else:
            assert not headings & set(text.splitlines())


def test_no_praise_no_billing() -> None:
    words = re.compile(r"\b(masterpiece|classic|starring|stars|leads?|iconic|acclaimed|beloved|must-see|best)\b", re.I)
    for title in SAMPLE:
        if not words.search(json.dumps(title.facts())):
            text = write(title, "long", "enthusiastic").replace("the best source", "")
            assert not words.search(text), words.search(text)


# --- length and shape -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("length", "least", "most"), [("short", 140, 260), ("medium", 200, 380), ("long", 260, 620)])
def test_articles_have_the_length_that_was_asked_for(length: str, least: int, most: int) -> None:
    counts = [word_count([write(title, length)]) for title in SAMPLE]
    assert least <= min(counts), min(counts)
    assert max(counts) <= most, max(counts)


def test_the_more_length_the_more_words() -> None:
    for title in FILMS[:40]:
        short, medium, long = (word_count([write(title, length)]) for length in LENGTHS)
        assert short < medium < long


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("media_type", ["movie", "tv"])
def test_even_a_bare_name_gives_a_hundred_and_twenty_words(length: str, media_type: str) -> None:
    for number in range(20):
        text = write(Title(ref=f"x:{number}", media_type=media_type, name=f"Bare {number}"), length)
        assert len(text.split()) >= 120
        assert "no plot summary" in text.lower()


@pytest.mark.parametrize("title", [*SAMPLE, BARE, FROM_ELSEWHERE], ids=lambda title: title.ref)
def test_the_markdown_is_well_formed(title: Title) -> None:
    for length in LENGTHS:
        text = write(title, length)
        tokens = MarkdownIt().parse(text)
        kinds = [token.type for token in tokens]
        headings = [tokens[place + 1].content for place, kind in enumerate(kinds) if kind == "heading_open"]
        levels = [token.tag for token in tokens if token.type == "heading_open"]
        assert text.startswith("# ")
        assert text.endswith("*\n")
        assert not text.endswith("\n\n")
        assert levels[0] == "h1"
        assert set(levels[1:]) == {"h2"}
        assert len(set(headings)) == len(headings)
        assert kinds.count("bullet_list_open") == 1
        assert {"html_block", "code_block", "fence", "ordered_list_open"}.isdisjoint(kinds)
        assert all("{" not in line.replace("\\{", "") for line in text.splitlines())
        last = text.strip().splitlines()[-1]
        assert last.startswith("*Written by Pressroom's offline writer from catalog facts")
        assert "no language model wrote it" in last


def test_the_story_comes_first_and_a_list_of_key_facts_is_there() -> None:
    text = write(BY_NAME["Casablanca"], "long")
    for line in ("Director:** Michael Curtiz", "Released:** 26 November 1942", "Score:** 9.4/10 from 135 reviews"):
        assert f"- **{line}\n" in text
    headings = re.findall(r"^## (.+)$", text, re.M)
    known = work.STORY.headings
    assert next(heading for heading in headings if heading not in frame.GLANCE_HEADINGS) in known


def test_special_characters_are_escaped() -> None:
    text = write(BY_NAME["M*A*S*H"])
    assert "*M\\*A\\*S\\*H*" in text
    html = MarkdownIt().render(text)
    assert "<em>M*A*S*H</em>" in html
    html = MarkdownIt().render(write(FROM_ELSEWHERE))
    assert "<script" not in html
    assert "<code" not in html
    assert "Die _Zeit_ [neu]" in html
    assert "A # story &lt;script&gt;alert(1)&lt;/script&gt; with `code`." in html


# --- language ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", LENGTHS)
def test_the_grammar_of_every_article(length: str) -> None:
    for title in [*SAMPLE, FROM_ELSEWHERE]:
        text = without_facts(write(title, length), title)
        assert not re.search(r"\b(a) (?=[aeio]\w)|\ban (?=[^aeiohx\W\d])", text)
        assert not re.search(r"\b(1|one) (reviews|votes|minutes|hours|seasons|episodes|labels|credits)\b", text)
        assert not re.search(r"\b([2-9]|two|three) (review|vote|minute|hour|season|episode|language)\b", text)
        assert not re.search(r"  |\.\.|,,| [,.;]|\? ?\.", text)


def test_one_review_is_one_review_and_votes_are_votes() -> None:
    one = replace(BY_NAME["Alien"], rating_count=1)
    assert "from 1 review\n" in write(one)
    assert "1 reviews" not in write(one, "long")
    assert "from 1 vote\n" in write(FROM_ELSEWHERE)


def test_an_abbreviation_at_the_end_of_a_sentence_keeps_one_full_stop() -> None:
    assert "Downey Jr.." not in "".join(write(replace(FROM_ELSEWHERE, cast=["Robert Downey Jr."]), x) for x in LENGTHS)
    assert "Love.*." not in "".join(write(BY_NAME["Crazy, Stupid, Love."], x, y) for x in LENGTHS for y in TONES)


def test_long_casts_are_cut_and_said_to_be() -> None:
    text = write(BY_NAME["Titanic"], "long")
    assert ", among others" in text
    assert sum(name in text for name in BY_NAME["Titanic"].cast) <= 9  # eight, and the director, who is in it


def test_lists_have_an_oxford_comma() -> None:
    assert [listing(list("ab")), listing(list("abc")), listing(list("abc"), "or")] == [
        "a and b",
        "a, b, and c",
        "a, b, or c",
    ]


@pytest.mark.parametrize("language", ["de", "pt-BR"])
def test_other_languages_are_declined_in_the_last_paragraph(language: str) -> None:
    last = write(FILMS[0], language=language).strip().splitlines()[-1]
    assert f'"{language}"' in last
    assert "only writes English" in last
    assert "only writes English" not in write(FILMS[0], language="en-GB")


# --- variety ----------------------------------------------------------------------------------------------------


def test_forty_posts_side_by_side_do_not_look_stamped() -> None:
    texts = [write(title) for title in FILMS[:40]]
    openings = [re.split(r"(?<=[.?]) (?=[A-Z])", text.splitlines()[2])[0] for text in texts]
    assert len(set(openings)) == 40
    shapes = Counter(
        re.sub(r"\d[\d.]*", "0", without_facts(opening, title)) for opening, title in zip(openings, FILMS, strict=False)
    )
    assert len(shapes) >= 12, shapes
    assert shapes.most_common(1)[0][1] <= 10, shapes
    assert len({tuple(re.findall(r"^## .+$", text, re.M)) for text in texts}) >= 39
    titles = Counter(
        re.sub(r"\d+", "0", without_facts(text.splitlines()[0], t)) for text, t in zip(texts, FILMS, strict=False)
    )
    assert len(titles) >= 8, titles
    assert titles.most_common(1)[0][1] <= 10, titles


def all_sections() -> list[Section]:
    return [value for file in (people, work, reading) for value in vars(file).values() if isinstance(value, Section)]


def all_slots() -> list[Slot]:
    return [frame.POST_TITLES, frame.OPENINGS, *[slot for section in all_sections() for slot in section.slots]]


def test_every_template_can_be_used() -> None:
    universe: set[str] = set()
    for title in [*FILMS, *SERIES, BARE, FROM_ELSEWHERE, replace(SERIES[0], runtime=47)]:
        universe |= phrases(title.facts()).keys()
    for slot in all_slots():
        for template in (template for tier in slot for template in tier):
            assert needs(template) <= universe, template


def test_every_tone_and_part_has_at_least_six_wordings() -> None:
    for table in (frame.TONES, frame.FAREWELLS):
        assert set(table) == set(TONES)
        assert all(len(set(sentences)) >= 6 for sentences in table.values())
    assert all(len(slot[0]) >= 6 for slot in all_slots())
    for headings in (frame.GLANCE_HEADINGS, frame.PEOPLE_HEADINGS, *[section.headings for section in all_sections()]):
        assert len(set(headings)) >= 6, headings
