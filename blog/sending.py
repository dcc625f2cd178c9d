"""Blog posts on platforms: as an article where the platform takes articles, elsewhere announced with its link."""

from datetime import datetime
from typing import Any

from django.conf import settings

from blog.grounding import told
from blog.models import Post
from integrations.platforms.base import Platform
from jobs.models import request_ref
from publishing import ordering
from publishing.models import Account, Hold, Publication
from publishing.opening import open_platform
from publishing.orders import PublicationOrder


def send(
    post: Post, account: Account, user: Any, *, moment: datetime | None = None, draft: bool = False
) -> Publication:
    """A publication of a post on an account: now, at a time, or as a draft. Raises ordering.BadOrder.

    What contradicts its source holds it back until an owner releases it.
    """
    content = content_of(post, open_platform(account))
    order = PublicationOrder.model_validate(
        {**content, "account_id": account.pk, "scheduled_at": moment, "draft": draft}
    )
    claims = post.contradictions
    holds = [(Hold.Kind.GROUNDING, f"The text contradicts its source: {told(claims)}.")] if claims else []
    publication, _job = ordering.publish(order, tenant=post.tenant, user=user, origin=request_ref(post), holds=holds)
    return publication


def content_of(post: Post, platform: Platform) -> dict[str, Any]:
    """What goes to a platform: the article, or its title, excerpt and link, as long as there is room."""
    language = str(post.language)
    if platform.takes_articles:
        return {
            "title": post.title,
            "html": post.html,
            "excerpt": post.excerpt,
            "slug": post.slug,
            "canonical_url": public_url(post),
            "language": language,
        }
    return {"text": announcement(post, platform), "language": language}


def announcement(post: Post, platform: Platform) -> str:
    """Title, as many sentences of the excerpt as fit, and the link, in the platform's own count."""
    url, most = public_url(post), platform.holds.text
    words = post.excerpt.split()
    while True:
        parts = [post.title, " ".join(words), url]
        text = "\n\n".join(part for part in parts if part)
        if most is None or platform.count(text) <= most or not words:
            return text
        words = [*words[: max(0, len(words) - 3)]]
        if words and not words[-1].endswith(("…", ".", "!", "?")):
            words[-1] = f"{words[-1].rstrip(',;:')}…"


def public_url(post: Post) -> str:
    """Where readers find it; "" while it is a draft."""
    return f"{settings.SITE_URL}{post.get_absolute_url()}" if post.state == Post.State.PUBLISHED else ""
