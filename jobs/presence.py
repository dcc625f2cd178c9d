"""Which workers and schedulers are alive, by the database: it can be asked when Redis is away."""

import os
import socket
from datetime import timedelta
from typing import Any

from django.db.models.functions import Now
from django.utils import timezone

from jobs.models import Process, from_now

FRESH_SECONDS = 20


def seen(name: str, kind: str, queues: list[str], facts: dict[str, Any] | None = None) -> None:
    """Note that this process is alive; `facts` are numbers to show: jobs in hand, slots, connections, memory."""
    facts = facts or {}
    if not Process.objects.filter(pk=name).update(seen_at=Now(), queues=queues, facts=facts):
        Process.objects.filter(seen_at__lt=timezone.now() - timedelta(days=1)).delete()
        Process.objects.create(
            name=name,
            kind=kind,
            host=socket.gethostname(),
            pid=os.getpid(),
            queues=queues,
            facts=facts,
            started_at=timezone.now(),
            seen_at=Now(),
        )


def gone(name: str) -> None:
    """Note that this process ends."""
    Process.objects.filter(pk=name).delete()


def alive(kind: str) -> list[Process]:
    """The processes of a kind ("worker", "scheduler") that were seen lately."""
    return list(Process.objects.filter(kind=kind, seen_at__gt=from_now(-FRESH_SECONDS)))


def able() -> list[Process]:
    """The workers that were seen lately and can start something: those that have a connection to Redis."""
    return [process for process in alive("worker") if process.facts.get("connected") is not False]
