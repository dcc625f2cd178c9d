"""Functions of upper rooms that lower rooms call, by dotted path."""

# Called with the jobs.Job inside the transaction that ends it; they may only write rows.
JOB_ENDED = (
    "ai.ledger.job_ended",
    "blog.batches.job_ended",
    "lessons.ordering.job_ended",
    "media.ordering.job_ended",
    "publishing.ordering.job_ended",
    "publishing.mailing.job_ended",
    "publishing.taking_off.job_ended",
    "publishing.delivering.job_ended",
    "publishing.announcing.job_ended",
)

# Accepts a mail, in the transaction of what it is about: (tenant, to, subject, text, kind=, by=).
MAIL = "publishing.mailing.order"

# Called with the new jobs.Job inside the transaction of a person's retry; they may only write rows.
JOB_RETRIED = (
    "blog.batches.job_retried",
    "lessons.ordering.job_retried",
    "media.ordering.job_retried",
    "publishing.ordering.job_retried",
    "publishing.mailing.job_retried",
    "publishing.delivering.job_retried",
)

# Called with the jobs.Job once it is stored: "error" is a failed attempt that will be repeated, "failed" its end.
# They run in the worker, between jobs' own work: keep them short. What they raise is logged and stops nothing.
JOB_EVENTS: dict[str, tuple[str, ...]] = {"completed": (), "failed": (), "error": (), "progress": ()}

# The prompts that a workspace may put into words of its own.
PROMPTS = (
    "blog.prompts.POST",
    "lessons.prompts.OUTLINE",
    "lessons.prompts.SECTION",
    "lessons.prompts.QUIZ",
    "lessons.prompts.REVIEW",
    "media.prompts.PICTURE",
)
