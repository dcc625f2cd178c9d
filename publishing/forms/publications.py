"""The forms of a publication: a new one, and other words for one that is there."""

from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from media.models import Kind, MediaFile
from publishing.following import PART, parts_in
from publishing.forms.fields import MomentField, MomentWidget
from publishing.models import Publication
from publishing.opening import platform_class
from publishing.orders import ContentIn

TEXTS = ("text", "title", "html")


class EditForm(forms.Form):
    """Other words for a publication: those of a draft at once, those of what is out by an update of its own."""

    text = forms.CharField(required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 8}), max_length=200_000)
    thread = forms.CharField(
        required=False, max_length=200_000, widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
        label="What follows it", help_text="A line of --- begins another part.",
    )  # fmt: skip
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
        initial["thread"] = PART.join(before.get("thread", []))
        super().__init__(data, initial=initial)
        self.before, self.is_update = before, row.state == Publication.State.PUBLISHED
        rows = MediaFile.objects.for_tenant(row.tenant).filter(state=MediaFile.State.READY)
        self.fields["pictures"].queryset = rows.exclude(kind=Kind.AUDIO)  # type: ignore[attr-defined]
        has_article = platform_class(row.account.platform).takes_articles
        gone = ["text"] if has_article else [name for name in ("title", "html") if not before.get(name)]
        follows = platform_class(row.account.platform).can_reply and not self.is_update
        gone += [] if follows else ["thread"]
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
    if "thread" in cleaned:
        values["thread"] = parts_in(cleaned["thread"])
    chosen, kept = [row.pk for row in cleaned.get("pictures") or []], before.get("mediaIds", [])
    values["mediaIds"] = [pk for pk in kept if pk in chosen] + [pk for pk in chosen if pk not in kept]
    return values
