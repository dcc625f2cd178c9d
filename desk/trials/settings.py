"""The settings of Pressroom with the trials' own queues before all others; the environment says the rest."""

import sys

# structlog loads it where it is installed, and only the development set brings it: workers in production have none.
sys.modules.setdefault("rich", None)  # type: ignore[arg-type]

from config import queues  # noqa: E402
from config.queues import Keep, Queue  # noqa: E402

TRIAL_QUEUES = tuple(
    Queue(
        f"trial-{name}",
        {f"trial-{name}": f"desk.trials.errands.{name}"},
        priority=20,
        concurrency=concurrency,
        completed=Keep(),  # what the retention took away could not be counted
        alert_depth=1_000_000,
    )
    for name, concurrency in {"noop": 50, "limited": 40, "call": 100, "rows": 25, "warm": 1}.items()
)
queues.QUEUES = (*TRIAL_QUEUES, *queues.QUEUES)  # type: ignore[assignment]

from config.settings import *  # noqa: E402, F403
