"""The switch that stops everything of a workspace."""

from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import Tenant
from publishing.models import Stop


def stopped(tenant: Tenant | None) -> Stop | None:
    """The row while nothing leaves, else None."""
    return Stop.objects.select_related("user").filter(tenant=tenant).first() if tenant else None


def stop(tenant: Tenant, user: Any, *, stopped: bool) -> None:
    """Let nothing leave from now on, or let it leave again; audited."""
    with transaction.atomic():
        if stopped:
            Stop.objects.get_or_create(tenant=tenant, defaults={"user": user})
        else:
            Stop.objects.filter(tenant=tenant).delete()
        audit.record(user, "publishing.stopped" if stopped else "publishing.resumed", tenant=tenant)
