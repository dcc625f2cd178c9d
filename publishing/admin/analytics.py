"""The analytics page: what platforms say of the posts of some days, as figures, a chart and a table."""

import json
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Role
from ai.forms.usage import PRESETS
from ai.showing import CHART_OPTIONS, COLOURS
from jobs.admin.watching import when
from publishing import measuring, reporting
from publishing.forms import NumbersForm
from publishing.models import Account, Publication
from publishing.opening import platform_class
from publishing.orders import NumbersOrder

MOST_POSTS = 100


def _form(request: HttpRequest) -> tuple[NumbersForm, reporting.Report]:
    if getattr(request, "tenant", None) is None or request.role is None:
        raise PermissionDenied("You are in no workspace yet. Ask the owner of one to invite you.")
    form = NumbersForm(request.tenant, request.GET)
    today = timezone.now().astimezone(request.tenant.zone).date()
    account, brand = form.chosen("account"), form.chosen("brand")
    found = reporting.report(
        request.tenant,
        form.span(today, request.tenant.zone),
        account=account.pk if account else 0,
        brand=brand.pk if brand else 0,
    )
    return form, found


@never_cache
@require_safe
def analytics(request: HttpRequest) -> HttpResponse:
    """Figures, a chart of one number, the posts with all of theirs, and what each account said the last time."""
    form, found = _form(request)
    names = found.metrics
    metric = form.chosen("metric") if form.chosen("metric") in names else (names[0] if names else "")
    posts = sorted(found.posts, key=lambda post: -post.last.get(metric, -1))
    context = {
        **admin.site.each_context(request),
        "title": "Analytics",
        "form": form,
        "span": found.span,
        "posts": [
            {"it": post.publication, "at": when(post.publication.published_at, request.tenant),
             "cells": [post.last.get(name) for name in names]}
            for post in posts[:MOST_POSTS]
        ],
        "more": max(0, len(posts) - MOST_POSTS),
        "count": len(posts),
        "metrics": names,
        "metric": metric,
        "links": _links(request, form, found, names),
        "totals": [(name, found.total(name)) for name in names],
        "followers": reporting.followers(request.tenant, found.span),
        "accounts": _accounts(request),
        "may_pull": request.role.includes(Role.EDITOR),
        "cost": _cost(form, found),
        **_chart(found, metric),
    }  # fmt: skip
    return TemplateResponse(request, "admin/publishing/analytics.html", context)


def _cost(form: NumbersForm, found: reporting.Report) -> str:
    """What reading the numbers of these posts costs, where the account that is chosen charges for it."""
    account = form.chosen("account")
    each = platform_class(account.platform).metrics_cost if account else 0
    return f"{each * len(found.posts)} USD" if each else ""


def _chart(found: reporting.Report, metric: str) -> dict[str, Any]:
    lines, days = found.running(metric) if metric else {}, found.days()
    largest = sorted(lines, key=lambda name: -lines[name][-1])[: len(COLOURS)]
    chart = {
        "labels": [f"{day:%-d %b}" for day in days],
        "datasets": [
            {"label": name, "data": lines[name], "backgroundColor": f"var(--color-{colour})", "maxBarThickness": 24}
            for name, colour in zip(largest, COLOURS, strict=False)
        ],
    }
    rows = [(day, [lines[name][number] for name in largest]) for number, day in enumerate(days)]
    series = list(zip(largest, COLOURS, strict=False))
    return {"chart": json.dumps(chart), "options": json.dumps(CHART_OPTIONS), "rows": rows, "series": series,
            "left_out": max(0, len(lines) - len(largest))}  # fmt: skip


def _links(request: HttpRequest, form: NumbersForm, found: reporting.Report, names: list[str]) -> dict[str, Any]:
    """Addresses of this page with other days or another number, and of its export."""
    kept = {name: row.pk for name in ("account", "brand") if (row := form.chosen(name))}
    span = {"range": form.preset} if form.preset else {"since": str(found.span.first), "until": str(found.span.last)}
    page = reverse("publishing:analytics")
    return {
        "presets": [(words, f"{page}?{urlencode({**kept, 'range': value})}", form.preset == value)
                    for value, words in PRESETS.items()],
        "metrics": [(name, f"{page}?{urlencode({**kept, **span, 'metric': name})}") for name in names],
        "csv": f"{reverse('publishing:analytics_csv')}?{urlencode({**kept, **span})}",
    }  # fmt: skip


def _accounts(request: HttpRequest) -> list[dict[str, Any]]:
    found = []
    for row in Account.objects.for_tenant(request.tenant).for_posts().connected():
        kind = platform_class(row.platform)
        tells = getattr(kind, "all_metrics", ()) or kind.metrics_names
        words = ", ".join(tells) if tells else f"{kind.label} tells no numbers of a post"
        cost = f"{kind.metrics_cost} USD for each post that is read" if kind.metrics_cost else ""
        found.append({"it": row, "label": kind.label, "tells": words, "cost": cost, "note": row.numbers_note})
    return found


@require_safe
def analytics_csv(request: HttpRequest) -> StreamingHttpResponse:
    """The same posts as CSV."""
    _chosen, found = _form(request)
    name = f"posts-{request.tenant.slug}-{found.span.first}-{found.span.last}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(reporting.as_csv(found), content_type="text/csv; charset=utf-8", headers=headers)


@require_POST
def fetch_numbers(request: HttpRequest) -> HttpResponse:
    """Have numbers fetched now: of all posts, or of one."""
    if getattr(request, "role", None) is None or not request.role.includes(Role.EDITOR):
        raise PermissionDenied("Fetching numbers needs the role editor. Ask an owner of the workspace.")
    one, form = request.POST.get("publication", ""), NumbersForm(request.tenant, request.POST)
    account, brand = form.chosen("account"), form.chosen("brand")
    wish: dict[str, Any] = {"post_ids": [one[:20]]}
    if not one:
        span = form.span(timezone.now().astimezone(request.tenant.zone).date(), request.tenant.zone)
        days = {"start_date": span.first, "end_date": span.last}
        wish = {"date_range": days, "brand_id": brand.pk if brand else None}
    order = NumbersOrder.model_validate(wish)
    job = measuring.order(
        order, tenant=request.tenant, user=request.user, account=account.pk if account and not one else None
    )
    messages.success(request, "The numbers are being fetched; this is the job that does it.")
    return HttpResponseRedirect(reverse("admin:jobs_job_change", args=[job.pk]))


def numbers_of(publication: Publication) -> dict[str, Any]:
    """The numbers of one post, day by day, for its page."""
    post = reporting.history(publication)
    names = sorted(post.last)
    days = sorted(post.history)[-60:]
    chart = {
        "labels": [f"{day:%-d %b}" for day in days],
        "datasets": [
            {"label": name, "data": [post.at(day, name) for day in days], "backgroundColor": f"var(--color-{colour})",
             "maxBarThickness": 24}
            for name, colour in zip(names, COLOURS, strict=False)
        ],
    }  # fmt: skip
    rows = [(day, [post.history[day].get(name) for name in names]) for day in days]
    scales = {axis: {**look, "stacked": False} for axis, look in CHART_OPTIONS["scales"].items()}
    options = {**CHART_OPTIONS, "scales": scales}
    return {"last": [(name, post.last[name]) for name in names], "names": names, "rows": rows,
            "chart": json.dumps(chart), "options": json.dumps(options)}  # fmt: skip
