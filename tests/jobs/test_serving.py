"""Which queue a worker serves next."""

import pytest

from config.queues import Queue
from jobs import table
from jobs.serving import STARVED_SECONDS, Outlook, Serving


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    queues = {q.name: q for q in (Queue("first", concurrency=3), Queue("second", concurrency=2), Queue("third"))}
    monkeypatch.setattr(table, "queues", lambda: queues)
    return Clock()


def serve(serving, got=None, again_in=None):
    name, room = serving.next_queue()
    if room:
        serving.served(name, asked=room, got=room if got is None else got, again_in=again_in)
    return name, room


def test_queues_are_served_in_table_order_each_up_to_its_concurrency(clock):
    serving = Serving(["third", "second", "first"], 32, clock)
    assert (serving.names, serving.slots) == (["first", "second", "third"], 6)
    assert serve(serving) == ("", 0)
    serving.see(Outlook({"first", "second", "third"}))
    assert [serve(serving) for _each in range(4)] == [("first", 3), ("second", 2), ("third", 1), ("", 0)]


def test_a_process_never_has_more_than_its_slots(clock):
    serving = Serving(["first", "second", "third"], 4, clock)
    serving.see(Outlook({"first", "second", "third"}))
    assert [serve(serving) for _each in range(3)] == [("first", 3), ("second", 1), ("", 0)]
    serving.freed("first")
    assert serve(serving) == ("first", 1)


def test_who_waited_thirty_seconds_for_a_slot_gets_the_next_one(clock):
    serving = Serving(["first", "second", "third"], 3, clock)
    serving.see(Outlook({"first", "third"}))
    assert serve(serving) == ("first", 3)
    clock.now += STARVED_SECONDS - 1
    serving.freed("first")
    assert serve(serving) == ("first", 1)
    clock.now += 1
    serving.freed("first")
    assert serve(serving) == ("third", 1)
    serving.freed("first")
    assert serve(serving) == ("first", 1)


def test_a_queue_that_got_less_than_asked_is_left_until_word_comes(clock):
    serving = Serving(["first"], 32, clock)
    serving.heard("first")
    assert serve(serving, got=1) == ("first", 3)
    assert serve(serving) == ("", 0)
    serving.heard("first")
    assert serve(serving, got=0) == ("first", 2)


def test_a_limited_queue_is_left_until_its_time_and_blocks_no_other(clock):
    serving = Serving(["first", "second"], 32, clock)
    serving.see(Outlook({"first", "second"}))
    assert serve(serving, got=1, again_in=7.0) == ("first", 3)
    assert serve(serving) == ("second", 2)
    assert serve(serving) == ("", 0)
    assert serving.rest(clock.now + 60) == pytest.approx(7.0)
    clock.now += 7
    assert serve(serving) == ("first", 2)


def test_the_loop_rests_until_the_next_job_comes_due(clock):
    serving = Serving(["first"], 32, clock)
    serving.see(Outlook(set(), due_in=0.4))
    assert serving.rest(clock.now + 1) == pytest.approx(0.4)


def test_word_of_a_full_queue_is_passed_on_once(clock):
    serving = Serving(["first", "third"], 32, clock)
    serving.heard("third")
    serve(serving, got=1)
    assert serving.to_wake() == {"third"}  # there may be more than this worker has room for
    serving.heard("third")
    assert serving.to_wake() == {"third"}
    assert serving.to_wake() == set()
    assert serving.to_hear() == ["first"]
    serving.freed("third")
    assert serving.to_hear() == ["first", "third"]
