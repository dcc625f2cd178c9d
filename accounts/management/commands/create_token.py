"""create_token: make an API token for a user in a workspace."""

import json
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts import tokens, workspaces
from accounts.models import Tenant, User


class Command(BaseCommand):
    help = "Makes an API token of one user in one workspace and prints it, this once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", required=True, help="username")
        parser.add_argument("--tenant", required=True, help="slug or id of the workspace")
        parser.add_argument("--name", default="command line", help="what the token is for")
        parser.add_argument("--days", type=int, help="days until it expires (default: it does not)")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["user"], is_active=True).first()
        if user is None:
            raise CommandError(_unknown_user(options["user"]))
        tenant = workspaces.named(user, options["tenant"])
        if tenant is None:
            raise CommandError(_unknown_tenant(user, options["tenant"]))
        if options["days"] is not None and not 1 <= options["days"] <= 3650:
            raise CommandError("--days must be between 1 and 3650.")
        expires_at = timezone.now() + timedelta(days=options["days"]) if options["days"] else None
        token, secret = tokens.issue(user, tenant, options["name"][:100], expires_at=expires_at, by="create_token")
        if options["json"]:
            content = {"token": secret, "name": token.name, "user": user.username, "tenant": tenant.slug}
            self.stdout.write(json.dumps({**content, "expiresAt": expires_at.isoformat() if expires_at else None}))
        else:
            until = f"until {expires_at:%Y-%m-%d}" if expires_at else "until it is revoked"
            self.stderr.write(f"A token of {user.username} in {tenant.slug}, valid {until}. It is not shown again:")
            self.stdout.write(secret)


def _unknown_user(name: str) -> str:
    known = list(User.objects.filter(is_active=True).order_by("pk").values_list("username", flat=True)[:20])
    if not known:
        return "There are no users yet. Make one with: manage.py demo (or createsuperuser)"
    return f"There is no active user {name!r}. There are: {', '.join(known)}"


def _unknown_tenant(user: User, name: str) -> str:
    open_to = list(Tenant.objects.for_user(user).values_list("slug", flat=True)[:20])
    if not open_to:
        return f"{user.username} belongs to no workspace. Invite them in the admin, or run: manage.py demo"
    return f"{user.username} belongs to no workspace {name!r}. They may enter: {', '.join(open_to)}"
