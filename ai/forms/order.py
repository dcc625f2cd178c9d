"""The form of an order that a model carries out: the rules stand in the order's own class, this one only asks them."""

import secrets
from typing import Any, ClassVar

from django import forms
from pydantic import BaseModel, ValidationError
from pydantic.alias_generators import to_snake

from ai import choosing
from ai.forms.choice import ModelField
from ai.models import ListedModel
from integrations.errors import InvalidKey
from jobs import accepting


def one_time_key() -> str:
    """A new key for a form: sent twice, it makes one piece of work."""
    return secrets.token_urlsafe(24)


class OrderForm(forms.ModelForm):
    """An order for a request row. Subclasses name the task and the order's class, and may refuse more.

    `order` is what was ordered, once the form is valid; `fields_of_order` are those of the class that the page has.
    """

    model = ModelField(label="AI model")
    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=60)
    order: Any
    kind: ClassVar[str] = ListedModel.Kind.TEXT
    order_type: ClassVar[type[BaseModel]]
    task: ClassVar[str]
    fields_of_order: ClassVar[list[str]]
    again: ClassVar[str]

    class Media:
        js = ("ai/estimate.js",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["model"]
        field.empty = "" if self.initial.get("model") else "Choose a model"  # type: ignore[attr-defined]
        field.refresh()  # type: ignore[attr-defined]

    def clean_model(self) -> ListedModel:
        """The row of the chosen model."""
        return choosing.known(self.cleaned_data["model"], self.kind)

    @property
    def key(self) -> str:
        """The idempotency key of this form."""
        return f"form-{self.cleaned_data['once']}"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("once"):
            self.add_error(None, "The form has lost its one-time key. Reload the page and fill it in again.")
        if self.errors:
            return cleaned
        try:
            self.order = self.order_type(**self.values(cleaned))
        except ValidationError as error:
            self._tell(error)
        else:
            self.refuse()
        return cleaned

    def values(self, cleaned: dict[str, Any]) -> dict[str, Any]:
        """The fields of the order."""
        values = {name: cleaned[name] for name in self.fields_of_order if cleaned.get(name) not in (None, "")}
        return values | {"model": cleaned["model"].model_id}

    def body(self) -> dict[str, Any]:
        """What is stored of the order, to tell another one with the same key."""
        return dict(self.order.model_dump())

    def refuse(self) -> None:
        """Add errors to an order that reads well and cannot be carried out."""
        self._refuse_missing_key()
        self._refuse_reused_key()

    def _tell(self, error: ValidationError) -> None:
        for problem in error.errors():
            field = to_snake(str(problem["loc"][0])) if problem["loc"] else None
            text = problem["msg"].removeprefix("Value error, ")
            self.add_error(field if field in self.fields else None, text[:1].upper() + text[1:])

    def _refuse_missing_key(self) -> None:
        """Without a key for the model nothing is started; the error says where to enter one."""
        try:
            choosing.key_owner(str(self.order.model), self.instance.user, self.instance.tenant, self.kind)
        except InvalidKey as error:
            self.add_error("model", str(error))

    def _refuse_reused_key(self) -> None:
        """The same form with other choices is another order: it is asked about, and the form gets a new key."""
        try:
            accepting.earlier(self.task, self.instance.tenant, self.key, self.body())
        except accepting.KeyReused:
            self.data = {**self.data.dict(), "once": one_time_key()}  # type: ignore[attr-defined]
            self.add_error(None, self.again)
