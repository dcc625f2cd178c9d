"""Calls made by hand, as a provider's answers would have left them; and a Friday on which the pages are opened."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

import pytest
import time_machine

from ai.models import Call


@pytest.fixture
def friday() -> Iterator[None]:
    with time_machine.travel("2026-11-27T10:00:00+00:00", tick=False):
        yield


def call(tenant, user=None, *, at="2026-11-20T12:00:00+00:00", cost="0.01", reserved="0.02", **columns):
    columns = {
        "provider": "openai", "model_requested": "gpt-6-luna", "key_owner": "user", "prompt_name": "blog.post",
        "prompt_version": 1, "state": "answered", "cost_source": "usage", "inputs": {}, "content_hash": "x",
        "origin": "blog.Batch:1", "step": f"step {Call.objects.count()}", **columns,
    }  # fmt: skip
    moment = datetime.fromisoformat(at)
    return Call.objects.create(
        tenant=tenant,
        user=user,
        created_at=moment,
        finished_at=None if columns["state"] == "sent" else moment,
        cost_usd=Decimal(cost),
        reserved_usd=Decimal(reserved),
        **columns,
    )
