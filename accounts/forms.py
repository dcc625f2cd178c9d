"""The forms about people, workspaces and tokens."""

import re
from datetime import timedelta
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib.auth.forms import UserCreationForm
from django.utils import timezone
from unfold.forms import UserChangeForm as UnfoldUserChangeForm
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts import invitations, workspaces
from accounts.models import ApiToken, Brand, Invitation, Membership, Role, Tenant, User

LIFETIMES = {"30": "30 days", "90": "90 days", "365": "1 year", "": "Until it is revoked"}


class UserForm(UnfoldUserChangeForm):
    """A person's account; the last owner of a workspace stays active."""

    def clean_is_active(self) -> bool:
        is_active = self.cleaned_data["is_active"]
        if not is_active and (alone := workspaces.owned_alone(self.instance)):
            names = ", ".join(tenant.name for tenant in alone)
            raise forms.ValidationError(f"They are the last owner of {names}. Make somebody else an owner first.")
        return is_active


class PreferencesForm(forms.ModelForm):
    """How a person wants to be reached."""

    class Meta:
        model = User
        fields = ("email", "notice_mail", "phone")
        widgets = {  # noqa: RUF012  (as Django declares it)
            "email": UnfoldAdminEmailInputWidget,
            "notice_mail": UnfoldAdminSelectWidget,
            "phone": UnfoldAdminTextInputWidget,
        }


class WorkspaceForm(forms.ModelForm):
    """A workspace's name, address and time zone."""

    class Meta:
        model = Tenant
        fields = ("name", "slug", "time_zone")

    def clean_time_zone(self) -> str:
        name = self.cleaned_data["time_zone"].strip()
        if name not in available_timezones():
            raise forms.ValidationError("There is no such time zone. Use an IANA name, such as Europe/Vienna.")
        return name


class MemberForm(forms.ModelForm):
    """A member's role; a workspace keeps at least one owner."""

    class Meta:
        model = Membership
        fields = ("user", "role")

    def clean_role(self) -> str:
        role = self.cleaned_data["role"]
        if self.instance.pk and role != Role.OWNER and workspaces.is_last_owner(self.instance):
            raise forms.ValidationError(
                "This is the last owner of the workspace. Make somebody else an owner first, then change this role."
            )
        return role


class InvitationForm(forms.ModelForm):
    """Whom to invite, and as what."""

    class Meta:
        model = Invitation
        fields = ("email", "role")

    def clean_email(self) -> str:
        email = self.cleaned_data["email"]
        if invitations.is_member(self.instance.tenant, email):
            raise forms.ValidationError("They are a member already. Change their role in the list of members.")
        return email


class TokenForm(forms.ModelForm):
    """A new API token: what it is for and how long it lasts."""

    lifetime = forms.ChoiceField(
        label="Expires after", choices=list(LIFETIMES.items()), required=False, widget=UnfoldAdminSelectWidget
    )

    class Meta:
        model = ApiToken
        fields = ("name",)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        days = cleaned.get("lifetime")
        cleaned["expires_at"] = timezone.now() + timedelta(days=int(days)) if days else None
        return cleaned


class NewAccountForm(UserCreationForm):
    """The user name and password that an invited person chooses."""

    class Meta(UserCreationForm.Meta):
        model = User
        fields = ("username",)


class Listed(forms.CharField):
    """A list of short texts, typed with commas between them."""

    widget = UnfoldAdminTextInputWidget

    def __init__(self, most: int, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)
        self.most = most

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(map(str, value)) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:  # type: ignore[override]
        found = [part.strip() for part in str(super().clean(value)).split(",") if part.strip()]
        if len(found) > self.most:
            raise forms.ValidationError(f"{self.most} are enough: {len(found)} are too many.")
        return found


class BrandForm(forms.ModelForm):
    """A brand's name and look."""

    colours = Listed(6, help_text="Up to six, such as #7a2ea6, #fffdfa; the most important first.")
    fonts = Listed(3, help_text="Up to three names, such as Source Serif, Manrope; the one for headings first.")

    class Meta:
        model = Brand
        fields = ("name", "slug", "colours", "fonts", "time_zone")

    def clean_colours(self) -> list[str]:
        colours = [colour.lower() for colour in self.cleaned_data["colours"]]
        for colour in colours:
            if not re.fullmatch(r"#[0-9a-f]{6}", colour):
                raise forms.ValidationError(f"“{colour[:20]}” is no colour. Write # and six digits, such as #7a2ea6.")
        return colours

    def clean_fonts(self) -> list[str]:
        fonts: list[str] = self.cleaned_data["fonts"]
        if any(len(font) > 60 or not font.isprintable() for font in fonts):
            raise forms.ValidationError("A font's name has at most 60 characters.")
        return fonts

    def clean_time_zone(self) -> str:
        name = str(self.cleaned_data["time_zone"]).strip()
        if name and name not in available_timezones():
            raise forms.ValidationError("There is no such time zone. Use an IANA name, such as Europe/Vienna.")
        return name
