"""The AI settings page: keys, the preferred model, and a free check of each key."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts import keys
from accounts.models import Role, Tenant, User
from ai import preferences, vendors
from ai.forms import SettingsForm
from ai.models import ListedModel
from integrations.errors import OutsideError


@never_cache
def settings_page(request: HttpRequest) -> HttpResponse:
    """One's own keys and preferred model; for owners also the workspace's."""
    owners: dict[str, User | Tenant] = {"own": request.user}
    if request.role == Role.OWNER:
        owners["workspace"] = request.tenant
    posted = request.POST.get("owner") if request.method == "POST" else None
    forms = {
        name: SettingsForm(owner, request.POST if name == posted else None, prefix=name)
        for name, owner in owners.items()
    }
    if posted in forms and forms[posted].is_valid():
        new_keys, model = forms[posted].changes()
        preferences.change(owners[posted], new_keys, model, by=request.user, tenant=request.tenant)
        messages.success(request, "The AI settings are saved.")
        return redirect("ai_settings")
    return render(request, "ai/settings.html", _context(request, forms))


def _context(request: HttpRequest, forms: dict[str, SettingsForm]) -> dict[str, Any]:
    today = timezone.localdate()
    models = [(model, model.is_retired(today)) for model in ListedModel.objects.for_text()]
    return {
        **admin.site.each_context(request),
        "title": "AI settings",
        "forms": forms,
        "tenant": request.tenant,
        "vendors": vendors.state_for(request.user, request.tenant),
        "models": models,
    }


@require_POST
def test_key(request: HttpRequest, provider: str) -> HttpResponse:
    """Ask the vendor, free of charge, whether the key that would be used works."""
    if request.role is None or not request.role.includes(Role.EDITOR):
        raise PermissionDenied("Testing a key needs the role editor. Ask an owner of the workspace.")
    label = keys.PROVIDERS.get(provider, provider)
    try:
        owner = vendors.check(provider, request.user, request.tenant)
        messages.success(request, f"The {label} key works ({owner}).")
    except OutsideError as error:
        messages.error(request, f"{label}: {error}")
    return redirect("ai_settings")
