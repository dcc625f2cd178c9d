"""The form of the AI settings."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminSelectWidget, UnfoldBooleanWidget

from accounts import keys
from accounts.models import Tenant, User
from ai import choosing, preferences


class ModelSelect(UnfoldAdminSelectWidget):
    """A select in which models that cannot be chosen are shown and disabled."""

    disabled: frozenset[str] = frozenset()

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(name, value, *args, **kwargs)
        if str(value) in self.disabled:
            option["attrs"]["disabled"] = True
        return option


class ModelField(forms.ChoiceField):
    """The models that write texts; a retired one is listed with its successor and refused."""

    widget = ModelSelect

    def __init__(self, *, empty: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.empty = empty

    def refresh(self) -> None:
        """Read the list; call it when the form is made, since the list is rows."""
        listed = choosing.choices()
        first = [("", self.empty)] if self.empty else []
        self.choices = [*first, *((choice.id, choice.label) for choice in listed)]
        self.widget.disabled = frozenset(choice.id for choice in listed if not choice.usable)

    def validate(self, value: str) -> None:
        """Leave the verdict to ai.choosing: its words name the successor."""
        if value or self.required:
            try:
                choosing.known(value)
            except choosing.ModelGone as error:
                raise forms.ValidationError(f"{str(error)[:1].upper()}{str(error)[1:]}.") from None


class SettingsForm(forms.Form):
    """Keys are written here and never shown: an empty field keeps the key there is."""

    preferred_ai_model = ModelField(
        label="Preferred AI model", required=False, empty="No preference", help_text="Preselected when you order posts."
    )

    def __init__(self, owner: User | Tenant, *args: Any, **kwargs: Any) -> None:
        state = preferences.read(owner)
        kwargs["initial"] = {"preferred_ai_model": state["preferred_ai_model"]}
        super().__init__(*args, **kwargs)
        self.fields["preferred_ai_model"].refresh()  # type: ignore[attr-defined]
        for provider, label in keys.PROVIDERS.items():
            stored = state["keys"][provider]
            self.fields[provider] = forms.CharField(
                label=f"{label} key",
                required=False,
                strip=True,
                widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "off"}),
                help_text=f"Stored, ends in …{stored['last4']}. Empty keeps it." if stored["set"] else "Not set.",
            )
            if stored["set"]:
                self.fields[f"remove_{provider}"] = forms.BooleanField(
                    label=f"Remove the {label} key", required=False, widget=UnfoldBooleanWidget
                )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for provider in keys.PROVIDERS:
            try:
                if cleaned.get(provider):
                    keys.checked(cleaned[provider])
            except keys.BadKey as error:
                self.add_error(provider, f"This {error}.")
        return cleaned

    def changes(self) -> tuple[dict[str, str | None], str | None]:
        """What preferences.change() takes: new keys, and the preferred model (None removes it)."""
        new_keys = {
            provider: self.cleaned_data[provider] or (None if self.cleaned_data.get(f"remove_{provider}") else "")
            for provider in keys.PROVIDERS
        }
        return new_keys, self.cleaned_data["preferred_ai_model"] or None
