"""Threads: a text, a picture, a video or a carousel, in two steps. Meta fetches files from a public address."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, ClassVar

import regex

from integrations.errors import Refused
from integrations.platforms.base import Credential, Delivery, Draft, Limits, Medium, Posted, Profile
from integrations.platforms.instagram import unreachable
from integrations.platforms.meta_asking import NotThere
from integrations.platforms.meta_containers import MetaContainers
from integrations.platforms.tokens import token_credentials

EMOJI = regex.compile(r"\p{Emoji_Presentation}|\p{Extended_Pictographic}")

Save = Callable[[dict[str, Any]], None]


class Threads(MetaContainers):
    """An account on Threads."""

    name: ClassVar[str] = "threads"
    label: ClassVar[str] = "Threads"
    default_url = "https://graph.threads.net/v1.0"
    delivery = Delivery.TWO_STEP
    credentials: ClassVar[tuple[Credential, ...]] = token_credentials()
    limits: ClassVar[Limits] = Limits(
        text=500,
        images=20,
        videos=20,
        image_bytes=8_000_000,
        video_bytes=1_000_000_000,
        video_seconds=300.0,
        kinds=("image/jpeg", "image/png", "video/mp4"),
    )
    mixes_media: ClassVar[bool] = True
    can_look_up = True
    settle_seconds: ClassVar[float] = 20.0
    can_delete: ClassVar[bool] = True
    metrics_batch: ClassVar[int] = 1
    can_reply: ClassVar[bool] = True
    metrics_names: ClassVar[tuple[str, ...]] = ("views", "likes", "replies", "reposts", "quotes", "shares")
    containers, publishes, quota, posts = "threads", "threads_publish", "threads_publishing_limit", "threads"
    state_field, text_field = "status", "text"

    def check(self) -> Profile:
        """Whose account it is."""
        me = self.me()
        url = f"https://www.threads.net/@{me['username']}"
        return Profile(me["id"], f"@{me['username']}", url, limits=self.limits)

    def me(self) -> dict[str, str]:
        """The account of the token."""
        found = self.part_of(self.asks("GET", "/me", params={"fields": "id,username"}), "id", "username")
        return {"id": found["id"], "username": found["username"]}

    def count(self, text: str) -> int:
        """In characters that people see; an emoji counts as many as it has bytes (UTF-8)."""
        return sum(len(one.encode()) if EMOJI.search(one) else 1 for one in regex.findall(r"\X", text))

    def _media_problems(self, draft: Draft) -> list[str]:
        return [*super()._media_problems(draft), *unreachable(self, draft)]

    # -- publishing ---------------------------------------------------------------------------------------------------

    def fields_of(self, one: Medium | None, draft: Draft, *, alone: bool) -> dict[str, Any]:
        """A text, or a file with it."""
        fields: dict[str, Any] = {"text": draft.text} if alone else {"is_carousel_item": True}
        if one is None:
            return {"media_type": "TEXT"} | fields
        kind = {"media_type": "VIDEO", "video_url": one.url} if one.is_video else {}
        kind = kind or {"media_type": "IMAGE", "image_url": one.url}
        return kind | fields | ({"alt_text": one.alt} if one.alt else {})

    def prepare(self, draft: Draft, prepared: dict[str, Any], save: Save) -> None:
        """Make the containers, and wait for them: publishing too early fails."""
        self.prepare_post(draft, prepared, save)

    def publish(self, draft: Draft, prepared: Mapping[str, Any]) -> Posted:
        """Publish the container."""
        return self.publish_post(draft, prepared)

    def look_up(self, draft: Draft, prepared: Mapping[str, Any]) -> Posted | None:
        """By the state of its container."""
        return self.look_up_post(draft, prepared)

    # -- afterwards ---------------------------------------------------------------------------------------------------

    def delete(self, remote_id: str) -> None:
        """Delete it; Threads allows a hundred a day."""
        if not remote_id.isdigit():
            raise Refused("That is no post of Threads. Delete it there.")
        try:
            self.asks("DELETE", f"/{remote_id}", wants_json=False)
        except NotThere:
            return

    def metrics(self, remote_ids: Collection[str]) -> dict[str, dict[str, int]]:
        """views, likes, replies, reposts, quotes and shares. A call a post."""
        found = {}
        for one in filter(str.isdigit, remote_ids):
            try:
                found[one] = self.insights(one, list(self.metrics_names))
            except Refused:  # it is gone, or has none
                continue
        return found
