from typing import ClassVar

from django.contrib import admin
from django.utils.html import format_html
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.decorators import display

from accounts.scoping import TenantAdmin
from ai.models import Call
from jobs.admin.watching import when


@admin.register(Call)
class CallAdmin(TenantAdmin):
    """The ledger of calls: read only."""

    add_role = change_role = delete_role = None
    list_display: ClassVar = [
        "id", "show_state", "step", "model_requested", "model_used", "show_user", "key_owner", "cost_usd",
        "show_created",
    ]  # fmt: skip
    list_filter: ClassVar = ["state", "provider", "model_requested", "key_owner", ("created_at", RangeDateFilter)]
    list_filter_submit = True
    list_per_page = 50
    search_fields: ClassVar = ["step", "origin", "job__id", "raw_answer"]
    search_help_text = "Search by film, batch, job id or words of the answer"
    list_select_related: ClassVar = ["user", "tenant"]
    empty_title = "No calls yet"
    empty_text = "Every request to an AI model is kept here: what was asked, what came back and what it cost."
    fieldsets: ClassVar = [
        (None, {"fields": ["show_state", "step", "origin", "model_requested", "model_used", "show_words"]}),
        ("Answer", {"fields": ["show_answer", "finish", "rejected", "error_code", "error"]}),
        ("Money", {"fields": [
            "key_owner", "input_tokens", "output_tokens", "usd_in_per_m", "usd_out_per_m", "reserved_usd", "cost_usd",
        ]}),
        ("Times and links", {"fields": [
            "show_created", "show_finished", "job", "show_user", "repeat_of", "request_id",
        ]}),
    ]  # fmt: skip
    readonly_fields: ClassVar = [
        "show_state",
        "show_words",
        "show_answer",
        "show_created",
        "show_finished",
        "show_user",
    ]

    @display(
        description="State",
        label={"answered": "success", "sent": "info", "failed": "danger", "lost": "warning", "late": "warning"},
        ordering="state",
    )
    def show_state(self, call: Call) -> tuple[str, str]:
        return call.state, call.get_state_display()

    @display(description="What was said")
    def show_words(self, call: Call) -> str:
        said = "\n\n".join(text for text in (call.inputs.get("system"), call.inputs.get("prompt")) if text)
        return format_html(
            '<p>{}, version {}</p><div class="pr-text">{}</div>', call.prompt_name, call.prompt_version, said
        )

    @display(description="Raw answer")
    def show_answer(self, call: Call) -> str:
        return format_html('<div class="pr-text">{}</div>', call.raw_answer or "-")

    @display(description="Person", ordering="user", empty_value="-")
    def show_user(self, call: Call) -> str | None:
        return call.user.get_username() if call.user else None

    @display(description="Sent", ordering="created_at")
    def show_created(self, call: Call) -> str:
        return when(call.created_at, call.tenant)

    @display(description="Ended", ordering="finished_at")
    def show_finished(self, call: Call) -> str:
        return when(call.finished_at, call.tenant)
