"""Blog > AI Auto-Generate: the add page is the order form, a batch's page follows its work."""

from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.decorators import display

from accounts.models import Role
from ai import budgets, choosing, showing
from ai.models import Call
from blog import batches
from blog.admin import progress
from blog.forms import BatchForm, one_time_key
from blog.models import Batch, Pick
from blog.orders import Order
from integrations.errors import InvalidKey, ModelGone, OutsideError, Unsupported
from jobs.accepting import KeyReused, NotRetryable
from jobs.admin.watching import STATE_LABELS, WatchedAdmin, progress_cell, when


def _amount(text: str) -> Decimal | None:
    """A ceiling in USD, None for an empty field; raises ValueError with the next step."""
    if not text.strip():
        return None
    try:
        amount = Decimal(text.strip()).quantize(Decimal("0.01"))
    except InvalidOperation:
        raise ValueError(f"“{text[:20]}” is no amount: enter a number such as 1.50, then resume.") from None
    if not amount.is_finite() or not 0 <= amount <= 999_999:
        raise ValueError("A ceiling goes from 0 to 999,999 USD: enter another one, then resume.")
    return amount


@admin.register(Batch)
class BatchAdmin(WatchedAdmin):
    """Orders for posts."""

    form = BatchForm
    add_role = Role.EDITOR
    buttons: ClassVar = {"stop": "stop_one", "resume": "resume_one"}
    page_template = "admin/blog/batch/page.html"
    list_display: ClassVar = [
        "show_order",
        "show_state",
        "show_progress",
        "show_failed",
        "model_id",
        "user",
        "show_created",
    ]
    list_filter: ClassVar = ["state", "source", "media_type", "mode", "user", ("created_at", RangeDateFilter)]
    list_filter_submit = True
    list_per_page = 25
    list_select_related: ClassVar = ["user", "tenant"]
    search_fields: ClassVar = ["model__model_id", "note", "picks__name", "user__username"]
    search_help_text = "Search by film, model, note or person"
    actions = None
    empty_title = "No batch yet"
    empty_text = (
        "Start one: choose where the films come from and how many posts you want, and watch them being written."
    )
    empty_button = "Generate blog posts"
    fieldsets: ClassVar = [
        ("What to write about", {"fields": ["source", "media_type", "count", "mode"]}),
        (
            "Advanced filters",
            {"classes": ["collapse"], "fields": ["min_rating", "year_from", "year_to", "include_adult"]},
        ),
        ("How it is written", {"fields": ["model", "lane", "language", "length", "tone", "max_usd"]}),
        ("After writing", {"fields": ["publish"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Batch]:
        written = Count("picks", filter=Q(picks__state=Pick.State.WRITTEN), distinct=True)
        failed = Count("picks", filter=Q(picks__state=Pick.State.FAILED), distinct=True)
        return super().get_queryset(request).annotate(written=written, failures=failed)

    @display(description="Batch", ordering="pk")
    def show_order(self, batch: Batch) -> str:
        return str(batch)

    @display(description="State", label=STATE_LABELS, ordering="state")
    def show_state(self, batch: Batch) -> tuple[str, str]:
        return batch.state, batch.get_state_display()

    @display(description="Posts", ordering="written")
    def show_progress(self, batch: Any) -> str:
        return progress_cell(100 * batch.written // batch.count, f"{batch.written} of {batch.count}")

    @display(description="Failed", ordering="failures", empty_value="-")
    def show_failed(self, batch: Any) -> int | None:
        return batch.failures or None

    @display(description="Started", ordering="created_at")
    def show_created(self, batch: Batch) -> str:
        return when(batch.created_at, batch.tenant)

    # -- the order form ---------------------------------------------------------------------------

    def get_changeform_initial_data(self, request: Any) -> dict[str, Any]:
        """The model that would be chosen anyway, and a key that makes one batch of two clicks."""
        initial = {**super().get_changeform_initial_data(request), "once": one_time_key()}
        try:
            initial["model"] = choosing.choose(str(initial.get("model", "")), request.user, request.tenant)
        except ModelGone as error:
            initial["model"] = ""
            self.message_user(request, f"No model is preselected: {error}.", messages.WARNING)
        return initial

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"title": "Generate blog posts", **(extra_context or {})}
        try:
            return super().add_view(request, form_url, context)
        except (
            KeyReused,
            ModelGone,
            InvalidKey,
            Unsupported,
        ) as error:  # lost a race between the form's check and the start
            self.message_user(request, f"Nothing was started: {error}. Fill in the form again.", messages.ERROR)
            return redirect(reverse("admin:blog_batch_add"))

    def save_model(self, request: Any, obj: Batch, form: Any, change: bool) -> None:
        """Start the order; the form sent twice finds the batch it made before."""
        batch, _job = batches.start(form.order, tenant=request.tenant, user=request.user, key=form.key)
        obj.pk = batch.pk
        obj.refresh_from_db()

    def log_addition(self, request: HttpRequest, obj: Batch, message: Any) -> None:
        """The batch itself says who started it and when."""

    def response_add(self, request: HttpRequest, obj: Batch, post_url_continue: str | None = None) -> HttpResponse:
        self.message_user(
            request, f"Batch {obj.pk} is accepted. This page follows it; you may leave.", messages.SUCCESS
        )
        return redirect(self.address("change", obj))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_safe(never_cache(self.estimate_view)))
        return [path("estimate/", view, name="blog_batch_estimate"), *super().get_urls()]

    def estimate_view(self, request: Any) -> JsonResponse:
        """What the order on the form would cost, as a sentence; empty while the form cannot be read."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = BatchForm(request.GET, instance=Batch(tenant=request.tenant, user=request.user))
        form.is_valid()
        order = getattr(form, "order", None)
        try:
            return JsonResponse({"text": self._estimate(request, order) if order else ""})
        except OutsideError as error:
            return JsonResponse({"text": f"{error}."})

    def _estimate(self, request: Any, order: Order) -> str:
        who = {"tenant": request.tenant, "user": request.user}
        found = batches.estimate(order, **who)
        is_cheap = order.lane == Call.Lane.CHEAP
        at_once = batches.estimate(order.model_copy(update={"lane": Call.Lane.NOW}), **who) if is_cheap else None
        short = budgets.shortfall(request.tenant, request.user, found.high)
        return f"{showing.estimate(found, at_once)} {short}".strip()

    # -- the batch page ---------------------------------------------------------------------------

    def live(self, request: HttpRequest, row: Batch, *, after: int = 0, seen: int = 0) -> dict[str, Any]:
        return progress.describe(row, may_act=self.may_act(request, row), after=after, seen=seen)

    def page(self, request: HttpRequest, row: Batch) -> dict[str, Any]:
        return {
            "facts": progress.order_facts(row),
            "summary": progress.summary(row),
            "previous_url": progress.neighbour(row.previous),
            "job": row.job,
            "may_start": self.has_add_permission(request),
        }

    def stop_one(self, request: HttpRequest, batch: Batch) -> None:
        """End after the post in hand."""
        asked = batches.stop(batch, by=request.user.get_username())
        if asked is None:
            self.message_user(request, "There is nothing to stop: this batch has ended already.", messages.WARNING)
        elif asked.ended:
            self.message_user(request, "The batch is stopped. Resume goes on where it was.", messages.SUCCESS)
        else:
            self.message_user(request, "The batch stops after the post in hand.", messages.SUCCESS)

    def resume_one(self, request: HttpRequest, batch: Batch) -> None:
        """A new job; what is written already stays and is not written again."""
        try:
            batches.resume(batch, by=request.user, max_usd=_amount(request.POST.get("max_usd", "")))
        except ValueError as error:
            self.message_user(request, str(error), messages.ERROR)
        except NotRetryable as error:
            self.tell_not_retryable(request, error)
        else:
            self.message_user(request, "The batch goes on with the posts that are missing.", messages.SUCCESS)
