"""The wall, for members; and the page behind the link of an approval, for whoever has it."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from PIL import Image

from media.views import served
from publishing import approving, commenting, fetching, sharing, showing
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
    posts.filter(pk=pk).update(views=F("views") + 1)
    context = {"post": post, "article": showing.clean(post.content.get("html", ""))}
    return render(request, "publishing/wall_post.html", context)


@require_safe
def outgoing(request: HttpRequest, token: str) -> HttpResponseBase:
    """A file for a platform that fetches it; the address is known to that platform alone, and good for some days."""
    found = fetching.find(token)
    if found is None:
        raise Http404("There is no such file, or its address is too old.")
    row, mime = found
    if mime == row.mime:
        return served(request, row)
    try:
        return FileResponse(fetching.open_as(row, mime), content_type=mime)
    except (OSError, Image.DecompressionBombError):
        raise Http404("The file is gone from the store.") from None


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def approval(request: HttpRequest, secret: str) -> HttpResponse:
    """What is to be approved, with two buttons. Opening the link decides nothing, so a scanner of mails may open it."""
    one = approving.find(secret)
    if one is None:
        context = {"why": "This link is not one of ours, or it was replaced by a newer one. Open the newest mail."}
        return _approval_page(request, context, status=404)
    publication = one.approval.publication
    context = {"ask": one, "publication": publication, "why": approving.why_not(one), "secret": secret}
    context |= {"words": showing.shown(publication), "comments": publication.comments.select_related("user")}
    context["at"] = approving.local(publication.scheduled_at, one.approval.tenant) or "as soon as you agree"
    if request.method != "POST":
        return _approval_page(request, context)
    decision, comment = request.POST.get("decision", ""), request.POST.get("comment", "").replace("\x00", "")
    if decision not in ("approve", "changes", "comment") or (decision != "approve" and not comment.strip()):
        problem = "Write what you want to say." if decision == "comment" else "Say what is to be changed."
        return _approval_page(request, context | {"problem": problem, "comment": comment}, status=422)
    if decision == "comment" and not context["why"]:
        commenting.comment(publication, one.approver, comment)
        return _approval_page(request, context | {"said": "Your comment is kept. Nothing is decided yet."})
    try:
        approving.decide(one, decision, comment=comment, via="link")
    except approving.Decided as error:
        return _approval_page(request, context | {"why": str(error)}, status=409)
    words = "You approved it." if decision == "approve" else "Your wishes are on their way to the author."
    return _approval_page(request, context | {"why": words, "done": True})


@never_cache
@require_safe
def approval_file(request: HttpRequest, secret: str, pk: int) -> HttpResponseBase:
    """A picture or video of what is to be approved, for whoever has the link while it holds."""
    one = approving.find(secret)
    if one is None or approving.why_not(one):
        raise Http404("This link does not hold, or not any more.")
    media = one.approval.publication.media.filter(pk=pk).first()
    if media is None:
        raise Http404("This file does not belong to what is to be approved.")
    return served(request, media)


@never_cache
@require_safe
def shared(request: HttpRequest, secret: str) -> HttpResponse:
    """A publication for whoever has a link to it: to look at, and nothing else."""
    publication = sharing.find(secret)
    context: dict[str, Any] = {"publication": publication, "secret": secret}
    if publication:
        at = approving.local(publication.scheduled_at, publication.tenant)
        context |= {"words": showing.shown(publication), "at": at or "without a time"}
    response = render(request, "publishing/shared.html", context, status=200 if publication else 404)
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


@never_cache
@require_safe
def shared_file(request: HttpRequest, secret: str, pk: int) -> HttpResponseBase:
    """A picture or video of it, while the link holds."""
    publication = sharing.find(secret)
    media = publication.media.filter(pk=pk).first() if publication else None
    if media is None:
        raise Http404("This link does not hold, or not any more.")
    return served(request, media)


def _approval_page(request: HttpRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
    response = render(request, "publishing/approval.html", context, status=status)
    # The address is a secret. With "no-referrer" browsers would send Origin: null, and CSRF protection refuse the form.
    response["Referrer-Policy"] = "same-origin"
    return response
