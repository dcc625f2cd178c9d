"""The queue pages: what waits where and why, and the buttons that pause, resume and clear a queue."""

import json
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Role, Tenant
from jobs import counting, health, overview, steering, table
from jobs.forms import ClearForm
from jobs.models import State

ALL = "all"
EVENT_LABELS = {
    "completedEver": "Jobs completed",
    "failedEver": "Jobs failed",
    "errorsEver": "Tries that ended with an error",
    "progressEver": "Times the progress was stored",
}


@dataclass(frozen=True)
class Scope:
    """Whose jobs a page is about: those of a workspace, or of all and of none for None."""

    tenant: Tenant | None

    @property
    def value(self) -> str:
        """How a form names it: the workspace's id, so that a switch in another window is noticed."""
        return str(self.tenant.pk) if self.tenant else ALL

    @property
    def query(self) -> str:
        """How an address names it; every person's own workspace needs no name."""
        return "" if self.tenant else f"?scope={ALL}"

    @property
    def zone(self) -> ZoneInfo:
        """Where moments are told."""
        return self.tenant.zone if self.tenant else ZoneInfo("UTC")


def scope_of(request: HttpRequest) -> Scope:
    """The scope that a request asks for; raises PermissionDenied when the person may not see it."""
    wants_all = request.POST.get("scope", request.GET.get("scope")) == ALL
    if wants_all and not request.user.is_superuser:
        raise PermissionDenied("Only superusers see the queues of all workspaces. Open Queues without ?scope=all.")
    if wants_all or (request.tenant is None and request.user.is_superuser):
        return Scope(None)
    if request.role is None:
        raise PermissionDenied("You are in no workspace yet. Ask the owner of one to invite you.")
    return Scope(request.tenant)


@require_safe
@never_cache
def queue_list(request: HttpRequest) -> HttpResponse:
    """All queues in table order, and for superusers the workers."""
    scope = scope_of(request)
    lines = overview.lines(scope.tenant, scope.zone)
    context = {
        "title": "Queues",
        "here": reverse("queues"),
        "rows": [(line, _counts(line, scope)) for line in lines],
        "states": overview.SHOWN,
        "summary": overview.summary(lines),
        "numbers_url": reverse("queues_numbers") + scope.query,
        **_workers(request),
        **_chart(scope),
    }
    return render(request, "jobs/queues.html", {**_shared(request, scope), **context})


@require_safe
@never_cache
def queue_list_numbers(request: HttpRequest) -> JsonResponse:
    """The numbers of all queues again, for the page that stays open."""
    scope = scope_of(request)
    lines = overview.lines(scope.tenant, scope.zone)
    answer = {
        "queues": {line.name: line.as_json() for line in lines},
        "summary": overview.summary(lines),
        "problems": _problems(),
        "chart": overview.chart(counting.per_day(scope.tenant, overview.DAYS)),
        **_workers(request),
    }
    return JsonResponse(answer)


@require_safe
@never_cache
def queue_page(request: HttpRequest, queue: str) -> HttpResponse:
    """One queue: its numbers, its limits, and the buttons."""
    return _page(request, queue, scope_of(request), ClearForm(_known(queue)))


@require_safe
@never_cache
def queue_numbers(request: HttpRequest, queue: str) -> JsonResponse:
    """The numbers of one queue again."""
    _known(queue)
    scope = scope_of(request)
    line = overview.line(queue, scope.tenant, scope.zone)
    answer = {
        "queues": {queue: {**line.as_json(), **_ever(queue, scope)}},
        "summary": overview.summary([line]),
        "problems": _problems(),
        "chart": overview.chart(counting.per_day(scope.tenant, overview.DAYS, queue)),
        **_workers(request, queue),
    }
    return JsonResponse(answer)


@require_POST
def pause(request: HttpRequest, queue: str) -> HttpResponse:
    """Start no more jobs of a queue."""
    return _steer(request, queue, steering.pause, "is paused: its jobs wait until somebody resumes it", "paused")


@require_POST
def resume(request: HttpRequest, queue: str) -> HttpResponse:
    """Start its jobs again."""
    return _steer(request, queue, steering.resume, "runs again", "running")


@require_POST
def clear(request: HttpRequest, queue: str) -> HttpResponse:
    """Cancel what waits and delete what has ended, once the queue's name is typed."""
    form = ClearForm(_known(queue), request.POST)
    scope = scope_of(request)
    if request.role != Role.OWNER and not request.user.is_superuser:
        raise PermissionDenied("Clearing a queue needs the role owner. Ask an owner of the workspace.")
    if request.POST.get("scope", scope.value) != scope.value:
        text = "Nothing was cleared: you have switched to another workspace since you opened the page. Look again."
        messages.warning(request, text)
        return _back(queue, scope)
    if not form.is_valid():
        # The form is far down the page: what is wrong with it is said at its top, and the field gets the focus.
        messages.error(request, form.problem())
        return _page(request, queue, scope, form)
    cleared = steering.clear(queue, scope.tenant, form.chosen(), by=request.user)
    messages.success(request, f"{queue} is cleared{_where(scope)}: {_cleared_words(cleared)}.")
    return _back(queue, scope)


def _known(queue: str) -> str:
    if queue not in table.queues():
        raise Http404("There is no such queue. All queues are listed under Queues.")
    return queue


def _shared(request: HttpRequest, scope: Scope) -> dict[str, Any]:
    """What both pages need."""
    return {
        **admin.site.each_context(request),
        "scope": scope,
        "tenant": request.tenant,
        "problems": _problems(),
        "may_steer": request.user.is_superuser,
        "may_clear": request.role == Role.OWNER or request.user.is_superuser,
    }


def _page(request: HttpRequest, queue: str, scope: Scope, form: ClearForm) -> HttpResponse:
    line, ever = overview.line(queue, scope.tenant, scope.zone), _ever(queue, scope)
    context = {
        "title": f"Queue {queue}",
        "here": reverse("queue", args=[queue]),
        "line": line,
        "counts": _counts(line, scope),
        "limits": overview.limits_of(table.queues()[queue]),
        "events": [(name, label, ever[name]) for name, label in EVENT_LABELS.items()],
        "form": form,
        "summary": overview.summary([line]),
        "numbers_url": reverse("queue_numbers", args=[queue]) + scope.query,
        **_workers(request, queue),
        **_chart(scope, queue),
    }
    return render(request, "jobs/queue.html", {**_shared(request, scope), **context})


def _counts(line: overview.QueueLine, scope: Scope) -> list[tuple[State, int, str]]:
    """(state, number, address of these jobs) of a queue; the job list shows one workspace, so all have no address."""
    jobs = f"{reverse('admin:jobs_job_changelist')}?whose=all&queue={line.name}"
    return [
        (state, number, f"{jobs}&state__exact={state.value}" if scope.tenant else "")
        for state, number in line.counts.items()
    ]


def _ever(queue: str, scope: Scope) -> dict[str, int]:
    """How often each event happened, deleted jobs included; `completed` is how many are still there."""
    return {f"{name}Ever": number for name, number in counting.events(scope.tenant)[queue].items()}


def _problems() -> list[str]:
    """What keeps all queues from moving; the workers keep the clocks themselves when no scheduler runs."""
    return [text for name, text in health.checks().items() if text != health.HEALTHY and name != "scheduler"]


def _workers(request: HttpRequest, queue: str | None = None) -> dict[str, Any]:
    if not request.user.is_superuser:
        return {}
    return {"columns": overview.WORKER_COLUMNS, "workers": overview.workers(queue)}


def _chart(scope: Scope, queue: str | None = None) -> dict[str, Any]:
    days = counting.per_day(scope.tenant, overview.DAYS, queue)
    return {"days": days, "chart": json.dumps(overview.chart(days)), "options": json.dumps(overview.CHART_OPTIONS)}


def _steer(request: HttpRequest, queue: str, act: Any, done: str, state: str) -> HttpResponse:
    _known(queue)
    if not request.user.is_superuser:
        raise PermissionDenied("A queue serves all workspaces: only superusers pause and resume it.")
    if act(queue, request.user):
        messages.success(request, f"{queue} {done}.")
    else:
        messages.warning(request, f"Nothing was changed: {queue} was {state} already.")
    return _back(queue, scope_of(request))


def _back(queue: str, scope: Scope) -> HttpResponse:
    return redirect(reverse("queue", args=[queue]) + scope.query)


def _where(scope: Scope) -> str:
    return f" in {scope.tenant}" if scope.tenant else " in all workspaces"


def _cleared_words(cleared: dict[str, int]) -> str:
    """ "3 waiting, 2 failed"."""
    return ", ".join(f"{number} {state}" for state, number in cleared.items() if number) or "there was nothing to clear"
