"""Bluesky: posts as records in the account's own repository, at bsky.social or any other server (PDS).

A record is put under a key that follows from the draft (bluesky_text.record_key), and only where nothing is
(`swapRecord: null`): the same draft has the same place each time, so the call is repeated without harm, and never
overwrites another post. What the server answers about the place is read with getRecord.
"""

import time
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from integrations.errors import AmbiguousOutcome, InvalidKey, OutsideError, Refused
from integrations.platforms.base import Counter, Credential, Delivery, Draft, Limits, Medium, Posted, Profile
from integrations.platforms.bluesky_session import NotThere, PlaceTaken
from integrations.platforms.bluesky_text import facets, mentioned, record_key
from integrations.platforms.bluesky_video import BlueskyVideo
from integrations.platforms.remote import MAYBE, graphemes

COLLECTION = "app.bsky.feed.post"
MOST_BYTES = 3000  # of a text in UTF-8 (lexicon app.bsky.feed.post); the 300 of Limits are graphemes
POSTS_PER_CALL = 25  # app.bsky.feed.getPosts
# A blob that no record uses is thrown away after an hour at the earliest; uploading it again gives the same one.
FRESH_SECONDS = 1800.0

Save = Callable[[dict[str, Any]], None]


class Bluesky(BlueskyVideo):
    """An account on Bluesky, by its handle and an app password."""

    name: ClassVar[str] = "bluesky"
    label: ClassVar[str] = "Bluesky"
    delivery = Delivery.IDEMPOTENT
    credentials: ClassVar[tuple[Credential, ...]] = (
        Credential("handle", "Handle", "As in the profile: name.bsky.social, or your own domain.", secret=False),
        Credential("appPassword", "App password", "Settings › Privacy and security › App passwords, not your own one."),
    )
    # Pictures: 1,000,000 bytes on servers of before 2026, so less than that. Videos: 100 MB of MP4.
    limits: ClassVar[Limits] = Limits(
        text=300,
        images=4,
        videos=1,
        image_bytes=999_999,
        video_bytes=100_000_000,
        kinds=("image/jpeg", "image/png", "image/webp", "image/gif", "video/mp4"),
    )
    can_look_up = True
    can_delete: ClassVar[bool] = True
    can_reply: ClassVar[bool] = True
    tells_followers: ClassVar[bool] = True
    metrics_names: ClassVar[tuple[str, ...]] = ("likes", "reposts", "replies", "quotes", "bookmarks")
    default_url = "https://bsky.social"

    def __init__(self, credentials: Mapping[str, str], *, video_url: str = "", **options: Any) -> None:
        """video_url is another place for videos, for tests."""
        super().__init__(credentials, **options)
        self.video_url = video_url.rstrip("/") or self.video_url

    def check(self) -> Profile:
        """Whose account it is; signs in where no session is kept."""
        data = self.asks("GET", "com.atproto.server.getSession").data
        if not isinstance(data, dict) or not all(isinstance(data.get(name), str) for name in ("did", "handle")):
            raise self.unreadable()
        if data.get("active") is False:
            why = self.says(str(data.get("status") or ""))
            raise InvalidKey(f"This account is not active at {self.label}. {why}Clear that up there, then check again.")
        return Profile(data["did"], f"@{data['handle']}", f"https://bsky.app/profile/{data['did']}")

    def count(self, text: str) -> int:
        """In graphemes: what people see as one character."""
        return graphemes(text)

    def counters(self, draft: Draft) -> list[Counter]:
        """As everywhere; besides, a text has a limit of bytes, which emoji reach first."""
        return [*super().counters(draft), Counter("bytes", len(draft.text.encode()), MOST_BYTES)]

    # -- publishing ---------------------------------------------------------------------------------------------------

    def prepare(self, draft: Draft, prepared: dict[str, Any], save: Save) -> None:
        """Sign in, settle the post's place once and for all, look mentions up, and upload the files."""
        self.signed_in()
        if draft.key not in prepared.get("places", {}):
            save({"places": {draft.key: place_of(draft, prepared)}})
        for handle in mentioned(draft.text):
            if handle not in prepared.get("mentions", {}):
                save({"mentions": prepared.get("mentions", {}) | {handle: self._did_of(handle)}})
        if draft.reply_to and not prepared.get("reply"):
            save({"reply": self._thread(draft.reply_to)})
        for number, one in enumerate(draft.media):
            self._upload(f"{draft.key}:{number}", one, prepared, save)

    def publish(self, draft: Draft, prepared: Mapping[str, Any]) -> Posted:
        """Put the record in its place. A token that is over is renewed first: the server did nothing then."""
        did, key = self.signed_in()["did"], place_of(draft, prepared)
        place = {"repo": did, "collection": COLLECTION, "rkey": key}
        body = place | {"record": self.record(draft, prepared), "swapRecord": None}
        try:
            answer = self.asks("POST", "com.atproto.repo.putRecord", creates=True, json=body)
        except PlaceTaken as taken:
            return self._mine_or(taken, draft, prepared)
        uri = answer.data.get("uri") if isinstance(answer.data, dict) else None
        if uri != f"at://{did}/{COLLECTION}/{key}":
            raise self.unreadable(creates=True)
        return posted(did, key)

    def look_up(self, draft: Draft, prepared: Mapping[str, Any]) -> Posted | None:
        """Read the place of this draft; what else is there is none of ours."""
        did, key = self.signed_in()["did"], place_of(draft, prepared)
        place = {"repo": did, "collection": COLLECTION, "rkey": key}
        try:
            data = self.asks("GET", "com.atproto.repo.getRecord", params=place).data
        except NotThere:
            return None
        value = data.get("value") if isinstance(data, dict) else None
        if not isinstance(value, dict) or not isinstance(value.get("text"), str):
            raise self.unreadable()
        return posted(did, key) if value["text"] == draft.text else None

    def record(self, draft: Draft, prepared: Mapping[str, Any]) -> dict[str, Any]:
        """The post as it is stored, the same each time."""
        record: dict[str, Any] = {
            "$type": COLLECTION,
            "text": draft.text,
            "createdAt": moment(draft.created_at),
        }
        if draft.language:
            record["langs"] = [draft.language]
        if places := facets(draft.text, prepared.get("mentions", {})):
            record["facets"] = places
        if draft.reply_to:
            record["reply"] = prepared["reply"]
        if embed := self._embed(draft, prepared):
            record["embed"] = embed
        return record

    def _mine_or(self, taken: PlaceTaken, draft: Draft, prepared: Mapping[str, Any]) -> Posted:
        """What is there is this post from an earlier try, or another one.

        The same post may be another record now: a mention resolves otherwise, or it is planned for another time.
        """
        try:
            there = self.look_up(draft, prepared)
        except OutsideError as error:
            raise AmbiguousOutcome(f"{error} {MAYBE}") from None
        if there is None:
            raise taken
        return there

    def _embed(self, draft: Draft, prepared: Mapping[str, Any]) -> dict[str, Any] | None:
        blobs = [prepared.get("blobs", {}).get(f"{draft.key}:{number}", {}) for number in range(len(draft.media))]
        files = [
            {("video" if one.is_video else "image"): kept.get("blob"), "alt": one.alt} | shape(one)
            for one, kept in zip(draft.media, blobs, strict=True)
        ]
        if files and draft.media[0].is_video:
            return {"$type": "app.bsky.embed.video", **files[0]}
        if files:
            return {"$type": "app.bsky.embed.images", "images": files}
        # A card shows a link that is in the text anyway: who approved the text has seen where it leads.
        if draft.title and draft.canonical_url and draft.canonical_url in draft.text:
            card = {"uri": draft.canonical_url, "title": draft.title, "description": draft.excerpt}
            return {"$type": "app.bsky.embed.external", "external": card}
        return None

    # -- what goes before ---------------------------------------------------------------------------------------------

    def _thread(self, uri: str) -> dict[str, Any]:
        """What a record says of the post that it follows, and of the first one of them."""
        did, _, key = uri.removeprefix("at://").partition(f"/{COLLECTION}/")
        place = {"repo": did, "collection": COLLECTION, "rkey": key}
        try:
            found = self.asks("GET", "com.atproto.repo.getRecord", params=place).data
        except NotThere:
            raise Refused("The post that this one follows is not there any more.") from None
        value = found.get("value") if isinstance(found, dict) else None
        if not isinstance(value, dict) or not isinstance(found.get("cid"), str):
            raise self.unreadable()
        parent = {"uri": uri, "cid": found["cid"]}
        before = value.get("reply")
        root = before.get("root") if isinstance(before, dict) else None
        return {"root": root if isinstance(root, dict) else parent, "parent": parent}

    def _did_of(self, handle: str) -> str:
        """Whom a handle names; "" where it is nobody."""
        try:
            data = self.asks("GET", "com.atproto.identity.resolveHandle", params={"handle": handle}).data
        except Refused:
            return ""
        did = data.get("did") if isinstance(data, dict) else None
        return did if isinstance(did, str) and did.startswith("did:") else ""

    def _upload(self, name: str, one: Medium, prepared: dict[str, Any], save: Save) -> None:
        kept = prepared.get("blobs", {}).get(name, {})
        if kept.get("blob") and 0 <= time.time() - kept.get("at", 0) < FRESH_SECONDS:
            return

        def keep(**what: Any) -> None:
            save({"blobs": prepared.get("blobs", {}) | {name: what}})

        if one.is_video:
            blob = self.video_blob(one, kept.get("job", ""), lambda job: keep(job=job))
        else:
            blob = self._image_blob(one)
        keep(blob=blob, at=int(time.time()))

    def _image_blob(self, one: Medium) -> dict[str, Any]:
        with one.open() as file:
            content = file.read()
        data = self.asks(
            "POST",
            "com.atproto.repo.uploadBlob",
            headers={"Content-Type": one.mime},
            data=content,
            uploads=True,
        ).data
        blob = data.get("blob") if isinstance(data, dict) else None
        if not isinstance(blob, dict):
            raise self.unreadable()
        return blob

    # -- afterwards ---------------------------------------------------------------------------------------------------

    def delete(self, remote_id: str) -> None:
        """Delete the record; deleteRecord is content with one that is gone."""
        did, _, key = remote_id.removeprefix("at://").partition(f"/{COLLECTION}/")
        if not did.startswith("did:") or not key:
            raise Refused(f"That is no post of {self.label}. Delete it there.")
        body = {"repo": did, "collection": COLLECTION, "rkey": key}
        try:
            self.asks("POST", "com.atproto.repo.deleteRecord", wants_json=False, json=body)
        except NotThere:
            return

    def metrics(self, remote_ids: Collection[str]) -> dict[str, dict[str, int]]:
        """likes, reposts, replies, quotes and bookmarks; Bluesky counts no views. 25 posts a call."""
        ids, found = list(remote_ids), {}
        for start in range(0, len(ids), POSTS_PER_CALL):
            wanted = {"uris": ids[start : start + POSTS_PER_CALL]}
            data = self.asks("GET", "app.bsky.feed.getPosts", params=wanted).data
            if not isinstance(data, dict) or not isinstance(data.get("posts"), list):
                raise self.unreadable()
            for post in data["posts"]:
                if isinstance(post, dict) and post.get("uri") in ids:
                    found[post["uri"]] = numbers(post)
        return found

    def followers(self) -> int:
        """As its profile says."""
        wanted = {"actor": self.signed_in()["did"]}
        data = self.asks("GET", "app.bsky.actor.getProfile", params=wanted).data
        found = data.get("followersCount") if isinstance(data, dict) else None
        if type(found) is not int:
            raise self.unreadable()
        return found


def place_of(draft: Draft, prepared: Mapping[str, Any]) -> str:
    """The key of its record: the one of an earlier try, also where the draft is planned for another time since."""
    return prepared.get("places", {}).get(draft.key) or record_key(draft.created_at, draft.key)


def posted(did: str, key: str) -> Posted:
    """A post under its key; the address has the DID, which stays when the handle changes."""
    return Posted(f"at://{did}/{COLLECTION}/{key}", f"https://bsky.app/profile/{did}/post/{key}")


def moment(when: datetime) -> str:
    """A time as atproto writes it, in milliseconds."""
    return when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def shape(one: Medium) -> dict[str, Any]:
    """The proportions of a file, where they are known: without them it jumps while it loads."""
    return {"aspectRatio": {"width": one.width, "height": one.height}} if one.width > 0 and one.height > 0 else {}


def numbers(post: Mapping[str, Any]) -> dict[str, int]:
    """The counts of a post; one that the server does not send is left out."""
    names = {"likes": "likeCount", "reposts": "repostCount", "replies": "replyCount", "quotes": "quoteCount",
             "bookmarks": "bookmarkCount"}  # fmt: skip
    return {ours: post[theirs] for ours, theirs in names.items() if type(post.get(theirs)) is int}
