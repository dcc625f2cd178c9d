"""What stands in the admin's header: the workspace switcher and the bell."""

from typing import Any

from django import template

from accounts.models import Notice, Tenant

register = template.Library()
MOST = 50


@register.inclusion_tag("accounts/switcher.html", takes_context=True)
def workspace_switcher(context: dict[str, Any]) -> dict[str, Any]:
    """The workspace one is in, and buttons into the others."""
    request = context["request"]
    current = getattr(request, "tenant", None)
    others = Tenant.objects.for_user(request.user).order_by("name")
    if current is not None:
        others = others.exclude(pk=current.pk)
    return {"current": current, "others": others[:MOST], "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("accounts/bell.html", takes_context=True)
def bell(context: dict[str, Any]) -> dict[str, Any]:
    """The number of notices one has not read."""
    return {"unread": Notice.objects.filter(user=context["request"].user).unread().count()}
