"""The keeper of a worker."""

import threading

import pytest

from jobs import reconciling
from jobs.keeping import Keeper

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def keeper():
    return Keeper("w", ["testing"], set(), stopping=threading.Event(), facts=dict, stuck=print)


def test_tidying_up_that_takes_long_holds_up_no_renewal(keeper, monkeypatch):
    begun, renewed, go_on, tidied = [], [], threading.Event(), threading.Event()

    def tidy(holder):
        begun.append(threading.current_thread())
        tidied.set()
        assert go_on.wait(60)

    monkeypatch.setattr(reconciling, "tidy", tidy)
    monkeypatch.setattr("jobs.keeping.renew", lambda runs, worker: renewed.append(worker))
    keeper._keep(100.0)
    assert tidied.wait(60)
    for tick in (105.0, 110.0, 115.0):
        keeper._keep(tick)
    assert len(renewed) == 4
    assert keeper.is_tidying
    assert len(begun) == 1  # one at a time
    go_on.set()
    begun[0].join(60)
    keeper._keep(120.0)
    keeper._tidier.join(60)
    assert len(begun) == 2


def test_tidying_up_that_stumbles_is_logged_and_tried_again(keeper, monkeypatch, caplog):
    monkeypatch.setattr(reconciling, "tidy", lambda holder: 1 / 0)
    for tick in (100.0, 105.0):
        keeper._keep(tick)
        keeper._tidier.join(60)
    assert caplog.text.count("Tidying up stumbled; it is tried again") == 2
