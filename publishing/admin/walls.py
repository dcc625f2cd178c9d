"""The wall: what hangs on offline accounts, and which faults they show next."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from unfold.decorators import display

from accounts.models import Role
from accounts.scoping import TenantAdmin
from jobs.admin.watching import when
from publishing.models import WallFault, WallPost


class OfTheWall(TenantAdmin):
    """Rows that belong to an account of the workspace."""

    exclude: Any = ()

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super(TenantAdmin, self).get_queryset(request).select_related("account__tenant")
        return rows.filter(account__tenant=request.tenant) if request.tenant is not None else rows.none()

    def is_here(self, request: HttpRequest, obj: Any) -> bool:
        return obj is None or obj._state.adding or obj.account.tenant_id == request.tenant.pk


@admin.register(WallPost)
class WallPostAdmin(OfTheWall):
    """What hangs on the wall."""

    add_role = change_role = None
    list_display: ClassVar = ["show_post", "account", "show_hung", "show_where"]
    list_display_links = None
    list_filter: ClassVar = ["account"]
    search_fields: ClassVar = ["content"]
    search_help_text = "Search by words of the post"
    empty_title = "The wall is empty"
    empty_text = "What you publish on an offline account hangs here, so that you can try everything before it is real."

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).filter(deleted_at=None)

    @display(description="Post")
    def show_post(self, post: WallPost) -> str:
        return str(post)

    @display(description="Where")
    def show_where(self, post: WallPost) -> str:
        address = reverse("publishing:wall_post", args=[post.pk])
        return format_html('<a class="pr-link" href="{}">{}</a>', address, address)

    @display(description="Hung up", ordering="created_at")
    def show_hung(self, post: WallPost) -> str:
        return when(post.created_at, post.account.tenant)


@admin.register(WallFault)
class WallFaultAdmin(OfTheWall):
    """Faults on demand."""

    add_role = change_role = delete_role = Role.EDITOR
    list_display: ClassVar = ["account", "kind", "times"]
    empty_title = "The wall takes everything well"
    empty_text = "Add a fault to see what happens when a platform is busy, refuses, or loses its answer."
    empty_button = "Add a fault"

    def save_model(self, request: HttpRequest, obj: WallFault, form: Any, change: bool) -> None:
        obj.save()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super(TenantAdmin, self).get_form(request, obj, change, **kwargs)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "account":
            field.queryset = field.queryset.filter(platform="offline")
        return field
