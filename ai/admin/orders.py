"""The add page as an order form: what is ordered is a row that a job carries out, and a model writes."""

from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import Role
from ai import budgets
from ai.forms import one_time_key
from integrations.errors import InvalidKey, ModelGone, OutsideError, Unsupported
from jobs.accepting import KeyReused
from jobs.admin.watching import WatchedAdmin

STARTING_ERRORS = (KeyReused, ModelGone, InvalidKey, Unsupported)


class OrderedAdmin(WatchedAdmin):
    """Rows that people order. Subclasses say how a model is chosen, what an order costs and how it is started."""

    add_role = Role.EDITOR
    add_title: ClassVar[str]

    def choose_model(self, wanted: str, request: Any) -> str:
        """The id of the model that the form offers; raises the errors of integrations/errors.py."""
        raise NotImplementedError

    def start(self, request: Any, form: Any) -> Any:
        """Start what a valid form ordered; returns its row."""
        raise NotImplementedError

    def estimate(self, request: Any, order: Any) -> tuple[Any, str]:
        """The estimate of an order, and the sentence that tells it."""
        raise NotImplementedError

    def get_changeform_initial_data(self, request: Any) -> dict[str, Any]:
        """The model that would be chosen anyway, and a key that makes one row of two clicks."""
        initial = {**super().get_changeform_initial_data(request), "once": one_time_key()}
        try:
            initial["model"] = self.choose_model(str(initial.get("model", "")), request)
        except OutsideError as error:
            initial["model"] = ""
            self.message_user(request, f"No model is preselected: {str(error).rstrip('.')}.", messages.WARNING)
        return initial

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"title": self.add_title, **(extra_context or {})}
        try:
            return super().add_view(request, form_url, context)
        except STARTING_ERRORS as error:  # something changed since the form's check
            self.message_user(
                request, f"Nothing was started: {str(error).rstrip('.')}. Fill in the form again.", messages.ERROR
            )
            return redirect(reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_add"))

    def save_model(self, request: Any, obj: Any, form: Any, change: bool) -> None:
        """Start the order; the form sent twice finds the row it made before."""
        obj.pk = self.start(request, form).pk
        obj.refresh_from_db()

    def save_related(self, request: Any, form: Any, formsets: Any, change: bool) -> None:
        """Everything is saved with the order."""

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """The row itself says who ordered it and when."""

    def get_urls(self) -> list[URLPattern]:
        view = require_http_methods(["GET", "POST"])(never_cache(self.estimate_view))
        name = f"{self.opts.app_label}_{self.opts.model_name}_estimate"
        return [path("estimate/", self.admin_site.admin_view(view), name=name), *super().get_urls()]

    def estimate_view(self, request: Any) -> JsonResponse:
        """What the order on the form would cost, as a sentence; empty while the form cannot be read."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        row = self.model(tenant=request.tenant, user=request.user)
        form: Any = self.form(request.POST or request.GET, instance=row)
        form.is_valid()
        if (order := getattr(form, "order", None)) is None:
            return JsonResponse({"text": ""})
        try:
            found, told = self.estimate(request, order)
        except OutsideError as error:
            return JsonResponse({"text": f"{str(error).rstrip('.')}."})
        short = budgets.shortfall(request.tenant, request.user, found.high)
        return JsonResponse({"text": f"{told} {short}".strip()})
