"""The forms of batches and posts."""

import secrets
from typing import Any

from django import forms
from pydantic import ValidationError
from pydantic.alias_generators import to_snake

from ai import choosing
from ai.forms import ModelField
from ai.models import ListedModel
from blog import batches
from blog.models import Batch, Post
from blog.orders import Order
from integrations.errors import InvalidKey, Unsupported
from jobs import accepting

ORDER_FIELDS = [name for name in Order.model_fields if name != "priority"]


def one_time_key() -> str:
    """A new key for a form: sent twice, it makes one batch."""
    return secrets.token_urlsafe(24)


class BatchForm(forms.ModelForm):
    """The order form. The rules stand in blog/orders.py; this one only asks them."""

    model = ModelField(label="AI model")
    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=60)
    order: Order

    class Media:
        js = ("ai/estimate.js",)

    class Meta:
        model = Batch
        fields = ORDER_FIELDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["model"]
        field.empty = "" if self.initial.get("model") else "Choose a model"  # type: ignore[attr-defined]
        field.refresh()  # type: ignore[attr-defined]
        for name, step in {
            "count": "1",
            "min_rating": "0.1",
            "year_from": "1",
            "year_to": "1",
            "max_usd": "0.01",
        }.items():
            self.fields[name].widget.attrs["step"] = step

    def clean_model(self) -> ListedModel:
        """The row of the chosen model."""
        return choosing.known(self.cleaned_data["model"])

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
        values = {name: cleaned[name] for name in ORDER_FIELDS if cleaned.get(name) not in (None, "")}
        values["model"] = cleaned["model"].model_id
        try:
            self.order = Order(**values)
        except ValidationError as error:
            for problem in error.errors():
                field = to_snake(str(problem["loc"][0])) if problem["loc"] else None
                text = problem["msg"].removeprefix("Value error, ")
                self.add_error(field if field in self.fields else None, text[:1].upper() + text[1:])
        else:
            self._refuse_missing_key()
            self._refuse_missing_lane()
            self._refuse_reused_key()
        return cleaned

    def _refuse_missing_key(self) -> None:
        """Without a key for the model nothing is started; the error says where to enter one."""
        try:
            choosing.key_owner(str(self.order.model), self.instance.user, self.instance.tenant)
        except InvalidKey as error:
            self.add_error("model", str(error))

    def _refuse_missing_lane(self) -> None:
        try:
            batches.refuse_missing_lane(self.order, str(self.order.model))
        except Unsupported as error:
            self.add_error("lane", f"{str(error)[:1].upper()}{str(error)[1:]}.")

    def _refuse_reused_key(self) -> None:
        """The same form with other choices is another order: it is asked about, and the form gets a new key."""
        try:
            accepting.earlier(batches.GENERATE, self.instance.tenant, self.key, self.order.model_dump())
        except accepting.KeyReused:
            self.data = {**self.data.dict(), "once": one_time_key()}  # type: ignore[attr-defined]
            self.add_error(
                None,
                "This form was sent before with other choices, and that batch was started. "
                "To start this one too, press Start generation again.",
            )


class PostForm(forms.ModelForm):
    """The post editor."""

    class Media:
        js = ("blog/preview.js",)

    class Meta:
        model = Post
        fields: tuple[str, ...] = ("title", "slug", "excerpt", "body", "seo_title", "seo_description", "language")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, rows in {"excerpt": 3, "body": 24}.items():
            if name in self.fields:  # readers get a page without fields
                self.fields[name].widget.attrs["rows"] = rows

    def clean_slug(self) -> str:
        """An address that another post has is refused here, beside the field."""
        slug = self.cleaned_data["slug"]
        others = Post.objects.for_tenant(self.instance.tenant).exclude(pk=self.instance.pk)
        if slug and (other := others.filter(slug=slug).first()):
            raise forms.ValidationError(
                f"“{other.title}” has this address already. Choose another one, or leave it empty to have one made."
            )
        return str(slug)

    def clean(self) -> dict[str, Any]:
        """Refuse what no database can store."""
        cleaned = super().clean() or {}
        for name, value in cleaned.items():
            if isinstance(value, str) and "\x00" in value:
                self.add_error(name, "The text holds a NUL character; remove it.")
        return cleaned
