"""Blog > AI Auto-Generate: the add page is the order form, a batch's page follows its work."""

from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.decorators import display

from ai import choosing, showing
from ai.admin.orders import OrderedAdmin
from ai.estimating import Estimate
from ai.models import Call
from blog import batches
from blog.admin import progress
from blog.forms import BatchForm
from blog.models import Batch, Pick
from blog.orders import Order
from jobs.accepting import NotRetryable
from jobs.admin.watching import STATE_LABELS, progress_cell, when


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
class BatchAdmin(OrderedAdmin):
    """Orders for posts."""

    form = BatchForm
    add_title = "Generate blog posts"
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

    def choose_model(self, wanted: str, request: Any) -> str:
        return choosing.choose(wanted, request.user, request.tenant)

    def start(self, request: Any, form: Any) -> Batch:
        return batches.start(form.order, tenant=request.tenant, user=request.user, key=form.key)[0]

    def estimate(self, request: Any, order: Order) -> tuple[Estimate, str]:
        """In the cheaper lane with what it would cost at once."""
        who = {"tenant": request.tenant, "user": request.user}
        found = batches.estimate(order, **who)
        is_cheap = order.lane == Call.Lane.CHEAP
        at_once = batches.estimate(order.model_copy(update={"lane": Call.Lane.NOW}), **who) if is_cheap else None
        return found, showing.estimate(found, at_once)

    def response_add(self, request: HttpRequest, obj: Batch, post_url_continue: str | None = None) -> HttpResponse:
        self.message_user(
            request, f"Batch {obj.pk} is accepted. This page follows it; you may leave.", messages.SUCCESS
        )
        return redirect(self.address("change", obj))

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
