"""Webhooks out: endpoints with their events, and what became of each delivery."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.decorators import action, display

from accounts.models import Role
from accounts.scoping import RoleAdmin, TenantAdmin
from jobs.admin.watching import when
from publishing import delivering
from publishing.admin.confirming import ask_first
from publishing.forms import EndpointForm
from publishing.models import Delivery, Endpoint

STATES = {"waiting": "info", "delivered": "success", "failed": "danger"}


@admin.register(Endpoint)
class EndpointAdmin(TenantAdmin):
    """Where the workspace wants to hear of events."""

    form = EndpointForm
    view_role = add_role = change_role = delete_role = Role.OWNER
    list_display: ClassVar = ["url", "show_on", "show_events", "show_ok", "note"]
    list_filter: ClassVar = ["is_on"]
    search_fields: ClassVar = ["url"]
    search_help_text = "Search by address"
    actions_detail = ("send_test", "new_secret", "show_deliveries")
    empty_title = "No webhook yet"
    empty_text = "An endpoint is an address of yours that events are posted to, signed: jobs, publications, approvals."
    empty_button = "Add an endpoint"

    @display(description="On", boolean=True, ordering="is_on")
    def show_on(self, row: Endpoint) -> bool:
        return row.is_on

    @display(description="Events")
    def show_events(self, row: Endpoint) -> str:
        return ", ".join(row.events)

    @display(description="Last taken", ordering="last_ok_at")
    def show_ok(self, row: Endpoint) -> str:
        return when(row.last_ok_at, row.tenant)

    def save_model(self, request: Any, obj: Endpoint, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        made, obj.secret_once = delivering.add(request.tenant, request.user, obj.url, obj.events)  # type: ignore[attr-defined]
        obj.pk = made.pk
        obj.refresh_from_db()

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        return self._show_secret(request, obj, obj.secret_once)

    def _show_secret(self, request: HttpRequest, row: Endpoint, secret: str) -> HttpResponse:
        """This once; admin pages are not kept by browsers (never_cache)."""
        context = {
            **self.admin_site.each_context(request),
            "title": "Secret of the webhook",
            "opts": self.opts,
            "endpoint": row,
            "secret": secret,
        }
        return TemplateResponse(request, "admin/publishing/endpoint/secret.html", context)

    def _row(self, request: HttpRequest, object_id: str) -> Endpoint | None:
        row = self.get_object(request, object_id)
        return row if row is not None and self.has_change_permission(request, row) else None

    @action(description="Send a test", icon="send")
    def send_test(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Post a test event through the queue."""
        if row := self._row(request, object_id):
            words = "A test event is posted there through the queue, whether the endpoint is on or off."
            if page := ask_first(self, request, row, words, "Send a test"):
                return page
            delivering.send_test(row, request.user)
            self.message_user(request, "A test is on its way; what became of it stands below.", messages.SUCCESS)
        return redirect(f"{reverse('admin:publishing_delivery_changelist')}?endpoint__id__exact={object_id}")

    @action(description="New secret…", icon="key")
    def new_secret(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask first; then show it, this once."""
        row = self._row(request, object_id)
        if row is None:
            return redirect(reverse("admin:publishing_endpoint_changelist"))
        secret = delivering.rotate(row, request.user) if request.method == "POST" else ""
        return self._show_secret(request, row, secret)

    @action(description="Deliveries", icon="list")
    def show_deliveries(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The list, of this endpoint alone."""
        return redirect(f"{reverse('admin:publishing_delivery_changelist')}?endpoint__id__exact={int(object_id)}")


@admin.register(Delivery)
class DeliveryAdmin(RoleAdmin):
    """Each event for each endpoint."""

    view_role = Role.OWNER
    add_role = change_role = None
    list_display: ClassVar = ["show_event", "show_state", "attempts", "show_created", "show_delivered"]
    list_filter: ClassVar = ["state", "event"]
    list_select_related: ClassVar = ["endpoint__tenant"]
    list_per_page = 50
    search_fields: ClassVar = ["webhook_id", "body"]
    search_help_text = "Search by id or content"
    fields: ClassVar = [
        "endpoint", "event", "webhook_id", "state", "note", "attempts", "job", "body", "created_at", "delivered_at",
    ]  # fmt: skip
    actions: ClassVar = ["send_again"]
    empty_title = "Nothing was posted yet"
    empty_text = "What happens from now on is posted to the endpoints that want to know. Send a test to try one."

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        return rows.filter(endpoint__tenant=request.tenant) if request.tenant else rows.none()

    def is_here(self, request: HttpRequest, obj: Any) -> bool:
        return obj is None or obj.endpoint.tenant_id == request.tenant.pk

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        return lookup == "endpoint__id__exact" or super().lookup_allowed(lookup, value, request)

    @display(description="Event", header=True)
    def show_event(self, row: Delivery) -> tuple[str, str]:
        return row.event, str(row.endpoint)

    @display(description="State", label=STATES, ordering="state")
    def show_state(self, row: Delivery) -> tuple[str, str]:
        return row.state, row.get_state_display()

    @display(description="At", ordering="created_at", header=True)
    def show_created(self, row: Delivery) -> tuple[str, str]:
        return when(row.created_at, row.endpoint.tenant), row.note[:110]

    @display(description="Taken", ordering="delivered_at")
    def show_delivered(self, row: Delivery) -> str:
        return when(row.delivered_at, row.endpoint.tenant)

    @admin.action(description="Send again", permissions=["view"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        """Post them once more, under the same ids."""
        for row in queryset:
            delivering.send_again(row)
        self.message_user(request, "They are posted again, as far as they had ended.", messages.SUCCESS)
