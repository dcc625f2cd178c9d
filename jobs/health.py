"""Is everything there that jobs need, and why does a job wait? Each answer is a sentence with the next step."""

from django.db import Error as DatabaseError
from django.utils import timezone

from jobs import carrying, presence
from jobs.models import Job, State

HEALTHY = "ok"
NO_REDIS = (
    "Redis cannot be reached. Accepted jobs are safe in the database and start when it is back: "
    "start it with `manage.py up`, or check REDIS_URL."
)
NO_WORKER = "No worker is running. Start one with `manage.py rqworker`, or everything with `manage.py up`."
NO_SCHEDULER = "No scheduler is running; the workers keep the clocks meanwhile. Start one with `manage.py rqscheduler`."


def checks() -> dict[str, str]:
    """The state of database, redis, worker and scheduler: "ok" or a sentence that says what to do."""
    try:
        worker = HEALTHY if presence.alive("worker") else NO_WORKER
        scheduler = HEALTHY if presence.alive("scheduler") else NO_SCHEDULER
        database = HEALTHY
    except DatabaseError:
        database = "The database cannot be reached. Check DATABASE_URL and that the server runs."
        worker = scheduler = "unknown while the database is away"
    return {
        "database": database,
        "redis": HEALTHY if carrying.is_reachable() else NO_REDIS,
        "worker": worker,
        "scheduler": scheduler,
    }


def waiting_for(job: Job) -> str:
    """Why a job has not started yet, in a sentence; empty when it runs, has ended, or will start in a moment."""
    if job.state == State.DELAYED:
        return f"{job.waiting_for} (until {job.run_at:%Y-%m-%d %H:%M:%S} UTC)" if job.waiting_for else ""
    if job.state != State.WAITING or (timezone.now() - job.created_at).total_seconds() < 1:
        return ""
    if not carrying.is_reachable():
        return NO_REDIS
    if not presence.serves(job.queue):
        return NO_WORKER
    ahead = Job.objects.filter(queue=job.queue, state=State.WAITING, run_at__lt=job.run_at).exclude(pk=job.pk).count()
    return f"{ahead} {'job is' if ahead == 1 else 'jobs are'} before it in {job.queue}." if ahead else ""
