"""Pages outside the admin's lists: invitations, password reset, switching workspaces."""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth import login, views
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts import audit, invitations, notices
from accounts.forms import NewAccountForm, PreferencesForm
from accounts.models import Invitation, Notice, Role, Tenant, User
from accounts.scoping import row_id


@login_required
@require_POST
def switch(request: HttpRequest) -> HttpResponse:
    """Work in another workspace from now on."""
    tenant = Tenant.objects.for_user(request.user).filter(pk=row_id(request.POST.get("tenant"))).first()
    if tenant is None:
        messages.error(request, "You do not belong to that workspace (any more). Ask its owner to invite you.")
    else:
        request.session["tenant"] = tenant.pk
    return HttpResponseRedirect(_safe(request, request.POST.get("next", "")))


@login_required
def open_notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one's notice as read and go where it points, in its workspace."""
    own = Notice.objects.filter(user=request.user)
    notice = get_object_or_404(own, pk=pk)
    notices.mark_read(own.filter(pk=pk))
    if notice.tenant_id and Tenant.objects.for_user(request.user).filter(pk=notice.tenant_id).exists():
        request.session["tenant"] = notice.tenant_id
    return HttpResponseRedirect(_safe(request, notice.link, reverse("admin:accounts_notice_change", args=[pk])))


def _safe(request: HttpRequest, url: str, otherwise: str = "") -> str:
    if url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure()):
        return url
    return otherwise or reverse("admin:index")


@require_http_methods(["GET", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    """How one wants to be reached; inside the admin."""
    form = PreferencesForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        changed = ", ".join(form.changed_data)
        audit.record(request.user, "user.preferences", tenant=request.tenant, target=request.user.pk, changed=changed)
        messages.success(request, "Your preferences are saved.")
        return redirect("preferences")
    context = {**admin.site.each_context(request), "title": "My preferences", "form": form}
    return render(request, "accounts/preferences.html", context, status=422 if form.errors else 200)


@never_cache
def invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """Accept an invitation, as the person signed in or with a new account."""
    found = invitations.find(secret)
    if found is None or not invitations.is_open(found):
        return _closed(request, found)
    is_new = request.method == "POST" and not request.user.is_authenticated
    form = NewAccountForm(request.POST if is_new else None, instance=User(email=found.email))
    try:
        if request.method == "POST" and request.user.is_authenticated:
            invitations.accept(found, request.user)
            return _welcome(request, found.tenant)
        if form.is_valid():
            invitations.accept_as_new(found, form.instance, form.cleaned_data["password1"])
            login(request, form.instance, backend="django.contrib.auth.backends.ModelBackend")
            return _welcome(request, found.tenant)
    except invitations.InvitationUsed:
        return _closed(request, found)
    context = {"invitation": found, "form": form, "role": Role(found.role).label.lower()}
    return render(request, "accounts/invitation.html", context, status=422 if form.errors else 200)


def _closed(request: HttpRequest, found: Invitation | None) -> HttpResponse:
    """Say why a link does not work (any more), and what to do."""
    status = 404 if found is None else 410
    return render(request, "accounts/invitation_closed.html", {"invitation": found}, status=status)


def _welcome(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    request.session["tenant"] = tenant.pk
    messages.success(request, f"Welcome to {tenant}.")
    return redirect("admin:index")


class ResetRequest(views.PasswordResetView):
    """Ask for a mail with a link; the answer is the same whether the address is known or not."""

    template_name = "registration/password_reset_form.html"
    email_template_name = "registration/password_reset_email.txt"
    subject_template_name = "registration/password_reset_subject.txt"
    extra_email_context: dict[str, Any] | None = None

    def form_valid(self, form: Any) -> HttpResponse:
        self.extra_email_context = {"site_url": settings.SITE_URL}
        return super().form_valid(form)


class ResetSent(views.PasswordResetDoneView):
    template_name = "registration/password_reset_done.html"


class ResetConfirm(views.PasswordResetConfirmView):
    """Choose a new password with the link of the mail."""

    template_name = "registration/password_reset_confirm.html"

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        username = form.user.get_username()
        audit.record(username, "user.password_reset", target=username)
        return response


class ResetDone(views.PasswordResetCompleteView):
    template_name = "registration/password_reset_complete.html"
