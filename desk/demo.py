"""The demo workspace: a user, a token, and a file that remembers their secrets."""

import json
import os
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts import tokens, workspaces
from accounts.models import Brand, Tenant, User

SLUG = USERNAME = "demo"
BRAND = "test-brand"


def demo_file() -> Path:
    """Where the demo's secrets are kept, mode 0600."""
    return settings.VAR_DIR / "demo.json"


def prepare(*, reset: bool = False) -> dict[str, str]:
    """Make the demo workspace if it is missing and return {url, tenant, user, password, token}.

    The same secrets come back every time, unless they are lost or do not fit any more; then new ones are made.
    With `reset` the workspace and everything in it is deleted first.
    """
    with transaction.atomic():
        if reset:
            Tenant.objects.filter(slug=SLUG).delete()
            User.objects.filter(username=USERNAME).delete()
            demo_file().unlink(missing_ok=True)
        login = _remembered()
        user, is_new = User.objects.get_or_create(
            username=USERNAME,
            defaults={"email": "demo@example.com", "is_staff": True, "is_superuser": True},
        )
        password = login.get("password", "")
        if is_new or not password or not user.check_password(password):
            password = secrets.token_urlsafe(12)
            user.set_password(password)
            user.save()
        tenant = Tenant.objects.filter(slug=SLUG).first() or workspaces.create_tenant(
            "Demo Studio", user, slug=SLUG, time_zone=settings.TIME_ZONE
        )
        _give_brand(tenant)
        token = login.get("token", "")
        found = tokens.find(token) if token else None
        if found is None or found.tenant_id != tenant.pk:
            token = tokens.issue(user, tenant, "demo", by="system")[1]
    login = {"url": settings.SITE_URL, "tenant": SLUG, "user": USERNAME, "password": password, "token": token}
    _remember(login)
    return login


def _give_brand(tenant: Tenant) -> None:
    """The brand that the doors for tests name."""
    look = {"name": "Test Brand", "colours": ["#7a2ea6", "#f5a524", "#fffdfa"], "fonts": ["Manrope", "Source Serif"]}
    Brand.objects.get_or_create(tenant=tenant, slug=BRAND, defaults=look)


def _remembered() -> dict[str, Any]:
    try:
        found = json.loads(demo_file().read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _remember(login: dict[str, str]) -> None:
    """Replace the file in one step; it is never readable by others."""
    part = demo_file().with_suffix(f".{os.getpid()}")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump(login, file, indent=1)
    part.replace(demo_file())
