"""Calls made again: the list of trials, and the page that compares each text with the one there was."""

from dataclasses import dataclass
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import CharField, Count, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Concat
from django.http import HttpRequest
from django.urls import reverse
from unfold.decorators import display

from accounts.models import Role
from ai import showing, trials
from ai.admin.places import Place, places_of
from ai.models import Call, Trial, TrialItem
from ai.trials import Comparison
from ai.vendors import WHOSE
from jobs import accepting, health, steering
from jobs.admin.watching import STATE_LABELS, WatchedAdmin, log_lines, when
from jobs.models import Job, State

SETTLED = Q(items__answer__isnull=False) | Q(items__problem__gt="")  # written again, or given up
WORDS = {State.WAITING: "Waiting for a worker", State.ACTIVE: "Starting", State.DELAYED: "Put off"}


@dataclass(frozen=True)
class Shown:
    """One text of a trial as the page shows it; without a comparison it was not written (yet)."""

    item: TrialItem
    comparison: Comparison | None
    places: list[Place]

    @property
    def version(self) -> str:
        """Changes when the page has to show it anew."""
        return str(self.item.answer_id or self.item.problem)


@admin.register(Trial)
class TrialAdmin(WatchedAdmin):
    """Read only, with Stop and Retry; trials are begun from a call, or before a switch to a successor."""

    add_role = None
    buttons: ClassVar = {"stop": "stop_one", "resume": "resume_one"}
    page_template = "ai/trial.html"
    list_display: ClassVar = ["show_trial", "show_state", "show_model", "words", "user", "show_created"]
    list_filter: ClassVar = ["words", "user"]
    list_per_page = 50
    list_select_related: ClassVar = ["user", "tenant", "model", "instead_of"]
    search_fields: ClassVar = ["model__model_id", "instead_of__model_id", "items__call__step"]
    search_help_text = "Search by model or film"
    actions = None
    empty_title = "No trials yet"
    empty_text = (
        "Have a text written again, by another model or in other words, and see both side by side: "
        "open an AI call and press Ask again."
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Trial]:
        name = Concat(Value(f"{Trial._meta.label}:"), Cast(OuterRef("pk"), CharField()))
        newest = Job.objects.filter(tenant=OuterRef("tenant"), request=name).order_by("-created_at", "-pk")
        rows: QuerySet[Trial] = super().get_queryset(request)
        return rows.annotate(
            job_state=Subquery(newest.values("state")[:1]),
            texts=Count("items", distinct=True),
            settled=Count("items", filter=SETTLED, distinct=True),
        )

    @display(description="Trial", ordering="pk", header=True)
    def show_trial(self, trial: Any) -> tuple[str, str]:
        return f"Trial {trial.pk}", f"{trial.settled} of {trial.texts} text{'' if trial.texts == 1 else 's'}"

    @display(description="State", label=STATE_LABELS)
    def show_state(self, trial: Any) -> tuple[str, str]:
        state = State(trial.job_state) if trial.job_state else _state_without_job(trial.settled, trial.texts)
        return state.value, state.label

    @display(description="Model", ordering="model", header=True)
    def show_model(self, trial: Trial) -> tuple[str, str]:
        instead = f"before the switch from {trial.instead_of.model_id}" if trial.instead_of else ""
        return trial.model.model_id, instead

    @display(description="Started", ordering="created_at")
    def show_created(self, trial: Trial) -> str:
        return when(trial.created_at, trial.tenant)

    # -- the page ---------------------------------------------------------------------------------

    def live(self, request: HttpRequest, row: Trial, *, after: int = 0, seen: int = 0) -> dict[str, Any]:
        job, may_act = row.job, self.may_act(request, row)
        answered, failed, total = trials.tally(row)
        state = State(job.state) if job else _state_without_job(answered + failed, total)
        is_open = job is not None and not job.ended
        is_stopping = is_open and job is not None and job.cancel_requested_at is not None
        problem = job.failed_reason if job and state == State.FAILED else ""
        spent = Call.objects.filter(origin=row.origin).spent_usd()
        return {
            "state": state,
            "label": state.label,
            "percentage": 100 if state == State.COMPLETED else job.percentage if job else 0,
            "message": _message(job, state, is_stopping) or trials.tally_words(answered, failed, total),
            "version": f"{answered} {failed} {is_open}",
            "cost": f"{showing.usd(spent)} USD" if spent else "",
            "waitingFor": health.waiting_for(job) if job and is_open else "",
            "problem": problem[:1].upper() + problem[1:],
            "log": log_lines([job] if job else [], row.tenant, after),
            "ended": not is_open,
            "canStop": may_act and is_open and not is_stopping,
            "canResume": may_act and job is not None and state in (State.FAILED, State.CANCELLED),
            "resumeLabel": "Retry",
        }

    def page(self, request: HttpRequest, row: Trial) -> dict[str, Any]:
        items = list(row.items.select_related("call__tenant", "call__user", "answer__tenant", "answer__user"))
        return {
            "trial": row,
            "shown": [_shown(item) for item in items],
            "summary": about(row, len(items)),
            "figures": trials.summary(items) if len(items) > 1 else None,
            "started": f"{when(row.created_at, row.tenant)} by {row.user or 'somebody who left'}",
            "job": row.job,
            "may_take": self.has_role(request, Role.EDITOR),
            "switch_url": reverse("ai_switch", args=[row.instead_of.pk]) if row.instead_of else "",
        }

    def stop_one(self, request: HttpRequest, trial: Trial) -> None:
        """End after the text in hand; what is written stays."""
        job = trial.job
        if job is None or job.ended:
            self.message_user(request, "There is nothing to stop: this trial has ended already.", messages.WARNING)
            return
        steering.cancel(job, request.user)
        self.message_user(request, "The trial ends after the text in hand.", messages.SUCCESS)

    def resume_one(self, request: HttpRequest, trial: Trial) -> None:
        """A new job for what is missing; what is written already is not paid again."""
        job = trial.job
        if job is None:
            text = "Its job was cleared away, so it cannot go on. Start a new trial from the call."
            self.message_user(request, text, messages.WARNING)
            return
        try:
            steering.retry(job, request.user)
        except accepting.NotRetryable as error:
            self.tell_not_retryable(request, error)
        else:
            self.message_user(request, "The trial goes on with the texts that are missing.", messages.SUCCESS)


def about(trial: Trial, count: int) -> str:
    """What is tried, in two sentences."""
    texts = "1 text" if count == 1 else f"{count} texts"
    instead = f" instead of {trial.instead_of.model_id}" if trial.instead_of else ""
    words = "in the same words" if trial.words == Trial.Words.SAME else "in the prompt as it stood then"
    pays = f" {WHOSE[trial.key_owner].capitalize()} key pays." if trial.key_owner != "none" else " No key is needed."
    return f"{texts}, written again by {trial.model.label}{instead}, {words}.{pays}"


def _shown(item: TrialItem) -> Shown:
    comparison = trials.compare(item.call, item.answer) if item.answer else None
    return Shown(item, comparison, places_of(item.call) if item.answer else [])


def _message(job: Job | None, state: State, is_stopping: bool) -> str:
    if job is None:
        return "" if state == State.COMPLETED else "Its job was cleared away before all was written"
    if is_stopping:
        return "Stopping: it ends after the text in hand"
    if state == State.CANCELLED:
        return "Stopped. What is written stays."
    return job.message or WORDS.get(state, "")


def _state_without_job(settled: int, total: int) -> State:
    """The state of a trial whose job was cleared away, as it is a day after its end."""
    return State.COMPLETED if settled >= total else State.CANCELLED
