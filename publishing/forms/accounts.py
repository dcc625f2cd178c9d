"""The form of an account."""

from typing import Any, ClassVar

from django import forms
from unfold.widgets import (
    UnfoldAdminPasswordWidget,
    UnfoldAdminTextInputWidget,
)

from integrations.errors import PermanentError
from publishing import connecting
from publishing.models import Account
from publishing.opening import platform_class

STORED = "Stored encrypted. Empty keeps what is there."


class AccountForm(forms.ModelForm):
    """An account: the fields of its platform's credentials come from the platform's class."""

    platform = ""

    class Meta:
        model = Account
        fields: ClassVar = ["name", "base_url", "brand", "grace_minutes", "nightly_numbers"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = platform_class(self.instance.platform or self.platform)
        self.instance.platform = self.kind.name
        if self.kind.needs_base_url:
            self.fields["base_url"].required = True
        for field in self.kind.credentials:
            widget = UnfoldAdminPasswordWidget(render_value=False) if field.secret else UnfoldAdminTextInputWidget()
            self.fields[f"credential_{field.name}"] = forms.CharField(
                label=field.label,
                max_length=2000,
                required=field.required and not self.instance.pk,
                help_text=f"{field.help} {STORED}".strip() if self.instance.pk else field.help,
                widget=widget,
            )

    def clean_base_url(self) -> str:
        address = str(self.cleaned_data["base_url"])
        try:
            return connecting.address_for(self.kind, address)
        except connecting.BadAccount as error:
            raise forms.ValidationError(list(error.problems.values())) from None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        given = {field.name: cleaned.get(f"credential_{field.name}", "") for field in self.kind.credentials}
        self.given = {name: value for name, value in given.items() if value}
        if self.given and not self.errors:
            before = self.instance.reveal() if self.instance.pk else {}
            try:
                self.kind(before | self.given, base_url=cleaned.get("base_url", ""))
            except PermanentError as error:
                self.add_error(None, str(error))
        return cleaned
