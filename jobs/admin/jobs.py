"""My jobs: what runs, why it waits, how it ended."""

from typing import Any, ClassVar

from django.apps import apps
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.decorators import display

from accounts.models import Role
from jobs import accepting, health, reordering, steering
from jobs.admin.watching import STATE_LABELS, WatchedAdmin, log_lines, progress_cell, when
from jobs.forms import LevelForm, levels_for
from jobs.models import Job, Level, State

MOVABLE = (State.WAITING, State.DELAYED)


class MineFilter(admin.SimpleListFilter):
    """One's own jobs, which is what the list shows first, or everybody's in the workspace."""

    title = "whose"
    parameter_name = "whose"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("all", "Everybody's")]

    def choices(self, changelist: Any) -> Any:
        everybody = self.value() == "all"
        for selected, query, text in (
            (not everybody, changelist.get_query_string(remove=["whose"]), "Mine"),
            (everybody, changelist.get_query_string({"whose": "all"}), "Everybody's"),
        ):
            yield {"selected": selected, "query_string": query, "display": text}

    def queryset(self, request: Any, queryset: QuerySet[Job]) -> QuerySet[Job]:
        return queryset if self.value() == "all" else queryset.filter(user=request.user)


@admin.register(Job)
class JobAdmin(WatchedAdmin):
    """Read only, plus Cancel, Retry, Run now and another level."""

    add_role = None
    buttons: ClassVar = {
        "cancel": "cancel_one",
        "retry": "retry_one",
        "run_now": "run_now_one",
        "level": "change_level_one",
    }
    page_template = "admin/jobs/job/page.html"
    list_display: ClassVar = ["show_job", "show_state", "show_progress", "show_created", "show_took"]
    list_filter: ClassVar = [MineFilter, "state", "queue", "priority", ("created_at", RangeDateFilter)]
    list_filter_submit = True
    list_per_page = 50
    search_fields: ClassVar = ["id", "message", "failed_reason"]
    search_help_text = "Search by job id, step or reason"
    list_select_related: ClassVar = ["user", "tenant"]
    actions: ClassVar = ["cancel_selected", "retry_selected", "run_now_selected"]
    empty_title = "No jobs of yours yet"
    empty_text = (
        "Everything you start shows up here. Begin with Blog, AI Auto-Generate; others' jobs are in the filters."
    )

    @display(description="Job", ordering="id", header=True)
    def show_job(self, job: Job) -> tuple[str, str]:
        level = f", {job.get_priority_display().lower()}" if job.priority != Level.NORMAL else ""
        return job.pk, f"{job.queue}, {job.user or 'nobody'}{level}"

    @display(description="State", label=STATE_LABELS, ordering="state")
    def show_state(self, job: Job) -> tuple[str, str]:
        return job.state, job.get_state_display()

    @display(description="Progress", ordering="percentage")
    def show_progress(self, job: Job) -> str:
        return progress_cell(job.percentage, job.message or job.waiting_for)

    @display(description="Accepted", ordering="created_at")
    def show_created(self, job: Job) -> str:
        return when(job.created_at, job.tenant)

    @display(description="Took", empty_value="-")
    def show_took(self, job: Job) -> str | None:
        if not (job.started_at and job.finished_at):
            return None
        minutes, seconds = divmod(max(0, round((job.finished_at - job.started_at).total_seconds())), 60)
        return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"

    def live(self, request: HttpRequest, row: Job, *, after: int = 0, seen: int = 0) -> dict[str, Any]:
        may_act = self.may_act(request, row)
        is_stopping = row.cancel_requested_at is not None and row.state == State.ACTIVE
        return {
            "state": row.state,
            "label": row.get_state_display(),
            "percentage": row.percentage,
            "message": "It ends at its next step." if is_stopping else row.message,
            "waitingFor": health.waiting_for(row),
            "problem": row.failed_reason[:1].upper() + row.failed_reason[1:],
            "log": log_lines([row], row.tenant, after),
            "ended": row.ended,
            "canStop": may_act and not row.ended and not is_stopping,
            "canResume": may_act and row.state in (State.FAILED, State.CANCELLED) and not hasattr(row, "retried_as"),
            "resumeLabel": "Retry",
            "level": row.get_priority_display(),
            "canMove": may_act and row.state in MOVABLE,
            "canRunNow": may_act and row.state == State.DELAYED,
        }

    def page(self, request: HttpRequest, row: Job) -> dict[str, Any]:
        names = {"Accepted": "created_at", "Started": "started_at", "Ended": "finished_at", "Due": "run_at"}
        times = {label: when(getattr(row, name), row.tenant) for label, name in names.items()}
        details = {
            "Queue": row.queue,
            "For": request_link(row.request),
            "Started by": row.user,
            "Attempts made": row.attempt,
            "Worker": row.worker,
            "Task": row.task,
            "Retry of": _job_link(row.retry_of),
            "Retried as": _job_link(getattr(row, "retried_as", None)),
        }
        return {
            "details": {**details, **times},
            "result": readable(row.result),
            "levels": levels_for(is_owner=self.has_role(request, Role.OWNER)),
            "trace": row.trace if request.user.is_superuser else "",
        }

    @admin.action(description="Cancel the selected jobs", permissions=["act"])
    def cancel_selected(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        for job in self._own(request, queryset):
            self.cancel_one(request, job)

    @admin.action(description="Retry the selected jobs", permissions=["act"])
    def retry_selected(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        for job in self._own(request, queryset):
            self.retry_one(request, job)

    @admin.action(description="Run the selected jobs now", permissions=["act"])
    def run_now_selected(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        for job in self._own(request, queryset):
            self.run_now_one(request, job)

    def _own(self, request: HttpRequest, jobs: QuerySet[Job]) -> list[Job]:
        """Those the person may act on; the others are named."""
        allowed = [job for job in jobs if self.may_act(request, job)]
        if others := len(jobs) - len(allowed):
            text = f"{others} of them are left alone: only who started a job, or an owner, may act on it."
            self.message_user(request, text, messages.WARNING)
        return allowed

    def cancel_one(self, request: HttpRequest, job: Job) -> None:
        """Ask for the end of a job."""
        if job.ended:
            self.message_user(request, f"{job.pk} has ended already: it is {job.state}.", messages.WARNING)
            return
        job = steering.cancel(job, request.user)
        now = "is cancelled" if job.ended else "ends at its next step"
        self.message_user(request, f"{job.pk} {now}.", messages.SUCCESS)

    def retry_one(self, request: HttpRequest, job: Job) -> Job | None:
        """A new job for the same request row."""
        try:
            new = steering.retry(job, request.user)
        except accepting.NotRetryable as error:
            self.tell_not_retryable(request, error)
            return None
        self.message_user(request, f"Accepted as {new.pk}.", messages.SUCCESS)
        return new

    def run_now_one(self, request: HttpRequest, job: Job) -> None:
        """Let a delayed job start as soon as its queue may."""
        try:
            reordering.run_now(job, by=request.user.get_username())
        except reordering.NotOpen as error:
            self.message_user(request, f"{error}.", messages.WARNING)
            return
        self.message_user(request, f"{job.pk} starts as soon as its queue has a free place.", messages.SUCCESS)

    def change_level_one(self, request: HttpRequest, job: Job) -> None:
        """Put a job that waits before or behind others of its queue."""
        is_owner = self.has_role(request, Role.OWNER)
        form = LevelForm(request.POST, is_owner=is_owner)
        if not form.is_valid():
            labels = ", ".join(label for _level, label in levels_for(is_owner=is_owner))
            text = f"Nothing was changed. Choose one of these levels: {labels}."
            self.message_user(request, text, messages.WARNING)
            return
        try:
            job = reordering.change_level(job, form.cleaned_data["level"], by=request.user.get_username())
        except reordering.NotOpen as error:
            self.message_user(request, f"{error}.", messages.WARNING)
            return
        self.message_user(request, f"{job.pk} has the level {job.get_priority_display()} now.", messages.SUCCESS)


def readable(result: dict[str, Any] | None) -> dict[str, str]:
    """A result's lists as text, "-" for what is empty."""
    texts = {name: ", ".join(map(str, v)) if isinstance(v, list) else v for name, v in (result or {}).items()}
    return {name: "-" if text in ("", None) else str(text) for name, text in texts.items()}


def request_link(request_row: str) -> str:
    """A link to the page of a request row named as "blog.Batch:5"; its name where it has no page."""
    label, _, pk = request_row.partition(":")
    try:
        meta = apps.get_model(label)._meta
        url = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[pk])
    except (LookupError, ValueError, NoReverseMatch):
        return request_row
    return format_html('<a class="pr-link" href="{}">{} {}</a>', url, meta.object_name, pk)


def _job_link(job: Job | None) -> str:
    if job is None:
        return ""
    return format_html('<a class="pr-link" href="{}">{}</a>', reverse("admin:jobs_job_change", args=[job.pk]), job.pk)
