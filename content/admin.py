"""Voices: what people say about how a brand speaks, what was measured, and how far new texts are from it."""

import json
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from unfold.decorators import display

from accounts.models import Role
from accounts.scoping import TenantAdmin
from ai.showing import CHART_OPTIONS
from content import measuring, voice
from content.forms import VoiceForm
from content.models import Voice
from jobs.admin.watching import when

LONGEST_TRIAL = 1000  # it stands in an address


@admin.register(Voice)
class VoiceAdmin(TenantAdmin):
    """One voice for each brand."""

    form = VoiceForm
    delete_role = Role.OWNER
    list_display: ClassVar = ["brand", "tone", "show_texts", "gate", "show_measured"]
    list_select_related: ClassVar = ["brand", "tenant"]
    search_fields: ClassVar = ["brand__name", "tone", "description"]
    search_help_text = "Search by brand or tone"
    filter_horizontal: ClassVar = ["approvers"]
    change_form_outer_after_template = "admin/content/voice/measured.html"
    fieldsets: ClassVar = [
        ("Who speaks", {"fields": ["brand", "description", "tone", "audience"]}),
        ("How", {"fields": ["dos", "donts", "banned", "required", "samples"]}),
        ("With what", {"fields": ["hashtag_groups", "links", "platforms"]}),
        ("Before it goes out", {"fields": ["approvers", "gate"]}),
    ]
    empty_title = "No voice yet"
    empty_text = "Say how a brand speaks, and give it some texts of its own: then new ones are measured against them."
    empty_button = "Describe a voice"

    @display(description="Measured on", ordering="measured_at")
    def show_texts(self, row: Voice) -> str:
        return f"{row.texts} texts" if row.texts else f"too few texts (at least {voice.FEWEST})"

    @display(description="Last measured", ordering="measured_at")
    def show_measured(self, row: Voice) -> str:
        return when(row.measured_at, row.tenant)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        measuring.measure(form.instance)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The form, and below it what was measured; ?text= is measured against it."""
        row = self.get_object(request, object_id)
        more = self._measured(request, row) if row is not None else {}
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})

    def _measured(self, request: HttpRequest, row: Voice) -> dict[str, Any]:
        text = request.GET.get("text", "")[:LONGEST_TRIAL]
        found = measuring.trend(row)
        chart = {
            "labels": [when(one.publication.published_at, row.tenant)[:6] for one in found],
            "datasets": [
                {"label": "distance", "data": [one.points for one in found], "maxBarThickness": 24,
                 "backgroundColor": "var(--color-primary-600)"}
            ],
        }  # fmt: skip
        return {
            "voice": row,
            "figures": _figures(row),
            "trend": found,
            "chart": json.dumps(chart),
            "options": json.dumps(CHART_OPTIONS),
            "tried": text,
            "far": voice.distance(text, row.fingerprint) if text else None,
            "word_problems": measuring.word_problems(row, text) if text else [],
            "fewest": voice.FEWEST,
        }


def _figures(row: Voice) -> list[tuple[str, str]]:
    """The fingerprint in words."""
    features = row.fingerprint.get("features", {})
    return [
        (voice.FEATURES[name][2], f"{known['mean'] * (100 if name in voice.SHARES else 1):.1f}")
        for name, known in features.items()
        if name in voice.FEATURES
    ]
