"""The prompts: our words, and those a workspace puts in their place."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Role
from ai import editions
from ai.forms import PromptForm
from ai.forms.trials import sentence
from ai.models import PromptEdition
from ai.prompting import BadTemplate, Template, filled

LABELS = {"system": "Rules", "text": "Task"}


@never_cache
@require_safe
def prompt_list(request: HttpRequest) -> HttpResponse:
    """Every prompt with the words in use."""
    _insist(request, Role.VIEWER)
    rows = [
        (template, editions.in_use(request.tenant, template.name), len(editions.history(request.tenant, template.name)))
        for template in editions.templates().values()
    ]
    context = {**admin.site.each_context(request), "title": "Prompts", "rows": rows, "tenant": request.tenant}
    return render(request, "ai/prompts.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def prompt_page(request: HttpRequest, name: str) -> HttpResponse:
    """One prompt: what is in use, the words to write, how they read filled in, and earlier editions."""
    template = _template(request, name)
    used = editions.in_use(request.tenant, template.name)
    if request.method != "POST":
        return _render(request, template, PromptForm(template, used, **_chosen(request, template)))
    _insist(request, Role.OWNER, "Changing a prompt needs the role owner.")
    form = PromptForm(template, used, request.POST)
    if form.is_valid() and "preview" not in request.POST and _saved(request, form):
        return redirect("ai_prompt", template.name)
    return _render(request, template, form)


@require_POST
def use_edition(request: HttpRequest, name: str) -> HttpResponse:
    """Use an earlier edition again, or our own words."""
    template = _template(request, name)
    _insist(request, Role.OWNER, "Changing a prompt needs the role owner.")
    edition = _edition(request, template, request.POST.get("edition", ""))
    try:
        changed = editions.use(edition, template, tenant=request.tenant, by=request.user)
    except BadTemplate as error:
        messages.error(request, f"Nothing was changed: today edition {edition} cannot be used. {sentence(error)}")
    else:
        what = f"Edition {edition.number} is" if edition else "Our words are"
        text = f"{what} in use from now on." if changed else f"{what} in use already."
        messages.success(request, text) if changed else messages.warning(request, text)
    return redirect("ai_prompt", template.name)


def _saved(request: HttpRequest, form: PromptForm) -> bool:
    """Store the words as a new edition; False, with the reason in the form, where that would surprise somebody."""
    used, template = form.used, form.template
    if form.words == _in_use(form):
        form.add_error(None, "These are the words in use already; nothing was saved.")
        return False
    if (form.cleaned_data["seen"] or 0) != (used.number if used else 0):
        form.refuse_stale(str(used.author or "Somebody") if used else "Somebody")
        return False
    edition = editions.add(template, *form.words, tenant=request.tenant, by=request.user)
    messages.success(request, f"Edition {edition.number} is in use from now on.")
    return True


def _in_use(form: PromptForm) -> tuple[str, str]:
    source = form.used or form.template
    return source.system, source.text


def _chosen(request: HttpRequest, template: Template) -> dict[str, str]:
    """The words that an address asks to begin with: an earlier edition's, or ours."""
    wanted = request.GET.get("from", "")
    if not wanted:
        return {}
    source = _edition(request, template, wanted) or template
    return {"system": source.system, "text": source.text}


def _render(request: HttpRequest, template: Template, form: PromptForm) -> HttpResponse:
    used = form.used
    bound = form.is_bound and form.is_valid()
    raw = form.words if bound else (form["system"].value() or "", form["text"].value() or "")
    system, text = (words.replace("\r\n", "\n") for words in raw)
    is_owner = request.role == Role.OWNER
    context = {
        **admin.site.each_context(request),
        "title": template.label,
        "template": template,
        "used": used,
        "form": form if is_owner else None,
        "parts": _parts(template, used),
        "differences": [] if (system, text) == _in_use(form) else _differences(template, used, system, text),
        "fills": _fills(template, system, text),
        "has_changed": used is not None and used.based_on < template.version,
        "history": editions.history(request.tenant, template.name),
        "here": reverse("ai_prompt", args=[template.name]),
        "tenant": request.tenant,
    }
    return render(request, "ai/prompt.html", context)


def _parts(template: Template, used: PromptEdition | None) -> list[dict[str, Any]]:
    """Rules and task: ours, and how those in use differ from them."""
    return [
        {
            "name": name,
            "label": label,
            "ours": getattr(template, name),
            "apart": editions.difference(getattr(template, name), getattr(used, name)) if used else [],
        }
        for name, label in LABELS.items()
    ]


def _differences(
    template: Template, used: PromptEdition | None, system: str, text: str
) -> list[tuple[str, list[tuple[str, list[dict[str, Any]]]]]]:
    """How the words at hand differ from ours and from those in use: a heading, and for each part its pieces."""
    sources: list[tuple[str, Template | PromptEdition]] = [("Beside our words", template)]
    if used:
        sources.append((f"Beside edition {used.number}, in use", used))
    return [
        (
            title,
            [
                (LABELS["system"], editions.difference(one.system, system)),
                (LABELS["text"], editions.difference(one.text, text)),
            ],
        )
        for title, one in sources
    ]


def _fills(template: Template, system: str, text: str) -> dict[str, str]:
    """The words with samples in their variables; {} where they cannot be filled in."""
    try:
        template.check(system, text)
    except BadTemplate:
        return {}
    return {LABELS["system"]: filled(system, template.samples), LABELS["text"]: filled(text, template.samples)}


def _insist(request: HttpRequest, role: Role, text: str = "You are in no workspace yet.") -> None:
    if request.role is None or not request.role.includes(role):
        raise PermissionDenied(f"{text} Ask an owner of the workspace.")


def _template(request: HttpRequest, name: str) -> Template:
    """The prompt of that name; raises Http404, and PermissionDenied for somebody who is in no workspace."""
    _insist(request, Role.VIEWER)
    template = editions.templates().get(name)
    if template is None:
        raise Http404("There is no such prompt. Those there are stand under Prompts.")
    return template


def _edition(request: HttpRequest, template: Template, number: str) -> PromptEdition | None:
    """The workspace's edition of that number, None for "ours"; raises Http404."""
    if number == "ours":
        return None
    rows = PromptEdition.objects.for_tenant(request.tenant).filter(name=template.name)
    edition = rows.filter(number=int(number)).first() if number.isascii() and number.isdigit() else None
    if edition is None:
        raise Http404("There is no such edition of this prompt in this workspace.")
    return edition
