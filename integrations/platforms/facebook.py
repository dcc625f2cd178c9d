"""A page on Facebook: texts with a link, pictures or a video, by the page's own token.

A call has no key: what became of it is looked up among the page's newest posts, by its words and its time. A comment
below a post is looked up among that post's comments.
"""

import time
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from integrations.errors import InvalidKey, Refused, Unsupported
from integrations.platforms.base import Credential, Delivery, Draft, Limits, Medium, Posted, Profile
from integrations.platforms.meta_asking import (
    CLOCKS_DIFFER,
    Duplicate,
    MetaAsking,
    NotThere,
    made_at,
)
from integrations.platforms.tokens import token_credentials

NEWEST = 10
FRESH_SECONDS = 12 * 3600.0  # pictures that no post has are thrown away after a day

Save = Callable[[dict[str, Any]], None]


class Facebook(MetaAsking):
    """A page on Facebook, by its own token."""

    name: ClassVar[str] = "facebook"
    label: ClassVar[str] = "Facebook"
    default_url = "https://graph.facebook.com/v25.0"
    delivery = Delivery.BLIND
    credentials: ClassVar[tuple[Credential, ...]] = token_credentials()
    limits: ClassVar[Limits] = Limits(
        text=63_206,
        images=10,
        videos=1,
        image_bytes=4_000_000,
        video_bytes=1_000_000_000,
        video_seconds=14_400.0,
        kinds=("image/jpeg", "image/png", "image/gif", "video/mp4"),
    )
    can_look_up = True
    can_delete: ClassVar[bool] = True
    can_reply: ClassVar[bool] = True
    metrics_batch: ClassVar[int] = 1
    comments: ClassVar[bool] = True
    tells_followers: ClassVar[bool] = True
    metrics_names: ClassVar[tuple[str, ...]] = ("views", "reach", "clicks", "reactions", "comments", "shares")
    settle_seconds: ClassVar[float] = 20.0

    def check(self) -> Profile:
        """Which page it is; the token of a person is none of a page."""
        page = self._page()
        return Profile(page["id"], page["name"], str(page.get("link") or ""), limits=self.limits)

    def _page(self) -> dict[str, Any]:
        try:
            return self.part_of(self.asks("GET", "/me", params={"fields": "id,name,link,category"}), "id", "name")
        except Refused as error:
            if isinstance(error, NotThere):
                raise
            raise InvalidKey(
                f"{error} This may be the token of a person: connect the account by signing in, and choose the page."
            ) from None

    def _media_problems(self, draft: Draft) -> list[str]:
        if draft.reply_to and draft.media:
            return ["A comment on Facebook has words alone, without files."]
        return super()._media_problems(draft)

    # -- publishing ---------------------------------------------------------------------------------------------------

    def prepare(self, draft: Draft, prepared: dict[str, Any], save: Save) -> None:
        """Note which page it is and when this began, and upload the pictures, which nobody sees yet."""
        if not prepared.get("me"):
            save({"me": self._page()["id"], "since": datetime.now(UTC).isoformat(timespec="seconds")})
        for index, one in enumerate(draft.media):
            if not one.is_video:
                self._upload(f"{draft.key}:{index}", one, prepared, save)

    def _upload(self, name: str, one: Medium, prepared: dict[str, Any], save: Save) -> None:
        kept = prepared.get("media", {}).get(name, {})
        if kept.get("id") and time.time() - kept.get("at", 0) < FRESH_SECONDS:
            return
        with one.open() as file:
            fields = {"published": "false"} | ({"alt_text_custom": one.alt} if one.alt else {})
            files = {"source": (one.name, file, one.mime)}
            answer = self.asks("POST", f"/{prepared['me']}/photos", files=files, data=fields, uploads=True)
        what = {"id": self.part_of(answer, "id")["id"], "at": int(time.time())}
        save({"media": prepared.get("media", {}) | {name: what}})

    def publish(self, draft: Draft, prepared: Mapping[str, Any]) -> Posted:
        """Post it on the page, or write it below a post."""
        try:
            if draft.reply_to:
                made = self.comment(draft.reply_to, draft.text)
            elif draft.media and draft.media[0].is_video:
                return self._publish_video(draft, prepared)
            else:
                body = self._body(draft, prepared)
                made = self.asks("POST", f"/{prepared.get('me', '')}/feed", creates=True, json=body)
        except Duplicate as refusal:
            return self.mine_or(refusal, draft, prepared)
        return posted(self.part_of(made, "id", creates=True)["id"])

    def _body(self, draft: Draft, prepared: Mapping[str, Any]) -> dict[str, Any]:
        body: dict[str, Any] = {"message": draft.text, "published": True}
        if draft.media:
            kept = prepared.get("media", {})
            ids = [kept.get(f"{draft.key}:{index}", {}).get("id", "") for index in range(len(draft.media))]
            body["attached_media"] = [{"media_fbid": one} for one in ids]
        # A card shows a link that is in the text anyway: who approved the text has seen where it leads.
        elif draft.canonical_url and draft.canonical_url in draft.text:
            body["link"] = draft.canonical_url
        return body

    def _publish_video(self, draft: Draft, prepared: Mapping[str, Any]) -> Posted:
        """A video is sent with its words; where Facebook can fetch it, by its address."""
        (one,) = draft.media
        path = f"/{prepared.get('me', '')}/videos"
        if one.url.startswith("https://"):
            body = {"file_url": one.url, "description": draft.text}
            made = self.asks("POST", path, creates=True, json=body, uploads=True)
        else:
            with one.open() as file:
                files = {"source": (one.name, file, one.mime)}
                data = {"description": draft.text}
                made = self.asks("POST", path, creates=True, files=files, data=data, uploads=True)
        return posted(self.part_of(made, "id", creates=True)["id"])

    def look_up(self, draft: Draft, prepared: Mapping[str, Any]) -> Posted | None:
        """Find it among the newest, by its words and its time. Raises Unsupported where it has no words."""
        if not draft.text.strip():
            raise Unsupported("A post without words cannot be found on Facebook. Look at the page yourself.")
        since = datetime.fromisoformat(prepared["since"]) if prepared.get("since") else draft.created_at
        if draft.reply_to:
            path = f"/{draft.reply_to}/comments"
            wanted = {"fields": "id,message,created_time", "order": "reverse_chronological", "limit": NEWEST}
        else:
            path = f"/{prepared.get('me') or self._page()['id']}/feed"
            wanted = {"fields": "id,message,created_time,permalink_url", "limit": NEWEST}
        rows = self.list_of(self.asks("GET", path, params=wanted))
        for row in rows:
            same = " ".join(str(row.get("message") or "").split()) == " ".join(draft.text.split())
            if same and made_at(row, "created_time") >= since - CLOCKS_DIFFER and isinstance(row.get("id"), str):
                return posted(row["id"], str(row.get("permalink_url") or ""))
        if draft.media and draft.media[0].is_video:
            raise Unsupported("A video takes its time to be among the page's posts. Look at the page yourself.")
        self.must_reach([made_at(row, "created_time") for row in rows], NEWEST, since - CLOCKS_DIFFER)
        return None

    # -- afterwards ---------------------------------------------------------------------------------------------------

    def delete(self, remote_id: str) -> None:
        """Delete a post or a comment."""
        if not remote_id.replace("_", "").isdigit():
            raise Refused("That is no post of Facebook. Delete it there.")
        try:
            self.asks("DELETE", f"/{remote_id}", wants_json=False)
        except NotThere:
            return

    def followers(self) -> int:
        """As its profile says."""
        data = self.asks("GET", "/me", params={"fields": "followers_count"}).data
        found = data.get("followers_count") if isinstance(data, dict) else None
        if type(found) is not int:
            raise self.unreadable()
        return found

    def metrics(self, remote_ids: Collection[str]) -> dict[str, dict[str, int]]:
        """views, reach and clicks as far as they exist; reactions, comments and shares. Two calls a post."""
        found = {}
        for one in remote_ids:
            if not one.replace("_", "").isdigit():
                continue
            wanted = {"fields": "shares,comments.limit(0).summary(true),reactions.limit(0).summary(true)"}
            try:
                post = self.asks("GET", f"/{one}", params=wanted).data
                numbers = self.insights(one, list(INSIGHTS))
                found[one] = counts(post) | {INSIGHTS[name]: value for name, value in numbers.items()}
            except Refused:  # it is gone, or has none
                continue
        return found


INSIGHTS = {"post_media_view": "views", "post_total_media_view_unique": "reach", "post_clicks": "clicks"}


def counts(post: Any) -> dict[str, int]:
    """Shares, comments and reactions of a post; one that is not sent is left out."""
    found = {}
    for ours, place in (("shares", ("shares", "count")), ("comments", ("comments", "summary", "total_count")),
                        ("reactions", ("reactions", "summary", "total_count"))):  # fmt: skip
        value: Any = post
        for name in place:
            value = value.get(name) if isinstance(value, dict) else None
        if type(value) is int:
            found[ours] = value
    return found


def posted(remote_id: str, url: str = "") -> Posted:
    """A post by its id."""
    return Posted(remote_id, url if url.startswith("https://") else f"https://www.facebook.com/{remote_id}")
