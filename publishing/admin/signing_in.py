"""Connecting an account by signing in: what will be asked for, the way there and back, and which account it is."""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Role
from accounts.scoping import row_id
from integrations.errors import OutsideError
from publishing import authorising, connecting
from publishing.models import Account, Authorisation
from publishing.opening import can_sign_in, grant_kind, platform_class, redirect_uri

WAY, WAY_SECONDS = "publishing.sign_in", 3600


def _checked(request: HttpRequest, platform: str) -> Account | None:
    """The account that is to be connected anew, if one is named; only owners get here."""
    if not can_sign_in(platform):
        raise Http404("Nobody signs in at this platform. Enter the account's credentials instead.")
    role = getattr(request, "role", None)
    if role is None or not role.includes(Role.OWNER):
        raise PermissionDenied("Only owners of the workspace connect accounts. Ask one of them.")
    return _account(request, platform, row_id(request.GET.get("account", "")))


def _account(request: HttpRequest, platform: str, pk: int | None) -> Account | None:
    return Account.objects.for_tenant(request.tenant).filter(pk=pk, platform=platform).first() if pk else None


def _page(request: HttpRequest, platform: str, template: str, **context: Any) -> HttpResponse:
    kind = grant_kind(platform)
    context = {**admin.site.each_context(request), "platform": platform, "label": kind.label, **context}
    status = context.pop("status", 200)
    return TemplateResponse(request, f"admin/publishing/account/{template}.html", context, status=status)


@require_safe
def sign_in(request: HttpRequest, platform: str) -> HttpResponse:
    """What Pressroom will ask for, in words, and the link that leads there."""
    account, kind = _checked(request, platform), grant_kind(platform)
    base_url = account.base_url if account else request.GET.get("baseUrl", "")
    problem, there = authorising.app_problem(platform), ""
    if base_url and not account:
        try:
            base_url = connecting.address_for(platform_class(platform), base_url)
        except connecting.BadAccount as error:
            problem, base_url = str(error), ""
    if not problem and (base_url or not kind.needs_base_url):
        way = urlencode({"way": _way(request, base_url, account)})
        there = f"{reverse('publishing:sign_in_go', args=[platform])}?{way}"
    return _page(
        request, platform, "sign_in",
        title=f"Connect {kind.label}", scopes=kind.scopes, problem=problem, there=there, base_url=base_url,
        account=account, needs_base_url=kind.needs_base_url, made_at=kind.made_at, callback=redirect_uri(platform),
        by_hand=f"{reverse('admin:publishing_account_add')}?platform={platform}", asks_app=not kind.needs_base_url,
    )  # fmt: skip


def _way(request: HttpRequest, base_url: str, account: Account | None) -> str:
    """What the link leads to, signed for this person: no other page can send somebody there."""
    what = {"for": request.user.pk, "at": base_url, "account": account.pk if account else None}
    return signing.dumps(what, salt=WAY)


def _read_way(request: HttpRequest) -> dict[str, Any]:
    """What a link of our own leads to; raises BadReturn for any other."""
    try:
        found: dict[str, Any] = signing.loads(request.GET.get("way", ""), salt=WAY, max_age=WAY_SECONDS)
    except signing.BadSignature:
        found = {}
    if found.get("for") != request.user.pk:
        raise authorising.BadReturn("This link is none of yours, or too old. Begin anew.")
    return found


@never_cache
@require_safe
def sign_in_go(request: HttpRequest, platform: str) -> HttpResponse:
    """Send the person there; what is kept of that is good for a quarter of an hour."""
    _checked(request, platform)
    account = None
    try:
        way = _read_way(request)
        account = _account(request, platform, way["account"])
        address, _row = authorising.begin(request.tenant, request.user, platform, base_url=way["at"], account=account)
    except (authorising.BadReturn, connecting.BadAccount, OutsideError) as error:
        return _ended(request, platform, str(error), account)
    return HttpResponseRedirect(address)


@never_cache
@require_safe
def sign_in_callback(request: HttpRequest, platform: str) -> HttpResponse:
    """The platform sends the person back here."""
    _checked(request, platform)
    if not _is_here(request):
        return _ended(request, platform, f"You came back at another address. Open Pressroom at {settings.SITE_URL}.")
    account = None
    try:
        row = authorising.come_back(request.tenant, request.user, platform, request.GET.dict())
        account = row.account
        is_known = row.account is not None and row.account.remote_id
        if not is_known and len(authorising.candidates(row)) > 1:
            return redirect("publishing:sign_in_choose", platform=platform, pk=row.pk)
        return _connected(request, row, "")
    except authorising.BadReturn as error:
        return _ended(request, platform, str(error), account)


def _is_here(request: HttpRequest) -> bool:
    return request.build_absolute_uri("/").rstrip("/") == settings.SITE_URL or settings.DEBUG


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_choose(request: HttpRequest, platform: str, pk: int) -> HttpResponse:
    """Which of several accounts is to be connected."""
    _checked(request, platform)
    rows = Authorisation.objects.for_tenant(request.tenant).filter(user=request.user, platform=platform)
    row = rows.select_related("account", "tenant").filter(pk=pk).first()
    offered = authorising.candidates(row) if row else []
    if row is None or not offered:
        return _ended(request, platform, "This choice was made before, or too much time has passed. Begin anew.")
    if request.method == "POST":
        try:
            return _connected(request, row, request.POST.get("remote_id", ""))
        except authorising.BadReturn as error:
            return _ended(request, platform, str(error))
    return _page(request, platform, "choose_one", title="Which account?", offered=offered)


def _connected(request: HttpRequest, row: Authorisation, remote_id: str) -> HttpResponse:
    account = authorising.connect(row, request.user, remote_id)
    works = connecting.check(account)
    level, words = messages.SUCCESS, f"Connected: {account.remote_name or account}."
    if row.missing:
        kind = grant_kind(row.platform)
        lost = "; ".join(one.words for one in kind.scopes if one.name in row.missing)
        level, words = messages.WARNING, f"{words} Not granted, so Pressroom cannot do it: {lost}."
    if not works:
        level, words = messages.WARNING, f"{words} {account.health}"
    messages.add_message(request, level, words)
    return redirect("admin:publishing_account_change", account.pk)


def _ended(request: HttpRequest, platform: str, why: str, account: Account | None = None) -> HttpResponse:
    """Nothing was connected: say why, where one begins anew; the code that came back is in no address any more."""
    query = f"?account={account.pk}" if account else ""
    messages.add_message(request, messages.ERROR, f"Nothing was connected. {why}")
    return redirect(reverse("publishing:sign_in", args=[platform]) + query)
