"""Budgets: how much may be spent, how much is gone, and when the next period begins."""

from decimal import Decimal
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db import IntegrityError
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.html import format_html
from unfold.decorators import display

from accounts import audit
from accounts.models import Role
from accounts.scoping import TenantAdmin
from ai import budgets
from ai.forms import BudgetForm
from ai.models import Budget
from ai.showing import usd
from jobs.admin.watching import when


@admin.register(Budget)
class BudgetAdmin(TenantAdmin):
    """For owners; everybody sees the workspace's and their own, editors and owners all."""

    form = BudgetForm
    add_role = change_role = delete_role = Role.OWNER
    list_display: ClassVar = [
        "show_whose", "show_limit", "show_spent", "show_reserved", "show_left", "show_meter", "show_next",
    ]  # fmt: skip
    list_select_related: ClassVar = ["user", "tenant"]
    list_per_page = 50
    fields: ClassVar = ["user", "period", "limit_usd"]
    empty_title = "No budget yet"
    empty_text = (
        "Without one, calls may cost as much as they do. A budget is never exceeded: before each call the most that it "
        "can cost is reserved, and jobs wait when there is no room."
    )

    class Media:
        css: ClassVar = {"all": ["ai/money.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Budget]:
        rows = super().get_queryset(request)
        if self.has_role(request, Role.EDITOR):
            return rows
        return rows.filter(Q(user=None) | Q(user=request.user))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Another person or period is another budget."""
        return ["user", "period"] if obj else []

    @display(description="Budget", ordering="user__username", header=True)
    def show_whose(self, budget: Budget) -> tuple[str, str]:
        return budget.user.get_username() if budget.user else "The workspace", budget.get_period_display().lower()

    @display(description="Limit (USD)", ordering="limit_usd")
    def show_limit(self, budget: Budget) -> str:
        return f"{budget.limit_usd:,.2f}"

    @display(description="Spent")
    def show_spent(self, budget: Budget) -> str:
        return usd(self._standing(budget).spent)

    @display(description="Reserved")
    def show_reserved(self, budget: Budget) -> str:
        return usd(self._standing(budget).reserved)

    @display(description="Left")
    def show_left(self, budget: Budget) -> str:
        return usd(self._standing(budget).left)

    @display(description="Used")
    def show_meter(self, budget: Budget) -> str:
        share = self._standing(budget).share
        return format_html(
            '<span class="pr-cell"><meter class="pr-meter" min="0" max="100" low="75" high="95" optimum="0" '
            'value="{0}">{0} %</meter> {0}&nbsp;%</span>',
            share,
        )

    @display(description="Begins anew")
    def show_next(self, budget: Budget) -> str:
        return when(self._standing(budget).ends, budget.tenant)

    def _standing(self, budget: Any) -> budgets.Standing:
        """How a row of the list stands, asked once."""
        if not hasattr(budget, "found_standing"):
            budget.found_standing = budgets.standing(budget, timezone.now())
        found: budgets.Standing = budget.found_standing
        return found

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        try:
            return super().add_view(request, form_url, extra_context)
        except IntegrityError:  # lost a race between the form's check and the database's
            text = "There is such a budget already: somebody saved it at the same moment. Change that one."
            self.message_user(request, text, messages.WARNING)
            return redirect("admin:ai_budget_changelist")

    def save_model(self, request: HttpRequest, obj: Budget, form: Any, change: bool) -> None:
        before = str(form.initial.get("limit_usd", "")) if change else ""
        super().save_model(request, obj, form, change)
        obj.refresh_from_db(fields=["limit_usd"])  # 20.00, and not 20
        more = {"limit_before": before} if before else {}
        audit.record(request.user, "budget.set", tenant=obj.tenant, target=obj, **more)
        budgets.changed(obj.tenant)
        if obj.limit_usd == Decimal(0):
            self.message_user(request, f"With 0 USD, {_effect(obj)} waits until the limit is raised.", messages.WARNING)

    def delete_model(self, request: HttpRequest, obj: Budget) -> None:
        audit.record(request.user, "budget.removed", tenant=obj.tenant, target=obj)
        super().delete_model(request, obj)
        budgets.changed(obj.tenant)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Budget]) -> None:
        for budget in queryset.select_related("tenant", "user"):
            self.delete_model(request, budget)


def _effect(budget: Budget) -> str:
    whose = f"{budget.user} orders" if budget.user else "the workspace orders"
    return f"everything that {whose} and that costs something"
