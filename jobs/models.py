"""What is stored of jobs: the database is the truth, Redis only carries ids."""

from datetime import timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import ExpressionWrapper, Q
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import Tenant


class State(models.TextChoices):
    """The states shown to people and the API."""

    WAITING = "waiting", "Waiting"
    ACTIVE = "active", "Active"
    COMPLETED = "completed", "Completed"
    FAILED = "failed", "Failed"
    DELAYED = "delayed", "Delayed"
    CANCELLED = "cancelled", "Cancelled"


class Level(models.IntegerChoices):
    """How urgent a job is inside its queue; higher goes first, whatever came before it."""

    CRITICAL = 10, "Critical"
    HIGH = 5, "High"
    NORMAL = 0, "Normal"
    LOW = -5, "Low"


OPEN = (State.WAITING, State.ACTIVE, State.DELAYED)
ENDED = (State.COMPLETED, State.FAILED, State.CANCELLED)


def from_now(seconds: float) -> ExpressionWrapper:
    """The database's time in `seconds` from now."""
    return ExpressionWrapper(Now() + timedelta(seconds=seconds), output_field=models.DateTimeField())


def request_ref(row: models.Model) -> str:
    """How a job names its request row: "blog.Batch:5"."""
    return f"{row._meta.label}:{row.pk}"


class JobQuerySet(models.QuerySet["Job"]):
    def for_tenant(self, tenant: Tenant | None) -> "JobQuerySet":
        return self.filter(tenant=tenant)

    def for_request(self, row: models.Model) -> "JobQuerySet":
        """All jobs of one request row, newest first."""
        return self.filter(request=request_ref(row)).order_by("-created_at", "-id")

    def open(self) -> "JobQuerySet":
        """Jobs that have not ended."""
        return self.filter(state__in=OPEN)

    def waiting(self, queue: str) -> "JobQuerySet":
        """Jobs of a queue that may start now."""
        return self.filter(queue=queue, state=State.WAITING)

    def due(self) -> "JobQuerySet":
        """Jobs that may start now, by the database's clock."""
        return self.filter(state__in=(State.WAITING, State.DELAYED), run_at__lte=Now())

    def lapsed(self) -> "JobQuerySet":
        """Active jobs whose worker has gone silent."""
        return self.filter(state=State.ACTIVE, lease_until__lt=Now())


class Job(models.Model):
    """One run of a task."""

    id = models.CharField(primary_key=True, max_length=140, editable=False)
    tenant = models.ForeignKey(Tenant, null=True, on_delete=models.CASCADE, related_name="jobs")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="jobs")
    queue = models.CharField(max_length=60)
    task = models.CharField(max_length=120, help_text="Dotted path of the function.")
    payload = models.JSONField(default=dict, help_text="Ids and numbers only.")
    request = models.CharField(max_length=80, blank=True, db_index=True, help_text="The request row, as blog.Batch:5.")
    key = models.CharField(  # noqa: DJ001  (NULL is no key; an empty text would be one)
        max_length=200, null=True, help_text="Idempotency key: unique per workspace and task."
    )
    body_hash = models.CharField(max_length=64, blank=True)
    priority = models.SmallIntegerField("level", choices=Level, default=Level.NORMAL)

    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    run_at = models.DateTimeField(default=timezone.now)
    attempt = models.PositiveSmallIntegerField("attempts made", default=0)
    fence = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    worker = models.CharField(max_length=120, blank=True)
    crashes = models.PositiveSmallIntegerField(default=0)
    step_saved = models.BooleanField(default=False, help_text="Whether a step was saved since the claim.")
    pushed_at = models.DateTimeField(null=True)
    deadline_at = models.DateTimeField(null=True)
    cancel_requested_at = models.DateTimeField(null=True)
    cancel_by = models.DateTimeField(null=True, help_text="When a cancelled job is ended without its consent.")
    waiting_for = models.CharField(max_length=300, blank=True)
    waiting_since = models.DateTimeField(null=True)

    step = models.CharField(max_length=200, blank=True)
    percentage = models.PositiveSmallIntegerField(default=0)
    message = models.CharField(max_length=300, blank=True)
    current_section = models.JSONField(null=True)
    result = models.JSONField(null=True)
    failed_code = models.CharField(max_length=60, blank=True)
    failed_reason = models.TextField(blank=True)
    trace = models.TextField(blank=True, help_text="The traceback of the last unexpected error, without secrets.")
    errors = models.PositiveIntegerField(default=0, help_text="Attempts that ended with an error.")
    progress_writes = models.PositiveIntegerField(default=0, help_text="How often the progress was stored.")

    retry_of = models.OneToOneField("self", null=True, on_delete=models.SET_NULL, related_name="retried_as")
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "task", "key"], name="one_job_per_key"),
            models.UniqueConstraint(fields=["task", "key"], condition=Q(tenant=None), name="one_system_job_per_key"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["state", "run_at"], name="job_open"),
            models.Index(fields=["tenant", "-created_at"], name="job_of_tenant"),
            models.Index(fields=["queue", "state", "finished_at"], name="job_ended"),
            # What a claim looks for: the highest level, then the tenants in turn, then first in first out.
            models.Index(fields=["queue", "state", "priority", "tenant", "run_at", "id"], name="job_in_line"),
        ]

    def __str__(self) -> str:
        return self.id

    @property
    def ended(self) -> bool:
        return self.state in ENDED

    def progress(self) -> dict[str, Any]:
        """The progress as people and the API see it."""
        progress: dict[str, Any] = {"step": self.step, "percentage": self.percentage, "message": self.message}
        if self.current_section:
            progress["currentSection"] = self.current_section
        return progress


class JobEvent(models.Model):
    """Something that happened to a job: one terminal event per job.

    Append only, but for the starts of a job that looked and went on waiting: the last one is kept.
    """

    class Kind(models.TextChoices):
        ACCEPTED = "accepted", "Accepted"
        STARTED = "started", "Started"
        LOG = "log", "Log"
        DELAYED = "delayed", "Delayed"
        RETURNED = "returned", "Handed back"
        LOST = "lost", "Worker lost"
        COMPLETED = "completed", "Completed"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=10, choices=Kind)
    level = models.CharField(max_length=8, default="info")
    message = models.CharField(max_length=1000)
    fence = models.PositiveIntegerField(default=0)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["job"], condition=Q(kind__in=ENDED), name="one_end_per_job")
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.message}"


class Process(models.Model):
    """A worker or scheduler that is alive while `seen_at` is fresh."""

    name = models.CharField(max_length=120, primary_key=True)
    kind = models.CharField(max_length=10)
    host = models.CharField(max_length=120)
    pid = models.PositiveIntegerField()
    queues = models.JSONField(default=list)
    facts = models.JSONField(default=dict, help_text="Jobs in hand, slots, threads, database connections, memory.")
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "processes"

    def __str__(self) -> str:
        return self.name


class ClockState(models.Model):
    """When a clock of config/schedule.py runs next."""

    name = models.CharField(max_length=60, primary_key=True)
    cron = models.CharField(max_length=60)
    next_at = models.DateTimeField()
    last_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class Lease(models.Model):
    """Who may do a thing that only one process does at a time."""

    name = models.CharField(max_length=60, primary_key=True)
    holder = models.CharField(max_length=120, blank=True)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name}: {self.holder}"


class QueueState(models.Model):
    """What all workers agree on about a queue. Whoever claims from the queue locks its row."""

    name = models.CharField(max_length=60, primary_key=True)
    turns = models.JSONField(default=dict, help_text="Level -> the workspace that was served last (0: none of them).")
    paused_at = models.DateTimeField(null=True)
    paused_by = models.CharField(max_length=150, blank=True)

    def __str__(self) -> str:
        return self.name


class Start(models.Model):
    """A job of a queue with a rate was started then; kept as long as the rate looks back."""

    queue = models.CharField(max_length=60)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes: ClassVar = [models.Index(fields=["queue", "at"], name="start_of_queue")]

    def __str__(self) -> str:
        return f"{self.queue} at {self.at}"


class DailyCount(models.Model):
    """What jobs did whose rows are deleted; with the rows that are still there it gives the counts of a day (UTC)."""

    day = models.DateField()
    queue = models.CharField(max_length=60)
    tenant = models.ForeignKey(Tenant, null=True, on_delete=models.CASCADE, related_name="daily_job_counts")
    completed = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    cancelled = models.PositiveIntegerField(default=0)
    errors = models.PositiveIntegerField(default=0)
    progress = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["day", "queue", "tenant"], name="one_count_a_day"),
            models.UniqueConstraint(fields=["day", "queue"], condition=Q(tenant=None), name="one_system_count_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.queue}"
