"""The form of a budget."""

from typing import Any, ClassVar

from django import forms

from ai.models import Budget


class BudgetForm(forms.ModelForm):
    """A limit in USD; once made, only the limit of a budget changes."""

    class Meta:
        model = Budget
        fields = ("user", "period", "limit_usd")
        error_messages: ClassVar = {
            "limit_usd": {
                "required": "Enter an amount in USD, such as 25. 0 forbids every call that costs something.",
                "invalid": "This is no amount: enter a number such as 25 or 12.50.",
                "min_value": "A limit cannot be below 0. 0 forbids every call that costs something.",
                "max_value": "A limit goes up to 1,000,000 USD.",
                "max_decimal_places": "A limit has whole cents: at most two decimal places.",
                "max_digits": "A limit goes up to 1,000,000 USD.",
                "max_whole_digits": "A limit goes up to 1,000,000 USD.",
            }
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "limit_usd" in self.fields:  # readers get a page without fields
            self.fields["limit_usd"].widget.attrs |= {"step": "0.01", "min": "0"}
        if "user" in self.fields:
            person = self.fields["user"]
            person.help_text = ""
            person.empty_label = "The whole workspace together"  # type: ignore[attr-defined]
            person.queryset = person.queryset.order_by("username")  # type: ignore[attr-defined]
            for link in ("can_add_related", "can_change_related", "can_view_related", "can_delete_related"):
                setattr(person.widget, link, False)
