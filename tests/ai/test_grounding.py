"""What a text claims and what its record says: supported, contradicted, not in the source; with exact places."""

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai import grounding
from ai.facts.claims import Claim
from ai.facts.words import distance, fold, is_common, is_given_name, is_misspelt

FILM: dict[str, Any] = {
    "ref": "movie:tmdb-348",
    "media_type": "movie",
    "name": "Alien",
    "year": 1979,
    "release_date": "1979-05-25",
    "runtime": 117,
    "genres": ["Horror", "Science Fiction"],
    "directors": ["Ridley Scott"],
    "writers": ["Dan O'Bannon", "Ronald Shusett"],
    "cast": [
        "Sigourney Weaver",
        "Tom Skerritt",
        "Veronica Cartwright",
        "Harry Dean Stanton",
        "John Hurt",
        "Bolaji Badejo",
    ],
    "countries": ["United Kingdom", "United States"],
    "languages": ["English"],
    "production": ["20th Century Fox", "Brandywine Productions"],
    "rating": 8.17,
    "rating_count": 24312,
    "awards": "Won 1 Oscar. Nominated for 2 Oscars.",
    "overview": "In 2122 the crew of the Nostromo answers a call for help on LV-426. Ellen Ripley fights on.",
    "source": "TMDb",
}
SERIES: dict[str, Any] = {
    "media_type": "tv",
    "name": "The Wire",
    "year": 2002,
    "last_year": 2008,
    "creators": ["David Simon"],
    "cast": ["Dominic West", "Sonja Sohn", "Idris Elba"],
    "networks": ["HBO"],
    "seasons": 5,
    "episodes": 60,
}


def verdicts(text: str, record: dict[str, Any] = FILM) -> dict[str, str]:
    """The claims of a text: what is marked -> the verdict."""
    return {claim.text: claim.verdict for claim in grounding.check(text, record).claims}


def one(text: str, kind: str, record: dict[str, Any] = FILM) -> Claim:
    """The only claim of a kind."""
    (claim,) = [claim for claim in grounding.check(text, record).claims if claim.kind == kind]
    return claim


# -- years and days -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("It came out in 1979.", "supported"),
        ("It came out in 1980.", "contradicted"),
        ("# Alien (1979)", "supported"),
        ("# Alien (1978): a look back", "contradicted"),
        ("*Alien*, a 1987 film, is loud.", "contradicted"),
        ("- **Year:** 1997", "contradicted"),
        ("| Year | 1997 |\n|---|---|", "contradicted"),
        ("The story is set in 2122.", "supported"),  # the overview says so
        ("It follows the 1939 novel.", "not_in_source"),
        ("He was born in 1937.", "not_in_source"),
        ("By 2024 it had become a classic.", "not_in_source"),
        ("Der Film kam 1981 in die Kinos und ist der erste von vier.", "contradicted"),
        ("Le film est sorti en 1979 dans les salles.", "supported"),
    ],
)
def test_years(text: str, verdict: str) -> None:
    assert one(text, "year").verdict == verdict


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("Released on 25 May 1979.", "supported"),
        ("Released on May 25, 1979.", "supported"),
        ("Released on May 25th, 1979.", "supported"),
        ("Released in May 1979.", "supported"),
        ("Released 1979-05-25.", "supported"),
        ("Am 25. Mai 1979 kam der Film in das Kino.", "supported"),
        ("Sorti le 25 mai 1979 dans les salles, le film est un choc.", "supported"),
        ("Estrenada el 25 de mayo de 1979, la película es una joya.", "supported"),
        ("Released on 26 May 1979.", "contradicted"),
        ("Released on May 25, 1980.", "contradicted"),
        ("Released in June 1979.", "contradicted"),
    ],
)
def test_days(text: str, verdict: str) -> None:
    assert one(text, "date").verdict == verdict


def test_a_day_is_not_in_a_record_that_knows_the_year_alone() -> None:
    assert one("Released on 25 May 1979.", "date", FILM | {"release_date": ""}).verdict == "not_in_source"


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("A film of the 1970s.", "supported"),
        ("A film of the late 1970s.", "supported"),
        ("A film of the early 1970s.", "contradicted"),
        ("A film of the seventies.", "supported"),
        ("A film of the '70s.", "supported"),
        ("A film of the 1980s.", "contradicted"),
        ("It would be remade for the 1990s.", "not_in_source"),
    ],
)
def test_decades(text: str, verdict: str) -> None:
    assert one(text, "year").verdict == verdict


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It ran from 2002 to 2008.", {"2002": "supported", "2008": "supported"}),
        ("It ran from 2003 to 2008.", {"2003": "contradicted", "2008": "supported"}),
        ("It began in 2008.", {"2008": "contradicted"}),
        ("It ended in 2002.", {"2002": "contradicted"}),
        ("*The Wire* (2002–2008)", {"The Wire": "supported", "2002": "supported", "2008": "supported"}),
        ("In 2004, everybody watched.", {"2004": "not_in_source"}),
        (
            "The years to remember are 2002, when it began, and 2008, when it ended.",
            dict.fromkeys(["2002", "2008"], "supported"),
        ),
    ],
)
def test_the_years_of_a_series(text: str, expected: dict[str, str]) -> None:
    assert verdicts(text, SERIES) == expected


# -- running times --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("It runs for 117 minutes.", "supported"),
        ("It runs for 118 minutes.", "contradicted"),
        ("A 117-minute nightmare.", "supported"),
        ("Running time: 1h 57m", "supported"),
        ("Running time: 1:57", "supported"),
        ("| Runtime | 127 |\n|---|---|", "contradicted"),
        ("It takes one hour and fifty-seven minutes.", "supported"),
        ("It takes 1 hour and 47 minutes.", "contradicted"),
        ("It runs for about two hours.", "supported"),
        ("It runs for almost two hours.", "supported"),
        ("It runs for over two hours.", "contradicted"),
        ("It runs for two and a half hours.", "contradicted"),
        ("That is three minutes under two hours.", "supported"),
        ("How many minutes does it run? (107)", "contradicted"),
        ("Der Film dauert 117 Minuten und ist ein Klassiker.", "supported"),
        ("Der Film dauert zwei Stunden und siebzehn Minuten und ist der beste.", "contradicted"),
        ("Le film dure 1 h 57 et il est dans les salles.", "supported"),
        ("Film trwa 107 minut i jest do obejrzenia.", "contradicted"),
    ],
)
def test_running_times(text: str, verdict: str) -> None:
    assert one(text, "runtime").verdict == verdict


@pytest.mark.parametrize(
    "text",
    [
        "The first ten minutes are quiet.",
        "A three-minute shot follows.",
        "Ten minutes later it is over.",
        "In 24 hours you forget.",
    ],
)
def test_other_stretches_of_time_are_no_claims(text: str) -> None:
    assert grounding.check(text, FILM).claims == ()


def test_a_running_time_that_the_record_does_not_know() -> None:
    assert one("It runs for 117 minutes.", "runtime", FILM | {"runtime": None}).verdict == "not_in_source"


# -- ratings and counts -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("It has 8.2/10.", "supported"),
        ("It has 8.17 out of 10.", "supported"),
        ("It has eight out of ten.", "supported"),
        ("A rating of 8.2.", "supported"),
        ("A score of nearly 8.5.", "supported"),
        ("A user score of 82 %.", "supported"),
        ("Die Bewertung liegt bei 8,2 von 10 und ist der Beweis.", "supported"),
        ("It has 8.7/10.", "contradicted"),
        ("A rating of 7.", "contradicted"),
        ("Nota media de 7,2 sobre 10 para los que la han visto.", "contradicted"),
        ("On IMDb it has 8.5/10.", "not_in_source"),
    ],
)
def test_ratings(text: str, verdict: str) -> None:
    assert one(text, "rating").verdict == verdict


@pytest.mark.parametrize("text", ["We give it 9/10.", "Nine out of ten people scream.", "My rating: 10 out of 10."])
def test_the_writers_own_verdict_is_no_claim(text: str) -> None:
    assert grounding.check(text, FILM).claims == ()


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("24,312 votes", "supported"),
        ("over 24,000 votes", "supported"),
        ("24,000 votes", "supported"),
        ("24k votes", "supported"),
        ("nearly 25,000 votes", "supported"),
        ("24.312 Stimmen sind für den Film und nicht gegen das Buch", "supported"),
        ("plus de 24 000 votes pour le film et pour les acteurs", "supported"),
        ("24,313 votes", "contradicted"),
        ("over 42,000 votes", "contradicted"),
        ("34,000 votes", "contradicted"),
        ("It won one Oscar.", "supported"),
        ("It won two Oscars.", "contradicted"),
        ("It was nominated for two Academy Awards.", "supported"),
        ("It was nominated for seven Academy Awards.", "contradicted"),
        ("How many Oscars did it win? (Three)", "contradicted"),
    ],
)
def test_counts(text: str, verdict: str) -> None:
    assert one(text, "count").verdict == verdict


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("It has five seasons.", "supported"),
        ("It has six seasons.", "contradicted"),
        ("60 episodes in all", "supported"),
        ("- **Episodes:** 62", "contradicted"),
        ("A season has about 12 episodes.", "supported"),
        ("The sixth season is bad.", "contradicted"),
        ("In season 7 it is over.", "contradicted"),
        ("It ran for six years.", "supported"),
        ("It ran for twelve years.", "contradicted"),
    ],
)
def test_counts_of_a_series(text: str, verdict: str) -> None:
    assert one(text, "count", SERIES).verdict == verdict


def test_money_is_in_no_record() -> None:
    assert verdicts("It cost $11 million, or 9 million pounds.") == dict.fromkeys(
        ["$11 million", "9 million pounds"], "not_in_source"
    )


# -- names ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Directed by Ridley Scott.", {"Ridley Scott": "supported"}),
        ("**Ridley Scott’s** film", {"Ridley Scott": "supported"}),
        ("Everybody knows that Scott waits.", {"Scott": "supported"}),
        ("Directed by R. Scott.", {"R. Scott": "supported"}),
        ("Written by Dan O’Bannon.", {"Dan O’Bannon": "supported"}),
        ("With Harry Stanton and Dean Stanton.", {"Harry Stanton": "supported", "Dean Stanton": "supported"}),
        ("Directed by Ridley Scot.", {"Ridley Scot": "contradicted"}),
        ("Directed by Rildey Scott.", {"Rildey Scott": "contradicted"}),
        ("Directed by Tony Scott.", {"Tony Scott": "contradicted"}),
        ("Directed by James Cameron.", {"James Cameron": "contradicted"}),
        ("The director is James Cameron.", {"James Cameron": "contradicted"}),
        ("James Cameron directed it.", {"James Cameron": "contradicted"}),
        ("James Cameron’s film is loud.", {"James Cameron": "contradicted"}),
        ("Directed by Sigourney Weaver.", {"Sigourney Weaver": "contradicted"}),
        ("Tom Skerritt wrote the script.", {"Tom Skerritt": "contradicted"}),
        ("Starring Ridley Scott.", {"Ridley Scott": "contradicted"}),
        ("| Director | James Cameron |\n|---|---|", {"James Cameron": "contradicted"}),
        ("Who directed it? (James Cameron)", {"James Cameron": "contradicted"}),
        ("It stars Sigourney Weaver, Tom Hanks and Jon Hurt.",
         {"Sigourney Weaver": "supported", "Tom Hanks": "not_in_source", "Jon Hurt": "contradicted"}),
        ("Kubrick would have liked it; so would Fellini.", {"Kubrick": "not_in_source", "Fellini": "not_in_source"}),
        ("Ripley is alone, and the Nostromo is lost.", {"Ripley": "supported", "Nostromo": "supported"}),
        ("It comes from Britain and the USA.", {"Britain": "supported", "USA": "supported"}),
        ("Produced by 20th Century Fox.", {"20th Century Fox": "supported"}),
        ("Based on a story by James Cameron.", {"James Cameron": "not_in_source"}),
        ("The music is by Tony Scott.", {"Tony Scott": "not_in_source"}),
        ("It features Scott’s touch, and Scott plays with light.", {"Scott": "supported"}),
        ("Skerritt made it his own and created a hero.", {"Skerritt": "supported"}),
    ],
)  # fmt: skip
def test_names(text: str, expected: dict[str, str]) -> None:
    assert verdicts(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Nobody hears you. Watching it again helps. Critics agree.",
        "## What Makes It Special\n\n**Our Verdict:** go.",
        "On Friday in July, the American audience and Hollywood cheered on DVD and TV.",
        "| Lead Actors | Running Time |\n|---|---|",
        "P.S. It isn't over. I'd say you can't look away. OK?",
        "The Director, an Oscar winner, waits.",
    ],
)
def test_common_words_with_capitals_are_no_names(text: str) -> None:
    assert grounding.check(text, FILM).claims == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Der Regisseur Ridley Scott erzählt die Geschichte mit großer Ruhe und einem Gefühl für den Raum.",
            {"Ridley Scott": "supported"},
        ),
        ("Regie führte Ridley Skott, und das ist nicht die Wahrheit.", {"Ridley Skott": "contradicted"}),
        ("Regie führte Wim Wenders, und das ist nicht die Wahrheit.", {"Wim Wenders": "contradicted"}),
        ("Sigourney Weavers Blick ist das Beste an dem Film und der Musik.", {"Sigourney Weavers": "supported"}),
        ("W reżyserii Ridleya Scotta film jest do obejrzenia i nie nuży.", {"Ridleya Scotta": "supported"}),
        ("Réalisé par Luc Besson, le film est dans les salles et il plaît.", {"Luc Besson": "contradicted"}),
        ("Dirigida por Ridley Scott, la película es de los Estados Unidos y del Reino Unido.",
         dict.fromkeys(["Ridley Scott", "Estados Unidos", "Reino Unido"], "supported")),
    ],
)  # fmt: skip
def test_names_in_other_languages(text: str, expected: dict[str, str]) -> None:
    assert verdicts(text) == expected


# -- titles -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("*Alien* is loud.", {"Alien": "supported"}),
        ("“Alien” is loud.", {"Alien": "supported"}),
        ("We watched Alien again.", {"Alien": "supported"}),
        ("*Aliens* is loud.", {"Aliens": "contradicted"}),
        ("It recalls *Blade Runner* (1982).", {"Blade Runner": "not_in_source", "1982": "not_in_source"}),
        ("It recalls “The Thing”.", {"The Thing": "not_in_source"}),
        ("It is *not* loud, “as if nothing had happened”.", {}),
    ],
)
def test_titles(text: str, expected: dict[str, str]) -> None:
    assert verdicts(text) == expected


def test_a_longer_title_may_be_shortened_and_is_found_when_misspelt() -> None:
    film = FILM | {"name": "Star Wars: Episode IV – A New Hope", "overview": ""}
    assert verdicts("Star Wars is old.", film) == {"Star Wars": "supported"}
    assert verdicts("*A New Hope* is old.", film) == {"A New Hope": "supported"}
    assert verdicts("*Star Wars: Episode IV – A New Hop* is old.", film) == {
        "Star Wars: Episode IV – A New Hop": "contradicted"
    }
    assert verdicts("# The Grapes of Wroth", FILM | {"name": "The Grapes of Wrath"}) == {
        "The Grapes of Wroth": "contradicted"
    }


def test_a_title_that_is_a_number_is_no_year() -> None:
    film = FILM | {"name": "2012", "year": 2009, "release_date": ""}
    assert verdicts("# 2012 (2009)", film) == {"2012": "supported", "2009": "supported"}


# -- the report -------------------------------------------------------------------------------------

POST = """# Alien (1980)

*Alien* was directed by **Ridley
Scott** &amp; stars [Sigourney Weaver](https://example.com/James_Cameron_1999). It runs
1h&nbsp;58m, \\*no less\\*; see https://example.com/2001/Stanley-Kubrick.

```
1985
```
"""


def test_places_are_those_of_the_markdown() -> None:
    report = grounding.check(POST, FILM)
    assert [claim.text for claim in report.claims] == [POST[claim.start : claim.end] for claim in report.claims]
    found = {claim.text: claim.verdict for claim in report.claims}
    assert found["1980"] == "contradicted"
    assert found["Ridley\nScott"] == "supported"
    assert found["Sigourney Weaver"] == "supported"
    assert found["1h&nbsp;58m"] == "contradicted"
    assert not any("example.com" in text or "Kubrick" in text for text in found)


def test_claims_name_the_field_and_what_it_says() -> None:
    claim = one("It came out in 1980.", "year")
    assert (claim.field, claim.says) == ("year", "1979")
    claim = one("Directed by James Cameron.", "name")
    assert (claim.field, claim.says) == ("directors", "Ridley Scott")


def test_the_score_is_the_share_of_what_is_supported() -> None:
    report = grounding.check("*Alien* came out in 1980. It runs for 117 minutes. Kubrick and Fellini knew it.", FILM)
    assert report.counts == {"supported": 2, "contradicted": 1, "not_in_source": 2}
    assert report.score == 40
    assert [claim.text for claim in report.contradictions] == ["1980"]
    assert json.loads(json.dumps(report.as_json())) == report.as_json()


@pytest.mark.parametrize(("text", "record"), [("", FILM), ("It came out in 1980.", {}), ("Nothing is claimed.", FILM)])
def test_nothing_to_check_is_no_score(text: str, record: dict[str, Any]) -> None:
    report = grounding.check(text, record)
    assert (report.claims, report.score) == ((), None)


def test_the_texts_of_one_thing_are_checked_together() -> None:
    found = grounding.check_all({"title": "Alien (1979)", "body": "It came out in 1980.", "excerpt": ""}, FILM)
    assert (found["score"], found["supported"], found["contradicted"], found["not_in_source"]) == (66, 2, 1, 0)
    assert [len(claims) for claims in found["parts"].values()] == [2, 1, 0]
    assert (found["version"], found["whole"]) == (grounding.VERSION, True)


def test_the_same_text_gives_the_same_report() -> None:
    assert grounding.check(POST, FILM) == grounding.check(POST, dict(reversed(FILM.items())))


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.sampled_from("aA1.9 *_#|`[]()<>&;:'\"“”’\\-–\n\r\t,?!%$éßÄ0/h"), max_size=400))
def test_any_text_is_read_and_claims_never_overlap(text: str) -> None:
    report = grounding.check(text, FILM)
    end = 0
    for claim in report.claims:
        assert end <= claim.start < claim.end <= len(text)
        assert claim.text == text[claim.start : claim.end]
        end = claim.end


@pytest.mark.parametrize(
    "record",
    [
        {
            "name": "x",
            "cast": "no list",
            "year": "1979",
            "runtime": True,
            "release_date": 7,
            "awards": ["a"],
            "overview": None,
        },
        {"name": 5, "directors": [None, 3, ""], "rating": "8", "genres": {"a": 1}},
    ],
)
def test_a_strange_record_is_survived(record: dict[str, Any]) -> None:
    assert grounding.check(POST, record).whole


@pytest.mark.parametrize(
    "bit", [" ", "*X ", "1999 ", "Tom Hanks ", "| A ", "“", "12 minutes and ", "[a](", "Ridley Scot "]
)
def test_a_long_text_does_not_hang_and_its_end_is_left_out(bit: str) -> None:
    began = time.process_time()
    report = grounding.check(bit * (200_000 // len(bit)), FILM)
    assert time.process_time() - began < 15
    assert not report.whole
    assert len(report.claims) <= grounding.MOST_CLAIMS


# -- words ------------------------------------------------------------------------------------------


def test_words_are_compared_without_accents_and_case() -> None:
    assert fold("Bérénice Øst’s Łódź") == "berenice ost's lodz"


@pytest.mark.parametrize(
    ("one_word", "other", "far"), [("scott", "scot", 1), ("scott", "soctt", 1), ("scott", "scott", 0), ("a", "abcd", 3)]
)
def test_distance(one_word: str, other: str, far: int) -> None:
    assert distance(one_word, other, 2) == far


def test_slips_of_the_pen() -> None:
    assert is_misspelt("kubrik", "kubrick")
    assert not is_misspelt("fox", "cox")
    assert not is_misspelt("coppola", "cameron")


@pytest.mark.parametrize(
    "word", ["watching", "unforgettable", "projectionist", "it's", "isn't", "well-known", "colour", "biopic"]
)
def test_common_words(word: str) -> None:
    assert is_common(word)


@pytest.mark.parametrize("word", ["kubrick", "fellini", "o'malley", "casablanka"])
def test_words_that_are_names(word: str) -> None:
    assert not is_common(word)


def test_given_names() -> None:
    assert is_given_name("ridley")
    assert is_given_name("tom")
    assert not is_given_name("will")
