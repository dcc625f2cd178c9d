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
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSelectWidget

from accounts.models import Role, Tenant
from accounts.scoping import TenantAdmin, row_id
from blog import sending
from blog.models import Post
from media.models import Kind, MediaFile
from publishing import ordering, replacing
from publishing.forms import AccountsField, MomentField, MomentWidget
from publishing.models import Account


class SendForm(forms.Form):
    """On which accounts, and when."""

    accounts = AccountsField(Account.objects.none(), widget=UnfoldAdminCheckboxSelectMultipleWidget, label="On")
    when = forms.ChoiceField(
        choices=[("now", "Now"), ("draft", "Keep as drafts"), ("at", "At the time below")],
        widget=UnfoldAdminSelectWidget,
    )
    at = MomentField(required=False, widget=MomentWidget, label="Time")
    picture = forms.ModelChoiceField(
        MediaFile.objects.none(),
        required=False,
        widget=UnfoldAdminSelectWidget,
        empty_label="No picture",
        help_text="The featured image of an article; elsewhere it goes with the announcement.",
    )

    def __init__(self, tenant: Tenant, *args: Any) -> None:
        super().__init__(*args)
        self.fields["accounts"].queryset = Account.objects.for_tenant(tenant).for_posts().active()  # type: ignore[attr-defined]
        pictures = MediaFile.objects.for_tenant(tenant).filter(kind=Kind.IMAGE, state=MediaFile.State.READY)
        self.fields["picture"].queryset = pictures  # type: ignore[attr-defined]

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
        if request.method == "POST" and "update" in request.POST:
            return self._update(request, post)
        if request.method == "POST" and form.is_valid():
            return self._send(request, post, form.cleaned_data)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": post,
            "title": f"Publish elsewhere: {post}",
            "form": form,
            "has_accounts": form.fields["accounts"].queryset.exists(),  # type: ignore[attr-defined]
            "rows": [
                {"it": row, "behind": replacing.can(row) and sending.is_behind(post, row)}
                for row in sending.on_accounts(post).select_related("account", "tenant")
            ],
        }
        return TemplateResponse(request, "admin/blog/post/send.html", context)

    def _send(self, request: HttpRequest, post: Post, wish: dict[str, Any]) -> HttpResponse:
        moment = wish["at"] if wish["when"] == "at" else None
        for account in wish["accounts"].select_related("tenant", "brand"):
            try:
                row = sending.send(
                    post, account, request.user, moment=moment, draft=wish["when"] == "draft", picture=wish["picture"]
                )
            except ordering.BadOrder as error:
                self.message_user(request, f"{account}: {error}", messages.ERROR)
            else:
                text = f"{account}: {row.get_state_display().lower()}."
                held = row.holds.filter(released_at=None).first()
                self.message_user(
                    request, f"{text} {held}" if held else text, messages.WARNING if held else messages.SUCCESS
                )
        return redirect(reverse("admin:blog_post_send", args=[post.pk]))

    def _update(self, request: HttpRequest, post: Post) -> HttpResponse:
        rows = sending.on_accounts(post).select_related("account", "tenant")
        row = rows.filter(pk=row_id(request.POST["update"])).first()
        if row is None:
            raise Http404("The post has no such publication in this workspace.")
        try:
            made = sending.update(post, row, request.user)
        except (ordering.BadOrder, ordering.WrongState) as error:
            self.message_user(request, f"{row.account}: {error}", messages.ERROR)
            return redirect(reverse("admin:blog_post_send", args=[post.pk]))
        return redirect(reverse("admin:publishing_publication_change", args=[made.pk]))
