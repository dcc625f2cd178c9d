"""The wall, for members: what offline accounts published."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

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
