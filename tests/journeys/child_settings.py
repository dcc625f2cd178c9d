"""The settings of Pressroom with queues whose jobs run in child processes."""

from config import queues
from config.queues import Queue

CRUNCH = "tests.journeys.child_tasks.crunch"
queues.QUEUES = (
    Queue("crunching", {"crunch": CRUNCH}, priority=20, concurrency=6, in_child=True, memory_mb=700, backoff=(1, 1)),
    Queue("hasty", {"hasty": f"{CRUNCH}_in_haste"}, priority=20, concurrency=2, in_child=True, timeout=4, backoff=(1,)),
    *queues.QUEUES,
)

from config.settings import *  # noqa: E402, F403
