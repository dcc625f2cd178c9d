import threading
import time

from jobs.threads import Threads


def wait_until(condition, seconds=5.0):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.005)


def test_one_after_the_other_takes_one_thread():
    ended, names = [], []
    pool = Threads(lambda: ended.append(threading.current_thread().name))
    for number in range(20):
        pool.start(lambda: names.append(threading.current_thread().name))
        wait_until(lambda number=number: len(names) == number + 1 and len(pool._idle) == 1)
    assert set(names) == {"job-1"}
    assert pool.count == 1
    assert pool.close(5)
    assert ended == ["job-1"]


def test_as_many_threads_as_jobs_at_once_and_idle_ones_end():
    ended = []
    pool = Threads(lambda: ended.append(1), idle_seconds=0.05)
    go = threading.Barrier(5)
    for _each in range(5):
        pool.start(go.wait)
    wait_until(lambda: len(ended) == 5)
    assert pool.count == 0
    pool.start(lambda: None)
    wait_until(lambda: len(ended) == 6)


def test_an_error_ends_no_thread(caplog):
    pool = Threads(lambda: None)
    pool.start(lambda: 1 / 0)
    wait_until(lambda: len(pool._idle) == 1)
    assert "stumbled" in caplog.text
    assert pool.close(5)


def test_close_says_when_somebody_is_still_busy():
    pool, release = Threads(lambda: None), threading.Event()
    pool.start(release.wait, 5)
    assert not pool.close(0.1)
    release.set()
    assert pool.close(5)
