"""Posts: the list, the editor with its preview, and where each text came from."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.views.decorators.http import require_POST
from unfold.contrib.filters.admin import RangeDateFilter, RelatedDropdownFilter
from unfold.decorators import display

from accounts.models import Role
from accounts.scoping import TenantAdmin
from blog.forms import PostForm
from blog.models import Batch, Post
from blog.rendering import to_html
from jobs.admin.watching import when

RECENT_BATCHES = 50
LONGEST_PREVIEW = 500_000  # characters
LABELS = {"ref": "Catalog reference", "media_type": "Kind", "rating_count": "Reviews", "runtime": "Runtime (minutes)"}
KINDS = {"movie": "Film", "tv": "Series"}


class BatchFilter(RelatedDropdownFilter):
    """The newest batches of the workspace."""

    def field_choices(self, field: Any, request: Any, model_admin: Any) -> list[tuple[Any, str]]:
        return [(batch.pk, str(batch)) for batch in Batch.objects.for_tenant(request.tenant)[:RECENT_BATCHES]]


@admin.register(Post)
class PostAdmin(TenantAdmin):
    """Editors write, publish and delete; everybody else reads."""

    form = PostForm
    delete_role = Role.EDITOR
    change_form_template = "admin/blog/post/change_form.html"
    warn_unsaved_form = True
    compressed_fields = False
    list_display: ClassVar = [
        "show_title",
        "show_state",
        "language",
        "show_batch",
        "author",
        "show_created",
        "show_on_site",
    ]
    list_filter: ClassVar = ["state", "language", ("batch", BatchFilter), ("created_at", RangeDateFilter)]
    list_filter_submit = True
    list_per_page = 25
    list_select_related: ClassVar = ["author", "batch", "tenant"]
    search_fields: ClassVar = ["title", "excerpt", "body", "film"]
    search_help_text = "Search by title or words of the text"
    actions: ClassVar = ["publish_selected", "unpublish_selected"]
    empty_title = "No posts yet"
    empty_text = "Let them be written under Blog, AI Auto-Generate, or write one yourself."
    empty_button = "Write a post"
    fieldsets: ClassVar = [
        (None, {"fields": ["title", "excerpt", "body"]}),
        ("Address and language", {"fields": ["slug", "language"]}),
        ("Search engines", {"classes": ["collapse"], "fields": ["seo_title", "seo_description"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Post]:
        return super().get_queryset(request).select_related("call", "batch", "tenant", "author")

    # -- the list ---------------------------------------------------------------------------------

    @display(description="Post", ordering="title", header=True)
    def show_title(self, post: Post) -> tuple[str, str]:
        return post.title, post.excerpt if len(post.excerpt) <= 110 else f"{post.excerpt[:109]}…"

    @display(description="State", label={"draft": "default", "published": "success"}, ordering="state")
    def show_state(self, post: Post) -> tuple[str, str]:
        return post.state, post.get_state_display()

    @display(description="Batch", ordering="batch", empty_value="-")
    def show_batch(self, post: Post) -> str | None:
        return _batch_link(post) or None

    @display(description="Written", ordering="created_at")
    def show_created(self, post: Post) -> str:
        return when(post.created_at, post.tenant)

    @display(description="On the site", empty_value="-")
    def show_on_site(self, post: Post) -> str | None:
        return _link(post.get_absolute_url(), "View") if post.state == Post.State.PUBLISHED else None

    def view_on_site(self, post: Post) -> str | None:
        """Drafts are not on the site."""
        return post.get_absolute_url() if post.state == Post.State.PUBLISHED else None

    @admin.action(description="Publish the selected posts", permissions=["change"])
    def publish_selected(self, request: HttpRequest, queryset: QuerySet[Post]) -> None:
        self._tell(request, self._set(queryset.filter(state=Post.State.DRAFT), Post.publish), "published")

    @admin.action(description="Take the selected posts off the site", permissions=["change"])
    def unpublish_selected(self, request: HttpRequest, queryset: QuerySet[Post]) -> None:
        self._tell(request, self._set(queryset.filter(state=Post.State.PUBLISHED), Post.unpublish), "drafts again")

    def _set(self, posts: QuerySet[Post], change: Any) -> int:
        with transaction.atomic():
            rows = list(posts)
            for post in rows:
                change(post)
                post.save(update_fields=["state", "published_at", "updated_at"])
        return len(rows)

    def _tell(self, request: HttpRequest, count: int, what: str) -> None:
        if count:
            self.message_user(request, f"{count} {'post is' if count == 1 else 'posts are'} {what}.", messages.SUCCESS)
        else:
            self.message_user(request, f"Nothing changed: the selected posts are {what} already.", messages.WARNING)

    # -- the editor -------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("preview/", view(require_POST(self.preview_view)), name="blog_post_preview"),
            path("<int:pk>/publish/", view(require_POST(self.publish_view)), name="blog_post_publish"),
            path("<int:pk>/unpublish/", view(require_POST(self.unpublish_view)), name="blog_post_unpublish"),
            *super().get_urls(),
        ]

    def save_model(self, request: Any, obj: Post, form: Any, change: bool) -> None:
        """The HTML and the address follow from what was typed."""
        if not change:
            obj.tenant, obj.author = request.tenant, request.user
        obj.html = to_html(obj.body)
        obj.choose_slug()
        super().save_model(request, obj, form, change)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        post = self.get_object(request, object_id) if object_id else None
        context = {
            "preview": preview_page(post.title, post.body, post.language) if post else "",
            "preview_url": reverse("admin:blog_post_preview"),
            "record": record_of(post) if post else {},
            "origin": origin_of(post) if post else {},
        }
        return super().changeform_view(request, object_id, form_url, context | (extra_context or {}))

    def preview_view(self, request: HttpRequest) -> HttpResponse:
        """The typed text as a page of the blog, for the sandboxed frame beside the editor."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        title, body = request.POST.get("title", ""), request.POST.get("body", "")
        if len(body) > LONGEST_PREVIEW:
            return HttpResponse(
                "This text is too long to preview. Shorten it, or save it and look at it there.", status=413
            )
        return HttpResponse(preview_page(title, body, request.POST.get("language", "en")))

    def publish_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._switch(request, pk, Post.publish, "The post is on the site.")

    def unpublish_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._switch(request, pk, Post.unpublish, "The post is a draft again and no longer on the site.")

    def _switch(self, request: HttpRequest, pk: int, change: Any, text: str) -> HttpResponse:
        post = self.get_object(request, str(pk))
        if post is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, str(pk))
        if not self.has_change_permission(request, post):
            raise PermissionDenied("Only editors and owners of this workspace may publish.")
        change(post)
        post.save(update_fields=["state", "published_at", "updated_at"])
        self.message_user(request, text, messages.SUCCESS)
        return redirect(reverse("admin:blog_post_change", args=[pk]))


def preview_page(title: str, body: str, language: str) -> str:
    """A whole HTML page that shows a text as the blog would."""
    return render_to_string("blog/preview.html", {"title": title, "html": to_html(body), "language": language[:10]})


def record_of(post: Post) -> dict[str, str]:
    """The source record as label and text."""
    record = {}
    for name, value in post.snapshot.items():
        text = ", ".join(str(part) for part in value) if isinstance(value, list) else str(value)
        label = LABELS.get(name, name.replace("_", " ").capitalize())
        record[label] = KINDS.get(text, text) if name == "media_type" else text
    return record


def origin_of(post: Post) -> dict[str, str]:
    """Which batch, model and call a post came from, and when it was written and published."""
    call = post.call
    facts = {
        "Author": str(post.author or "-"),
        "Batch": _batch_link(post),
        "Model": (call.model_used or call.model_requested) if call else "",
        "Call": _link(reverse("admin:ai_call_change", args=[call.pk]), f"#{call.pk}") if call else "",
        "Written": when(post.created_at, post.tenant),
        "Changed": when(post.updated_at, post.tenant),
        "Published": when(post.published_at, post.tenant) if post.published_at else "",
    }
    return {name: value for name, value in facts.items() if value}


def _batch_link(post: Post) -> str:
    if post.batch_id is None:
        return ""
    return _link(reverse("admin:blog_batch_change", args=[post.batch_id]), f"Batch {post.batch_id}")


def _link(url: str, text: str) -> str:
    return format_html('<a class="pr-link" href="{}">{}</a>', url, text)
