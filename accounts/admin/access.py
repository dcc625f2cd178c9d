"""API tokens: made here, shown once."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from unfold.decorators import display

from accounts import tokens
from accounts.forms import TokenForm
from accounts.models import ApiToken, Role
from accounts.scoping import TenantAdmin


@admin.register(ApiToken)
class ApiTokenAdmin(TenantAdmin):
    """One's own tokens in this workspace."""

    form = TokenForm
    view_role = add_role = Role.VIEWER
    change_role = None
    list_display = ("name", "beginning", "state", "created_at", "last_used", "expires")
    list_filter = ("created_at",)
    search_fields = ("name", "prefix")
    actions = ("revoke",)
    empty_title = "No API tokens yet"
    empty_text = "A token lets a program use the API as you, in this workspace. It is shown once, when it is made."

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is None:
            return ("name", "lifetime")
        return ("name", "beginning", "state", "created_at", "last_used", "expires")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if obj is None else ("beginning", "state", "created_at", "last_used", "expires")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(user=request.user)

    @display(description="Begins with")
    def beginning(self, obj: ApiToken) -> str:
        return f"{obj.prefix}…"

    @display(description="State", label={"valid": "success", "revoked": "danger", "expired": "warning"})
    def state(self, obj: ApiToken) -> tuple[str, str]:
        if obj.revoked_at:
            return "revoked", "Revoked"
        if obj.expires_at and obj.expires_at <= timezone.now():
            return "expired", "Expired"
        return "valid", "Valid"

    @display(description="Last used", ordering="last_used_at", empty_value="Never")
    def last_used(self, obj: ApiToken) -> Any:
        return obj.last_used_at

    @display(description="Expires", ordering="expires_at", empty_value="Never")
    def expires(self, obj: ApiToken) -> Any:
        return obj.expires_at

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        expires_at = form.cleaned_data["expires_at"]
        token, obj.secret_once = tokens.issue(request.user, request.tenant, obj.name, expires_at=expires_at)
        obj.pk = token.pk
        obj.refresh_from_db()

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """Show the token, this once. Admin pages are not kept by browsers (never_cache)."""
        context = {
            **self.admin_site.each_context(request),
            "title": f"Token {obj.name}",
            "opts": self.opts,
            "token": obj,
            "secret": obj.secret_once,
        }
        return TemplateResponse(request, "accounts/token_created.html", context)

    @admin.action(description="Revoke")
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        for token in queryset:
            if tokens.revoke(token, by=request.user):
                messages.success(request, f"The token {token.name} no longer works.")
            else:
                messages.warning(request, f"The token {token.name} was revoked before.")
