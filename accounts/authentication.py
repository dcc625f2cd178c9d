"""Who is calling the API: a bearer token, or the session of the admin."""

from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from ninja.security.base import AuthBase
from ninja.utils import check_csrf

from accounts import tokens, workspaces
from accounts.api_errors import ApiError
from accounts.incoming import OwnIn
from accounts.models import ApiToken, Membership, Role, Tenant


class TokenOrSession(AuthBase):
    """`Authorization: Bearer <token>`, or the session cookie with CSRF on unsafe methods.

    Sets request.user, request.tenant and request.role. `x-tenant-id` (slug or id) names the
    workspace; a token has only its own.
    """

    openapi_type = "http"
    openapi_scheme = "bearer"

    def __call__(self, request: HttpRequest) -> Any:
        wanted = request.headers.get("x-tenant-id", "").strip()
        if header := request.headers.get("Authorization"):
            token = _token(header)
            if token is None:
                return None
            request.user = token.user
            _enter(request, _tenant_of_token(token, wanted))
        else:
            if not request.user.is_authenticated:
                return None
            if not getattr(request, "_ninja_csrf_exempt", False) and check_csrf(request):
                raise ApiError(403, "csrf", "The CSRF token is missing or wrong. Reload the page and try again.")
            _enter(request, _tenant_of_session(request, wanted))
        return request.user


def require(request: HttpRequest, role: Role) -> None:
    """Let only people pass whose role includes `role`; raises ApiError 403 that says whom to ask."""
    if request.role is None or not request.role.includes(role):
        have = f"yours is {request.role.label.lower()}" if request.role else "you have none"
        raise ApiError(
            403,
            "role",
            f"This needs the role {role.label.lower()} in the workspace {request.tenant}; {have}. "
            f"Ask {owners_of(request.tenant)} for it.",
            {"needed": role.value, "yours": request.role.value if request.role else None},
        )


def check_own(request: HttpRequest, payload: OwnIn) -> None:
    """Refuse a tenantId or userId in a body that is not the caller's own; raises ApiError 403."""
    tenants = {None, request.tenant.slug, request.tenant.pk, str(request.tenant.pk)}
    people = {None, request.user.pk, str(request.user.pk), request.user.get_username()}
    if payload.tenant_id not in tenants or payload.user_id not in people:
        raise ApiError(403, "tenant", "tenantId and userId may only be your own. Leave them out, or correct them.")


def owners_of(tenant: Tenant | None) -> str:
    """The people to ask, as words: "anna", "anna or ben", "an administrator"."""
    owners = Membership.objects.filter(tenant=tenant, role=Role.OWNER, user__is_active=True)
    names = list(owners.values_list("user__username", flat=True)[:3])
    return " or ".join(names) or "an administrator"


def _token(header: str) -> ApiToken | None:
    scheme, _, secret = header.strip().partition(" ")
    if scheme.lower() != "bearer":
        return None
    token = tokens.find(secret.strip())
    if token is not None:
        _touch(token)
    return token


def _touch(token: ApiToken) -> None:
    """Note the use, at most once a minute."""
    minute_ago = timezone.now() - timedelta(minutes=1)
    if token.last_used_at is None or token.last_used_at < minute_ago:
        stale = Q(last_used_at=None) | Q(last_used_at__lt=minute_ago)
        ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=timezone.now())


def _tenant_of_token(token: ApiToken, wanted: str) -> Tenant:
    own = token.tenant
    if wanted and wanted not in (own.slug, str(own.pk)):
        raise ApiError(
            403, "tenant", f"This token belongs to the workspace {own.slug}. Send that name or no x-tenant-id."
        )
    return own


def _tenant_of_session(request: HttpRequest, wanted: str) -> Tenant | None:
    if not wanted:
        return workspaces.choose(request.user, request.session.get("tenant"))[0]
    tenant = workspaces.named(request.user, wanted)
    if tenant is None:
        raise ApiError(
            403,
            "tenant",
            "You do not belong to the workspace in x-tenant-id. Check its name, or ask its owner.",
        )
    return tenant


def _enter(request: HttpRequest, tenant: Tenant | None) -> None:
    role = tenant.role_of(request.user) if tenant else None
    if role is None:
        raise ApiError(403, "tenant", "You do not belong to this workspace, or to none. Ask an owner to invite you.")
    request.tenant, request.role = tenant, role
