"""Rules that repeat: the form shows the next ten times before it is saved."""

from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, JsonResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from unfold.decorators import display

from accounts.models import Role
from accounts.scoping import TenantAdmin
from publishing import repeating
from publishing.forms import RepeatForm
from publishing.models import Account, Repeat, Weekday


@admin.register(Repeat)
class RepeatAdmin(TenantAdmin):
    """What goes out again and again."""

    form = RepeatForm
    delete_role = Role.EDITOR
    change_form_template = "admin/publishing/repeat/change_form.html"
    list_display: ClassVar = ["show_text", "account", "show_rule", "show_next", "is_active"]
    list_filter: ClassVar = ["account", "is_active"]
    list_select_related: ClassVar = ["account__brand", "account__tenant", "tenant"]
    search_fields: ClassVar = ["text"]
    search_help_text = "Search by words of the text"
    empty_title = "Nothing repeats"
    empty_text = "A text that goes out each week, or every few weeks. Its next ten times are shown before you save it."
    empty_button = "Add one"

    @display(description="Text", ordering="text")
    def show_text(self, row: Repeat) -> str:
        return str(row)

    @display(description="When")
    def show_rule(self, row: Repeat) -> str:
        days = ", ".join(Weekday(day).label for day in sorted(row.weekdays))
        weeks = "" if row.every_weeks == 1 else f", every {row.every_weeks} weeks"
        return f"{days} at {row.at:%H:%M}{weeks}"

    @display(description="Next")
    def show_next(self, row: Repeat) -> str:
        return next(iter(_times(row, 1)), "-")

    def save_model(self, request: HttpRequest, obj: Repeat, form: Any, change: bool) -> None:
        obj.user = obj.user or request.user  # type: ignore[assignment]
        obj.planned_until = None
        super().save_model(request, obj, form, change)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(never_cache(self.times_view)))
        return [path("times/", view, name="publishing_repeat_times"), *super().get_urls()]

    def times_view(self, request: HttpRequest) -> JsonResponse:
        """The next ten times of the rule on the form, as a sentence; empty while it cannot be read."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = RepeatForm(request.POST)
        form.fields["account"].queryset = Account.objects.for_tenant(request.tenant)  # type: ignore[attr-defined]
        form.is_valid()
        cleaned = form.cleaned_data
        if any(not cleaned.get(name) for name in ("account", "weekdays", "every_weeks", "at", "starts_on")):
            return JsonResponse({"text": "Choose an account, days, a time and the first day to see when it goes out."})
        names = ("account", "weekdays", "every_weeks", "at", "starts_on", "until")
        times = _times(Repeat(**{name: cleaned.get(name) for name in names}), 10)
        return JsonResponse(
            {"text": f"Next: {'; '.join(times)}." if times else "It never goes out: all its days are past."}
        )


def _times(row: Repeat, count: int) -> list[str]:
    """Its next times, in its zone."""
    return [
        f"{at.astimezone(row.zone):%a %-d %b %Y, %H:%M %Z}" for at in repeating.occurrences(row, timezone.now(), count)
    ]
