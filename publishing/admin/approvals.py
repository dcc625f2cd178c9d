"""Approvals: the rules, and the box of what is to be decided."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from unfold.decorators import display

from accounts.models import Role
from accounts.scoping import TenantAdmin
from jobs.admin.watching import when
from publishing.models import Approval, ApprovalRule, Ask

STATES = {"open": "warning", "approved": "success", "changes": "danger", "withdrawn": "default"}


@admin.register(ApprovalRule)
class ApprovalRuleAdmin(TenantAdmin):
    """Who has to agree to what."""

    add_role = change_role = delete_role = Role.OWNER
    list_display: ClassVar = ["show_for", "need", "in_order", "show_approvers", "valid_hours"]
    fields: ClassVar = [
        "brand", "origin", "need", "approvers", "in_order", "channels", "valid_hours", "remind_hours", "escalate_hours",
    ]  # fmt: skip
    empty_title = "Nobody is asked"
    empty_text = "Without a rule everything leaves at its time. Add one for a brand, or one for everything else."
    empty_button = "Add a rule"

    @display(description="What", ordering="brand")
    def show_for(self, rule: ApprovalRule) -> str:
        return rule.subject

    @display(description="Approvers")
    def show_approvers(self, rule: ApprovalRule) -> str:
        return ", ".join(person.get_username() for person in rule.approvers.all()) or "-"

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApprovalRule]:
        return super().get_queryset(request).prefetch_related("approvers").select_related("brand")


class MineFilter(admin.SimpleListFilter):
    """What waits for the person who looks."""

    title = "for me"
    parameter_name = "mine"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "Waits for my decision"), ("all", "I am or was asked")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Approval]) -> QuerySet[Approval]:
        mine = Ask.objects.filter(approver=request.user)
        if self.value() == "open":
            mine = mine.filter(state=Ask.State.ASKED, approval__state=Approval.State.OPEN)
        return queryset.filter(asks__in=mine) if self.value() else queryset


@admin.register(Approval)
class ApprovalAdmin(TenantAdmin):
    """The box: what was asked and what came of it. The page of one is that of its publication."""

    add_role = change_role = None
    list_display: ClassVar = ["show_what", "show_state", "show_asks", "show_due", "user", "show_created"]
    list_filter: ClassVar = [MineFilter, "state", "user"]
    list_select_related: ClassVar = ["publication", "tenant", "user"]
    search_fields: ClassVar = ["publication__content", "message"]
    search_help_text = "Search by words of the text"
    empty_title = "Nothing waits for approval"
    empty_text = "Where a rule asks for it, what is to be published appears here, and its approvers get a mail."

    @display(description="Publication", header=True)
    def show_what(self, row: Approval) -> tuple[str, str]:
        return str(row.publication), row.message[:110]

    @display(description="State", label=STATES, ordering="state")
    def show_state(self, row: Approval) -> tuple[str, str]:
        return row.state, row.get_state_display()

    @display(description="Approvers")
    def show_asks(self, row: Approval) -> str:
        return ", ".join(str(one) for one in row.asks.all())

    @display(description="Due", ordering="due_at")
    def show_due(self, row: Approval) -> str:
        return when(row.due_at, row.tenant)

    @display(description="Asked", ordering="created_at")
    def show_created(self, row: Approval) -> str:
        return when(row.created_at, row.tenant)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Approval]:
        return super().get_queryset(request).prefetch_related("asks__approver")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        if row is None:
            return super().change_view(request, object_id, form_url, extra_context)
        return redirect(reverse("admin:publishing_publication_change", args=[row.publication_id]))
