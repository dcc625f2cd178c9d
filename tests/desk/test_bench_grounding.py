"""`manage.py bench grounding`: the fixed set is what it says it is, and the targets hold."""

import io
import json

import pytest
from django.core.management import call_command

from ai import grounding
from ai.facts.claims import Claim, Report
from desk.trials.benching import grounding as bench
from desk.trials.benching.planting import POSTS, SETS, Planted, Post, posts


@pytest.fixture(scope="module")
def halves() -> dict[str, list[Post]]:
    return {which: list(posts(which)) for which in SETS}


def test_each_half_has_enough_posts_and_errors(halves):
    for made in halves.values():
        assert len(made) >= 50
        assert sum(len(post.errors) for post in made) >= 200
        planted = {error.kind for post in made for error in post.errors}
        assert planted == set(bench.KINDS)
    assert sum(1 for which in SETS for _path in (POSTS / which).glob("*.md")) >= 20


def test_the_halves_share_no_template_and_no_film(halves):
    films = [{post.record["ref"] for post in made} for made in halves.values()]
    assert not films[0] & films[1]
    texts = [{path.read_text() for path in (POSTS / which).glob("*.md")} for which in SETS]
    assert not texts[0] & texts[1]


def test_errors_stand_where_they_are_said_to_and_nothing_else_differs(halves):
    for post in (post for made in halves.values() for post in made):
        mended, moved = post.spoilt, 0
        for error in post.errors:
            start = error.start + moved
            assert mended[start : start + len(error.wrong)] == error.wrong
            mended = mended[:start] + error.right + mended[start + len(error.wrong) :]
            moved += len(error.right) - len(error.wrong)
            assert error.right != error.wrong
        assert mended == post.text


def test_the_set_is_always_the_same(halves):
    assert list(posts("held_out")) == halves["held_out"]


def test_the_command_prints_findings_that_hold():
    out = io.StringIO()
    call_command("bench", "grounding", "--json", stdout=out)
    found = json.loads(out.getvalue().splitlines()[-1])
    assert found["holds"] is True
    assert [(each["set"], each["name"]) for each in found["findings"]] == [
        ("dev", "planted errors"),
        ("dev", "false alarms"),
        ("held-out", "planted errors"),
        ("held-out", "false alarms"),
    ]
    for each in found["findings"]:
        if each["name"] == "planted errors":
            assert all(each["figures"]["recall"][kind] >= bench.LEAST_FOUND for kind in bench.TARGETS)
        else:
            assert each["figures"]["share"] <= bench.MOST_FALSE
    assert "target: at most 3% of the claims of right posts" in out.getvalue()


def test_a_check_that_finds_nothing_misses_the_target(monkeypatch):
    monkeypatch.setattr(grounding, "check", lambda text, record: Report((Claim(0, 1, "x", "name", "supported"),)))
    out = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("bench", "grounding", stdout=out)
    assert ended.value.code == 1
    assert "DOES NOT HOLD" in out.getvalue()


def test_an_error_is_found_only_by_a_claim_on_it():
    post = Post("x", {}, "", "It is 1980.", (Planted("year", 6, 10, "1979", "1980"),))
    beside, on_it = Claim(0, 2, "It", "name", "contradicted"), Claim(6, 10, "1980", "year", "contradicted")
    agreed = Claim(6, 10, "1980", "year", "supported")
    for claims, found in [((beside,), 0), ((agreed,), 0), ((beside, on_it), 1)]:
        assert bench.recall("dev", [(post, Report(claims))]).figures["found"]["year"] == found


def test_every_mark_on_a_right_post_is_a_false_alarm():
    post = Post("x", {}, "It is 1979.", "", ())
    claims = (Claim(0, 2, "It", "name", "not_in_source"), Claim(6, 10, "1979", "year", "supported"))
    finding = bench.false_alarms("dev", [(post, Report(claims))], 1.0)
    assert (finding.figures["share"], finding.holds) == (0.5, False)
