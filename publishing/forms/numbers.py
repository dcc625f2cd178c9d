"""Which posts the analytics page is about, and which number it shows."""

from typing import Any

from django import forms

from accounts.models import Brand, Tenant
from ai.forms.usage import UsageForm
from publishing.models import Account


class NumbersForm(UsageForm):
    """Days of publishing, and optionally an account, a brand and a number."""

    account = forms.ModelChoiceField(Account.objects.none(), required=False, empty_label="All accounts")
    brand = forms.ModelChoiceField(Brand.objects.none(), required=False, empty_label="All brands")
    metric = forms.CharField(required=False, max_length=40)

    def __init__(self, tenant: Tenant, data: Any) -> None:
        super().__init__(data)
        del self.fields["by"]
        rows = Account.objects.for_tenant(tenant).for_posts()
        self.fields["account"].queryset = rows  # type: ignore[attr-defined]
        self.fields["brand"].queryset = Brand.objects.for_tenant(tenant)  # type: ignore[attr-defined]
        for name in ("account", "brand"):
            self.fields[name].widget.attrs["class"] = "pr-input"

    def chosen(self, name: str) -> Any:
        """What was chosen of a field, None where that makes no sense."""
        self.is_valid()
        return self.cleaned_data.get(name)
