"""The settings of Pressroom with queues of the tests' own."""

from config import queues
from config.queues import Queue

NOTE = "tests.journeys.engine_tasks.note"
queues.QUEUES = (
    Queue("one-by-one", {"one": NOTE}, priority=20, concurrency=1),
    Queue("limited", {"limited": f"{NOTE}_limited"}, priority=19, concurrency=20),
    *queues.QUEUES,
)

from config.settings import *  # noqa: E402, F403
