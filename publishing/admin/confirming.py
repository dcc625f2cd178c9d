"""Buttons above a row are links, which change nothing: what does is asked about first, and done by POST."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse


def ask_first(admin: Any, request: HttpRequest, row: Any, words: str, button: str) -> HttpResponse | None:
    """A page that asks, with one button; None once that was pressed."""
    if request.method == "POST":
        return None
    context = {
        **admin.admin_site.each_context(request),
        "title": button,
        "opts": admin.opts,
        "row": row,
        "words": words,
        "button": button,
        "back": f"admin:{admin.opts.app_label}_{admin.opts.model_name}_change",
    }
    return TemplateResponse(request, "admin/publishing/ask_first.html", context)
