"""The audit trail and the notices: what happened, and what one should know."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from unfold.admin import ModelAdmin
from unfold.decorators import action, display

from accounts import audit, notices
from accounts.models import AuditEntry, Notice, Role
from accounts.scoping import RoleAdmin

LEVEL_COLOURS = {"info": "info", "success": "success", "warning": "warning", "error": "danger"}


@admin.register(AuditEntry)
class AuditAdmin(RoleAdmin):
    """Who did what, for owners; superusers also see what belongs to no workspace, and all the others."""

    view_role = Role.OWNER
    add_role = change_role = delete_role = None
    list_display = ("number", "at", "actor", "action", "target", "workspace")
    list_filter = ("action", "at")
    list_select_related = ("tenant",)
    search_fields = ("actor", "action", "target")
    fields = ("number", "at", "actor", "action", "target", "workspace", "details", "previous_hash", "hash")
    readonly_fields = ("workspace",)
    actions_list = ("verify_chain",)
    actions = None
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        entries = super().get_queryset(request)
        return entries if request.user.is_superuser else entries.filter(tenant=request.tenant)

    def is_here(self, request: HttpRequest, obj: Any) -> bool:
        return obj is None or request.user.is_superuser or obj.tenant_id == request.tenant.pk

    @display(description="Workspace")
    def workspace(self, obj: AuditEntry) -> str:
        if obj.tenant_id is None:
            return "-"
        return obj.tenant.name if obj.tenant else f"deleted (no. {obj.tenant_id})"

    @action(description="Verify the chain", icon="verified", permissions=["view"])
    def verify_chain(self, request: HttpRequest) -> HttpResponse:
        """Check every entry against the one before it; this changes nothing."""
        problem = audit.verify()
        if problem is None:
            messages.success(request, "The audit trail is whole: every entry continues the one before it.")
        else:
            messages.error(
                request,
                f"The audit trail is broken at entry {problem.number}: {problem.problem}. Somebody wrote to the "
                "database past Pressroom. Compare that entry with your last backup.",
            )
        return HttpResponseRedirect(reverse("admin:accounts_auditentry_changelist"))


class UnreadFilter(admin.SimpleListFilter):
    """Read or not."""

    title = "read"
    parameter_name = "read"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "Unread"), ("yes", "Read")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case "no":
                return queryset.filter(read_at=None)
            case "yes":
                return queryset.exclude(read_at=None)
        return queryset


@admin.register(Notice)
class NoticeAdmin(ModelAdmin):
    """One's own notices, of all one's workspaces; opening one marks it as read."""

    list_display = ("what", "shown_level", "workspace", "created_at", "is_read")
    list_display_links = None
    list_filter = (UnreadFilter, "level", "created_at")
    list_select_related = ("tenant",)
    search_fields = ("subject", "body")
    fields = ("subject", "body", "shown_level", "workspace", "created_at", "read_at", "go")
    readonly_fields = fields
    actions = ("mark_read",)
    list_per_page = 50
    empty_title = "Nothing to tell you"
    empty_text = "Finished and failed jobs, expiring keys and whatever else you should know will be here."

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and request.user.is_staff

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request) and (obj is None or obj.user_id == request.user.pk)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        own = Q(tenant=None) | Q(tenant__memberships__user=request.user)
        rows = super().get_queryset(request).filter(user=request.user)
        return rows if request.user.is_superuser else rows.filter(own)

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        notice = self.get_object(request, object_id)
        if notice is not None:
            notices.mark_read(Notice.objects.filter(pk=notice.pk))
        return super().change_view(request, object_id, *args, **kwargs)

    @display(description="Notice", ordering="subject")
    def what(self, obj: Notice) -> str:
        url = reverse("open_notice", args=[obj.pk])
        weight = "" if obj.read_at else "font-semibold "
        return format_html('<a href="{}" class="{}text-important">{}</a>', url, weight, obj.subject)

    @display(description="Workspace", ordering="tenant")
    def workspace(self, obj: Notice) -> str:
        return obj.tenant.name if obj.tenant else "-"

    @display(description="Level", ordering="level", label=LEVEL_COLOURS)
    def shown_level(self, obj: Notice) -> tuple[str, str]:
        return obj.level, obj.get_level_display()

    @display(description="Read", boolean=True, ordering="read_at")
    def is_read(self, obj: Notice) -> bool:
        return obj.read_at is not None

    @display(description="Where", empty_value="-")
    def go(self, obj: Notice) -> str | None:
        if not obj.link:
            return None
        url = reverse("open_notice", args=[obj.pk])
        return format_html('<a href="{}" class="text-primary-600 dark:text-primary-500">Open</a>', url)

    @admin.action(description="Mark as read")
    def mark_read(self, request: HttpRequest, queryset: QuerySet[Notice]) -> None:
        ids = list(queryset.values_list("pk", flat=True))
        count = notices.mark_read(Notice.objects.filter(pk__in=ids))
        messages.success(request, f"{count} marked as read.")
