"""Watching work in the admin: a read-only page that follows its job live, with buttons that are POST forms."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Role, Tenant
from accounts.scoping import TenantAdmin, row_id
from jobs import accepting
from jobs.models import Job, JobEvent

LOG_LINES = 300
STATE_LABELS = {
    "waiting": "info", "active": "primary", "completed": "success", "failed": "danger", "delayed": "warning",
    "paused": "warning", "cancelled": "default",
}  # fmt: skip


def when(moment: datetime | None, tenant: Tenant | None) -> str:
    """A moment in the workspace's zone, with the zone: "22 Nov 2026, 14:03 CET"; "-" for none."""
    return f"{local(moment, tenant):%-d %b %Y, %H:%M %Z}" if moment else "-"


def local(moment: datetime, tenant: Tenant | None) -> datetime:
    """A moment in the workspace's zone; what belongs to no workspace is shown in UTC."""
    return moment.astimezone(ZoneInfo(tenant.time_zone if tenant else "UTC"))


def log_lines(jobs: Iterable[Job], tenant: Tenant | None, after: int = 0) -> list[dict[str, Any]]:
    """What happened to these jobs after the event `after`, oldest first, at most the newest 300."""
    events = JobEvent.objects.filter(job__in=jobs, pk__gt=after).order_by("-pk")[:LOG_LINES]
    return [
        {
            "id": event.pk,
            "at": event.at.isoformat(timespec="milliseconds"),
            "time": f"{local(event.at, tenant):%H:%M:%S}",
            "level": event.level,
            "message": event.message,
        }
        for event in reversed(events)
    ]


def progress_cell(percentage: int, text: str = "") -> str:
    """A small progress bar for a list."""
    return format_html(
        '<span class="pr-cell"><progress class="pr-progress" max="100" value="{}">{} %</progress>'
        ' <span class="pr-cell-text" title="{}">{}</span></span>',
        percentage,
        percentage,
        text,
        text or f"{percentage} %",
    )


class WatchedAdmin(TenantAdmin):
    """Rows whose work is followed live. Subclasses say what to show (`live`, `page`) and what the buttons do.

    `buttons` maps the last part of an address to the method behind it: `(request, row) -> where to go next, or None`.
    """

    change_role = delete_role = None
    buttons: ClassVar[dict[str, str]] = {}
    page_template = ""

    def live(self, request: HttpRequest, row: Any, *, after: int = 0, seen: int = 0) -> dict[str, Any]:
        """What the page shows and static/desk/progress.js asks for; `after` and `seen` are what it has already."""
        raise PermissionDenied

    def page(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """What else the page's template needs."""
        return {}

    def may_act(self, request: HttpRequest, row: Any) -> bool:
        """Editors act on what they started, owners on everything in the workspace."""
        mine = self.has_role(request, Role.EDITOR) and row.user_id == request.user.pk
        return mine or self.has_role(request, Role.OWNER)

    def has_act_permission(self, request: HttpRequest) -> bool:
        """Whether list actions are offered; `may_act` then decides row by row."""
        return self.has_role(request, Role.EDITOR)

    def address(self, name: str, row: Any) -> str:
        """The address of a row's page ("change"), its progress or one of its buttons."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{name}", args=[row.pk])

    def get_urls(self) -> list[URLPattern]:
        prefix = f"{self.opts.app_label}_{self.opts.model_name}"
        views = {"progress": require_safe(never_cache(self.progress_view))}
        views |= {name: require_POST(self._press(method)) for name, method in self.buttons.items()}
        mine = [
            path(f"<path:object_id>/{name}/", self.admin_site.admin_view(view), name=f"{prefix}_{name}")
            for name, view in views.items()
        ]
        return mine + super().get_urls()

    def row_or_404(self, request: HttpRequest, object_id: str) -> Any:
        """The row, if it is of this workspace."""
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404(f"There is no such {self.opts.verbose_name} in this workspace.")
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        return row

    def progress_view(self, request: HttpRequest, object_id: str) -> JsonResponse:
        row = self.row_or_404(request, object_id)
        after, seen = (row_id(request.GET.get(name)) for name in ("after", "seen"))
        return JsonResponse(self.live(request, row, after=after, seen=seen))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.row_or_404(request, object_id)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": row,
            "title": str(row),
            "live": self.live(request, row),
            "zone": row.tenant.time_zone if row.tenant else "UTC",
            "progress_url": self.address("progress", row),
            "button_urls": {name: self.address(name, row) for name in self.buttons},
            **self.page(request, row),
            **(extra_context or {}),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, self.page_template, context)

    def _press(self, method: str) -> Any:
        """The view of a button: it acts on one row and goes back to a page."""

        def view(request: HttpRequest, object_id: str) -> HttpResponse:
            row = self.row_or_404(request, object_id)
            if not self.may_act(request, row):
                raise PermissionDenied("Only the person who started this, or an owner of the workspace, may do that.")
            following: Model | None = getattr(self, method)(request, row)
            return redirect(self.address("change", following or row))

        return view

    def tell_not_retryable(self, request: HttpRequest, error: accepting.NotRetryable) -> None:
        """Say why there is nothing to do again."""
        text = str(error)
        self.message_user(request, f"{text[:1].upper()}{text[1:]}.", messages.WARNING)
