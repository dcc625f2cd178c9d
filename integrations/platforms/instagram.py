"""Instagram: a picture, a reel or a carousel of a professional account, in two steps.

Instagram fetches files itself, so they have to be at a public address. A comment below a post (the first one) is a
single call without a key: what became of it is looked up among the newest comments.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import urlsplit

from integrations.errors import Refused
from integrations.platforms.base import Counter, Credential, Delivery, Draft, Limits, Medium, Posted, Profile
from integrations.platforms.meta_asking import CLOCKS_DIFFER, made_at
from integrations.platforms.meta_containers import MetaContainers
from integrations.platforms.remote import utf16
from integrations.platforms.tokens import token_credentials

MOST_HASHTAGS = 30
NARROWEST, WIDEST = 4 / 5, 1.91  # of a picture, width to height
NEWEST_COMMENTS = 25

Save = Callable[[dict[str, Any]], None]


class Instagram(MetaContainers):
    """A professional account on Instagram."""

    name: ClassVar[str] = "instagram"
    label: ClassVar[str] = "Instagram"
    default_url = "https://graph.instagram.com/v25.0"
    delivery = Delivery.TWO_STEP
    credentials: ClassVar[tuple[Credential, ...]] = token_credentials()
    limits: ClassVar[Limits] = Limits(
        text=2200,
        images=10,
        videos=10,
        image_bytes=8_000_000,
        video_bytes=300_000_000,
        video_seconds=900.0,
        kinds=("image/jpeg", "video/mp4"),
    )
    mixes_media: ClassVar[bool] = True
    can_look_up = True
    settle_seconds: ClassVar[float] = 20.0
    can_reply: ClassVar[bool] = True
    metrics_batch: ClassVar[int] = 1
    comments: ClassVar[bool] = True
    tells_followers: ClassVar[bool] = True
    metrics_names: ClassVar[tuple[str, ...]] = (
        "reach",
        "views",
        "likes",
        "comments",
        "saves",
        "shares",
        "interactions",
    )
    containers, publishes, quota, posts = "media", "media_publish", "content_publishing_limit", "media"
    state_field, text_field = "status_code", "caption"

    def check(self) -> Profile:
        """Whose account it is."""
        me = self.me()
        url = f"https://www.instagram.com/{me['username']}/"
        return Profile(me["id"], f"@{me['username']}", url, limits=self.limits)

    def me(self) -> dict[str, str]:
        """With a login of Instagram the account itself; with one of Facebook the account of the page."""
        try:
            found = self.part_of(self.asks("GET", "/me", params={"fields": "user_id,username"}), "username")
        except Refused:
            wanted = {"fields": "instagram_business_account{id,username}"}
            page = self.asks("GET", "/me", params=wanted).data
            inner = page.get("instagram_business_account") if isinstance(page, dict) else None
            if not isinstance(inner, dict) or not all(isinstance(inner.get(one), str) for one in ("id", "username")):
                raise Refused(
                    "No professional account of Instagram belongs to this token. Make the account a professional one, "
                    "link it with your page, and connect it anew."
                ) from None
            return {"id": inner["id"], "username": inner["username"]}
        own = found.get("user_id") or found.get("id")
        if not isinstance(own, str | int):
            raise self.unreadable()
        return {"id": str(own), "username": found["username"]}

    def count(self, text: str) -> int:
        """In UTF-16 code units, to be safe."""
        return utf16(text)

    def counters(self, draft: Draft) -> list[Counter]:
        """Besides the characters there may be thirty hashtags."""
        tags = sum(word.startswith("#") and len(word) > 1 for word in draft.text.split())
        return [*super().counters(draft), Counter("hashtags", tags, MOST_HASHTAGS)]

    def _media_problems(self, draft: Draft) -> list[str]:
        if draft.reply_to:
            return ["A comment on Instagram has words alone, without files."] if draft.media else []
        if not draft.media:
            return ["Instagram takes no text alone: add a picture or a video."]
        return [*super()._media_problems(draft), *unreachable(self, draft)]

    def _file_problems(self, one: Medium) -> list[str]:
        found = super()._file_problems(one)
        if not one.is_video and one.width and one.height and not NARROWEST <= one.width / one.height <= WIDEST + 0.005:
            found.append(
                f"{one.name} has {one.width} × {one.height} pixels; Instagram takes pictures between 4:5 and 1.91:1. "
                "Make a square or landscape version of it."
            )
        return found

    # -- publishing ---------------------------------------------------------------------------------------------------

    def fields_of(self, one: Medium | None, draft: Draft, *, alone: bool) -> dict[str, Any]:
        """A picture, or a video, which has to be a reel where it is alone."""
        assert one
        fields: dict[str, Any] = {"caption": draft.text} if alone else {"is_carousel_item": True}
        if one.is_video:
            return fields | {"media_type": "REELS" if alone else "VIDEO", "video_url": one.url}
        return fields | {"image_url": one.url} | ({"alt_text": one.alt} if one.alt else {})

    def prepare(self, draft: Draft, prepared: dict[str, Any], save: Save) -> None:
        """Make the containers; a comment needs nothing before."""
        if draft.reply_to:
            if not prepared.get("since"):
                save({"since": datetime.now(UTC).isoformat(timespec="seconds")})
            return
        self.prepare_post(draft, prepared, save)

    def publish(self, draft: Draft, prepared: Mapping[str, Any]) -> Posted:
        """Publish the container, or write the comment."""
        if not draft.reply_to:
            return self.publish_post(draft, prepared)
        made = self.comment(draft.reply_to, draft.text)
        return Posted(self.part_of(made, "id", creates=True)["id"])

    def look_up(self, draft: Draft, prepared: Mapping[str, Any]) -> Posted | None:
        """By the container's state; a comment by its words among the newest."""
        if not draft.reply_to:
            return self.look_up_post(draft, prepared)
        since = datetime.fromisoformat(prepared["since"]) - CLOCKS_DIFFER
        wanted = {"fields": "id,text,timestamp", "limit": NEWEST_COMMENTS}
        rows = self.list_of(self.asks("GET", f"/{draft.reply_to}/comments", params=wanted))
        for row in rows:
            if row.get("text") == draft.text and made_at(row, "timestamp") >= since:
                return Posted(str(row.get("id", "")))
        self.must_reach([made_at(row, "timestamp") for row in rows], NEWEST_COMMENTS, since)
        return None

    # -- afterwards ---------------------------------------------------------------------------------------------------

    def followers(self) -> int:
        """As its profile says."""
        data = self.asks("GET", f"/{self.me()['id']}", params={"fields": "followers_count"}).data
        found = data.get("followers_count") if isinstance(data, dict) else None
        if type(found) is not int:
            raise self.unreadable()
        return found

    def metrics(self, remote_ids: Collection[str]) -> dict[str, dict[str, int]]:
        """reach, views, likes, comments, saves, shares and interactions. A call a post."""
        found = {}
        for one in filter(str.isdigit, remote_ids):
            try:
                numbers = self.insights(one, list(NAMES))
            except Refused:  # it is gone, or has none
                continue
            found[one] = {NAMES[name]: value for name, value in numbers.items()}
        return found


NAMES = {"reach": "reach", "views": "views", "likes": "likes", "comments": "comments", "saved": "saves",
         "shares": "shares", "total_interactions": "interactions"}  # fmt: skip


def unreachable(platform: MetaContainers, draft: Draft) -> list[str]:
    """Files that Meta cannot fetch: it takes them from a public address alone. An operator's own address may differ."""
    own = urlsplit(platform.root).hostname != urlsplit(platform.default_url).hostname
    if own or all(one.url.startswith("https://") for one in draft.media):
        return []
    return [
        f"{platform.label} fetches files itself, from this server: SITE_URL has to be a public https address. Set it."
    ]
