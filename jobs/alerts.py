"""What the people who run the server should know before somebody complains: notices, once a day for each matter."""

from datetime import timedelta

from django.db.models import Count, Max
from django.utils import timezone

from accounts import notices
from jobs import health, presence, table
from jobs.models import Job, Process, State

# So many jobs of one queue that failed within an hour, and none that completed since the first of them.
FAILURES = 5
FAILURES_HOURS = 1
# A process that was there and has been silent for so long is missed.
SILENT_MINUTES = 5


def look() -> list[str]:
    """Look at everything and tell superusers what is wrong; returns the subjects of what is wrong now."""
    problems = [*deep_queues(), *failing_queues(), *missing_processes()]
    for subject, body in problems:
        notices.tell_superusers(
            subject, level="warning", body=body, link="/admin/queues/", key=f"{subject}:{timezone.now():%Y-%m-%d}"
        )
    return [subject for subject, _body in problems]


def deep_queues() -> list[tuple[str, str]]:
    """Queues with more waiting jobs than their threshold, as (subject, body)."""
    waiting = Job.objects.filter(state=State.WAITING).order_by().values_list("queue").annotate(Count("pk"))
    return [
        (
            f"The queue {name} is long",
            f"{count} jobs wait in it, more than {table.queues()[name].alert_depth}. Start another "
            "`manage.py rqworker`, or look whether its jobs fail or a limit holds them back.",
        )
        for name, count in waiting
        if name in table.queues() and count > table.queues()[name].alert_depth
    ]


def failing_queues() -> list[tuple[str, str]]:
    """Queues whose newest jobs all failed, as (subject, body)."""
    since = timezone.now() - timedelta(hours=FAILURES_HOURS)
    failed = Job.objects.filter(state=State.FAILED, finished_at__gt=since)
    completed = dict(
        Job.objects.filter(state=State.COMPLETED, finished_at__gt=since)
        .order_by()
        .values_list("queue")
        .annotate(Max("finished_at"))
    )
    problems = []
    for name in failed.order_by().values_list("queue", flat=True).distinct():
        rows = failed.filter(queue=name)
        if last := completed.get(name):
            rows = rows.filter(finished_at__gt=last)
        count = rows.count()
        if count >= FAILURES:
            newest = rows.latest("finished_at")
            body = f"The last {count} jobs failed, the newest one: {newest.failed_reason}. Mend that, then retry them."
            problems.append((f"Jobs of {name} keep failing", body))
    return problems


def missing_processes() -> list[tuple[str, str]]:
    """Workers or schedulers that were there and are gone without having said goodbye, as (subject, body)."""
    silent = timezone.now() - timedelta(minutes=SILENT_MINUTES)
    problems = []
    for kind, cure in (("worker", health.NO_WORKER), ("scheduler", health.NO_SCHEDULER)):
        if not presence.alive(kind) and Process.objects.filter(kind=kind, seen_at__lt=silent).exists():
            problems.append((f"The {kind} is silent", cure))
    if presence.alive("worker") and (unserved := _unserved()):
        problems.append(
            ("Jobs wait in queues without a worker", f"No worker serves {', '.join(unserved)}. {health.NO_WORKER}")
        )
    return problems


def _unserved() -> list[str]:
    waited = timezone.now() - timedelta(minutes=SILENT_MINUTES)
    names = Job.objects.filter(state=State.WAITING, run_at__lt=waited).order_by().values_list("queue", flat=True)
    served = {name for process in presence.alive("worker") for name in process.queues}
    return sorted(set(names.distinct()) - served)
