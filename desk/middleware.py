"""What every answer passes on its way out."""

from collections.abc import Callable
from typing import ClassVar

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse

from accounts.api_errors import CODES

# Unfold's Alpine evaluates its attributes, htmx and Trix write style attributes; no inline script is needed. Previews
# of mails are frames, in which nothing acts.
ADMIN_DIRECTIVES = {
    "script-src": ["'self'", "'unsafe-eval'"],
    "style-src": ["'self'", "'unsafe-inline'"],
    "frame-src": ["'self'"],
}


class ContentSecurityPolicy(CSPMiddleware):
    """Adds the header: strict everywhere (CONTENT_SECURITY_POLICY in the settings), a looser one under /admin/."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if request.path_info.startswith("/admin/"):
            replace = getattr(response, "_csp_replace", None) or {}
            response._csp_replace = {**ADMIN_DIRECTIVES, **replace}  # type: ignore[attr-defined]
        return super().process_response(request, response)


class LargestBody:
    """Refuses a body by its announced length, before any of it is read: an upload is stored as it comes in."""

    ROOM = 1024 * 1024  # for the other fields of a form

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        most = settings.LARGEST_UPLOAD_MB
        if not length.isdecimal() or int(length) <= most * 1024 * 1024 + self.ROOM:
            return self.get_response(request)
        message = f"At most {most} MB are taken at once, and this has {int(length) // 1024 // 1024} MB."
        if request.path_info.startswith("/api/"):
            return JsonResponse({"error": {"code": "too_large", "message": message, "details": None}}, status=413)
        return HttpResponse(message, status=413, content_type="text/plain; charset=utf-8")


class ApiErrors:
    """Unknown addresses and methods under /api/ are answered in the API's shape too: they never reach an operation."""

    WORDS: ClassVar = {
        404: "There is no such address. The addresses are listed at /api/docs.",
        405: "This address does not take this method. What it takes is listed at /api/docs.",
    }

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        status = response.status_code
        is_json = response.headers.get("Content-Type", "").startswith("application/json")
        if not request.path_info.startswith("/api/") or status not in self.WORDS or is_json:
            return response
        error = {"code": CODES[status], "message": self.WORDS[status], "details": None}
        kept = {"Allow": response["Allow"]} if response.has_header("Allow") else {}
        return JsonResponse({"error": error}, status=status, headers=kept)
