"""The field in which a model is chosen."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminSelectWidget

from accounts import keys
from ai import choosing
from ai.models import ListedModel
from integrations.errors import ModelGone


class ModelSelect(UnfoldAdminSelectWidget):
    """A select in which models that cannot be chosen are shown and disabled."""

    disabled: frozenset[str] = frozenset()

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(name, value, *args, **kwargs)
        if str(value) in self.disabled:
            option["attrs"]["disabled"] = True
        return option


class ModelField(forms.ChoiceField):
    """The models that write texts, by provider; a retired one is listed with its successor and refused."""

    widget = ModelSelect

    def __init__(self, *, empty: str = "", kind: str = ListedModel.Kind.TEXT, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.empty, self.kind = empty, kind

    def refresh(self, listed: list[choosing.Choice] | None = None, keep: str = "") -> None:
        """Read the list (or take one that was read); call it when the form is made, since the list is rows.

        `keep` is chosen already: it stays selectable, for a browser would leave out a disabled one without a word.
        """
        listed = choosing.choices(self.kind) if listed is None else listed
        provider_of = dict(ListedModel.objects.filter(kind=self.kind).values_list("model_id", "provider"))
        groups: dict[str, list[tuple[str, str]]] = {}
        for choice in listed:
            provider = provider_of.get(choice.id, "")
            groups.setdefault(keys.LABELS.get(provider, provider.capitalize()), []).append((choice.id, choice.label))
        first = [("", self.empty)] if self.empty else []
        self.choices = [*first, *groups.items()]
        self.widget.disabled = frozenset(choice.id for choice in listed if not choice.usable and choice.id != keep)

    def validate(self, value: str) -> None:
        """Leave the verdict to ai.choosing: its words name the successor."""
        if not value and self.required:
            raise forms.ValidationError("Choose a model.")
        if value:
            try:
                choosing.known(value, self.kind)
            except ModelGone as error:
                raise forms.ValidationError(f"{str(error)[:1].upper()}{str(error)[1:]}.") from None
