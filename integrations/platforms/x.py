"""X: posts that cost money, without a key that would make a call repeatable.

What became of a call is looked up among the account's newest posts, made since the first try (two minutes earlier, as
clocks differ), by its words. X refuses the same words a second time: where it does so when a call is repeated, the
post is looked up again.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from integrations.errors import Refused
from integrations.platforms.base import Credential, Delivery, Draft, Limits, Medium, Posted, Profile
from integrations.platforms.tokens import token_credentials
from integrations.platforms.x_asking import Duplicate, NotThere
from integrations.platforms.x_media import XMedia
from integrations.platforms.x_text import URL_LENGTH, comparable, has_link, weighted_length, words_of

CLOCKS_DIFFER = timedelta(minutes=2)
NEWEST = 10  # posts that are read to find one: each costs
POSTS_PER_CALL = 100
# docs.x.com/x-api/getting-started/pricing, August 2026.
COST, COST_WITH_LINK = Decimal("0.015"), Decimal("0.200")
GIF_BYTES = 15_000_000
SHORTEST_VIDEO = 0.5
MOST_ALT = 1000

Save = Callable[[dict[str, Any]], None]


class X(XMedia):
    """An account on X, by a token of OAuth 2."""

    name: ClassVar[str] = "x"
    label: ClassVar[str] = "X"
    delivery = Delivery.BLIND
    credentials: ClassVar[tuple[Credential, ...]] = token_credentials()
    limits: ClassVar[Limits] = Limits(
        text=280,
        images=4,
        videos=1,
        image_bytes=5_000_000,
        video_bytes=512_000_000,
        video_seconds=140.0,
        url_length=URL_LENGTH,
    )
    can_look_up = True
    can_delete: ClassVar[bool] = True
    can_reply: ClassVar[bool] = True
    marks_ai: ClassVar[bool] = True
    metrics_names: ClassVar[tuple[str, ...]] = ("likes", "reposts", "replies", "quotes", "bookmarks", "views")
    metrics_cost: ClassVar[Decimal] = Decimal("0.005")
    tells_followers: ClassVar[bool] = True
    settle_seconds: ClassVar[float] = 20.0  # a new post takes a moment to be in the list

    def check(self) -> Profile:
        """Whose account it is."""
        me = self._me()
        return Profile(me["id"], f"@{me['username']}", f"https://x.com/{me['username']}", limits=self.limits)

    def _me(self) -> dict[str, str]:
        me = self.data_of(self.asks("GET", "/users/me"))
        if not all(isinstance(me.get(name), str) for name in ("id", "username")) or not me["id"].isalnum():
            raise self.unreadable()
        return me

    def count(self, text: str) -> int:
        """Weighted, as X counts."""
        return weighted_length(text)

    def cost(self, draft: Draft) -> Decimal:
        """X charges for each post, and more for one with a link."""
        return COST_WITH_LINK if has_link(draft.text) else COST

    def _media_problems(self, draft: Draft) -> list[str]:
        found = super()._media_problems(draft)
        if len(draft.media) > 1 and any(one.mime == "image/gif" for one in draft.media):
            found.append("X takes one GIF alone, without other pictures.")
        return found

    def _file_problems(self, one: Medium) -> list[str]:
        if one.mime == "image/gif" and one.size > 5_000_000:  # a GIF may be larger than a picture
            too_large = one.size > GIF_BYTES
            return [f"{one.name} has {one.size / 1e6:,.1f} MB; X takes 15.0 MB of a GIF."] if too_large else []
        found = super()._file_problems(one)
        if one.is_video and 0 < one.seconds < SHORTEST_VIDEO:
            found.append(f"{one.name} lasts {one.seconds:.1f} s; X takes videos of {SHORTEST_VIDEO} s and more.")
        if len(one.alt) > MOST_ALT:
            found.append(f"The alt text of {one.name} has {len(one.alt):,} characters; X takes {MOST_ALT:,}.")
        return found

    # -- publishing ---------------------------------------------------------------------------------------------------

    def prepare(self, draft: Draft, prepared: dict[str, Any], save: Save) -> None:
        """Note whose account it is and when this began, and upload the files."""
        if not prepared.get("me"):
            save({"me": self._me()["id"], "since": datetime.now(UTC).isoformat(timespec="seconds")})
        for number, one in enumerate(draft.media):
            self.upload(f"{draft.key}:{number}", one, prepared, save)

    def publish(self, draft: Draft, prepared: Mapping[str, Any]) -> Posted:
        """Post it."""
        try:
            answer = self.asks("POST", "/tweets", creates=True, json=self._body(draft, prepared))
        except Duplicate as refusal:
            return self.mine_or(refusal, draft, prepared)
        return self._posted(self.data_of(answer, creates=True), creates=True)

    def _body(self, draft: Draft, prepared: Mapping[str, Any]) -> dict[str, Any]:
        body: dict[str, Any] = {"text": draft.text}
        if draft.media:
            body["media"] = {"media_ids": self.media_ids(draft, prepared)}
        if draft.reply_to:
            body["reply"] = {"in_reply_to_tweet_id": draft.reply_to}
        if draft.made_with_ai:
            body["made_with_ai"] = True
        return body

    def _posted(self, post: Mapping[str, Any], creates: bool = False) -> Posted:
        if not isinstance(post.get("id"), str) or not post["id"].isalnum():
            raise self.unreadable(creates)
        return Posted(post["id"], f"https://x.com/i/status/{post['id']}")

    def look_up(self, draft: Draft, prepared: Mapping[str, Any]) -> Posted | None:
        """Find it among the account's ten newest posts, by its words and its time."""
        began = prepared.get("since")
        since = datetime.fromisoformat(began) if began else draft.created_at
        wanted = {"max_results": NEWEST, "tweet.fields": "created_at,entities,note_tweet,referenced_tweets"}
        answer = self.asks("GET", f"/users/{prepared.get('me') or self._me()['id']}/tweets", params=wanted)
        posts = answer.data.get("data", []) if isinstance(answer.data, dict) else None
        if not isinstance(posts, list):
            raise self.unreadable()
        for post in posts:
            if self._made_at(post) >= since - CLOCKS_DIFFER and self._is(post, draft):
                return self._posted(post)
        self.must_reach([self._made_at(post) for post in posts], NEWEST, since - CLOCKS_DIFFER)
        return None

    def _is(self, post: Mapping[str, Any], draft: Draft) -> bool:
        answered = {
            str(one.get("id"))
            for one in post.get("referenced_tweets") or []
            if isinstance(one, dict) and one.get("type") == "replied_to"
        }
        to = {draft.reply_to} if draft.reply_to else set()
        return answered == to and comparable(words_of(post)) == comparable(draft.text)

    def _made_at(self, post: Any) -> datetime:
        try:
            made = datetime.fromisoformat(post["created_at"])
        except (TypeError, KeyError, ValueError):
            raise self.unreadable() from None
        return made if made.tzinfo else made.replace(tzinfo=UTC)

    # -- afterwards ---------------------------------------------------------------------------------------------------

    def delete(self, remote_id: str) -> None:
        """Delete it; X charges for that too."""
        if not remote_id.isalnum():
            raise Refused("That is no post of X. Delete it there.")
        try:
            self.asks("DELETE", f"/tweets/{remote_id}", wants_json=False)
        except NotThere:
            return

    def metrics(self, remote_ids: Collection[str]) -> dict[str, dict[str, int]]:
        """likes, reposts, replies, quotes, bookmarks and views; a hundred posts a call, each of which costs."""
        ids = [one for one in remote_ids if one.isalnum()]
        found: dict[str, dict[str, int]] = {}
        for start in range(0, len(ids), POSTS_PER_CALL):
            some = ids[start : start + POSTS_PER_CALL]
            wanted = {"ids": ",".join(some), "tweet.fields": "public_metrics"}
            answer = self.asks("GET", "/tweets", params=wanted)
            posts = answer.data.get("data", []) if isinstance(answer.data, dict) else None
            if not isinstance(posts, list):
                raise self.unreadable()
            found |= {one["id"]: numbers(one) for one in posts if isinstance(one, dict) and one.get("id") in some}
        return found

    def followers(self) -> int:
        """As its profile says."""
        me = self.data_of(self.asks("GET", "/users/me", params={"user.fields": "public_metrics"}))
        counts = me.get("public_metrics")
        found = counts.get("followers_count") if isinstance(counts, dict) else None
        if type(found) is not int:
            raise self.unreadable()
        return found


def numbers(post: Mapping[str, Any]) -> dict[str, int]:
    """The counts of a post; one that X does not send is left out."""
    names = {"likes": "like_count", "reposts": "retweet_count", "replies": "reply_count", "quotes": "quote_count",
             "bookmarks": "bookmark_count", "views": "impression_count"}  # fmt: skip
    counts = post.get("public_metrics")
    counts = counts if isinstance(counts, dict) else {}
    return {ours: counts[theirs] for ours, theirs in names.items() if type(counts.get(theirs)) is int}
