"""Publishing a post elsewhere: on which accounts, and when."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_http_methods
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSplitDateTimeWidget,
)

from accounts.models import Role, Tenant
from accounts.scoping import TenantAdmin
from blog import sending
from blog.models import Post
from jobs.models import request_ref
from publishing import ordering
from publishing.models import Account, Publication


class SendForm(forms.Form):
    """On which accounts, and when."""

    accounts = forms.ModelMultipleChoiceField(
        Account.objects.none(), widget=UnfoldAdminCheckboxSelectMultipleWidget, label="On"
    )
    when = forms.ChoiceField(
        choices=[("now", "Now"), ("draft", "Keep as drafts"), ("at", "At the time below")],
        widget=UnfoldAdminSelectWidget,
    )
    at = forms.SplitDateTimeField(required=False, widget=UnfoldAdminSplitDateTimeWidget, label="Time")

    def __init__(self, tenant: Tenant, *args: Any) -> None:
        super().__init__(*args)
        self.fields["accounts"].queryset = Account.objects.for_tenant(tenant).active()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("when") == "at" and not cleaned.get("at"):
            self.add_error("at", "Choose the time when it is to be sent.")
        return cleaned


class SendingPages(TenantAdmin):
    """The page that sends a post to accounts."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_http_methods(["GET", "POST"])(self.send_view))
        return [path("<int:pk>/send/", view, name="blog_post_send"), *super().get_urls()]

    def send_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Choose accounts and a time; each account becomes a publication of its own."""
        post = self.get_object(request, str(pk))
        if post is None:
            raise Http404("There is no such post in this workspace.")
        if not self.has_role(request, Role.EDITOR):
            raise PermissionDenied("Only editors and owners of this workspace may publish.")
        form = SendForm(request.tenant, request.POST or None)
        if request.method == "POST" and form.is_valid():
            return self._send(request, post, form.cleaned_data)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": post,
            "title": f"Publish elsewhere: {post}",
            "form": form,
            "has_accounts": form.fields["accounts"].queryset.exists(),  # type: ignore[attr-defined]
            "rows": Publication.objects.for_tenant(request.tenant).filter(origin=request_ref(post)),
        }
        return TemplateResponse(request, "admin/blog/post/send.html", context)

    def _send(self, request: HttpRequest, post: Post, wish: dict[str, Any]) -> HttpResponse:
        moment = wish["at"] if wish["when"] == "at" else None
        for account in wish["accounts"].select_related("tenant", "brand"):
            try:
                row = sending.send(post, account, request.user, moment=moment, draft=wish["when"] == "draft")
            except ordering.BadOrder as error:
                self.message_user(request, f"{account}: {error}", messages.ERROR)
            else:
                text = f"{account}: {row.get_state_display().lower()}."
                held = row.holds.filter(released_at=None).first()
                self.message_user(
                    request, f"{text} {held}" if held else text, messages.WARNING if held else messages.SUCCESS
                )
        return redirect(reverse("admin:blog_post_send", args=[post.pk]))
