"""The forms of the calendar: what is shown, what is done with what is ticked, and a file that is imported."""

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from unfold.widgets import UnfoldAdminSelectWidget

from accounts.models import Brand, Tenant
from publishing.calendars import EARLIEST, LATEST, Page
from publishing.models import Account, Publication

VIEWS = (("month", "Month"), ("week", "Week"), ("list", "List"))
BULK = (
    ("shift", "Move by the days and minutes below"),
    ("rehearse", "Dry run: send to the wall first"),
    ("duplicate", "Make copies as drafts"),
    ("cancel", "Cancel"),
)


class CalendarForm(forms.Form):
    """Which days, and which publications."""

    view = forms.ChoiceField(choices=VIEWS, required=False)
    on = forms.DateField(required=False)
    account = forms.ModelChoiceField(Account.objects.none(), required=False, empty_label="All accounts")
    brand = forms.ModelChoiceField(Brand.objects.none(), required=False, empty_label="All brands")
    state = forms.ChoiceField(required=False, choices=[("", "All states"), *Publication.State.choices])

    def __init__(self, tenant: Tenant, data: Any) -> None:
        super().__init__(data)
        self.tenant = tenant
        rows = Account.objects.for_tenant(tenant).for_posts()
        self.fields["account"].queryset = rows  # type: ignore[attr-defined]
        self.fields["brand"].queryset = Brand.objects.for_tenant(tenant)  # type: ignore[attr-defined]
        for name in ("account", "brand", "state"):
            self.fields[name].widget.attrs["class"] = "pr-input"

    @property
    def today(self) -> date:
        """The day it is where the workspace is."""
        return timezone.now().astimezone(self.tenant.zone).date()

    @property
    def page(self) -> Page:
        """What is looked at; this month where nothing sensible was asked for."""
        self.is_valid()
        on = self.cleaned_data.get("on") or self.today
        if not EARLIEST <= on <= LATEST:
            on = self.today
        return Page(self.cleaned_data.get("view") or "month", on, self.tenant.zone)

    @property
    def filters(self) -> dict[str, Any]:
        """Which publications are shown."""
        self.is_valid()
        got = self.cleaned_data
        return {"account": got.get("account"), "account__brand": got.get("brand"), "state": got.get("state")}

    def query(self) -> dict[str, str]:
        """How an address names the filters."""
        found = {"account": self.filters["account"], "brand": self.filters["account__brand"]}
        query = {name: str(row.pk) for name, row in found.items() if row}
        return query | ({"state": self.filters["state"]} if self.filters["state"] else {})


class BulkForm(forms.Form):
    """What is done with all that are ticked."""

    act = forms.ChoiceField(choices=BULK, widget=UnfoldAdminSelectWidget, label="With those that are ticked")
    days = forms.IntegerField(required=False, min_value=-366, max_value=366, initial=1)
    minutes = forms.IntegerField(required=False, min_value=-1440, max_value=1440, initial=0)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        for name in ("days", "minutes"):
            self.fields[name].widget.attrs["class"] = "pr-input"


class ImportForm(forms.Form):
    """A CSV file with publications."""

    table = forms.FileField(label="CSV file", widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}))
    as_drafts = forms.BooleanField(required=False, initial=True, label="Keep all of them as drafts")
    only_good = forms.BooleanField(required=False, label="Import the good rows, and leave the others out")
    key = forms.CharField(max_length=26, widget=forms.HiddenInput)
