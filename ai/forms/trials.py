"""The forms that have stored calls made again."""

import secrets
from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget

from accounts.models import Tenant, User
from ai import choosing, trials
from ai.forms.choice import ModelField
from ai.models import Call, Trial
from integrations.errors import InvalidKey, ModelGone, OutsideError

MOST_TEXTS, USUAL_TEXTS = 10, 5


def sentence(error: Exception | str) -> str:
    """The words of an error as a sentence."""
    text = str(error)
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


class OnceForm(forms.Form):
    """A form that makes one trial however often it is sent."""

    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=60)

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        initial = {"once": secrets.token_urlsafe(24), **kwargs.pop("initial", {})}
        super().__init__(data, initial=initial, **kwargs)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("once"):
            self.add_error(None, "The form has lost its one-time key. Reload the page and send it again.")
        return cleaned

    @property
    def key(self) -> str:
        """The idempotency key of this form."""
        return f"form-{self.cleaned_data['once']}"


class ReplayForm(OnceForm):
    """One call again: on which model, and in which words."""

    model = ModelField(label="Model")
    words = forms.ChoiceField(label="Words", choices=Trial.Words.choices, widget=UnfoldAdminSelectWidget)

    def __init__(self, call: Call, tenant: Tenant, user: User, data: Any = None) -> None:
        self.tenant, self.user = tenant, user
        self.gone = _gone(call.model_requested)
        first = "" if self.gone else call.model_requested
        super().__init__(data, initial={"model": first, "words": Trial.Words.SAME})
        field = self.fields["model"]
        field.empty = "Choose a model" if self.gone else ""  # type: ignore[attr-defined]
        field.refresh()  # type: ignore[attr-defined]
        self._describe_words(call)

    def _describe_words(self, call: Call) -> None:
        field = self.fields["words"]
        try:
            today = trials.words_of(call, Trial.Words.CURRENT, self.tenant)
        except trials.CannotAskAgain as error:
            field.choices = [(Trial.Words.SAME.value, Trial.Words.SAME.label)]  # type: ignore[attr-defined]
            field.help_text = str(error)
            return
        edition = f", edition {today.edition} of this workspace" if today.edition else ""
        said = (call.inputs.get("system"), call.inputs.get("prompt"))
        same = ": the same words as then" if (today.system, today.text) == said else ""
        field.help_text = f"Today it is version {today.version}{edition}{same}."

    def clean_model(self) -> str:
        """Without a key for the model nothing is started; the error says where to enter one."""
        model = str(self.cleaned_data["model"])
        if model:
            try:
                choosing.key_owner(model, self.user, self.tenant)
            except InvalidKey as error:
                raise forms.ValidationError(str(error)) from None
            except OutsideError as error:
                raise forms.ValidationError(sentence(error)) from None
        return model


def _gone(model_id: str) -> str:
    """Why a model cannot be asked any more, "" when it can."""
    try:
        choosing.known(model_id)
    except ModelGone as error:
        return sentence(error)
    return ""


class TryForm(OnceForm):
    """How many of the last texts are tried on the successor."""

    count = forms.IntegerField(
        label="How many of the last texts",
        min_value=1,
        max_value=MOST_TEXTS,
        widget=UnfoldAdminIntegerFieldWidget(attrs={"inputmode": "numeric"}),
        error_messages={
            "min_value": f"Try at least 1 text, at most {MOST_TEXTS}.",
            "max_value": f"Try at most {MOST_TEXTS} texts.",
            "invalid": f"Enter a number from 1 to {MOST_TEXTS}.",
            "required": f"Enter a number from 1 to {MOST_TEXTS}.",
        },
    )

    def __init__(self, there_are: int, data: Any = None) -> None:
        super().__init__(data, initial={"count": min(USUAL_TEXTS, there_are)})
        some = "there is 1" if there_are == 1 else f"there are {there_are}"
        whole = some if there_are < MOST_TEXTS else f"{MOST_TEXTS} at most"
        self.fields["count"].help_text = f"The newest first; {whole}."
