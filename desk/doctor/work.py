"""Workers, scheduler, queues and jobs: does work get done?"""

from datetime import timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from config.schedule import CLOCKS
from desk.doctor.findings import FAIL, NOTE, OK, Finding, Seen, counted, fail, note, ok
from jobs import counting, inspecting, presence, table
from jobs.models import ClockState, Job, State, from_now

SLOW_SECONDS, STUCK_SECONDS = 60, 600
LAPSED_SECONDS = 60  # the workers return such jobs every five seconds
LATE_SECONDS = 120
REASON_LENGTH = 200


def worker(seen: Seen) -> Finding:
    """A worker is alive and reaches Redis."""
    workers = seen.workers = presence.alive("worker")
    if not workers:
        cure = "Start one with `manage.py rqworker`, or everything with `manage.py up`; should it end again, read its "
        cure += f"log ({settings.VAR_DIR}/log/worker.log)."
        if not settings.ENABLE_WORKERS:
            cure = "Start `manage.py rqworker` on another machine, or set ENABLE_WORKERS=true on this one."
        return fail("No worker is running: accepted jobs wait.", cure)
    hosts = len({process.host for process in workers})
    busy = sum(process.facts.get("busy", 0) for process in workers)
    slots = sum(process.facts.get("slots", 0) for process in workers)
    sentence = f"{counted(len(workers), 'worker')} on {counted(hosts, 'machine')}, {busy} of {slots} slots busy."
    deaf = [process.name for process in workers if process.facts.get("connected") is False]
    if deaf:
        finding = fail if len(deaf) == len(workers) else note
        return finding(
            f"{sentence} {len(deaf)} of them cannot reach Redis and start nothing: {', '.join(deaf[:3])}.",
            "Check REDIS_URL and the network there.",
        )
    return ok(sentence)


def queues_served(seen: Seen) -> Finding:
    """Each queue of the table has a worker."""
    unserved = [name for name in table.queues() if not any(name in process.queues for process in seen.workers)]
    waiting = Job.objects.filter(state=State.WAITING, queue__in=unserved).order_by()
    held_up = [name for name in unserved if name in set(waiting.values_list("queue", flat=True).distinct())]
    cure = "Start `manage.py rqworker` for all queues, or name these on its command line."
    if held_up:
        return fail(f"Jobs wait in queues that no worker serves: {', '.join(held_up)}.", cure)
    if unserved:
        return note(f"No worker serves {', '.join(unserved)}; nothing waits there now.", cure)
    return ok("Every queue has a worker.")


def workers_here(seen: Seen) -> Finding:
    """Whether this machine may run jobs."""
    if settings.ENABLE_WORKERS:
        return ok("This machine may run workers.")
    return note(
        "ENABLE_WORKERS is false: this machine only accepts jobs.",
        "Run workers on another machine, or set ENABLE_WORKERS=true.",
    )


def scheduler(seen: Seen) -> Finding:
    """A scheduler is alive; without one the workers keep the clocks."""
    found = presence.alive("scheduler")
    if not found:
        return note("No scheduler is running; the workers keep the clocks meanwhile.", "Start `manage.py rqscheduler`.")
    return ok(f"{counted(len(found), 'scheduler')} on {', '.join(sorted({one.host for one in found}))}.")


def clocks(seen: Seen) -> Finding:
    """Each clock of config/schedule.py knows when it runs next."""
    planned = dict(ClockState.objects.values_list("name", "next_at"))
    zone, now = ZoneInfo(settings.TIME_ZONE), timezone.now()
    missing = [clock.name for clock in CLOCKS if clock.name not in planned]
    late = [
        clock.name
        for clock in CLOCKS
        if clock.name in planned and planned[clock.name] < now - timedelta(seconds=LATE_SECONDS)
    ]
    cure = "A worker or the scheduler does it within seconds: start one, and read its log when it runs already."
    if late:
        return (fail if seen.workers else note)(f"Past their time: {', '.join(late)}.", cure)
    if missing:
        return note(f"Not planned yet: {', '.join(missing)}.", cure)
    times = [f"{clock.name} {planned[clock.name].astimezone(zone):%Y-%m-%d %H:%M}" for clock in CLOCKS]
    return ok(f"Next ({settings.TIME_ZONE}): {', '.join(times)}.")


def waiting(seen: Seen) -> Finding:
    """No job waits longer than its queue's limits explain."""
    lines = {line["name"]: line for line in counting.stats(None)}
    oldest = counting.oldest_waiting()
    status, told = OK, []
    for name, seconds in sorted(oldest.items(), key=lambda item: -item[1]):
        if seconds <= SLOW_SECONDS:
            continue
        if name not in lines:
            status, reason = FAIL, "config/queues.py has no such queue, so no worker ever takes them."
        else:
            why = inspecting.why_waiting(lines[name], seen.workers, not seen.server.trouble)
            reason = why.sentence or "Nothing holds it back: the workers should have started it."
            is_long = seconds > STUCK_SECONDS
            if why.wanted:
                status = NOTE if is_long and status == OK else status
            else:
                status = FAIL if is_long or status == FAIL else NOTE
        told.append(f"{name} for {_span(seconds)}: {reason}")
    if not told:
        return ok(
            f"No job waits longer than {_span(max(oldest.values(), default=0.0))}." if oldest else "No job waits."
        )
    sentence = f"Jobs wait in {'; '.join(told)}"
    return Finding(status, sentence, "" if status == OK else "Do what the reason says; `manage.py queues` shows more.")


def leases(seen: Seen) -> Finding:
    """Each running job is held by a worker that is alive."""
    active = Job.objects.filter(state=State.ACTIVE)
    lapsed = Job.objects.lapsed().count()
    lost = active.filter(Q(lease_until=None) | Q(lease_until__lt=from_now(-LAPSED_SECONDS))).count()
    if not lapsed and not lost:
        count = active.count()
        return ok(f"{counted(count, 'job')} run, each held by a live worker." if count else "No job runs now.")
    finding = fail if lost and seen.workers else note
    return finding(
        f"{counted(max(lapsed, lost), 'job')} have lost their worker.",
        "Any worker gives them back to their queue within seconds: start one; if one runs, read its log.",
    )


def failures(seen: Seen) -> Finding:
    """Jobs that failed in the last 24 hours."""
    failed = Job.objects.filter(state=State.FAILED, finished_at__gt=timezone.now() - timedelta(days=1))
    newest = failed.order_by("-finished_at").first()
    if newest is None:
        return ok("No job failed in the last 24 hours.")
    reason = " ".join(newest.failed_reason.split())
    reason = reason if len(reason) <= REASON_LENGTH else f"{reason[:REASON_LENGTH]}..."
    return note(
        f"{counted(failed.count(), 'job')} failed in the last 24 hours. The newest is {newest.pk}: {reason}",
        "Mend the reason, then Retry under Work > My jobs.",
    )


def _span(seconds: float) -> str:
    """A time in words: 40 s, 12 min, 3.5 h."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
