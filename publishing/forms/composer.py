"""The form of the composer: one text with a variant for each account, files in order, and when it goes out."""

from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from accounts.models import Tenant
from media.models import Kind, MediaFile
from publishing.composing import Composition
from publishing.following import parts_in
from publishing.forms.fields import AccountsField, MomentField, MomentWidget
from publishing.models import Account
from publishing.orders import LONGEST, MOST_MEDIA

SHOWN_FILES = 120
WHEN = (
    ("draft", "Keep as a draft"),
    ("now", "Send now"),
    ("slot", "Send at each account's next free slot"),
    ("at", "Send at the time below"),
)


def area(rows: int) -> Any:
    """A text of several lines."""
    return UnfoldAdminTextareaWidget(attrs={"rows": rows})


class ComposerForm(forms.Form):
    """What somebody writes for several accounts."""

    accounts = AccountsField(Account.objects.none(), widget=UnfoldAdminCheckboxSelectMultipleWidget)
    text = forms.CharField(required=False, max_length=LONGEST, widget=area(7))
    thread = forms.CharField(
        required=False, max_length=LONGEST, widget=area(4), label="What follows it",
        help_text="A thread or the first comment, where the platform can. A line of --- begins another part.",
    )  # fmt: skip
    title = forms.CharField(required=False, max_length=300, widget=UnfoldAdminTextInputWidget)
    html = forms.CharField(required=False, max_length=LONGEST, widget=area(8), label="Article (HTML)")
    canonical_url = forms.URLField(
        required=False, max_length=500, widget=UnfoldAdminTextInputWidget, label="Canonical address",
        assume_scheme="https", help_text="Where it is on your own site; dev.to needs it.",
    )  # fmt: skip
    made_with_ai = forms.BooleanField(required=False, label="Made with AI: mark it where the platform has a mark")
    tags_links = forms.BooleanField(required=False, label="Tag its links (utm_source, utm_medium, utm_campaign)")
    campaign = forms.CharField(required=False, max_length=60, widget=UnfoldAdminTextInputWidget)
    when = forms.ChoiceField(choices=WHEN, initial="draft", widget=UnfoldAdminSelectWidget)
    at = MomentField(required=False, widget=MomentWidget, label="Time")
    approval_message = forms.CharField(
        required=False, max_length=1000, widget=area(2), label="A word to those who approve it"
    )
    approval_due_at = MomentField(required=False, widget=MomentWidget, label="By when they should decide")
    key = forms.CharField(max_length=26, widget=forms.HiddenInput)

    def __init__(self, tenant: Tenant, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.tenant = tenant
        rows = Account.objects.for_tenant(tenant).for_posts().connected().select_related("tenant", "brand")
        self.fields["accounts"].queryset = rows  # type: ignore[attr-defined]
        self.variants = {row: f"variant_{row.pk}" for row in rows}
        for row, name in self.variants.items():
            self.fields[name] = forms.CharField(
                required=False, max_length=LONGEST, widget=area(4), label=f"Instead, on {row}"
            )

    # -- files --------------------------------------------------------------------------------------------------------

    def offered(self) -> list[dict[str, Any]]:
        """The newest files of the library, those that are chosen first, each with its place and its alt text."""
        rows = MediaFile.objects.for_tenant(self.tenant).filter(state=MediaFile.State.READY).exclude(kind=Kind.AUDIO)
        chosen = self._chosen()
        newest = list(rows.order_by("-pk")[:SHOWN_FILES])
        missing = set(chosen) - {row.pk for row in newest}
        found = [*rows.filter(pk__in=missing), *newest]
        found.sort(key=lambda row: chosen.index(row.pk) if row.pk in chosen else len(chosen))
        return [
            {"row": row, "place": chosen.index(row.pk) + 1 if row.pk in chosen else "", "alt": self._alt(row)}
            for row in found
        ]

    def _alt(self, row: MediaFile) -> str:
        initial = self.initial.get("alts", {}).get(str(row.pk), row.alt_text)
        return str(self.data.get(f"alt_{row.pk}", initial)) if self.is_bound else str(initial)

    def _chosen(self) -> list[int]:
        """The ids of the files that are ticked, in their order."""
        if not self.is_bound:
            return list(self.initial.get("media_ids", []))
        picked = self.data.getlist("picked")  # type: ignore[attr-defined]
        ticked = [int(one) for one in picked if one.isascii() and one.isdigit() and len(one) < 19]

        def place(pk: int) -> tuple[int, int]:
            text = self.data.get(f"place_{pk}", "")
            return (int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 999, ticked.index(pk))

        return sorted(dict.fromkeys(ticked), key=place)[: MOST_MEDIA + 1]

    # -- what it is ---------------------------------------------------------------------------------------------------

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("when") == "at" and not cleaned.get("at"):
            self.add_error("at", "Choose the time when it is to be sent.")
        return cleaned

    @property
    def composition(self) -> Composition:
        """What was written, as far as it can be read; also of a form that is not whole yet."""
        self.is_valid()
        got: dict[str, Any] = self.cleaned_data
        ids = self._chosen()
        rows = {row.pk: row for row in MediaFile.objects.for_tenant(self.tenant).filter(pk__in=ids)}
        alts = {str(pk): self._alt(rows[pk]).strip() for pk in ids if pk in rows}
        return Composition(
            accounts=list(got.get("accounts") or []),
            text=got.get("text", ""),
            variants={row.pk: got.get(name, "") for row, name in self.variants.items()},
            thread=parts_in(got.get("thread", "")),
            media_ids=ids,
            alts={pk: alt for pk, alt in alts.items() if alt != rows[int(pk)].alt_text},
            made_with_ai=bool(got.get("made_with_ai")),
            tags_links=bool(got.get("tags_links")),
            **{name: got.get(name) or "" for name in ("title", "html", "canonical_url", "campaign")},
        )
