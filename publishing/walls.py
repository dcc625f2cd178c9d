"""The wall behind offline accounts. It stands for a server of somebody else: it commits for itself."""

from collections.abc import Collection
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from config.faultpoints import faultpoint
from integrations.errors import AmbiguousOutcome, InvalidKey, RateLimited, Refused, Unreachable
from integrations.platforms.base import Draft, Posted
from publishing.models import Account, WallFault, WallPost

BUSY_SECONDS = 2.0


class WallOf:
    """The wall of one account; what `integrations.platforms.offline.Wall` promises."""

    def __init__(self, account: Account) -> None:
        self.account = account

    def put(self, draft: Draft, *, once: bool) -> Posted:
        """Hang a post up; fails as the faults of the account say."""
        fault = self._fault()
        if fault and fault != WallFault.Kind.LOST:
            raise _failure(fault)
        faultpoint("wall.asked")
        post = self._hang(draft, once)
        faultpoint("wall.taken")
        if fault:
            raise AmbiguousOutcome("The wall took the post, perhaps: its answer was lost.")
        return _posted(post)

    def find(self, key: str) -> Posted | None:
        """The post of a key that hangs there."""
        post = WallPost.objects.filter(account=self.account, key=key, deleted_at=None).first()
        return _posted(post) if post else None

    def change(self, remote_id: str, version: str, draft: Draft) -> Posted:
        """Put another content into a post that nobody else has changed since; fails as the faults say."""
        fault = self._fault()
        if fault and fault != WallFault.Kind.LOST:
            raise _failure(fault)
        faultpoint("wall.asked")
        content = _content(draft)
        posts = WallPost.objects.filter(account=self.account, pk=int(remote_id), deleted_at=None)
        changed = posts.filter(version=int(version or 0)).update(content=content, version=F("version") + 1)
        post = posts.first()
        if post is None:
            raise Refused("The post is not on the wall any more. Publish it anew.")
        if not changed and post.content != content:
            raise Refused("The post was changed on the wall since it was sent, and nothing was overwritten.")
        faultpoint("wall.taken")
        if fault:
            raise AmbiguousOutcome("The wall changed the post, perhaps: its answer was lost.")
        return _posted(post)

    def views(self, remote_ids: Collection[str]) -> dict[str, dict[str, int]]:
        """How often each post that hangs there was opened; fails as the faults say."""
        if fault := self._fault():
            raise _failure(fault) if fault != WallFault.Kind.LOST else Unreachable("The wall's answer was lost.")
        ids = [int(one) for one in remote_ids if one.isdigit()]
        rows = WallPost.objects.filter(account=self.account, pk__in=ids, deleted_at=None)
        return {str(pk): {"views": views} for pk, views in rows.values_list("pk", "views")}

    def take_down(self, remote_id: str) -> None:
        """Take a post off."""
        posts = WallPost.objects.filter(account=self.account, deleted_at=None)
        posts.filter(pk=int(remote_id)).update(deleted_at=timezone.now(), unique_key=None)

    def _hang(self, draft: Draft, once: bool) -> WallPost:
        content = _content(draft)
        try:
            with transaction.atomic():
                unique_key = draft.key if once else None
                return WallPost.objects.create(
                    account=self.account, key=draft.key, unique_key=unique_key, content=content
                )
        except IntegrityError:
            return WallPost.objects.get(account=self.account, unique_key=draft.key)

    def _fault(self) -> str:
        """The kind of the next fault, used up; "" where there is none."""
        for fault in WallFault.objects.filter(account=self.account, times__gt=0):
            if WallFault.objects.filter(pk=fault.pk, times__gt=0).update(times=F("times") - 1):
                WallFault.objects.filter(account=self.account, times=0).delete()
                return str(fault.kind)
        return ""


def _failure(fault: str) -> Exception:
    failures: dict[str, Exception] = {
        WallFault.Kind.BUSY: RateLimited("The wall is busy.", BUSY_SECONDS),
        WallFault.Kind.EXPIRED: InvalidKey("The wall does not accept the credentials any more. Enter them anew."),
        WallFault.Kind.REFUSED: Refused("The wall refuses this post. Change it, and send it again."),
        WallFault.Kind.CUT: AmbiguousOutcome("The wall's answer broke off."),
        WallFault.Kind.AWAY: Unreachable("The wall cannot be reached. Nothing was sent; it is tried again."),
    }
    return failures[fault]


def _content(draft: Draft) -> dict[str, Any]:
    names = ("text", "title", "html", "excerpt", "slug", "canonical_url", "language", "reply_to", "made_with_ai")
    media = [{"name": one.name, "mime": one.mime, "alt": one.alt} for one in draft.media]
    return {name: getattr(draft, name) for name in names} | {"tags": list(draft.tags), "media": media}


def _posted(post: WallPost) -> Posted:
    url = reverse("publishing:wall_post", args=[post.pk])
    return Posted(remote_id=str(post.pk), url=url, version=str(post.version))
