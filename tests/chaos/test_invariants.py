"""That the judge of chaos can say no: each invariant broken once."""

import zlib
from dataclasses import replace
from itertools import islice
from typing import Any

import pytest

from desk.trials.chaos import canary, faults, leaving
from desk.trials.chaos.invariants import Facts, broken
from jobs import carrying
from tests.jobs.conftest import valkey_server  # noqa: F401

WELL = Facts(
    accepted=["a", "b"],
    states={"a": "completed", "b": "cancelled", "c": "failed"},
    ends={"a": 1, "b": 1, "c": 1},
    films={(1, "x"): 1, (2, "x"): 1},
    posts=[1, 2],
    results=[1, 2],
    calls={"answered": 2, "lost": 1},
    answered={("blog.Batch:1", "x"): 1},
)


def test_a_sound_run_breaks_nothing():
    assert broken(WELL) == []
    assert (WELL.lost, WELL.duplicates) == ([], 0)


@pytest.mark.parametrize(
    ("changes", "words", "lost", "duplicates"),
    [
        ({"accepted": ["a", "gone"]}, "I1: accepted and not in a final state (1): gone", 1, 0),
        ({"states": {**WELL.states, "a": "waiting"}}, "I1: accepted and not in a final state (1): a", 1, 0),
        ({"states": {**WELL.states, "c": "active"}}, "I1: not in a final state (1): c", 0, 0),
        ({"accepted": ["a", "a"]}, "I1: one job for two orders (1): a", 0, 0),
        ({"ends": {**WELL.ends, "b": 2}}, "I1: more than one terminal event (1): b", 0, 1),
        ({"ends": {**WELL.ends, "b": 0}}, "I1: ended without a terminal event (1): b", 0, 0),
        ({"films": {(1, "x"): 3}}, "A film written twice (1): x in 1", 0, 2),
        ({"posts": [1, 2, 3]}, "Posts that no result names (1): 3", 0, 0),
        ({"results": [1, 2, 3]}, "Results that name posts which are not there (1): 3", 0, 0),
        ({"results": [1, 2, 2]}, "Posts that two results name (1): 2", 0, 0),
        ({"answered": {("blog.Batch:1", "x"): 2}}, "Paid for twice (1): blog.Batch:1 x", 0, 1),
        ({"in_flight": ["blog.Batch:1 x"]}, "Calls still in flight although their job has ended (1)", 0, 0),
        ({"unleased": ["a"]}, "I5: active without a live lease (1): a", 0, 0),
    ],
)
def test_each_invariant_can_be_broken(changes, words, lost, duplicates):
    facts = replace(WELL, **changes)
    assert any(sentence.startswith(words) for sentence in broken(facts)), broken(facts)
    assert (len(facts.lost), facts.duplicates) == (lost, duplicates)


def test_a_long_list_is_cut():
    facts = replace(WELL, posts=list(range(1, 100)))
    assert broken(facts) == ["Posts that no result names (97): 3, 4, 5, 6, 7 and 92 more"]


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("kind", ["string", "hash", "list", "set", "zset", "stream", "name"])
def test_a_key_is_found_wherever_it_lies_in_redis(valkey_server, kind, packed):  # noqa: F811
    redis = carrying.connect(valkey_server)
    redis.flushall()
    secret = canary.openai_key()
    value = zlib.compress(f"before {secret} after".encode()) if packed else secret.encode()
    put: dict[str, Any] = {
        "string": lambda: redis.set("k", value),
        "hash": lambda: redis.hset("k", "data", value),
        "list": lambda: redis.rpush("k", b"x", value),
        "set": lambda: redis.sadd("k", value),
        "zset": lambda: redis.zadd("k", {value: 1}),
        "stream": lambda: redis.xadd("k", {"data": value}),
        "name": lambda: redis.set(value, "x"),
    }
    redis.set("other", "harmless")
    put[kind]()
    assert len(canary.in_redis(redis, [secret])) == 1


def test_a_key_is_found_in_files(tmp_path):
    secret = canary.tmdb_key()
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "worker.log").write_text(f"asked with {secret}")
    (tmp_path / "harmless").write_text("nothing")
    assert canary.in_files(tmp_path, [secret]) == ["log/worker.log"]


def test_a_seed_always_gives_the_same_faults_and_every_kind_comes_soon():
    def first(seed: int, kinds: set[str] = set(faults.BAG)) -> list[faults.Fault]:  # noqa: B006
        return list(islice(faults.plan(seed, kinds=kinds, workers=3, lease=3.0), 32))

    assert first(1) == first(1) != first(2)
    assert {fault.kind for fault in first(7)[:16]} == set(faults.BAG)
    assert "postgres crashed" not in {fault.kind for fault in first(1, set(faults.BAG) - {"postgres crashed"})}
    assert all(fault.seconds > 3.0 for fault in first(3) if fault.kind == "worker stopped")


LEFT = leaving.Facts(
    accepted=[1, 2, 3],
    held=[4],
    states={
        1: ("idempotent", "published"), 2: ("blind", "unconfirmed"), 3: ("two-step", "refused"),
        4: ("blind", "scheduled"),
    },
    posts={1: 1, 2: 1, 3: 0, 4: 0},
    cuts=1,
    mails={"a": ("sent", 1), "b": ("unknown", 2), "c": ("failed", 0)},
)  # fmt: skip


def test_what_left_as_it_should_breaks_nothing():
    assert leaving.broken(LEFT) == []
    assert LEFT.duplicates == 0
    assert LEFT.per_class()["blind"] == "1 scheduled, 1 unconfirmed"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"accepted": [1, 9]}, "I1: publications that are not there (1): 9"),
        ({"states": {**LEFT.states, 1: ("blind", "sending")}}, "I1: publications that have not come to rest (1): 1"),
        ({"posts": {**LEFT.posts, 4: 1}}, "Held publications that left (1): 4"),
        ({"posts": {**LEFT.posts, 1: 2}}, "I2: published twice (1): 1"),
        ({"posts": {**LEFT.posts, 1: 0}}, "I3: not on the wall (1): 1"),
        ({"posts": {**LEFT.posts, 3: 1}}, "I3: on the wall, and their row does not say so (1): 3 (two-step refused)"),
        ({"strange": ["k"]}, "I3: on the wall, and of no publication (1): k"),
        ({"states": {**LEFT.states, 2: ("two-step", "unconfirmed")}}, "I4: unconfirmed on a platform that can be"),
        ({"cuts": 0}, "I4: more unconfirmed than 0 cuts (1): 2"),
        ({"armed": [1]}, "Attempts under way at rest"),
        ({"mails": {"a": ("sent", 0)}}, "Mails that never came (1): a"),
        ({"mails": {"a": ("sent", 3)}}, "Mails that came more than twice (1): a"),
        ({"mails": {"a": ("sending", 0)}}, "Mails not at rest (1): a"),
    ],
)
def test_each_invariant_of_what_leaves_can_be_broken(changes, words):
    assert any(sentence.startswith(words) for sentence in leaving.broken(replace(LEFT, **changes)))
