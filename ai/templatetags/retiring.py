"""The warning about models that retire, for any page of the admin: {% load retiring %}{% retiring_models %}."""

from typing import Any

from django import template

from accounts.models import Role
from ai import retiring

register = template.Library()


@register.inclusion_tag("ai/retiring.html", takes_context=True)
def retiring_models(context: template.Context) -> dict[str, Any]:
    """A note for each model that has retired or soon will, and that the workspace or the person relies on."""
    request = context["request"]
    if request.tenant is None:
        return {"ending": []}
    return {
        "ending": retiring.soon(request.tenant, request.user),
        "is_owner": request.role == Role.OWNER,
    }
