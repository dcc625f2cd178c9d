"""Which days the usage page is about."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from ai.spending import Span

MONTH = "month"
PRESETS = {"7": "7 days", "30": "30 days", "90": "90 days", MONTH: "This month"}
USUAL = "30"
MOST_DAYS = 366
# Days beyond these are typing errors, and no database has moments around year 1 or 9999.
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 1, 1)
INPUT = {"type": "date", "class": "pr-input"}


class UsageForm(forms.Form):
    """A preset, or a first and a last day; and by what the chart is divided."""

    range = forms.ChoiceField(required=False, choices=list(PRESETS.items()))
    since = forms.DateField(label="From", required=False, widget=forms.DateInput(attrs=INPUT, format="%Y-%m-%d"))
    until = forms.DateField(label="To", required=False, widget=forms.DateInput(attrs=INPUT, format="%Y-%m-%d"))
    by = forms.ChoiceField(required=False, choices=[("model", "model"), ("provider", "provider")])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        first, last = cleaned.get("since"), cleaned.get("until")
        for name, day in (("since", first), ("until", last)):
            if day and not EARLIEST <= day < LATEST:
                self.add_error(name, f"Choose a day from {EARLIEST.year} to {LATEST.year - 1}.")
        if self.errors or not (first or last):
            return cleaned
        if not first:
            self.add_error("since", "Enter the first day too.")
        elif not last:
            self.add_error("until", "Enter the last day too.")
        elif last < first:
            self.add_error("until", "This is before the first day: swap them.")
        elif (last - first).days >= MOST_DAYS:
            self.add_error("until", f"Choose {MOST_DAYS} days at most; look at more of them year by year.")
        return cleaned

    def span(self, today: date, zone: ZoneInfo) -> Span:
        """The chosen days; the usual ones where they make no sense."""
        chosen: dict[str, Any] = self.cleaned_data if self.is_valid() else {}
        if chosen.get("since"):
            return Span(chosen["since"], chosen["until"], zone)
        if self.preset == MONTH:
            return Span(today.replace(day=1), today, zone)
        return Span(today - timedelta(days=int(self.preset or USUAL) - 1), today, zone)

    @property
    def preset(self) -> str:
        """The preset that holds, "" where days were entered."""
        if not self.is_valid():
            return USUAL
        return "" if self.cleaned_data["since"] else self.cleaned_data["range"] or USUAL

    @property
    def by_what(self) -> str:
        """By what the chart is divided."""
        return (self.is_valid() and self.cleaned_data["by"]) or "model"
