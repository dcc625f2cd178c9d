"""Fields and widgets of this room's forms."""

from typing import Any

from django import forms
from django.utils import timezone

from accounts.scoping import row_id
from publishing.models import Account
from publishing.opening import platform_class


class MomentWidget(forms.SplitDateTimeWidget):
    """A day and a time in the browser's own fields."""

    use_fieldset = True

    def __init__(self) -> None:
        day = {"type": "date", "aria-label": "Day", "class": "pr-input"}
        time = {"type": "time", "aria-label": "Time", "class": "pr-input"}
        super().__init__(date_attrs=day, time_attrs=time, date_format="%Y-%m-%d", time_format="%H:%M")


class MomentField(forms.SplitDateTimeField):
    """A day and a time where the workspace is."""

    def get_bound_field(self, form: Any, field_name: str) -> Any:
        """With the zone that it is read in."""
        zone = f"In the zone {timezone.get_current_timezone_name()}."
        if zone not in self.help_text:
            self.help_text = f"{self.help_text} {zone}".strip()
        return super().get_bound_field(form, field_name)

    def compress(self, data_list: Any) -> Any:
        """The moment; what the clocks leave out, or show twice, is none."""
        try:
            return super().compress(data_list)
        except forms.ValidationError as error:
            if error.code != "ambiguous_timezone":
                raise
            text = "The clocks change that night: this time does not exist, or it comes twice. Choose another."
            raise forms.ValidationError(text) from None


class AccountField(forms.ModelChoiceField):
    """Accounts, each with how sure it is that a text is there once."""

    def label_from_instance(self, account: Any) -> str:
        return promise(account)


class AccountsField(forms.ModelMultipleChoiceField):
    """The same, of which one chooses several."""

    def clean(self, value: Any) -> Any:
        """The rows; what no database takes for an id is no choice."""
        if odd := [one for one in value or [] if not row_id(str(one))]:
            raise forms.ValidationError(self.error_messages["invalid_choice"], params={"value": str(odd[0])[:40]})
        return super().clean(value)

    def label_from_instance(self, account: Any) -> str:
        return promise(account)


def promise(account: Account) -> str:
    """An account with its platform and its class, before one plans anything for it."""
    sure = "at most once" if account.delivery == Account.Delivery.BLIND else "exactly once"
    return f"{account} ({platform_class(account.platform).label}, {sure})"


def only_posts(field: Any) -> None:
    """Offer accounts that take posts alone."""
    field.queryset = field.queryset.for_posts()
