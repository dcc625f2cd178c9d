"""Who works where: every page knows its workspace and the person's role in it."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts import workspaces


class CurrentTenant:
    """Sets `request.tenant` (Tenant | None) and `request.role` (Role | None).

    The workspace is the one chosen in the session (key `tenant`) if the person may still enter it, else their first.
    Pages show times in its zone. The API decides for itself (accounts/authentication.py).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.tenant = request.role = None
        if not request.path_info.startswith("/api/") and request.user.is_authenticated:
            request.tenant, request.role = workspaces.choose(request.user, request.session.get("tenant"))
        with timezone.override(request.tenant.zone if request.tenant else None):
            return self.get_response(request)
