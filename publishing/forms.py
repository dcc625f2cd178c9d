"""The forms of publishing: an account, a publication."""

from typing import Any, ClassVar

from django import forms
from django.utils import timezone
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSplitDateTimeWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from integrations.errors import PermanentError
from media.models import Kind, MediaFile
from publishing import connecting, delivering, repeating
from publishing.models import Account, Endpoint, Event, Publication, Repeat, Weekday
from publishing.opening import platform_class
from publishing.orders import ContentIn

TEXTS = ("text", "title", "html")
STORED = "Stored encrypted. Empty keeps what is there."


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

    def label_from_instance(self, account: Any) -> str:
        return promise(account)


def promise(account: Account) -> str:
    """An account with its platform and its class, before one plans anything for it."""
    sure = "at most once" if account.delivery == Account.Delivery.BLIND else "exactly once"
    return f"{account} ({platform_class(account.platform).label}, {sure})"


class AccountForm(forms.ModelForm):
    """An account: the fields of its platform's credentials come from the platform's class."""

    platform = ""

    class Meta:
        model = Account
        fields: ClassVar = ["name", "base_url", "brand", "grace_minutes"]

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


class PublicationForm(forms.ModelForm):
    """A publication: where, when and what. What the platform would refuse is told here."""

    text = forms.CharField(required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 8}), max_length=200_000)
    title = forms.CharField(
        required=False, max_length=300, widget=UnfoldAdminTextInputWidget, help_text="For articles (WordPress, Ghost)."
    )
    html = forms.CharField(
        required=False, label="Article (HTML)", widget=UnfoldAdminTextareaWidget(attrs={"rows": 6}), max_length=200_000
    )
    when = forms.ChoiceField(
        choices=[
            ("draft", "Keep as a draft"),
            ("now", "Send now"),
            ("slot", "Send at the account's next free slot"),
            ("at", "Send at the time below"),
        ],
        initial="draft",
        widget=UnfoldAdminSelectWidget,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        only_posts(self.fields["account"])

    class Meta:
        model = Publication
        fields: ClassVar = ["account", "scheduled_at", "media", "approval_message", "approval_due_at"]
        field_classes: ClassVar = {
            "account": AccountField,
            "scheduled_at": MomentField,
            "approval_due_at": MomentField,
        }
        widgets: ClassVar = {
            "scheduled_at": UnfoldAdminSplitDateTimeWidget,
            "approval_due_at": UnfoldAdminSplitDateTimeWidget,
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("when") == "at" and not cleaned.get("scheduled_at"):
            self.add_error("scheduled_at", "Choose the time when it is to be sent.")
        if cleaned.get("when") == "slot" and cleaned.get("account"):
            cleaned["scheduled_at"] = repeating.next_free(cleaned["account"])
            if cleaned["scheduled_at"] is None:
                self.add_error("when", "This account has no free slot. Give it slots on its page, or choose a time.")
        values = {name: cleaned.get(name, "") for name in TEXTS}
        values["media_ids"] = [row.pk for row in cleaned.get("media") or []]
        try:
            self.content = ContentIn.model_validate(values)
        except ValueError:
            self.add_error(None, "There is nothing to publish: write a text, or a title and an article.")
        return cleaned


def only_posts(field: Any) -> None:
    """Offer accounts that take posts alone."""
    field.queryset = field.queryset.for_posts()


class EditForm(forms.Form):
    """Other words for a publication: those of a draft at once, those of what is out by an update of its own."""

    text = forms.CharField(required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 8}), max_length=200_000)
    title = forms.CharField(required=False, max_length=300, widget=UnfoldAdminTextInputWidget)
    html = forms.CharField(
        required=False, label="Article (HTML)", widget=UnfoldAdminTextareaWidget(attrs={"rows": 12}), max_length=200_000
    )
    pictures = forms.ModelMultipleChoiceField(
        MediaFile.objects.none(), required=False, widget=UnfoldAdminSelectMultipleWidget, label="Pictures and videos"
    )
    when = forms.ChoiceField(
        choices=[("now", "Now"), ("at", "At the time below"), ("draft", "Keep the change as a draft")],
        widget=UnfoldAdminSelectWidget,
    )
    at = MomentField(required=False, widget=MomentWidget, label="Time")

    def __init__(self, row: Publication, data: Any = None) -> None:
        before = row.content
        initial = {name: before.get(name, "") for name in TEXTS} | {"pictures": before.get("mediaIds", [])}
        super().__init__(data, initial=initial)
        self.before, self.is_update = before, row.state == Publication.State.PUBLISHED
        rows = MediaFile.objects.for_tenant(row.tenant).filter(state=MediaFile.State.READY)
        self.fields["pictures"].queryset = rows.exclude(kind=Kind.AUDIO)  # type: ignore[attr-defined]
        has_article = platform_class(row.account.platform).takes_articles
        gone = ["text"] if has_article else [name for name in ("title", "html") if not before.get(name)]
        for name in gone + ([] if self.is_update else ["when", "at"]):
            del self.fields[name]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("when") == "at" and not cleaned.get("at"):
            self.add_error("at", "Choose the time when it is to be changed.")
        try:
            self.content = ContentIn.model_validate(edited(self.before, cleaned))
        except ValueError:
            self.add_error(None, "There is nothing left to publish: write a text, or a title and an article.")
        return cleaned


def edited(before: dict[str, Any], cleaned: dict[str, Any]) -> dict[str, Any]:
    """A stored content with what was entered in the place of what it had; files that stay keep their order."""
    values = {**before, **{name: cleaned[name] for name in TEXTS if name in cleaned}}
    chosen, kept = [row.pk for row in cleaned.get("pictures") or []], before.get("mediaIds", [])
    values["mediaIds"] = [pk for pk in kept if pk in chosen] + [pk for pk in chosen if pk not in kept]
    return values


class RepeatForm(forms.ModelForm):
    """A text that goes out again and again."""

    weekdays = forms.TypedMultipleChoiceField(
        choices=Weekday.choices, coerce=int, widget=UnfoldAdminCheckboxSelectMultipleWidget, label="On"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        only_posts(self.fields["account"])

    class Meta:
        model = Repeat
        fields: ClassVar = ["account", "text", "weekdays", "every_weeks", "at", "starts_on", "until", "is_active"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("starts_on"), cleaned.get("until")
        if first and last and last < first:
            self.add_error("until", "The last day is before the first.")
        return cleaned


class EndpointForm(forms.ModelForm):
    """An endpoint: its address and its events."""

    events = forms.MultipleChoiceField(
        choices=[(name, f"{label} ({name})") for name, label in Event.choices],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    class Meta:
        model = Endpoint
        fields: ClassVar = ["url", "events", "is_on"]

    def clean_url(self) -> str:
        try:
            return delivering.checked(str(self.cleaned_data["url"]))
        except delivering.BadEndpoint as error:
            raise forms.ValidationError(list(error.problems.values())) from None
