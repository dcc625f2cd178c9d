"""Earlier texts of a post: the list in the editor, each beside the text of now, and the way back."""

from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.scoping import TenantAdmin
from ai import grounding
from ai.editions import difference
from ai.models import Call
from blog import revising
from blog.admin.facts import PARTS
from blog.models import CHECKED, Post, Revision
from jobs.admin.watching import when


class RevisionPages(TenantAdmin):
    """What the editor of posts can do with other texts."""

    class Media:
        css: ClassVar = {"all": ["ai/money.css"]}

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        texts = "<int:pk>/texts/<int:number>/"
        return [
            path("<int:pk>/take-text/", view(require_POST(self.take_text_view)), name="blog_post_take_text"),
            path(texts, view(require_safe(self.text_view)), name="blog_post_text"),
            path(f"{texts}bring-back/", view(require_POST(self.bring_back_view)), name="blog_post_bring_back"),
            *super().get_urls(),
        ]

    def take_text_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Put the answer of a call (POST `call`) into the post."""
        post = self._post(request, pk, to_change=True)
        number = request.POST.get("call", "")
        calls = Call.objects.for_tenant(request.tenant)
        call = calls.filter(pk=int(number)).first() if number.isascii() and number.isdigit() else None
        if call is None:
            raise Http404("There is no such call in this workspace.")
        try:
            revising.take(post, call, request.user)
        except revising.CannotTake as error:
            self.message_user(request, str(error), messages.ERROR)
        else:
            text = f"The post has the text of call #{call.pk} now. The one before is kept under Earlier texts."
            self.message_user(request, text, messages.SUCCESS)
        return redirect("admin:blog_post_change", pk)

    def text_view(self, request: HttpRequest, pk: int, number: int) -> HttpResponse:
        """An earlier text beside the one of now."""
        post = self._post(request, pk)
        revision = self._revision(post, number)
        request.current_app = self.admin_site.name
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": post,
            "title": f"Earlier text of “{post.title}”",
            "post": post,
            "revision": revision,
            "columns": [_column("Earlier", revision, post), _column("Now", post, post)],
            "fields": _fields(revision, post),
            "is_same": all(getattr(revision, name) == getattr(post, name) for name in CHECKED),
            "may_change": self.has_change_permission(request, post),
        }
        return TemplateResponse(request, "admin/blog/post/text.html", context)

    def bring_back_view(self, request: HttpRequest, pk: int, number: int) -> HttpResponse:
        """Give the post an earlier text again."""
        revision = self._revision(self._post(request, pk, to_change=True), number)
        try:
            revising.bring_back(revision, request.user)
        except revising.CannotTake as error:
            self.message_user(request, str(error), messages.ERROR)
        else:
            text = "The earlier text is back. The one that was there is kept under Earlier texts."
            self.message_user(request, text, messages.SUCCESS)
        return redirect("admin:blog_post_change", pk)

    def _post(self, request: HttpRequest, pk: int, *, to_change: bool = False) -> Post:
        post: Post | None = self.get_object(request, str(pk))
        if post is None:
            raise Http404("There is no such post in this workspace.")
        may = self.has_change_permission if to_change else self.has_view_permission
        if not may(request, post):
            raise PermissionDenied("Only editors and owners of this workspace may put another text into a post.")
        return post

    def _revision(self, post: Post, number: int) -> Revision:
        revision = post.revisions.select_related("call", "author").filter(pk=number).first()
        if revision is None:
            raise Http404("This post has no such earlier text.")
        return revision


def earlier_texts(post: Post) -> list[dict[str, Any]]:
    """The earlier texts of a post for its editor, newest first."""
    rows = post.revisions.select_related("call", "author")
    return [
        {
            "revision": revision,
            "when": when(revision.created_at, post.tenant),
            "url": reverse("admin:blog_post_text", args=[post.pk, revision.pk]),
            "back_url": reverse("admin:blog_post_bring_back", args=[post.pk, revision.pk]),
        }
        for revision in rows
    ]


def _column(label: str, text: Post | Revision, post: Post) -> dict[str, Any]:
    """What the page says above one text."""
    until = ""
    if isinstance(text, Revision):
        until = f"{when(text.created_at, post.tenant)} by {text.author or 'somebody who left'}: {text.why}"
    facts = grounding.check_all({name: getattr(text, name) for name in CHECKED}, post.snapshot)
    return {"label": label, "call": text.call, "facts": facts, "until": until}


def _fields(revision: Revision, post: Post) -> list[dict[str, Any]]:
    """Each field with the difference of both texts; the same ones are left out, but for the body."""
    found = []
    for name, label in PARTS.items():
        before, now = getattr(revision, name), getattr(post, name)
        if before != now or name == "body":
            found.append({"name": name, "label": label, "is_same": before == now, "pieces": difference(before, now)})
    return found
