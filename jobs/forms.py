"""What people may ask of jobs and queues, checked."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from jobs.clearing import CLEARABLE
from jobs.models import Level, State

EVERYTHING = "all"


class LevelForm(forms.Form):
    """Another level for a job; CRITICAL goes before all other workspaces', so that owners alone may give it."""

    level = forms.TypedChoiceField(choices=Level.choices, coerce=int)

    def __init__(self, *args: Any, is_owner: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["level"].choices = levels_for(is_owner=is_owner)  # type: ignore[attr-defined]


def levels_for(*, is_owner: bool) -> list[tuple[int, str]]:
    """The levels that a person may give."""
    return [(level.value, level.label) for level in Level if is_owner or level != Level.CRITICAL]


class ClearForm(forms.Form):
    """Which jobs of a queue are to be cleared, and the queue's name as the sign that it is meant."""

    state = forms.ChoiceField(
        label="Which jobs",
        choices=[
            ("", "Choose"),
            *((state.value, state.label) for state in CLEARABLE),
            (EVERYTHING, "All, except those that run"),
        ],
        widget=UnfoldAdminSelectWidget,
        error_messages={"required": "Nothing was cleared. Choose which jobs first."},
    )
    confirmation = forms.CharField(
        max_length=100, widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "spellcheck": "false"})
    )

    def __init__(self, queue: str, data: Any = None) -> None:
        super().__init__(data)
        self.queue = queue
        field = self.fields["confirmation"]
        field.label = f"To confirm, type {queue}"
        field.error_messages["required"] = f"Nothing was cleared. To confirm, type its name: {queue}."

    def clean_confirmation(self) -> str:
        typed: str = self.cleaned_data["confirmation"]
        if typed != self.queue:
            raise forms.ValidationError(
                f"Nothing was cleared: this is not the queue's name. To confirm, type {self.queue}."
            )
        return typed

    def problem(self) -> str:
        """What is wrong with the first wrong field, which gets the focus."""
        name, errors = next(iter(self.errors.items()))
        self.fields[name].widget.attrs["autofocus"] = True
        return str(errors[0])

    def chosen(self) -> State | None:
        """The state to clear, None for all; of a valid form."""
        state = self.cleaned_data["state"]
        return None if state == EVERYTHING else State(state)
