"""The form of a rule that repeats."""

from typing import Any, ClassVar

from django import forms
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
)

from publishing.forms.fields import only_posts
from publishing.models import Repeat, Weekday


class RepeatForm(forms.ModelForm):
    """A text that goes out again and again."""

    weekdays = forms.TypedMultipleChoiceField(
        choices=Weekday.choices, coerce=int, widget=UnfoldAdminCheckboxSelectMultipleWidget, label="On"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        only_posts(self.fields["account"])

    class Meta:
        model = Repeat
        fields: ClassVar = ["account", "text", "weekdays", "every_weeks", "at", "starts_on", "until", "is_active"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("starts_on"), cleaned.get("until")
        if first and last and last < first:
            self.add_error("until", "The last day is before the first.")
        return cleaned
