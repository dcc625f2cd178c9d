"""Asking again: the page of one call from which a trial begins."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Role
from ai import budgets, showing, trials
from ai.forms import ReplayForm
from ai.forms.trials import sentence
from ai.models import Call, Trial, TrialItem
from integrations.errors import OutsideError
from jobs.accepting import KeyReused


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def replay_page(request: HttpRequest, pk: int) -> HttpResponse:
    """A stored call, and the form that makes it again."""
    call = call_here(request, pk)
    form = ReplayForm(call, request.tenant, request.user, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            trial, _job = trials.start(
                [call],
                form.cleaned_data["model"],
                tenant=request.tenant,
                user=request.user,
                words=form.cleaned_data["words"],
                key=form.key,
            )
        except KeyReused:
            form = ReplayForm(call, request.tenant, request.user)
            messages.warning(
                request, "This form was sent before with other choices. Choose again to start this one too."
            )
        except (trials.CannotAskAgain, OutsideError) as error:
            form.add_error(None, sentence(error))
        else:
            messages.success(request, "The call is made again. This page follows it; you may leave.")
            return redirect("admin:ai_trial_change", trial.pk)
    return render(request, "ai/replay.html", _context(request, call, form))


def _context(request: HttpRequest, call: Call, form: ReplayForm) -> dict[str, Any]:
    try:
        trials.repeatable([call], request.tenant)
        cannot = ""
    except trials.CannotAskAgain as error:
        cannot = str(error)
    earlier = (
        Trial.objects.for_tenant(request.tenant).filter(items__call=call).select_related("model", "user", "tenant")
    )
    model = str(form["model"].value() or "")
    return {
        **admin.site.each_context(request),
        "title": f"Ask again: {call.subject}",
        "call": call,
        "form": form,
        "cannot": cannot,
        "estimate": estimate_of(request, [call], model, str(form["words"].value())) if not cannot and model else "",
        "estimate_url": reverse("ai_replay_estimate", args=[call.pk]),
        "earlier": earlier[:10],
        "is_answer": TrialItem.objects.filter(answer=call).select_related("trial").first(),
    }


@never_cache
@require_safe
def replay_estimate(request: HttpRequest, pk: int) -> JsonResponse:
    """What the form's choices would cost, as a sentence."""
    call = call_here(request, pk)
    words = request.GET.get("words", Trial.Words.SAME)
    return JsonResponse({"text": estimate_of(request, [call], request.GET.get("model", ""), words)})


def call_here(request: HttpRequest, pk: int) -> Call:
    """A call of the workspace, for editors; raises PermissionDenied and Http404."""
    if request.role is None or not request.role.includes(Role.EDITOR):
        raise PermissionDenied("Asking again needs the role editor. Ask an owner of the workspace.")
    call = Call.objects.for_tenant(request.tenant).select_related("tenant", "user", "job").filter(pk=pk).first()
    if call is None:
        raise Http404("There is no such call in this workspace.")
    return call


def estimate_of(request: HttpRequest, calls: list[Call], model_id: str, words: str = Trial.Words.SAME) -> str:
    """The cost of a trial in a sentence, with a warning where a budget cannot bear it; why there is none, else."""
    if not model_id:
        return ""
    try:
        found = trials.estimate(calls, model_id, tenant=request.tenant, words=words)
    except (trials.CannotAskAgain, OutsideError) as error:
        return sentence(error)
    return f"{showing.estimate(found)} {budgets.shortfall(request.tenant, request.user, found.high)}".strip()
