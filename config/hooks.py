"""Functions of upper rooms that lower rooms call, by dotted path."""

# Called with the jobs.Job inside the transaction that ends it; they may only write rows.
JOB_ENDED = ("blog.batches.job_ended",)

# Called with the new jobs.Job inside the transaction of a person's retry; they may only write rows.
JOB_RETRIED = ("blog.batches.job_retried",)
