"""The switch to a successor: what relies on a model, a trial on the last texts, and the button that moves all."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Role
from ai import choosing, retiring, showing, trials
from ai.admin.replaying import estimate_of
from ai.forms import TryForm
from ai.forms.trials import MOST_TEXTS, sentence
from ai.models import ListedModel, Trial
from integrations.errors import InvalidKey, ModelGone, OutsideError
from jobs.accepting import KeyReused

EARLIER = 5


@never_cache
@require_safe
def switch_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Who relies on a model, its successor, and what was tried."""
    return _render(request, _model(request, pk))


@never_cache
@require_safe
def switch_estimate(request: HttpRequest, pk: int) -> JsonResponse:
    """What trying the successor on the last texts would cost, as a sentence."""
    model = _model(request, pk)
    _insist(request, Role.EDITOR, "Trying a model needs the role editor.")
    form = TryForm(MOST_TEXTS, request.GET)
    form.is_valid()
    return JsonResponse({"text": _estimate(request, model, form.cleaned_data.get("count"))})


@require_POST
def try_successor(request: HttpRequest, pk: int) -> HttpResponse:
    """Have the last texts of a model written again by its successor, and go and watch it."""
    model = _model(request, pk)
    _insist(request, Role.EDITOR, "Trying a model needs the role editor.")
    form = TryForm(_texts(request, model), request.POST)
    if not form.is_valid():
        return _render(request, model, form)
    try:
        trial, _job = trials.start(
            trials.newest_calls(model, request.tenant, form.cleaned_data["count"]),
            retiring.successor_of(model).model_id,
            tenant=request.tenant,
            user=request.user,
            instead_of=model,
            key=form.key,
        )
    except KeyReused:
        messages.warning(request, "This form was sent before with another number. Send it again to start this one too.")
        return redirect("ai_switch", model.pk)
    except (trials.CannotAskAgain, OutsideError) as error:
        form.add_error(None, sentence(error))
        return _render(request, model, form)
    messages.success(request, "The successor is tried. This page follows it; you may leave.")
    return redirect("admin:ai_trial_change", trial.pk)


@require_POST
def switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Move everything in the workspace to the successor."""
    model = _model(request, pk)
    _insist(request, Role.OWNER, "Switching needs the role owner.")
    try:
        moved = retiring.switch(model, tenant=request.tenant, by=request.user)
    except ModelGone as error:
        messages.error(request, f"Nothing was switched. {sentence(error)}")
    else:
        if moved:
            what = ", ".join(f"{row.count} {row.words}" for row in moved)
            messages.success(request, f"Switched from {model.model_id} to {model.successor}: {what}.")
        else:
            messages.warning(request, f"Nothing was switched: nothing here that can move relies on {model.model_id}.")
    return redirect("ai_switch", model.pk)


def _insist(request: HttpRequest, role: Role, text: str) -> None:
    if not request.role.includes(role):
        raise PermissionDenied(f"{text} Ask an owner of the workspace.")


def _model(request: HttpRequest, pk: int) -> ListedModel:
    """The model; raises Http404, and PermissionDenied for somebody who is in no workspace."""
    if request.role is None:
        raise PermissionDenied("You are in no workspace yet. Ask the owner of one to invite you.")
    model = ListedModel.objects.for_text().prefetch_related("price_list").filter(pk=pk).first()
    if model is None:
        raise Http404("There is no such model that writes texts in the list.")
    return model


def _texts(request: HttpRequest, model: ListedModel) -> int:
    """How many of the newest texts of a model can be tried."""
    return len(trials.newest_calls(model, request.tenant, MOST_TEXTS))


def _estimate(request: HttpRequest, model: ListedModel, count: int | None) -> str:
    calls = trials.newest_calls(model, request.tenant, count) if count else []
    return estimate_of(request, calls, model.successor) if calls else ""


def _render(request: HttpRequest, model: ListedModel, form: TryForm | None = None) -> HttpResponse:
    tenant, today = request.tenant, timezone.localdate()
    successor, problem = _successor(model)
    relying = retiring.users_of(model, tenant)
    texts = _texts(request, model)
    form = form or TryForm(texts)
    earlier = Trial.objects.for_tenant(tenant).filter(instead_of=model).select_related("user", "tenant", "model")
    context = {
        **admin.site.each_context(request),
        "title": f"Switch from {model.label}",
        "model": model,
        "life": showing.life(model, today),
        "successor": successor,
        "successor_life": showing.life(successor, today) if successor else None,
        "problem": problem,
        "prices": [(one, showing.price_words(one.price)) for one in (model, successor) if one],
        "price_change": _price_change(model, successor) if successor else "",
        "relying": relying,
        "moving": retiring.users_of(model, tenant, by=request.user),
        "others": _others(model, request),
        "texts": texts,
        "form": form,
        "no_key": _no_key(request, successor),
        "estimate": _estimate(request, model, form["count"].value()) if not form.is_bound else "",
        "estimate_url": reverse("ai_switch_estimate", args=[model.pk]),
        "earlier": [(trial, _summary(trial)) for trial in earlier[:EARLIER]],
        "may_try": request.role.includes(Role.EDITOR),
        "may_switch": request.role == Role.OWNER,
        "may_edit_list": request.user.is_superuser,
    }
    return render(request, "ai/switch.html", context)


def _successor(model: ListedModel) -> tuple[ListedModel | None, str]:
    """The successor that can be asked, else why there is none."""
    try:
        return retiring.successor_of(model), ""
    except ModelGone as error:
        return None, sentence(error)


def _no_key(request: HttpRequest, successor: ListedModel | None) -> str:
    """Why the person could not ask the successor now; "" when it can be asked."""
    if successor:
        try:
            choosing.key_owner(successor.model_id, request.user, request.tenant)
        except InvalidKey as error:
            return sentence(error)
    return ""


def _others(model: ListedModel, request: HttpRequest) -> int:
    """How many rows are other members' own wishes, which only they change."""
    everybody = sum(row.count for row in retiring.users_of(model, request.tenant))
    return everybody - sum(row.count for row in retiring.users_of(model, request.tenant, by=request.user))


def _price_change(model: ListedModel, successor: ListedModel) -> str:
    """What the successor costs beside the model: "in 20 % less, out 50 % more"; "" where a price is unknown or 0."""
    before, after = model.price, successor.price
    if not before or not after or not before.usd_in or not before.usd_out:
        return ""
    parts = [("in", before.usd_in, after.usd_in), ("out", before.usd_out, after.usd_out)]
    return ", ".join(f"{name} {_change(old, new)}" for name, old, new in parts)


def _change(old: Any, new: Any) -> str:
    percent = round(100 * (new - old) / old)
    return "the same" if new == old else f"{abs(percent)} % {'more' if new > old else 'less'}"


def _summary(trial: Trial) -> trials.Summary:
    return trials.summary(trial.items.select_related("call", "answer"))
