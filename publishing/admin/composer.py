"""The composer: one text for several accounts, looked at as each platform would while one writes."""

from contextlib import suppress
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.dateparse import parse_datetime
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Role
from accounts.scoping import row_id
from publishing import composing, following
from publishing.forms import ComposerForm
from publishing.models import Account, Publication


def _checked(request: HttpRequest) -> None:
    role = getattr(request, "role", None)
    if role is None or not role.includes(Role.EDITOR):
        raise PermissionDenied("Writing posts needs the role editor. Ask an owner of the workspace.")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def compose(request: HttpRequest) -> HttpResponse:
    """The page where one writes; a form that is sent stores all of it, or nothing."""
    _checked(request)
    if request.method != "POST":
        return _page(request, ComposerForm(request.tenant, initial=_initial(request)))
    form = ComposerForm(request.tenant, request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    got = form.cleaned_data
    try:
        made = composing.compose(
            form.composition,
            tenant=request.tenant,
            user=request.user,
            key=got["key"],
            when=got["when"],
            moment=got["at"],
            approval_message=got["approval_message"],
            approval_due_at=got["approval_due_at"],
        )
    except composing.BadComposition as error:
        for account, words in error.problems.items():
            form.add_error(None, f"{account}: {words}")
        return _page(request, form, status=422)
    return _made(request, made)


def _page(request: HttpRequest, form: ComposerForm, status: int = 200) -> HttpResponse:
    shown = composing.look(form.composition) if form.is_bound else composing.look(_begun(form))
    context = {
        **admin.site.each_context(request),
        "title": "Write a post",
        "form": form,
        "offered": form.offered(),
        "variants": [form[name] for name in form.variants.values()],
        "has_accounts": bool(form.variants),
        "looked": shown,
    }
    return TemplateResponse(request, "admin/publishing/compose.html", context, status=status)


def _begun(form: ComposerForm) -> composing.Composition:
    """What a form begins with."""
    got = form.initial
    names = ("text", "media_ids", "alts", "made_with_ai", "title", "html", "canonical_url")
    accounts = [row for row in form.variants if row.pk in got.get("accounts", [])]
    thread = following.parts_in(got.get("thread", ""))
    return composing.Composition(accounts=accounts, thread=thread, **{name: got[name] for name in names if name in got})


def _initial(request: HttpRequest) -> dict[str, Any]:
    """What the address asks for: an account, a time, or the words of another publication."""
    found: dict[str, Any] = {"key": composing.new_key()}
    accounts = Account.objects.for_tenant(request.tenant).for_posts().connected()
    if pk := row_id(request.GET.get("account")):
        found["accounts"] = list(accounts.filter(pk=pk).values_list("pk", flat=True))
    try:
        moment = parse_datetime(request.GET.get("at", "").replace(" ", "+"))
    except ValueError:
        moment = None
    with suppress(OverflowError):
        if moment and moment.tzinfo:
            found |= {"when": "at", "at": moment.astimezone(request.tenant.zone)}
    if pk := row_id(request.GET.get("like")):
        row = Publication.objects.for_tenant(request.tenant).filter(pk=pk).first()
        if row is not None:
            found |= _like(row)
    return found


def _like(row: Publication) -> dict[str, Any]:
    content = row.content
    names = {"text": "text", "title": "title", "html": "html", "canonical_url": "canonicalUrl", "alts": "alts",
             "media_ids": "mediaIds", "made_with_ai": "madeWithAi"}  # fmt: skip
    thread = following.PART.join(content.get("thread", []))
    return {"accounts": [row.account_id], "thread": thread} | {
        ours: content[theirs] for ours, theirs in names.items() if theirs in content
    }


def _made(request: HttpRequest, made: list[Publication]) -> HttpResponse:
    if len(made) == 1:
        messages.success(request, f"Stored: {made[0].get_state_display().lower()}.")
        return redirect("admin:publishing_publication_change", made[0].pk)
    messages.success(request, f"{len(made)} publications are stored, one for each account.")
    return redirect(f"/admin/publishing/publication/?schedule={made[0].schedule}")


@never_cache
@require_POST
def look(request: HttpRequest) -> HttpResponse:
    """How it stands now, as a piece of the page; stores nothing."""
    _checked(request)
    form = ComposerForm(request.tenant, request.POST)
    context = {"looked": composing.look(form.composition)}
    return TemplateResponse(request, "admin/publishing/compose_look.html", context)
