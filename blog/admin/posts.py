"""Posts: the list, the editor with its preview, and where each text came from."""

from collections.abc import Callable
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
from blog.admin import facts
from blog.admin.revisions import RevisionPages, earlier_texts
from blog.admin.sending import SendingPages
from blog.forms import PostForm
from blog.grounding import Unconfirmed, publish, publish_if_supported, told
from blog.models import CHECKED, Batch, Post
from blog.rendering import to_html
from jobs.admin.watching import when

RECENT_BATCHES = 50
MOST_HELD_TOLD = 5
SWITCHED = ["state", "published_at", "updated_at", "grounding"]  # what publishing and its opposite change
LONGEST_PREVIEW = 500_000  # characters
LABELS = {"ref": "Catalog reference", "media_type": "Kind", "rating_count": "Reviews", "runtime": "Runtime (minutes)"}
KINDS = {"movie": "Film", "tv": "Series"}


class BatchFilter(RelatedDropdownFilter):
    """The newest batches of the workspace."""

    def field_choices(self, field: Any, request: Any, model_admin: Any) -> list[tuple[Any, str]]:
        return [(batch.pk, str(batch)) for batch in Batch.objects.for_tenant(request.tenant)[:RECENT_BATCHES]]


@admin.register(Post)
class PostAdmin(RevisionPages, SendingPages):
    """Editors write, publish and delete; everybody else reads."""

    form = PostForm
    delete_role = Role.EDITOR
    change_form_template = "admin/blog/post/change_form.html"
    warn_unsaved_form = True
    compressed_fields = False
    list_display: ClassVar = [
        "show_title",
        "show_state",
        "show_facts",
        "language",
        "show_batch",
        "author",
        "show_created",
        "show_on_site",
    ]
    list_filter: ClassVar = [
        "state",
        facts.FactsFilter,
        "language",
        ("batch", BatchFilter),
        ("created_at", RangeDateFilter),
    ]
    list_filter_submit = True
    list_per_page = 25
    list_select_related: ClassVar = ["author", "batch", "tenant"]
    search_fields: ClassVar = ["title", "excerpt", "body", "film"]
    search_help_text = "Search by title or words of the text"
    actions: ClassVar = ["publish_selected", "unpublish_selected"]

    class Media:
        js = ("blog/facts.js",)

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

    @display(description="Facts", label=facts.LABELS, ordering="grounding__score")
    def show_facts(self, post: Post) -> tuple[str, str]:
        return facts.label(post)

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
        """Publish those that contradict their source nowhere, and say which were held back and why."""
        drafts = queryset.filter(state=Post.State.DRAFT)
        held: dict[Post, str] = {}
        with transaction.atomic():
            for post in drafts:
                if claims := publish_if_supported(post):
                    held[post] = told(claims)
                else:
                    post.save(update_fields=SWITCHED)
        published = len(drafts) - len(held)
        if published or not held:
            self._tell(request, published, "published")
        for post, why in list(held.items())[:MOST_HELD_TOLD]:
            self.message_user(request, f"Held back: “{post}”: {why}.", messages.WARNING)
        if len(held) > MOST_HELD_TOLD:
            rest = f"{len(held) - MOST_HELD_TOLD} more posts contradict their source and were held back."
            self.message_user(request, f"{rest} Filter by facts to see them.", messages.WARNING)

    @admin.action(description="Take the selected posts off the site", permissions=["change"])
    def unpublish_selected(self, request: HttpRequest, queryset: QuerySet[Post]) -> None:
        published = queryset.filter(state=Post.State.PUBLISHED)
        with transaction.atomic():
            for post in published:
                post.unpublish()
                post.save(update_fields=SWITCHED)
        self._tell(request, len(published), "drafts again")

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
            path("<int:pk>/facts/", view(require_POST(self.facts_view)), name="blog_post_facts"),
            path("<int:pk>/publish/", view(require_POST(self.publish_view)), name="blog_post_publish"),
            path("<int:pk>/unpublish/", view(require_POST(self.unpublish_view)), name="blog_post_unpublish"),
            *super().get_urls(),
        ]

    def save_model(self, request: Any, obj: Post, form: Any, change: bool) -> None:
        """HTML, address and the check of the facts follow from what was typed."""
        if not change:
            obj.tenant, obj.author = request.tenant, request.user
        obj.html = to_html(obj.body)
        obj.choose_slug()
        obj.check_facts()
        super().save_model(request, obj, form, change)
        if obj.state == Post.State.PUBLISHED and (claims := obj.contradictions):
            text = f"This post is on the site and contradicts its source: {told(claims)}. Correct it, or unpublish it."
            self.message_user(request, text, messages.WARNING)

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
            "facts": facts.panel_of(post) if post and post.snapshot else "",
            "against": facts.against(post) if post and post.state == Post.State.DRAFT else {},
            "origin": origin_of(post) if post else {},
            "earlier_texts": earlier_texts(post) if post else [],
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

    def facts_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The panel of checked facts for what is typed."""
        post = self.get_object(request, str(pk))
        if post is None or not self.has_view_permission(request, post):
            raise PermissionDenied
        return HttpResponse(facts.panel({name: request.POST.get(name, "") for name in CHECKED}, post.snapshot))

    def publish_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Publish; a post that contradicts its source only when a person confirms what it contradicts."""
        return self._switch(request, pk, self._publish)

    def unpublish_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._switch(request, pk, self._unpublish)

    def _switch(self, request: HttpRequest, pk: int, change: Callable[[HttpRequest, Post], None]) -> HttpResponse:
        with transaction.atomic():
            found = self.get_queryset(request).select_related(None).select_for_update().filter(pk=pk)
            post = found.first()
            if post is None:
                return self._get_obj_does_not_exist_redirect(request, self.opts, str(pk))
            if not self.has_change_permission(request, post):
                raise PermissionDenied("Only editors and owners of this workspace may publish.")
            change(request, post)
        return redirect(reverse("admin:blog_post_change", args=[pk]))

    def _publish(self, request: HttpRequest, post: Post) -> None:
        try:
            publish(post, by=request.user, confirmed=request.POST.get("against", ""))
        except Unconfirmed as error:
            text = f"Not published: the text contradicts its source: {error}. Correct it, or choose “Publish anyway”."
            self.message_user(request, text, messages.ERROR)
        else:
            self.message_user(request, "The post is on the site.", messages.SUCCESS)

    def _unpublish(self, request: HttpRequest, post: Post) -> None:
        post.unpublish()
        post.save(update_fields=SWITCHED)
        self.message_user(request, "The post is a draft again and no longer on the site.", messages.SUCCESS)


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
