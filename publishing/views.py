"""The wall, for members; and the page behind the link of an approval, for whoever has it."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from publishing import approving
from publishing.models import WallPost


@login_required
@require_safe
def wall_post(request: HttpRequest, pk: int) -> HttpResponse:
    """One post on the wall of the workspace one is in."""
    if request.tenant is None:
        raise PermissionDenied("You are in no workspace yet. Ask the owner of one to invite you.")
    posts = WallPost.objects.filter(account__tenant=request.tenant, deleted_at=None).select_related("account")
    post = posts.filter(pk=pk).first()
    if post is None:
        raise Http404("This post is not on the wall of your workspace.")
    return render(request, "publishing/wall_post.html", {"post": post})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def approval(request: HttpRequest, secret: str) -> HttpResponse:
    """What is to be approved, with two buttons. Opening the link decides nothing, so a scanner of mails may open it."""
    one = approving.find(secret)
    if one is None:
        context = {"why": "This link is not one of ours, or it was replaced by a newer one. Open the newest mail."}
        return _approval_page(request, context, status=404)
    publication = one.approval.publication
    context = {"ask": one, "publication": publication, "why": approving.why_not(one)}
    context["at"] = approving.local(publication.scheduled_at, one.approval.tenant) or "as soon as you agree"
    if request.method != "POST":
        return _approval_page(request, context)
    decision, comment = request.POST.get("decision", ""), request.POST.get("comment", "").replace("\x00", "")
    if decision not in ("approve", "changes") or (decision == "changes" and not comment.strip()):
        return _approval_page(
            request, context | {"problem": "Say what is to be changed.", "comment": comment}, status=422
        )
    try:
        approving.decide(one, decision, comment=comment, via="link")
    except approving.Decided as error:
        return _approval_page(request, context | {"why": str(error)}, status=409)
    words = "You approved it." if decision == "approve" else "Your wishes are on their way to the author."
    return _approval_page(request, context | {"why": words, "done": True})


def _approval_page(request: HttpRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
    response = render(request, "publishing/approval.html", context, status=status)
    # The address is a secret. With "no-referrer" browsers would send Origin: null, and CSRF protection refuse the form.
    response["Referrer-Policy"] = "same-origin"
    return response
