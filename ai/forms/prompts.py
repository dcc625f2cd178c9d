"""The form of a workspace's own words for a prompt."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminTextareaWidget

from ai.models import PromptEdition
from ai.prompting import BadTemplate, Template

LONGEST = 20_000  # characters
PARTS = ("system", "text")


def words_field(label: str, rows: int, help_text: str) -> forms.CharField:
    """A large field for words of a prompt."""
    return forms.CharField(
        label=label,
        max_length=LONGEST,
        strip=True,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": rows, "spellcheck": "true"}),
        help_text=help_text,
    )


class PromptForm(forms.Form):
    """Rules and task; `seen` is the number of the edition that was in use when the form was opened, 0 for ours."""

    system = words_field(
        "Rules", 12, "The stable part: who writes, how, and what is forbidden. Providers can cache it."
    )
    text = words_field("Task", 8, "The part that changes with every text. Variables stand in {braces}.")
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)

    def __init__(self, template: Template, used: PromptEdition | None, data: Any = None, **initial: Any) -> None:
        self.template, self.used = template, used
        source = used or template
        number = used.number if used else 0
        super().__init__(data, initial={"system": source.system, "text": source.text, "seen": number, **initial})
        for name in PARTS:  # the place of a problem is there before there is one: a live check fills it
            self.fields[name].widget.attrs["aria-describedby"] = f"id_{name}_helptext id_{name}_error"

    def clean_system(self) -> str:
        return self._lines("system")

    def clean_text(self) -> str:
        return self._lines("text")

    def _lines(self, name: str) -> str:
        """Browsers send the lines of a text with CRLF; ours end with LF, and a difference should show words only."""
        return str(self.cleaned_data[name]).replace("\r\n", "\n").replace("\r", "\n")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "system" in cleaned:
            self._check("system", cleaned["system"], self.template.text)
        if "text" in cleaned:
            self._check("text", cleaned.get("system", self.template.system), cleaned["text"])
        return cleaned

    def _check(self, name: str, system: str, text: str) -> None:
        try:
            self.template.check(system, text)
        except BadTemplate as error:
            self.add_error(name, str(error))

    @property
    def words(self) -> tuple[str, str]:
        """The rules and the task as they are in the form."""
        return self.cleaned_data["system"], self.cleaned_data["text"]

    def refuse_stale(self, by: str) -> None:
        """Another person changed the words meanwhile: say so, and let the next save go through."""
        seen = str(self.used.number if self.used else 0)
        self.data = {**self.data.dict(), "seen": seen}  # type: ignore[attr-defined]
        self.add_error(
            None,
            f"{by} changed the words in use while you wrote. Look at the difference below; to use yours all the same, "
            "save again.",
        )
