"""Mastodon: an instance that somebody runs, reached at its own address.

A post is sent with `Idempotency-Key: draft.key`; the instance knows the key for at most an hour, and gives the post it
made instead of another. For everything older a post can be looked up: the account's newest posts are read back to the
time of the first try (two minutes earlier, as clocks differ), and the one with the same files, or without files the
same text, is ours. A person who posts the same words by hand in that time is taken for us.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from integrations.errors import Refused, Unsupported
from integrations.platforms.base import Credential, Delivery, Draft, Limits, Posted, Profile
from integrations.platforms.mastodon_asking import SCOPES, NotThere
from integrations.platforms.mastodon_media import MastodonMedia, Save
from integrations.platforms.mastodon_text import comparable, length, words_of

URL_LENGTH = 23
CLOCKS_DIFFER = timedelta(minutes=2)
PAGE, MOST_PAGES = 40, 5


class Mastodon(MastodonMedia):
    """An account on an instance, by an access token of an application of its own."""

    name: ClassVar[str] = "mastodon"
    label: ClassVar[str] = "Mastodon"
    delivery = Delivery.IDEMPOTENT
    credentials: ClassVar[tuple[Credential, ...]] = (
        Credential(
            "accessToken", "Access token", f"Preferences › Development › New application, with {SCOPES}; no more."
        ),
    )
    # Until `check` has read those of the instance: Mastodon's own of 2026 (16 and 99 MiB).
    limits: ClassVar[Limits] = Limits(
        text=500,
        images=4,
        videos=1,
        image_bytes=16 * 1024 * 1024,
        video_bytes=99 * 1024 * 1024,
        url_length=URL_LENGTH,
    )
    needs_base_url: ClassVar[bool] = True
    can_look_up = True
    can_delete: ClassVar[bool] = True
    metrics_batch: ClassVar[int] = 1
    can_reply: ClassVar[bool] = True
    tells_followers: ClassVar[bool] = True
    metrics_names: ClassVar[tuple[str, ...]] = ("likes", "reposts", "replies", "quotes")

    def check(self) -> Profile:
        """Whose account it is, and the limits of its instance."""
        try:
            me = self._me()
            instance = self.asks("GET", "/api/v2/instance").data
        except NotThere:
            raise Refused(
                "There is no Mastodon (4.0 or later) at this address. Enter that of your instance, as "
                "https://mastodon.social, without what comes after the host name."
            ) from None
        if not isinstance(instance, dict) or not isinstance(instance.get("domain"), str):
            raise self.unreadable()
        name = f"@{me['username']}@{instance['domain']}"
        return Profile(str(me["id"]), name, address(me.get("url")), limits=limits_of(instance, self.limits))

    def count(self, text: str) -> int:
        """In characters that people see; links have a fixed length, and hosts of people count nothing."""
        return length(text, self.holds.url_length or URL_LENGTH)

    # -- publishing ---------------------------------------------------------------------------------------------------

    def prepare(self, draft: Draft, prepared: dict[str, Any], save: Save) -> None:
        """Note when this began, and upload the files."""
        if not prepared.get("since"):
            save({"since": datetime.now(UTC).isoformat(timespec="seconds")})
        for number, one in enumerate(draft.media):
            self.upload(f"{draft.key}:{number}", one, prepared, save)

    def publish(self, draft: Draft, prepared: Mapping[str, Any]) -> Posted:
        """Post it, for everybody to see."""
        body: dict[str, Any] = {"status": draft.text, "visibility": "public"}
        if draft.media:
            body["media_ids"] = self.media_ids(draft, prepared)
        if draft.language:
            body["language"] = draft.language
        if draft.reply_to:
            body["in_reply_to_id"] = draft.reply_to
        status = self.asks(
            "POST", "/api/v1/statuses", creates=True, headers={"Idempotency-Key": draft.key}, json=body
        ).data
        if not isinstance(status, dict) or not has_id(status):
            raise self.unreadable(creates=True)
        return posted(status)

    def look_up(self, draft: Draft, prepared: Mapping[str, Any]) -> Posted | None:
        """Find it among the account's newest posts. Raises Unsupported where there were too many since."""
        since = draft.created_at
        if prepared.get("since"):
            # A text that is posted each week is there already, from before this one began.
            since = datetime.fromisoformat(prepared["since"])
        files, text = set(self.media_ids(draft, prepared)), comparable(draft.text)
        for status in self._newest(since - CLOCKS_DIFFER):
            if str(status.get("in_reply_to_id") or "") != draft.reply_to:
                continue
            theirs = {str(one.get("id")) for one in status.get("media_attachments") or [] if isinstance(one, dict)}
            if theirs == files and (files or comparable(words_of(status["content"])) == text):
                return posted(status)
        return None

    def _newest(self, since: datetime) -> Iterator[dict[str, Any]]:
        """The account's own posts, newest first, back to a time."""
        path = f"/api/v1/accounts/{self._me()['id']}/statuses"
        wanted: dict[str, Any] = {"limit": PAGE, "exclude_reblogs": "true"}
        for _page in range(MOST_PAGES):
            statuses = self.asks("GET", path, params=wanted).data
            if not isinstance(statuses, list):
                raise self.unreadable()
            for status in statuses:
                if self._made_at(status) < since:
                    return
                yield status
            if not statuses:
                return
            wanted["max_id"] = statuses[-1]["id"]
        raise Unsupported(
            f"This account has made more than {PAGE * MOST_PAGES} posts since, too many to find this one. "
            "Look at the account yourself."
        )

    def _made_at(self, status: Any) -> datetime:
        if isinstance(status, dict) and has_id(status) and isinstance(status.get("content"), str):
            try:
                made = datetime.fromisoformat(str(status.get("created_at")))
            except ValueError:
                raise self.unreadable() from None
            return made if made.tzinfo else made.replace(tzinfo=UTC)
        raise self.unreadable()

    def _me(self) -> dict[str, Any]:
        me = self.asks("GET", "/api/v1/accounts/verify_credentials").data
        if not isinstance(me, dict) or not has_id(me) or not isinstance(me.get("username"), str):
            raise self.unreadable()
        return me

    # -- afterwards ---------------------------------------------------------------------------------------------------

    def delete(self, remote_id: str) -> None:
        """Delete a post; instances allow 30 in 30 minutes."""
        if not remote_id.isalnum():
            raise Refused(f"That is no post of {self.label}. Delete it there.")
        try:
            self.asks("DELETE", f"/api/v1/statuses/{remote_id}", wants_json=False)
        except NotThere:
            return

    def metrics(self, remote_ids: Collection[str]) -> dict[str, dict[str, int]]:
        """likes (favourites), reposts (boosts), replies, and quotes where the instance has them. A call a post."""
        found = {}
        for one in filter(str.isalnum, remote_ids):
            try:
                status = self.asks("GET", f"/api/v1/statuses/{one}").data
            except NotThere:
                continue
            if not isinstance(status, dict) or not has_id(status):
                raise self.unreadable()
            found[one] = numbers(status)
        return found

    def followers(self) -> int:
        """As its profile says."""
        found = self._me().get("followers_count")
        if type(found) is not int:
            raise self.unreadable()
        return found


def posted(status: Mapping[str, Any]) -> Posted:
    """A post as the instance describes it."""
    return Posted(str(status["id"]), address(status.get("url")) or address(status.get("uri")))


def has_id(found: Mapping[str, Any]) -> bool:
    """Whether it has an id: a word of digits, or letters too on servers that are like Mastodon."""
    return isinstance(found.get("id"), str | int) and str(found["id"]).isalnum()


def address(value: Any) -> str:
    """An address of the web, or ""."""
    return value if isinstance(value, str) and value.startswith(("https://", "http://")) else ""


def numbers(status: Mapping[str, Any]) -> dict[str, int]:
    """The counts of a post; one that the instance does not send is left out."""
    names = {"likes": "favourites_count", "reposts": "reblogs_count", "replies": "replies_count",
             "quotes": "quotes_count"}  # fmt: skip
    return {ours: status[theirs] for ours, theirs in names.items() if type(status.get(theirs)) is int}


def limits_of(instance: Any, usual: Limits) -> Limits:
    """The limits of an instance, out of /api/v2/instance; the usual ones for what it does not say."""
    configuration = part(instance, "configuration")
    texts, files = part(configuration, "statuses"), part(configuration, "media_attachments")
    kinds = [one for one in files.get("supported_mime_types") or [] if str(one).startswith(("image/", "video/"))]

    def number(where: Mapping[str, Any], name: str, otherwise: int | None) -> Any:
        return where[name] if type(where.get(name)) is int and where[name] > 0 else otherwise

    return replace(
        usual,
        text=number(texts, "max_characters", usual.text),
        images=number(texts, "max_media_attachments", usual.images),
        url_length=number(texts, "characters_reserved_per_url", usual.url_length),
        image_bytes=number(files, "image_size_limit", usual.image_bytes),
        video_bytes=number(files, "video_size_limit", usual.video_bytes),
        kinds=tuple(map(str, kinds)) or usual.kinds,
    )


def part(found: Any, name: str) -> dict[str, Any]:
    """The object of this name in another one; an empty one where there is none."""
    inner = found.get(name) if isinstance(found, dict) else None
    return inner if isinstance(inner, dict) else {}
