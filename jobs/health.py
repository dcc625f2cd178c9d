"""Is everything there that jobs need, and why does a job wait? Each answer is a sentence with the next step."""

from django.db import Error as DatabaseError
from django.db.models import Q
from django.utils import timezone

from jobs import carrying, presence, reasons
from jobs.models import Job, State
from jobs.reasons import NO_REDIS, NO_SCHEDULER, NO_WORKER, NOT_CONNECTED, REDIS_FULL

HEALTHY = "ok"
EVICTS = (
    "Redis may throw queue entries away: its maxmemory-policy is {policy}. "
    "Set maxmemory-policy noeviction in redis.conf (or CONFIG SET) and restart."
)


def checks() -> dict[str, str]:
    """The state of database, redis, worker and scheduler: "ok" or a sentence that says what to do."""
    carrier = redis()
    try:
        worker = HEALTHY if presence.alive("worker") else NO_WORKER
        if worker == carrier == HEALTHY and not presence.able():
            worker = NOT_CONNECTED
        scheduler = HEALTHY if presence.alive("scheduler") else NO_SCHEDULER
        database = HEALTHY
    except DatabaseError:
        database = "The database cannot be reached. Check DATABASE_URL and that the server runs."
        worker = scheduler = "unknown while the database is away"
    return {
        "database": database,
        "redis": carrier,
        "worker": worker,
        "scheduler": scheduler,
    }


def redis() -> str:
    """The state of Redis: one that has room and throws nothing away is "ok", one that does not tell too."""
    memory = carrying.memory()
    if memory is None:
        return HEALTHY if carrying.is_reachable() else NO_REDIS
    if memory.policy != carrying.KEEPS_ALL:
        return EVICTS.format(policy=memory.policy)
    return REDIS_FULL if memory.is_full else HEALTHY


def waiting_for(job: Job, known: dict[str, str] | None = None) -> str:
    """Why a job has not started yet, in a sentence; empty when it runs, has ended, or will start in a moment.

    `known` keeps what was found of each queue, for the next job of a list.
    """
    if job.state == State.DELAYED:
        return f"{job.waiting_for} (until {job.run_at:%Y-%m-%d %H:%M:%S} UTC)" if job.waiting_for else ""
    if job.state != State.WAITING or (timezone.now() - job.created_at).total_seconds() < 1:
        return ""
    known = {} if known is None else known
    if job.queue not in known:
        active = Job.objects.filter(queue=job.queue, state=State.ACTIVE).count()
        found = reasons.of_queue(job.queue, active, presence.alive("worker"), carrying.is_reachable())
        known[job.queue] = found.sentence
    if known[job.queue]:
        return known[job.queue]
    # Workspaces take turns: only the jobs of its own are before it.
    before = Q(priority__gt=job.priority) | Q(priority=job.priority, run_at__lt=job.run_at)
    ahead = Job.objects.waiting(job.queue).for_tenant(job.tenant).filter(before).exclude(pk=job.pk).count()
    return f"{ahead} {'job is' if ahead == 1 else 'jobs are'} before it in {job.queue}." if ahead else ""
