"""The queue table: pure data, highest priority first; one line is a queue. DESIGN.md section 3 has the numbers."""

from dataclasses import dataclass, field

DAY = 24 * 3600


@dataclass(frozen=True)
class Keep:
    """How long ended jobs stay: for `seconds`, and the newest `count` of a queue at most. None is no limit."""

    seconds: int | None = None
    count: int | None = None


@dataclass(frozen=True)
class Queue:
    """One queue: which tasks wait in it and how they are run.

    tasks               kind (the first part of a job's id) -> dotted path of the task; empty until its room exists
    words               what waits in it, for people
    priority            higher is served first when slots are scarce
    concurrency         jobs at once in one worker process
    variables           environment variables that replace the concurrency, the first that is set wins
    per_minute          starts in any 60 s over all workers; None is no limit
    global_concurrency  jobs at once over all workers; None is no limit
    in_child            CPU-bound: each job in a child process of its own, with at most memory_mb of memory
    timeout             seconds one attempt may take
    attempts            tries in all
    backoff             seconds before the 2nd, 3rd ... try; then doubling, with jitter
    patience            seconds a job may be put off by waiting before it fails
    completed, failed   how long ended jobs stay; cancelled ones stay as long as failed ones
    alert_depth         with more jobs than this waiting, people are told
    """

    name: str
    tasks: dict[str, str] = field(default_factory=dict)
    words: str = ""
    priority: int = 0
    concurrency: int = 1
    variables: tuple[str, ...] = ()
    per_minute: int | None = None
    global_concurrency: int | None = None
    in_child: bool = False
    memory_mb: int = 4096
    timeout: int = 600
    attempts: int = 3
    backoff: tuple[int, ...] = (5, 15)
    patience: int = DAY
    completed: Keep = Keep(seconds=DAY, count=1000)
    failed: Keep = Keep(seconds=7 * DAY)
    alert_depth: int = 1000


CONTENT = ("CONTENT_WORKER_CONCURRENCY",)
LONG = 2 * 3600

QUEUES = (
    Queue(
        "publish.dispatch",
        {"publish": "publishing.tasks.dispatch", "take-off": "publishing.tasks.take_off"},
        words="Publications to send",
        priority=10,
        concurrency=3,
        variables=("PUBLISH_WORKER_CONCURRENCY",),
    ),
    Queue(
        "scheduled-posts",
        {"due": "publishing.tasks.take_due"},
        words="Looking for publications that are due",
        priority=9,
        concurrency=5,
    ),
    Queue(
        "social-posting",
        {"post": "publishing.tasks.post_now"},
        words="Posts to send at once",
        priority=9,
        concurrency=5,
        per_minute=20,
    ),
    Queue("content.regen.single", words="One part of an item to rewrite", priority=8, concurrency=2, variables=CONTENT),
    Queue(
        "approval.notify",
        {"approval": "publishing.tasks.ask_approvers", "remind": "publishing.tasks.remind"},
        words="Approvers to ask",
        priority=7,
        concurrency=5,
    ),
    Queue(
        "email-sending",
        {"mail": "publishing.tasks.send_mail"},
        words="Mails to send",
        priority=7,
        concurrency=10,
        per_minute=100,
    ),
    Queue(
        "whatsapp-messages",
        {"whatsapp": "publishing.tasks.send_whatsapp"},
        words="WhatsApp messages to send",
        priority=7,
        concurrency=3,
        variables=("WA_WORKER_CONCURRENCY",),
    ),
    Queue(
        "image.generate",
        {"image": "media.tasks.draw"},
        words="Brand images to draw",
        priority=6,
        concurrency=2,
        per_minute=10,
    ),
    Queue(
        "webhooks",
        {"webhook": "publishing.tasks.deliver_webhook"},
        words="Webhooks to deliver",
        priority=5,
        concurrency=5,
    ),
    Queue(
        "video-processing",
        {"video": "media.tasks.process"},
        words="Videos to cut and convert",
        priority=5,
        concurrency=2,
        per_minute=5,
        in_child=True,
        timeout=LONG,
    ),
    Queue(
        "content.generate.monthly",
        words="Months of brand posts to write",
        priority=5,
        concurrency=2,
        variables=CONTENT,
        timeout=LONG,
    ),
    Queue("content-generation", words="Briefs to turn into posts", priority=5, concurrency=5, per_minute=20),
    Queue(
        "media-generation",
        {"illustration": "media.tasks.illustrate"},
        words="Images and thumbnails of items",
        priority=4,
        concurrency=2,
        per_minute=10,
    ),
    Queue(
        "transcript-generation",
        {"transcript": "media.tasks.transcribe"},
        words="Recordings to transcribe",
        priority=4,
        concurrency=3,
        per_minute=10,
        in_child=True,
        timeout=LONG,
    ),
    Queue("research", words="Ideas to study", priority=4, concurrency=2, per_minute=5),
    Queue(
        "blog-generation",
        {"blog-gen": "blog.tasks.generate"},
        words="Batches of blog posts to write",
        priority=4,
        concurrency=2,
        variables=("WORKER_CONCURRENCY",),
        per_minute=10,
        timeout=LONG,
        completed=Keep(count=100),
        failed=Keep(),
    ),
    Queue(
        "lesson-generation",
        {"lesson": "lessons.tasks.generate"},
        words="Lessons to write",
        priority=4,
        concurrency=2,
        variables=("LESSON_WORKER_CONCURRENCY", "WORKER_CONCURRENCY"),
        timeout=LONG,
    ),
    Queue(
        "analytics.pull",
        {"numbers": "publishing.tasks.pull"},
        words="Numbers to fetch from the platforms",
        priority=3,
        concurrency=2,
        timeout=LONG,
    ),
    Queue(
        "maintenance",
        {
            "clean-up": "desk.tasks.clean_up",
            "models": "ai.tasks.sync_models",
            "lots": "ai.tasks.poll_lots",
            "trial": "ai.tasks.carry_out_trial",
            "accounts": "publishing.tasks.tend_accounts",
            "nightly-numbers": "publishing.tasks.pull_nightly",
            "notices": "publishing.tasks.forward_notices",
            "webhooks-due": "publishing.tasks.hand_over_webhooks",
        },
        words="Cleaning up and keeping in step",
        priority=1,
        concurrency=1,
    ),
)
