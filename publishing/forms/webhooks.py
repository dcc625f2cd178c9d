"""The form of an endpoint."""

from typing import ClassVar

from django import forms
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
)

from publishing import delivering
from publishing.models import Endpoint, Event


class EndpointForm(forms.ModelForm):
    """An endpoint: its address and its events."""

    events = forms.MultipleChoiceField(
        choices=[(name, f"{label} ({name})") for name, label in Event.choices],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    class Meta:
        model = Endpoint
        fields: ClassVar = ["url", "events", "is_on"]

    def clean_url(self) -> str:
        try:
            return delivering.checked(str(self.cleaned_data["url"]))
        except delivering.BadEndpoint as error:
            raise forms.ValidationError(list(error.problems.values())) from None
