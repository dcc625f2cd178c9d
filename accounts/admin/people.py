"""Users, workspaces, members and invitations."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserCreationForm

from accounts import audit, invitations, workspaces
from accounts.forms import InvitationForm, MemberForm, UserForm, WorkspaceForm
from accounts.models import Invitation, Membership, Role, Tenant, User
from accounts.scoping import RoleAdmin, TenantAdmin

# Roles decide what people may do; Django's groups have no say.
admin.site.unregister(Group)

ROLE_COLOURS = {"owner": "primary", "editor": "success", "reviewer": "info", "viewer": "default"}


class Audited:
    """Additions and changes of a ModelAdmin are also entries of the audit trail."""

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        audit.record(request.user, f"{obj._meta.model_name}.added", tenant=self.audit_tenant(obj), target=obj)
        return super().log_addition(request, obj, message)  # type: ignore[misc]

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        what = message if isinstance(message, list) else [str(message)]
        audit.record(
            request.user, f"{obj._meta.model_name}.changed", tenant=self.audit_tenant(obj), target=obj, changes=what
        )
        return super().log_change(request, obj, message)  # type: ignore[misc]

    def audit_tenant(self, obj: Any) -> Tenant | None:
        """The workspace in whose trail it is written."""
        return None


@admin.register(User)
class UserAdmin(Audited, DjangoUserAdmin, ModelAdmin):
    """All people, for superusers. Nobody is deleted: an account is made inactive."""

    form = UserForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "email", "full_name", "workspaces", "is_superuser", "is_active", "last_login")
    list_filter = ("is_active", "is_superuser", "date_joined")
    search_fields = ("username", "email", "first_name", "last_name")
    ordering = ("username",)
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
        ("Access", {"fields": ("is_active", "is_staff", "is_superuser")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"classes": ("wide",), "fields": ("username", "usable_password", "password1", "password2")}),
    )

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and request.user.is_superuser

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_module_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("memberships__tenant")

    @display(description="Name")
    def full_name(self, obj: User) -> str:
        return obj.get_full_name() or "-"

    @display(description="Workspaces")
    def workspaces(self, obj: User) -> str:
        return ", ".join(f"{m.tenant} ({m.get_role_display().lower()})" for m in obj.memberships.all()) or "-"


@admin.register(Tenant)
class WorkspaceAdmin(Audited, RoleAdmin):
    """The workspace one is in, for its owners; all of them, and new ones, for superusers."""

    form = WorkspaceForm
    change_role = view_role = Role.OWNER
    list_display = ("name", "slug", "time_zone", "members", "created_at")
    search_fields = ("name", "slug")
    readonly_fields = ("created_at",)
    fields = ("name", "slug", "time_zone", "created_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def is_here(self, request: HttpRequest, obj: Any) -> bool:
        return obj is None or request.user.is_superuser or obj == request.tenant

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser or super().has_view_permission(request, obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        tenants = super().get_queryset(request)
        if not request.user.is_superuser:
            tenants = tenants.filter(pk=request.tenant.pk if request.tenant else None)
        return tenants.prefetch_related("memberships")

    @display(description="Members")
    def members(self, obj: Tenant) -> int:
        return len(obj.memberships.all())

    def save_model(self, request: HttpRequest, obj: Tenant, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        obj.save()
        workspaces.add_member(obj, request.user, Role.OWNER, by=request.user)

    def audit_tenant(self, obj: Tenant) -> Tenant | None:
        return obj


@admin.register(Membership)
class MemberAdmin(TenantAdmin):
    """Who works in this workspace, for its owners. New people come by invitation."""

    form = MemberForm
    view_role = change_role = delete_role = Role.OWNER
    add_role = None
    list_display = ("user", "email", "shown_role", "joined_at")
    list_filter = ("role",)
    list_select_related = ("user", "tenant")
    search_fields = ("user__username", "user__email", "user__first_name", "user__last_name")
    readonly_fields = ("user", "joined_at")
    fields = ("user", "role", "joined_at")
    actions = ("remove",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is not None and workspaces.is_last_owner(obj):
            return False
        return super().has_delete_permission(request, obj)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    @display(description="Email")
    def email(self, obj: Membership) -> str:
        return obj.user.email or "-"

    @display(description="Role", ordering="role", label=ROLE_COLOURS)
    def shown_role(self, obj: Membership) -> tuple[str, str]:
        return obj.role, obj.get_role_display()

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        workspaces.change_role(obj, form.cleaned_data["role"], by=request.user)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except workspaces.LastOwner as error:
            return self._refused(request, error)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().delete_view(request, *args, **kwargs)
        except workspaces.LastOwner as error:
            return self._refused(request, error)

    def _refused(self, request: HttpRequest, error: Exception) -> HttpResponse:
        messages.error(request, str(error))
        return HttpResponseRedirect(reverse("admin:accounts_membership_changelist"))

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        workspaces.remove_member(obj, by=request.user)

    @admin.action(description="Remove from the workspace", permissions=["delete"])
    def remove(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        for membership in queryset:
            try:
                workspaces.remove_member(membership, by=request.user)
                messages.success(request, f"{membership.user} is no longer in {membership.tenant}.")
            except workspaces.LastOwner as error:
                messages.error(request, str(error))


@admin.register(Invitation)
class InvitationAdmin(TenantAdmin):
    """Open and accepted invitations, for owners: adding one sends the mail."""

    form = InvitationForm
    view_role = add_role = Role.OWNER
    change_role = None
    list_display = ("email", "role", "state", "invited_by", "created_at", "expires_at")
    list_filter = ("role", "created_at")
    list_select_related = ("invited_by",)
    search_fields = ("email",)
    actions = ("resend", "revoke")
    empty_title = "No invitations yet"
    empty_text = "Invite somebody by mail: the link in it lets them join this workspace, for 7 days."

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return (
            ("email", "role") if obj is None else ("email", "role", "state", "invited_by", "created_at", "expires_at")
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if obj is None else ("state", "invited_by", "created_at", "expires_at")

    @display(description="State", label={"open": "info", "accepted": "success", "expired": "warning"})
    def state(self, obj: Invitation) -> tuple[str, str]:
        if obj.accepted_at:
            return "accepted", "Accepted"
        return ("open", "Open") if invitations.is_open(obj) else ("expired", "Expired")

    def save_model(self, request: HttpRequest, obj: Invitation, form: Any, change: bool) -> None:
        sent = invitations.invite(request.tenant, obj.email, obj.role, by=request.user)
        obj.pk = sent.pk
        obj.refresh_from_db()

    @admin.action(description="Resend (the old link stops working)", permissions=["add"])
    def resend(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> None:
        for old in queryset:
            if old.accepted_at:
                messages.warning(request, f"{old.email} has joined already.")
                continue
            try:
                invitations.invite(old.tenant, old.email, old.role, by=request.user)
                messages.success(request, f"A new link is on its way to {old.email}.")
            except invitations.AlreadyMember as error:
                messages.warning(request, str(error))

    @admin.action(description="Withdraw", permissions=["add"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> None:
        for invitation in queryset:
            if invitations.revoke(invitation, by=request.user):
                messages.success(request, f"The invitation to {invitation.email} is withdrawn.")
            else:
                messages.warning(request, f"{invitation.email} has joined already. Remove them from the members.")
