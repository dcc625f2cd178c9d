"""The ledger of calls: what was asked, which model answered, who paid, and what it cost."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.decorators import action, display

from accounts.models import Role
from accounts.scoping import TenantAdmin
from ai import showing, spending
from ai.models import Call
from ai.models.catalogue import minute_in_words
from jobs.admin.watching import when
from jobs.overview import spell

STATE_COLOURS = {"answered": "success", "sent": "info", "failed": "danger", "lost": "warning", "late": "warning"}
WHOSE = {"user": "person's key", "tenant": "workspace's key", "server": "server's key", "none": "no key needed"}


class MoneyFilter(admin.SimpleListFilter):
    """Calls whose cost is out of the ordinary."""

    title = "cost"
    parameter_name = "money"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("overrun", "Overruns"), ("assumed", "Nobody reported it"), ("free", "Free")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Call]) -> QuerySet[Call]:
        match self.value():
            case "overrun":
                return queryset.filter(spending.OVER)
            case "assumed":
                return queryset.filter(spending.ASSUMED)
            case "free":
                return queryset.filter(cost_usd=0, reserved_usd=0)
        return queryset


@admin.register(Call)
class CallAdmin(TenantAdmin):
    """Read only; editors may ask again."""

    add_role = change_role = delete_role = None
    actions_detail = ("ask_again",)
    list_display: ClassVar = [
        "show_call",
        "show_state",
        "show_model",
        "show_prompt",
        "show_cost",
        "show_sent",
    ]
    list_filter: ClassVar = [
        "state", MoneyFilter, "provider", "model_requested", "prompt_name", "key_owner", "lane", "user",
        ("created_at", RangeDateFilter),
    ]  # fmt: skip
    list_filter_submit = True
    list_per_page = 50
    search_fields: ClassVar = ["step", "origin", "job__id", "raw_answer", "model_used"]
    search_help_text = "Search by film, batch, job id, model or words of the answer"
    list_select_related: ClassVar = ["user", "tenant"]
    empty_title = "No calls yet"
    empty_text = "Every request to an AI model is kept here: what was asked, what came back and what it cost."
    fieldsets: ClassVar = [
        (None, {"fields": ["show_standing", "step", "origin", "show_prompt_used", "show_words"]}),
        ("Models", {"fields": ["show_answered", "model_requested", "show_instead_of", "show_lane", "show_lot"]}),
        ("Answer", {"fields": ["show_answer", "finish", "show_repairs", "rejected", "error_code", "error"]}),
        ("Money", {"fields": [
            "show_key", "show_tokens_in", "show_tokens_out", "show_price", "show_reserved", "show_full_cost",
            "show_source",
        ]}),
        ("Times and links", {"fields": [
            "show_created", "show_finished", "show_took", "show_job", "show_user", "repeat_of", "request_id",
        ]}),
    ]  # fmt: skip
    readonly_fields: ClassVar = [
        "show_standing", "show_prompt_used", "show_words", "show_answered", "show_instead_of", "show_lane", "show_lot",
        "show_answer", "show_repairs", "show_key", "show_tokens_in", "show_tokens_out", "show_price", "show_reserved",
        "show_full_cost", "show_source", "show_created", "show_finished", "show_took", "show_job", "show_user",
    ]  # fmt: skip

    class Media:
        css: ClassVar = {"all": ["ai/money.css"]}

    @action(description="Ask again", icon="replay", permissions=["ask"])
    def ask_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Go to the page that asks the same or another model once more."""
        return HttpResponseRedirect(reverse("ai_replay", args=[object_id]))

    def has_ask_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self.has_role(request, Role.EDITOR)

    # -- the list ---------------------------------------------------------------------------------

    @display(description="Call", ordering="pk", header=True)
    def show_call(self, call: Call) -> tuple[str, str]:
        return call.step, f"#{call.pk}, {call.origin}"

    @display(description="State", label=STATE_COLOURS, ordering="state")
    def show_state(self, call: Call) -> tuple[str, str]:
        return call.state, call.get_state_display()

    @display(description="Model that answered", ordering="model_requested", header=True)
    def show_model(self, call: Call) -> tuple[str, str]:
        if call.instead_of:
            return call.model_answered, f"instead of {call.instead_of}"
        is_other = call.model_used and call.model_used != call.model_requested
        return call.model_answered, f"asked: {call.model_requested}" if is_other else ""

    @display(description="Prompt", ordering="prompt_name", header=True)
    def show_prompt(self, call: Call) -> tuple[str, str]:
        edition = f", edition {call.prompt_edition}" if call.prompt_edition else ""
        lane = f", {call.get_lane_display().lower()}" if call.lane != Call.Lane.NOW else ""
        return call.prompt_name, f"version {call.prompt_version}{edition}{lane}"

    @display(description="Cost (USD)", ordering="cost_usd", header=True)
    def show_cost(self, call: Call) -> tuple[str, str]:
        key = WHOSE.get(call.key_owner, call.key_owner)
        if call.state == Call.State.SENT:
            return f"{showing.usd(call.reserved_usd)} reserved", key
        return format_html("{} {}", showing.usd(call.cost_usd), _overrun(call)), key

    @display(description="Sent", ordering="created_at", header=True)
    def show_sent(self, call: Call) -> tuple[str, str]:
        took = f"took {_took(call)}" if call.finished_at else ""
        person = call.user.get_username() if call.user else ""
        return when(call.created_at, call.tenant), ", ".join(filter(None, (person, took)))

    # -- one call ---------------------------------------------------------------------------------

    @display(description="State")
    def show_standing(self, call: Call) -> str:
        return call.get_state_display()

    @display(description="Prompt")
    def show_prompt_used(self, call: Call) -> str:
        return call.prompt_used

    @display(description="What was said")
    def show_words(self, call: Call) -> str:
        said = "\n\n".join(text for text in (call.inputs.get("system"), call.inputs.get("prompt")) if text)
        return format_html('<div class="pr-text" tabindex="0">{}</div>', said or "-")

    @display(description="Model that answered", empty_value="-")
    def show_answered(self, call: Call) -> str:
        return call.model_used

    @display(description="Instead of", empty_value="-")
    def show_instead_of(self, call: Call) -> str:
        return f"{call.instead_of}, which failed before" if call.instead_of else ""

    @display(description="Lane")
    def show_lane(self, call: Call) -> str:
        return call.get_lane_display()

    @display(description="Lot", empty_value="-")
    def show_lot(self, call: Call) -> str:
        return showing.lot_words(call)

    @display(description="Raw answer")
    def show_answer(self, call: Call) -> str:
        return format_html('<div class="pr-text" tabindex="0">{}</div>', call.raw_answer or "-")

    @display(description="Repairs")
    def show_repairs(self, call: Call) -> str:
        return call.repairs or "None needed"

    @display(description="Whose key paid")
    def show_key(self, call: Call) -> str:
        return showing.KEY_OWNERS.get(call.key_owner, call.key_owner)

    @display(description="Tokens in")
    def show_tokens_in(self, call: Call) -> str:
        if call.is_heard:
            return f"None: {call.input_tokens / 1000:,.1f} s of sound"
        more = {"from the cache": call.cached_input_tokens, "written to the cache": call.cache_write_tokens}
        return _tokens(call.input_tokens, more)

    @display(description="Tokens out")
    def show_tokens_out(self, call: Call) -> str:
        return _tokens(call.output_tokens, {"for reasoning": call.reasoning_tokens})

    @display(description="Price")
    def show_price(self, call: Call) -> str:
        dated = f", price of {call.priced_at:%-d %b %Y}" if call.priced_at else ""
        if call.is_heard:
            return f"USD {minute_in_words(call.usd_in_per_m)} of sound{dated}"
        prices = (f"{price.normalize():f}" for price in (call.usd_in_per_m, call.usd_out_per_m))
        return f"{' / '.join(prices)} USD per million tokens in / out{dated}"

    @display(description="Reserved (USD)")
    def show_reserved(self, call: Call) -> str:
        return f"{call.reserved_usd:.8f}"

    @display(description="Cost (USD)")
    def show_full_cost(self, call: Call) -> str:
        return format_html("{} {}", f"{call.cost_usd:.8f}", _overrun(call))

    @display(description="Who says so", empty_value="-")
    def show_source(self, call: Call) -> str:
        return showing.COST_SOURCES.get(call.cost_source, call.cost_source)

    @display(description="Person", empty_value="-")
    def show_user(self, call: Call) -> str:
        return call.user.get_username() if call.user else ""

    @display(description="Sent")
    def show_created(self, call: Call) -> str:
        return when(call.created_at, call.tenant)

    @display(description="Took", empty_value="-")
    def show_took(self, call: Call) -> str:
        return _took(call)

    @display(description="Ended")
    def show_finished(self, call: Call) -> str:
        return when(call.finished_at, call.tenant)

    @display(description="Job", empty_value="-")
    def show_job(self, call: Call) -> str:
        if call.job_id is None:
            return ""
        url = reverse("admin:jobs_job_change", args=[call.job_id])
        return format_html('<a class="pr-link" href="{}">{}</a>', url, call.job_id)


def _took(call: Call) -> str:
    if call.seconds is None:
        return ""
    return spell(call.seconds) if call.seconds >= 1 else "under 1 s"


def _overrun(call: Call) -> str:
    """A warning where a call cost more than was reserved for it, else nothing."""
    if not call.overrun_usd:
        return ""
    text = f"overrun {showing.usd(call.overrun_usd)} USD"
    return format_html('<span class="pr-badge pr-as-it-is" data-state="warning">{}</span>', text)


def _tokens(number: int, more: dict[str, int]) -> str:
    """ "1,200, of them 600 from the cache"."""
    parts = [f"{count:,} {words}" for words, count in more.items() if count]
    return f"{number:,}, of them {' and '.join(parts)}" if parts else f"{number:,}"
