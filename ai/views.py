"""The AI settings page and the usage page."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import keys
from accounts.models import Role, Tenant, User
from ai import budgets, exporting, listing, preferences, showing, spending, syncing, vendors
from ai.forms import SettingsForm, UsageForm
from ai.forms.usage import PRESETS
from ai.spending import Span
from integrations.errors import OutsideError

# What the usage page divides the spending by, beside days: dimension, heading, head of the column. Persons are for
# editors and owners, workspaces for the view of all of them.
DIVISIONS = (
    ("model", "Models", "Model"),
    ("person", "People", "Person"),
    ("workspace", "Workspaces", "Workspace"),
    ("task", "Tasks", "Prompt"),
    ("key_owner", "Keys", "Whose"),
)
EXPORTS: dict[str, Callable[..., Iterator[str]]] = {"days": exporting.summed, "calls": exporting.every}
MOST_ROWS = 12


@never_cache
def settings_page(request: HttpRequest) -> HttpResponse:
    """One's own keys and models; for owners also the workspace's."""
    owners: dict[str, User | Tenant] = {"own": request.user}
    if request.role == Role.OWNER:
        owners["workspace"] = request.tenant
    posted = request.POST.get("owner") if request.method == "POST" else None
    forms = {
        name: SettingsForm(owner, request.POST if name == posted else None, prefix=name)
        for name, owner in owners.items()
    }
    if posted in forms and forms[posted].is_valid():
        form = forms[posted]
        try:
            preferences.change(owners[posted], **form.changes(), by=request.user, tenant=request.tenant)
        except preferences.BadSetting as error:
            form.explain(error)
        else:
            messages.success(request, "The AI settings are saved.")
            if form.changes().get("server") and request.tenant:
                syncing.order(request.tenant, request.user, keys.COMPATIBLE)
                messages.info(request, "The list of models of your server is being read; then they can be chosen.")
            return redirect("ai_settings")
    if posted in forms:
        messages.error(request, "Nothing was saved: look at the fields that say why.")
    return render(request, "ai/settings.html", _settings(request, forms))


def _settings(request: HttpRequest, forms: dict[str, SettingsForm]) -> dict[str, Any]:
    query = request.GET.get("q", "").strip()[:100]
    return {
        **admin.site.each_context(request),
        "title": "AI settings",
        "forms": forms,
        "tenant": request.tenant,
        "vendors": vendors.state_for(request.user, request.tenant),
        "may_read_lists": request.role == Role.OWNER,
        "query": query,
        "groups": listing.groups(timezone.localdate(), query),
    }


@require_POST
def test_key(request: HttpRequest, provider: str) -> HttpResponse:
    """Ask the vendor, free of charge, whether the key that would be used works."""
    if request.role is None or not request.role.includes(Role.EDITOR):
        raise PermissionDenied("Testing a key needs the role editor. Ask an owner of the workspace.")
    label = keys.LABELS.get(provider, provider)
    try:
        owner = vendors.check(provider, request.user, request.tenant)
        messages.success(request, f"The {label} key works ({owner}).")
    except OutsideError as error:
        messages.error(request, f"{label}: {error}")
    return redirect("ai_settings")


@require_POST
def read_lists(request: HttpRequest) -> HttpResponse:
    """Have the providers' lists of models read by a job, and go and watch it."""
    if request.role != Role.OWNER:
        raise PermissionDenied("Reading the model lists needs the role owner. Ask an owner of the workspace.")
    job = syncing.order(request.tenant, request.user)
    messages.success(request, "The providers' lists are being read. What changed is in the job's result.")
    return redirect("admin:jobs_job_change", job.pk)


@dataclass(frozen=True)
class Scope:
    """Whose calls the usage page is about: a workspace's, or all of them for None; and whether persons are shown."""

    tenant: Tenant | None
    by_person: bool

    @property
    def zone(self) -> ZoneInfo:
        """By whose clock days are told."""
        return self.tenant.zone if self.tenant else ZoneInfo("UTC")

    @property
    def today(self) -> date:
        return timezone.now().astimezone(self.zone).date()

    @property
    def query(self) -> dict[str, str]:
        """How an address names it; one's own workspace needs no name."""
        return {} if self.tenant else {"scope": "all"}


def _scope(request: HttpRequest) -> Scope:
    wants_all = request.GET.get("scope") == "all"
    if wants_all and not request.user.is_superuser:
        raise PermissionDenied("Only superusers see the spending of all workspaces. Open Usage without ?scope=all.")
    if wants_all or (request.tenant is None and request.user.is_superuser):
        return Scope(None, by_person=True)
    if request.role is None:
        raise PermissionDenied("You are in no workspace yet. Ask the owner of one to invite you.")
    return Scope(request.tenant, by_person=request.role.includes(Role.EDITOR))


@require_safe
@never_cache
def usage_page(request: HttpRequest) -> HttpResponse:
    """What was spent in a span of days: in all, per day, and divided by model, task, key owner and so on."""
    scope = _scope(request)
    form = UsageForm(request.GET)
    span = form.span(scope.today, scope.zone)
    report = spending.report(scope.tenant, span)
    days = report.per_day(form.by_what, len(showing.COLOURS))
    shown = showing.series(report, days, form.by_what)
    context = {
        **admin.site.each_context(request),
        "title": "Usage",
        "scope": scope,
        "tenant": request.tenant,
        "form": form,
        "span": span,
        "report": report,
        "days": [(day, [day.parts.get(one.name, spending.Sums()) for one in shown]) for day in days],
        "series": shown,
        "chart": json.dumps(showing.chart(report, days, shown)),
        "options": json.dumps(showing.CHART_OPTIONS),
        "divisions": _divisions(report, scope),
        "standings": _standings(request, scope),
        "may_budget": request.role == Role.OWNER,
        "may_order": request.role is not None and request.role.includes(Role.EDITOR),
        "links": _links(form, scope, span),
    }
    return render(request, "ai/usage.html", context)


@require_safe
@never_cache
def usage_export(request: HttpRequest, rows: str) -> StreamingHttpResponse:
    """The same days as CSV: summed, or every call."""
    if rows not in EXPORTS:
        raise Http404("There is no such export. The two that there are stand on the usage page.")
    scope = _scope(request)
    span = UsageForm(request.GET).span(scope.today, scope.zone)
    name = f"usage-{scope.tenant.slug if scope.tenant else 'all'}-{span.first}-{span.last}-{rows}.csv"
    lines = EXPORTS[rows](scope.tenant, span, by_person=scope.by_person)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)


def _divisions(report: spending.Report, scope: Scope) -> list[dict[str, Any]]:
    """The tables: a heading, and rows of (name for people, Part); what is small stands together in the last row."""
    found = []
    for by, title, column in DIVISIONS:
        if (by == "person" and not scope.by_person) or (by == "workspace" and scope.tenant):
            continue
        parts = report.parts(by)
        rows = [(showing.label(by, part.name), part) for part in parts[:MOST_ROWS]]
        if rest := parts[MOST_ROWS:]:
            sums = sum((part.sums for part in rest), spending.Sums())
            rows.append((f"{len(rest)} others", spending.Part("", sums, sum(part.percent for part in rest))))
        found.append({"by": by, "title": title, "column": column, "rows": rows})
    return found


def _standings(request: HttpRequest, scope: Scope) -> list[budgets.Standing]:
    """The budgets of the workspace; only the workspace's and one's own for those who see no persons."""
    if scope.tenant is None:
        return []
    return budgets.standings(scope.tenant, None if scope.by_person else request.user)


def _links(form: UsageForm, scope: Scope, span: Span) -> dict[str, Any]:
    """Addresses of this page and its exports, with the days that are shown."""
    by = {} if form.by_what == "model" else {"by": form.by_what}
    days = {"range": form.preset} if form.preset else {"since": str(span.first), "until": str(span.last)}

    def page(**query: str) -> str:
        return f"{reverse('ai_usage')}?{urlencode(query)}" if query else reverse("ai_usage")

    return {
        "presets": [
            (name, page(range=value, **by, **scope.query), form.preset == value) for value, name in PRESETS.items()
        ],
        "by": [(by, page(**days, by=by, **scope.query), form.by_what == by) for by in ("model", "provider")],
        "own": page(**days, **by),
        "all": page(**days, **by, scope="all"),
        "exports": {
            rows: f"{reverse('ai_usage_export', args=[rows])}?{urlencode({**days, **scope.query})}" for rows in EXPORTS
        },
        "overruns": f"{reverse('admin:ai_call_changelist')}?money=overrun",
    }
