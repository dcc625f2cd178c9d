"""The forms of lessons: the order, and the editor of a section."""

import json
from typing import Any, ClassVar

from django import forms
from django.forms.widgets import Script
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from accounts.models import User
from ai.forms import OrderForm
from lessons import editing, ordering
from lessons.documents import EMPTY, BadDocument
from lessons.models import LONGEST_TITLE, Lesson, Section
from lessons.orders import Order
from lessons.prompts import FEWEST_SECTIONS, MOST_SECTIONS

FIELDS = ["topic", "context", "difficulty", "audience", "language", "sections", "model"]
LARGEST = 2_000_000  # characters of JSON
MOST_TOLD = 5


class LessonForm(OrderForm):
    """The order form of a lesson. The rules stand in lessons/orders.py."""

    order: Order
    order_type = Order
    task = ordering.GENERATE
    fields_of_order: ClassVar = [*FIELDS, "trigger_source"]
    again = (
        "This form was sent before with another wish, and that lesson was started. "
        "To start this one too, press Write the lesson again."
    )
    topic = forms.CharField(
        widget=UnfoldAdminTextInputWidget,
        max_length=Lesson._meta.get_field("topic").max_length,
        help_text="What it is about, in a few words.",
    )
    sections = forms.IntegerField(
        required=False,
        min_value=FEWEST_SECTIONS,
        max_value=MOST_SECTIONS,
        help_text=f"{FEWEST_SECTIONS} to {MOST_SECTIONS}. Empty: 4, 6 or 8, by difficulty.",
        widget=UnfoldAdminTextInputWidget(attrs={"type": "number"}),
    )

    class Meta:
        model = Lesson
        fields: ClassVar = [name for name in FIELDS if name != "sections"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["context"].widget.attrs["rows"] = 8
        self.fields[
            "context"
        ].help_text = (
            "Notes, a chat, or a source that the lesson keeps to. It is read as material, never as instructions."
        )
        self.fields["audience"].help_text = "Whom it is for, in a few words; may be empty."

    def clean(self) -> dict[str, Any]:
        """An order from this page is made by hand."""
        self.cleaned_data["trigger_source"] = "manual"
        for name in ("topic", "context", "audience"):
            if "\x00" in (self.cleaned_data.get(name) or ""):
                self.add_error(name, "The text holds a NUL character; remove it.")
        return super().clean()

    def body(self) -> dict[str, Any]:
        return ordering.body_of(self.order, another=False)


class TiptapWidget(UnfoldAdminTextareaWidget):
    """A document in the Tiptap editor; without scripts it is JSON in a text field."""

    class Media:
        css: ClassVar = {"all": ["lessons/editor.css"]}
        js: ClassVar = [Script("lessons/editor.js", type="module")]

    def __init__(self) -> None:
        super().__init__(attrs={"data-tiptap": "", "rows": 20, "spellcheck": "false"})


class SectionForm(forms.Form):
    """A section's title and text. `save` is part of its validation: what cannot be saved stays in the form."""

    title = forms.CharField(max_length=LONGEST_TITLE, widget=UnfoldAdminTextInputWidget)
    document = forms.CharField(widget=TiptapWidget, label="Text", max_length=LARGEST, strip=False)
    edition = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, section: Section, *args: Any, **kwargs: Any) -> None:
        document = json.dumps(section.document or EMPTY, ensure_ascii=False)
        kwargs["initial"] = {"title": section.title, "document": document, "edition": section.edition}
        super().__init__(*args, **kwargs)
        self.section = section

    def clean_document(self) -> Any:
        try:
            return json.loads(self.cleaned_data["document"])
        except (ValueError, RecursionError):
            raise forms.ValidationError("This is no JSON. Load the page again and edit the text there.") from None

    def save(self, by: User) -> bool:
        """Save what was typed; False, with errors in the form, where that cannot be."""
        data = self.cleaned_data
        try:
            self.section = editing.save(
                self.section, data["document"], by, title=data["title"], edition=data["edition"]
            )
        except BadDocument as error:
            for path, what in error.problems[:MOST_TOLD]:
                self.add_error("document", f"{path} {what}.")
        except editing.Conflict as error:
            self.data = {**self.data.dict(), "edition": error.edition}  # type: ignore[attr-defined]
            self.add_error(None, str(error))
        except ValueError as error:
            self.add_error("title", str(error))
        return not self.errors
