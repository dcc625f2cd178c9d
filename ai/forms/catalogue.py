"""The forms of the model list."""

from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from unfold.widgets import UnfoldAdminSelectWidget

from accounts import keys
from ai.models import ListedModel, Price
from integrations.providers import providers


class ListedModelForm(forms.ModelForm):
    """A model of the list; its id and provider are fixed once rows point at it."""

    class Meta:
        model = ListedModel
        fields = (
            "provider", "model_id", "label", "blurb", "kind", "context_tokens", "output_tokens", "status", "retires_at",
            "successor", "note",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "provider" in self.fields:
            names = [name for name in providers if providers.get(name).is_language_model]
            self.fields["provider"] = forms.ChoiceField(
                choices=[(name, keys.LABELS[name]) for name in names], widget=UnfoldAdminSelectWidget
            )
            self.fields[
                "model_id"
            ].help_text = f"As the provider calls it. One of your own server begins with {keys.COMPATIBLE}/."

    def clean_model_id(self) -> str:
        model_id: str = self.cleaned_data["model_id"].strip()
        if not model_id.isascii() or not model_id.isprintable() or " " in model_id:
            raise forms.ValidationError("An id has no spaces and no special characters: copy it from the provider.")
        return model_id

    def clean_successor(self) -> str:
        successor: str = self.cleaned_data["successor"].strip()
        if successor and not ListedModel.objects.filter(model_id=successor[:100]).exists():
            raise forms.ValidationError(f"“{successor[:60]}” is not in the list: enter the id of a model that is.")
        if successor and successor == (self.cleaned_data.get("model_id") or self.instance.model_id):
            raise forms.ValidationError("A model cannot come after itself: enter another one, or leave this empty.")
        return successor

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        provider, model_id = cleaned.get("provider"), cleaned.get("model_id")
        if provider and model_id and model_id.startswith(f"{keys.COMPATIBLE}/") != (provider == keys.COMPATIBLE):
            self.add_error("model_id", f"Ids of your own server, and only those, begin with {keys.COMPATIBLE}/.")
        if cleaned.get("status") == ListedModel.Status.ACTIVE and cleaned.get("retires_at"):
            self.add_error("status", "A model with a day on which it retires is deprecated, or retired already.")
        return cleaned


class PriceForm(forms.ModelForm):
    """What a model costs from a day on."""

    class Meta:
        model = Price
        fields = (
            "valid_from", "usd_in", "usd_out", "usd_cache_read", "usd_cache_write", "usd_batch_in", "usd_batch_out",
            "above_tokens", "times_in", "times_out",
        )  # fmt: skip
        labels: ClassVar = {
            "usd_cache_read": "Cache read",
            "usd_cache_write": "Cache write",
            "usd_batch_in": "Batch in",
            "usd_batch_out": "Batch out",
            "above_tokens": "Above",
            "times_in": "× in",
            "times_out": "× out",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, value in self.initial.items():
            if isinstance(value, Decimal):
                self.initial[name] = Decimal(f"{value.normalize():f}")  # 0.1, and not 0.100000

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        batch = cleaned.get("usd_batch_in"), cleaned.get("usd_batch_out")
        if (batch[0] is None) != (batch[1] is None) and not {"usd_batch_in", "usd_batch_out"} & set(self.errors):
            missing = "usd_batch_in" if batch[0] is None else "usd_batch_out"
            self.add_error(missing, "The cheaper lane has a price for both, in and out: enter this one too.")
        for name in ("times_in", "times_out"):
            if cleaned.get(name) is not None and cleaned[name] <= 0:
                self.add_error(name, "Enter a number above 0; 1 changes nothing.")
        return cleaned
