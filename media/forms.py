"""The forms of media: upload, details of a file, a picture to be drawn, variants of a video."""

from typing import Any, ClassVar

from django import forms
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from ai.forms import ModelField, OrderForm
from ai.models import ListedModel
from media import ordering
from media.models import Drawing, MediaFile, Tag
from media.orders import PictureOrder

MOST_TAGS = 20


class UploadForm(forms.Form):
    """A file from this computer, or a video at an address."""

    file = forms.FileField(
        required=False, label="File", widget=UnfoldAdminFileFieldWidget, help_text="A picture, a video or sound."
    )
    video_url = forms.URLField(
        required=False, assume_scheme="https", widget=UnfoldAdminTextInputWidget, label="or the address of a video"
    )
    title = forms.CharField(required=False, max_length=200, widget=UnfoldAdminTextInputWidget)
    alt_text = forms.CharField(
        required=False,
        max_length=500,
        widget=UnfoldAdminTextInputWidget,
        label="Alt text",
        help_text="What it shows, for who cannot see it.",
    )

    write_down = forms.BooleanField(
        required=False,
        label="Also write down what is said",
        widget=UnfoldBooleanSwitchWidget,
        help_text="For video and sound: a transcript with times and subtitles.",
    )
    language = forms.RegexField(
        r"^[a-z]{2,3}(-[A-Z]{2})?$",
        required=False,
        label="Language that is spoken",
        initial="en",
        widget=UnfoldAdminTextInputWidget,
        help_text="Its code, such as en, de or pt-BR.",
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and bool(cleaned.get("file")) == bool(cleaned.get("video_url")):
            self.add_error(None, "Choose a file, or enter the address of a video: one of both.")
        return cleaned


class DetailsForm(forms.ModelForm):
    """What people say of a file."""

    words = forms.CharField(
        required=False,
        max_length=1000,
        label="Tags",
        widget=UnfoldAdminTextInputWidget,
        help_text="Words to find it by, with commas between them.",
    )

    class Meta:
        model = MediaFile
        fields: ClassVar = ["title", "alt_text"]
        widgets: ClassVar = {"alt_text": UnfoldAdminTextareaWidget(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["words"].initial = ", ".join(self.instance.tags.values_list("name", flat=True))

    def clean_words(self) -> list[str]:
        words = [" ".join(part.split())[:60] for part in self.cleaned_data["words"].split(",")]
        found = list(dict.fromkeys(word for word in words if word))
        if len(found) > MOST_TAGS:
            raise forms.ValidationError(f"{MOST_TAGS} tags are enough: {len(found)} are too many.")
        return found

    def save_tags(self) -> None:
        """Give the file its tags; words that are new become tags of the workspace."""
        row = self.instance
        tags = [Tag.objects.get_or_create(tenant=row.tenant, name=word)[0] for word in self.cleaned_data["words"]]
        row.tags.set(tags)


class PictureForm(OrderForm):
    """The order form of a picture. The rules stand in media/orders.py."""

    model = ModelField(label="AI model", kind=ListedModel.Kind.IMAGE)
    kind = ListedModel.Kind.IMAGE
    order: PictureOrder
    order_type = PictureOrder
    task = ordering.DRAW
    fields_of_order: ClassVar = ["prompt", "text", "style"]
    again = (
        "This form was sent before with another wish, and that picture was started. "
        "To start this one too, press Draw the picture again."
    )

    class Meta:
        model = Drawing
        fields: ClassVar = ["prompt", "text", "brand", "style", "width", "height", "model"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["prompt"].widget.attrs["rows"] = 4

    def values(self, cleaned: dict[str, Any]) -> dict[str, Any]:
        size = {"width": cleaned["width"], "height": cleaned["height"]}
        brand = cleaned["brand"].pk if cleaned.get("brand") else None
        return super().values(cleaned) | {"dimensions": size, "brand_id": brand}

    def body(self) -> dict[str, Any]:
        return self.order.model_dump(mode="json")
