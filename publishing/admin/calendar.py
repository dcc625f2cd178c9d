"""The calendar: a month, a week or a list of what is planned and out; moved by mouse, by keyboard, or many at once."""

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Role
from accounts.scoping import row_id
from jobs.admin.watching import local
from publishing import calendars, composing, exporting, importing, moving, ordering, rehearsing
from publishing.forms import BulkForm, CalendarForm, ImportForm
from publishing.forms.calendar import VIEWS
from publishing.models import Publication

SHOWN_A_DAY = 6
MOST_BULK = 500


def _checked(request: HttpRequest, role: Role = Role.VIEWER) -> CalendarForm:
    mine = getattr(request, "role", None)
    if mine is None or not mine.includes(role):
        raise PermissionDenied(f"This needs the role {role}. Ask an owner of the workspace.")
    return CalendarForm(request.tenant, request.GET)


def _may_act(request: HttpRequest, row: Publication) -> bool:
    """Editors move what is their own, owners all; and only what can still be moved."""
    mine = request.role == Role.OWNER or (request.role.includes(Role.EDITOR) and row.user_id == request.user.pk)
    return mine and row.state in moving.MOVABLE


@never_cache
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The page."""
    form = _checked(request)
    page = form.page
    rows = list(calendars.rows_of(request.tenant, page, **form.filters)[: calendars.MOST_LISTED + 1])
    days = calendars.days_of(page, rows[: calendars.MOST_LISTED], form.today)
    may_edit = request.role.includes(Role.EDITOR)
    loose = calendars.without_time(request.tenant, **form.filters)[:50] if not form.filters["state"] else []
    context = {
        **admin.site.each_context(request),
        "title": "Calendar",
        "form": form,
        "page": page,
        "today": form.today,
        "weeks": [[_day(request, page, day) for day in week] for week in calendars.weeks_of(days)],
        "days": [_day(request, page, day, all_of_it=True) for day in days if day.rows],
        "loose": [_chip(request, row) for row in loose],
        "count": len(rows),
        "too_many": len(rows) > calendars.MOST_LISTED,
        "links": _links(form, page),
        "bulk": BulkForm(),
        "may_edit": may_edit,
        "next": request.get_full_path(),
    }
    return TemplateResponse(request, "admin/publishing/calendar.html", context)


def _day(request: HttpRequest, page: calendars.Page, day: calendars.Day, all_of_it: bool = False) -> dict[str, Any]:
    shown = day.rows if all_of_it or page.view != "month" else day.rows[:SHOWN_A_DAY]
    at = f"{day.day.isoformat()}T09:00"
    zone = local_offset(request, day.day)
    return {
        "it": day,
        "chips": [_chip(request, row) for row in shown],
        "more": len(day.rows) - len(shown),
        "compose": f"{reverse('publishing:compose')}?{urlencode({'at': at + zone})}",
        "week": f"{reverse('publishing:calendar')}?{urlencode({'view': 'week', 'on': day.day})}",
    }


def local_offset(request: HttpRequest, day: date) -> str:
    """The offset from UTC at nine o'clock on a day, as +01:00."""
    text = datetime.combine(day, time(9), request.tenant.zone).strftime("%z")
    return f"{text[:3]}:{text[3:5]}"


def _chip(request: HttpRequest, row: Publication) -> dict[str, Any]:
    at = local(row.scheduled_at, request.tenant) if row.scheduled_at else None
    return {"it": row, "at": at, "may_move": _may_act(request, row)}


def _links(form: CalendarForm, page: calendars.Page) -> dict[str, Any]:
    base, query = reverse("publishing:calendar"), form.query()

    def there(**more: Any) -> str:
        return f"{base}?{urlencode({**query, 'view': page.view, 'on': page.on, **more})}"

    kept = urlencode({**query, "view": page.view, "on": page.on})
    return {
        "views": [(words, there(view=name), name == page.view) for name, words in VIEWS],
        "before": there(on=page.before),
        "after": there(on=page.after),
        "today": there(on=form.today),
        "csv": f"{reverse('publishing:calendar_csv')}?{kept}",
        "ical": f"{reverse('publishing:calendar_ical')}?{kept}",
    }


# -- moving -----------------------------------------------------------------------------------------------------------


def _row(request: HttpRequest) -> Publication | None:
    rows = Publication.objects.for_tenant(request.tenant).select_related("account", "tenant", "user")
    return rows.filter(pk=row_id(request.POST.get("pk"))).first()


@require_POST
def move(request: HttpRequest) -> JsonResponse:
    """Move one to another day, at the same time of the day; says in words what came of it."""
    _checked(request, Role.EDITOR)
    row = _row(request)
    try:
        day = date.fromisoformat(request.POST.get("day", ""))
    except ValueError:
        return JsonResponse({"words": "That is no day."}, status=422)
    if row is None:
        return JsonResponse({"words": "There is no such publication in your workspace."}, status=404)
    if not _may_act(request, row):
        return JsonResponse({"words": "This one cannot be moved: it is somebody else's, or out already."}, status=403)
    try:
        moving.to_day(row, request.user, day)
    except (ordering.WrongState, ordering.BadOrder) as error:
        return JsonResponse({"words": str(error)}, status=409)
    row.refresh_from_db()
    at = local(row.scheduled_at, request.tenant) if row.scheduled_at else None
    return JsonResponse({"words": f"Moved to {at:%A, %-d %B, %H:%M %Z}.", "state": row.state})


@require_POST
def bulk(request: HttpRequest) -> HttpResponse:
    """Do the same with all that are ticked; what cannot be done is counted, with the first reason."""
    _checked(request, Role.EDITOR)
    form = BulkForm(request.POST)
    back = request.POST.get("next", "")
    where = back if back.startswith("/admin/calendar/") else reverse("publishing:calendar")
    ids = [pk for one in request.POST.getlist("ticked")[:MOST_BULK] if (pk := row_id(one))]
    if not form.is_valid() or not ids:
        messages.warning(request, "Nothing was done: tick publications, and choose what is to be done with them.")
        return redirect(where)
    act = _acts(request, form)[form.cleaned_data["act"]]
    done, problems = 0, []
    rows = Publication.objects.for_tenant(request.tenant).filter(pk__in=ids)
    for row in rows.select_related("account", "tenant", "user").order_by("scheduled_at", "pk"):
        try:
            act(row)
            done += 1
        except (ordering.WrongState, ordering.BadOrder) as error:
            problems.append(f"{row}: {error}")
    words = {"shift": "moved", "rehearse": "on their way to the wall", "duplicate": "copied", "cancel": "cancelled"}
    messages.success(request, f"{done} {words[form.cleaned_data['act']]}.")
    if problems:
        messages.warning(request, f"{len(problems)} left as they are. The first: {problems[0]}")
    return redirect(where)


def _acts(request: HttpRequest, form: BulkForm) -> dict[str, Callable[[Publication], Any]]:
    days, minutes = form.cleaned_data.get("days") or 0, form.cleaned_data.get("minutes") or 0

    def own(act: Callable[[Publication], Any]) -> Callable[[Publication], Any]:
        def checked(row: Publication) -> Any:
            if not _may_act(request, row):
                raise ordering.WrongState("It is somebody else's, or out already.")
            return act(row)

        return checked

    return {
        "shift": own(lambda row: moving.shift(row, request.user, days=days, minutes=minutes)),
        "cancel": own(lambda row: ordering.cancel(row, request.user)),
        "rehearse": lambda row: rehearsing.rehearse(row, request.user),
        "duplicate": lambda row: moving.duplicate(row, request.user),
    }


# -- out and in -------------------------------------------------------------------------------------------------------


@require_safe
def as_csv(request: HttpRequest) -> StreamingHttpResponse:
    """What is shown as CSV, which can be imported again."""
    form = _checked(request)
    rows = calendars.rows_of(request.tenant, form.page, **form.filters)
    lines = exporting.as_csv(rows.iterator(500), request.tenant.zone)
    name = f"publications-{request.tenant.slug}-{form.page.first}-{form.page.last}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)


@require_safe
def as_ical(request: HttpRequest) -> HttpResponse:
    """What is shown as an iCalendar file."""
    form = _checked(request)
    rows = calendars.rows_of(request.tenant, form.page, **form.filters)
    content = exporting.as_ical(rows, f"Pressroom: {request.tenant}")
    name = f"publications-{request.tenant.slug}-{form.page.first}.ics"
    return HttpResponse(
        content,
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def read_csv(request: HttpRequest) -> HttpResponse:
    """Import a file: every row is looked at first, and nothing is stored while one has a problem that was not seen."""
    _checked(request, Role.EDITOR)
    form = ImportForm(request.POST or None, request.FILES or None, initial={"key": composing.new_key()})
    rows: list[importing.Row] = []
    if request.method == "POST" and form.is_valid():
        got = form.cleaned_data
        try:
            rows = importing.read(request.tenant, importing.content_of(got["table"]), as_drafts=got["as_drafts"])
        except importing.BadFile as error:
            form.add_error("table", str(error))
        else:
            if rows and (got["only_good"] or not any(row.problems for row in rows)):
                made = importing.store(request.tenant, request.user, rows, got["key"])
                left = sum(bool(row.problems) for row in rows)
                messages.success(request, f"{len(made)} publications are imported.")
                if left:
                    messages.warning(request, f"{left} rows were left out.")
                first = next((one.scheduled_at for one in made if one.scheduled_at), None)
                on = f"?{urlencode({'on': local(first, request.tenant).date()})}" if first else ""
                return redirect(reverse("publishing:calendar") + on)
    bad = [row for row in rows if row.problems]
    context = {
        **admin.site.each_context(request),
        "title": "Import publications",
        "form": form,
        "columns": exporting.COLUMNS,
        "zone": request.tenant.zone.key,
        "most": importing.MOST_ROWS,
        "rows": rows,
        "bad": bad,
    }
    status = 422 if request.method == "POST" else 200
    return TemplateResponse(request, "admin/publishing/import.html", context, status=status)
