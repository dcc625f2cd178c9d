"""The queue table: pure data, highest priority first; one line is a queue."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Queue:
    """One queue: which tasks wait in it and how they are run.

    tasks        kind (the first part of a job's id) -> dotted path of the task
    priority     higher is served first when slots are scarce
    concurrency  jobs at once in one worker process
    variables    environment variables that replace the concurrency, the first that is set wins
    timeout      seconds one attempt may take
    attempts     tries in all
    backoff      seconds before the 2nd, 3rd ... try; then doubling, with jitter
    patience     seconds a job may be put off by waiting before it fails
    """

    name: str
    tasks: dict[str, str] = field(default_factory=dict)
    priority: int = 0
    concurrency: int = 1
    variables: tuple[str, ...] = ()
    timeout: int = 600
    attempts: int = 3
    backoff: tuple[int, ...] = (5, 15)
    patience: int = 24 * 3600


QUEUES = (
    Queue(
        "blog-generation",
        {"blog-gen": "blog.tasks.generate"},
        priority=4,
        concurrency=2,
        variables=("WORKER_CONCURRENCY",),
        timeout=2 * 3600,
    ),
    Queue("maintenance", {"clean-up": "desk.tasks.clean_up"}, priority=1, concurrency=1),
)
