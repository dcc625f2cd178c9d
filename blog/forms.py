"""The forms of batches and posts."""

from typing import Any

from django import forms

from ai.forms import OrderForm
from blog import batches
from blog.models import Batch, Post
from blog.orders import Order
from integrations.errors import Unsupported

ORDER_FIELDS = [name for name in Order.model_fields if name != "priority"]
STEPS = {"count": "1", "min_rating": "0.1", "year_from": "1", "year_to": "1", "max_usd": "0.01"}


class BatchForm(OrderForm):
    """The order form of a batch. The rules stand in blog/orders.py."""

    order: Order
    order_type = Order
    task = batches.GENERATE
    fields_of_order = ORDER_FIELDS
    again = (
        "This form was sent before with other choices, and that batch was started. "
        "To start this one too, press Start generation again."
    )

    class Meta:
        model = Batch
        fields = ORDER_FIELDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, step in STEPS.items():
            self.fields[name].widget.attrs["step"] = step

    def refuse(self) -> None:
        try:
            batches.refuse_missing_lane(self.order, str(self.order.model))
        except Unsupported as error:
            self.add_error("lane", f"{str(error)[:1].upper()}{str(error)[1:]}.")
        super().refuse()


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
