"""The public blog: a list and the articles, published posts only."""

from typing import Any

from csp.decorators import csp_replace
from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.views.generic import DetailView, ListView

from accounts.models import Tenant
from blog import sources
from blog.drafting import SEO_DESCRIPTION, shorten
from blog.models import Post, public_tenant

POSTERS = "https://image.tmdb.org/"
POLICY = {"script-src": ["'none'"], "connect-src": ["'none'"], "img-src": ["'self'", POSTERS.rstrip("/")]}
no_scripts = method_decorator(csp_replace(POLICY), name="dispatch")


class OfTenant:
    """Posts of the workspace in the address, else of the public blog."""

    kwargs: dict[str, Any]

    @cached_property
    def tenant(self) -> Tenant:
        slug = self.kwargs.get("tenant")
        tenant = Tenant.objects.filter(slug=slug).first() if slug else public_tenant()
        if tenant is None:
            raise Http404("There is no such blog.")
        return tenant

    def get_queryset(self) -> QuerySet[Post]:
        return Post.objects.for_tenant(self.tenant).published().select_related("author")

    def address(self, post: Post) -> str:
        """The post's address in the blog that is being read."""
        if "tenant" in self.kwargs:
            return reverse("blog:tenant-post", args=[self.tenant.slug, post.slug])
        return reverse("blog:post", args=[post.slug])

    def about(self) -> dict[str, Any]:
        """What every page of a blog needs to know of it."""
        own = "tenant" in self.kwargs
        home = reverse("blog:tenant-list", args=[self.tenant.slug]) if own else reverse("blog:list")
        return {"tenant": self.tenant, "name": self.tenant.name, "zone": self.tenant.time_zone, "home": home}


@no_scripts
class PostList(OfTenant, ListView):
    """Newest first, twenty a page."""

    template_name = "blog/post_list.html"
    paginate_by = 20

    def get_queryset(self) -> QuerySet[Post]:
        return super().get_queryset().defer("body", "html", "snapshot")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**self.about(), **kwargs)
        page = context["page_obj"].number
        is_public = self.tenant == public_tenant()
        home = reverse("blog:list") if is_public else context["home"]
        context["canonical"] = f"{settings.SITE_URL}{home}" + (f"?page={page}" if page > 1 else "")
        context["teasers"] = [(post, self.address(post)) for post in context["object_list"]]
        return context


@no_scripts
class PostPage(OfTenant, DetailView):
    """One article."""

    template_name = "blog/post_detail.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        post: Post = self.object
        post.tenant = self.tenant
        poster = str(post.snapshot.get("poster", ""))
        return super().get_context_data(
            **self.about(),
            catalog=sources.catalog_of(post.film),
            poster=poster if poster.startswith(POSTERS) else "",
            canonical=f"{settings.SITE_URL}{post.get_absolute_url()}",
            description=post.seo_description or shorten(post.excerpt, SEO_DESCRIPTION),
            byline=post.author.get_full_name() if post.author else "",
            **kwargs,
        )
