"""What the jobs of a trial do. The same functions run as tasks of Pressroom and, as they are, under stock RQ.

Each returns {"startedAt", "endedAt"}, seconds of this machine's clock: its own first and last line.
"""

import threading
import time
from contextlib import AbstractContextManager
from functools import cache
from importlib import import_module
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import Notice
from jobs.declaring import Payload, task
from jobs.running import Run

SDKS = ("openai", "anthropic", "google.genai")
Times = dict[str, Any]


class Asked(Payload):
    """A call of the slow server: it listens on `port` of 127.0.0.1 and answers after `ms` milliseconds."""

    port: int
    ms: int


class Rows(Asked):
    """The same with rows: `notice` is the id of the Notice to change, and `number` makes the new one's key unique."""

    notice: int
    number: int


# -- as tasks ---------------------------------------------------------------------------------------------------------


@task
def noop(run: Run) -> Times:
    """Do nothing."""
    return plain_noop()


@task
def limited(run: Run) -> Times:
    """Do nothing, in a queue of its own."""
    return plain_noop()


@task
def call(run: Run, asked: Asked) -> Times:
    """One call."""
    return plain_call(asked.port, asked.ms)


@task
def rows(run: Run, order: Rows) -> Times:
    """One read, two updates and one insert round a call; what comes of the call is written as the owner of the job."""
    return _rows(order.port, order.ms, order.notice, order.number, run.owned())


@task
def warm(run: Run) -> Times:
    """Import what the providers import, as the first job of each does."""
    started = time.time()
    for name in SDKS:
        import_module(name)
    return _since(started)


# -- as they are, for stock RQ ----------------------------------------------------------------------------------------


def plain_noop() -> Times:
    """Do nothing."""
    return _since(time.time())


def plain_call(port: int, ms: int) -> Times:
    """One POST to the slow server; raises the errors of integrations/errors.py."""
    started = time.time()
    _ask(port, ms)
    return _since(started)


def plain_rows(port: int, ms: int, notice: int, number: int) -> Times:
    """The statements of `rows`; RQ has no lease to renew, so that its transaction has two of them and ours three."""
    return _rows(port, ms, notice, number, transaction.atomic())


def prepare() -> None:
    """Import and build what the calls need, for a worker that forks afterwards."""
    _clients()


# -- parts ------------------------------------------------------------------------------------------------------------


def _rows(port: int, ms: int, notice: int, number: int, whole: AbstractContextManager[Any]) -> Times:
    started = time.time()
    row = Notice.objects.get(pk=notice)
    Notice.objects.filter(pk=row.pk).update(subject=f"Asked for {number}")
    _ask(port, ms)
    with whole:
        Notice.objects.filter(pk=row.pk).update(subject=f"Answered {number}", read_at=timezone.now())
        Notice.objects.create(user_id=row.user_id, subject="An answer", key=f"trial-{number}")
    return _since(started)


def _ask(port: int, ms: int) -> None:
    answer = _client().post(f"http://127.0.0.1:{port}/?ms={ms}", json={"prompt": "x" * 500}, timeout=ms / 1000 + 20)
    answer.raise_for_status()


_lock = threading.Lock()
_turn = 0


def _client() -> Any:
    """A client that stays open, as the SDKs get it. One has CONNECTIONS at most: there are as many as slots need."""
    global _turn
    with _lock:
        _turn += 1
        return _clients()[_turn % len(_clients())]


@cache
def _clients() -> list[Any]:
    from integrations import http  # no-op jobs of stock RQ shall not pay for it in each fork

    guard = http.Guard(allow_hosts=settings.OUTBOUND_ALLOW_HOSTS)
    return [http.client(guard) for _each in range(-(-settings.WORKER_SLOTS // http.CONNECTIONS))]


def _since(started: float) -> Times:
    return {"startedAt": started, "endedAt": time.time()}
