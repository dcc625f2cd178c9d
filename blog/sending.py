"""Blog posts on platforms: as an article where the platform takes articles, elsewhere announced with its link.

A post is on an account once: what is there is updated, or taken off before it goes out anew.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from blog.grounding import told
from blog.models import Post
from integrations.platforms.base import Platform
from jobs.models import request_ref
from media.models import MediaFile
from publishing import ordering, replacing
from publishing.models import Account, Hold, Publication
from publishing.opening import open_platform
from publishing.orders import ContentIn, PublicationOrder

OVER = ("cancelled", "refused", "expired")
MOST_TAGS = 5


def send(
    post: Post,
    account: Account,
    user: Any,
    *,
    moment: datetime | None = None,
    draft: bool = False,
    picture: MediaFile | None = None,
) -> Publication:
    """A publication of a post on an account: now, at a time, or as a draft. Raises ordering.BadOrder.

    What contradicts its source holds it back until an owner releases it.
    """
    if on_accounts(post).filter(account=account).exclude(state__in=OVER).exists():
        raise ordering.BadOrder({"account": "The post is there already, or on its way. Update that one instead."})
    content = content_of(post, open_platform(account), [picture.pk] if picture else [])
    order = PublicationOrder.model_validate(
        {**content, "account_id": account.pk, "scheduled_at": moment, "draft": draft}
    )
    publication, _job = ordering.publish(
        order, tenant=post.tenant, user=user, origin=request_ref(post), schedule=f"blog-post-{post.pk}",
        holds=holds_of(post),
    )  # fmt: skip
    return publication


def update(post: Post, publication: Publication, user: Any) -> Publication:
    """A publication that brings what is there up to date. Raises ordering.BadOrder and ordering.WrongState."""
    content = ContentIn.model_validate(_content_now(post, publication))
    made, _job = replacing.replace(publication, user, content, holds=holds_of(post))
    return made


def on_accounts(post: Post) -> QuerySet[Publication]:
    """Its publications that are no updates of others, those taken off left out."""
    rows = Publication.objects.for_tenant(post.tenant).filter(origin=request_ref(post), replaces=None)
    return rows.filter(taken_off_at=None)


def is_behind(post: Post, publication: Publication) -> bool:
    """Whether the post says something else than what is there or on its way there."""
    newest = publication.replacements.exclude(state__in=OVER).last() or publication
    return newest.content != ContentIn.model_validate(_content_now(post, publication)).snapshot()


def _content_now(post: Post, publication: Publication) -> dict[str, Any]:
    return content_of(post, open_platform(publication.account), publication.content.get("mediaIds", []))


def holds_of(post: Post) -> list[tuple[str, str]]:
    """Kinds and reasons that hold it back."""
    claims = post.contradictions
    return [(Hold.Kind.GROUNDING, f"The text contradicts its source: {told(claims)}.")] if claims else []


def content_of(post: Post, platform: Platform, media_ids: Sequence[int] = ()) -> dict[str, Any]:
    """What goes to a platform: the article, or its title, excerpt and link, as long as there is room."""
    both = {"language": str(post.language), "media_ids": list(media_ids), "made_with_ai": True}
    if platform.takes_articles:
        return {
            "title": post.title,
            "html": post.html,
            "excerpt": post.excerpt,
            "slug": post.slug,
            "canonical_url": public_url(post),
            "tags": [str(genre) for genre in post.snapshot.get("genres") or []][:MOST_TAGS],
            **both,
        }
    return {"text": announcement(post, platform), **both}


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
