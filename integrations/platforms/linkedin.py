"""LinkedIn: a member, or a page that the member may post for.

A call has no key, and a member's token cannot read posts: what became of one without an answer is for a person there.
A page's posts can be read, so there it is looked up. LinkedIn refuses the same content a second time and names the
first: where it does so when a call is repeated, that is the post.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from integrations.errors import InvalidKey, Refused, Unsupported
from integrations.platforms.base import Credential, Delivery, Draft, Limits, Medium, Posted, Profile
from integrations.platforms.linkedin_asking import URN, Duplicate, NotThere, in_path
from integrations.platforms.linkedin_media import LinkedInMedia
from integrations.platforms.linkedin_text import comparable, escaped
from integrations.platforms.tokens import token_credentials

CLOCKS_DIFFER = timedelta(minutes=2)
NEWEST = 10
LATEST = 4_102_444_800_000  # ms: the year 2100; what is beyond is no time of a post
MOST_PIXELS = 36_152_320  # of a picture

NAMES = {"impressions": "impressionCount", "reach": "uniqueImpressionsCount", "clicks": "clickCount",
         "likes": "likeCount", "comments": "commentCount", "shares": "shareCount"}  # fmt: skip
METRICS = tuple(NAMES)

Save = Callable[[dict[str, Any]], None]


class LinkedIn(LinkedInMedia):
    """A member or a page on LinkedIn, by the token of a member."""

    name: ClassVar[str] = "linkedin"
    label: ClassVar[str] = "LinkedIn"
    delivery = Delivery.BLIND
    credentials: ClassVar[tuple[Credential, ...]] = token_credentials(
        Credential(
            "organization", "Page", "The number of a page that you may post for; empty: your own profile.",
            secret=False, required=False,
        )
    )  # fmt: skip
    limits: ClassVar[Limits] = Limits(
        text=3000,
        images=20,
        videos=1,
        video_bytes=500_000_000,
        video_seconds=1800.0,
        kinds=("image/jpeg", "image/png", "image/gif", "video/mp4"),
    )
    can_delete: ClassVar[bool] = True
    metrics_batch: ClassVar[int] = 1
    all_metrics: ClassVar[tuple[str, ...]] = METRICS
    settle_seconds: ClassVar[float] = 20.0

    def __init__(self, credentials: Mapping[str, str], **options: Any) -> None:
        """A page has an `organization`; it can be read, a member's own profile cannot."""
        super().__init__(credentials, **options)
        self.organization = self.given.get("organization", "").strip().rpartition(":")[2]
        if self.organization and not self.organization.isdigit():
            raise InvalidKey("The page's number has digits alone: look for it in the address of its admin page.")
        self.can_look_up = bool(self.organization)
        self.metrics_names = METRICS if self.organization else ()  # type: ignore[misc]

    def check(self) -> Profile:
        """Whose account it is; a page's name too, where it is one."""
        if not self.organization:
            me = self._me()
            return Profile(f"urn:li:person:{me['sub']}", str(me.get("name") or me["sub"]), limits=self.limits)
        try:
            page = self.asks("GET", f"/rest/organizations/{self.organization}").data
        except NotThere:
            raise Refused("There is no such page at LinkedIn, or you may not post for it. Check its number.") from None
        if not isinstance(page, dict) or not isinstance(page.get("localizedName"), str):
            raise self.unreadable()
        url = f"https://www.linkedin.com/company/{page.get('vanityName') or self.organization}"
        return Profile(f"urn:li:organization:{self.organization}", page["localizedName"], url, limits=self.limits)

    def _me(self) -> dict[str, Any]:
        me = self.asks("GET", "/v2/userinfo").data
        if not isinstance(me, dict) or not isinstance(me.get("sub"), str) or not me["sub"]:
            raise self.unreadable()
        return me

    def count(self, text: str) -> int:
        """After escaping, which LinkedIn counts."""
        return len(escaped(text))

    def _file_problems(self, one: Medium) -> list[str]:
        found = super()._file_problems(one)
        if not one.is_video and one.width * one.height > MOST_PIXELS:
            found.append(
                f"{one.name} has {one.width:,} × {one.height:,} pixels; LinkedIn takes {MOST_PIXELS:,} in all."
            )
        return found

    # -- publishing ---------------------------------------------------------------------------------------------------

    def prepare(self, draft: Draft, prepared: dict[str, Any], save: Save) -> None:
        """Note who posts and when this began, and upload the files."""
        if not prepared.get("author"):
            author = f"urn:li:organization:{self.organization}" if self.organization else ""
            author = author or f"urn:li:person:{self._me()['sub']}"
            save({"author": author, "since": datetime.now(UTC).isoformat(timespec="seconds")})
        for number, one in enumerate(draft.media):
            self.upload(f"{draft.key}:{number}", one, prepared["author"], prepared, save)

    def publish(self, draft: Draft, prepared: Mapping[str, Any]) -> Posted:
        """Post it; its name comes in a header."""
        body = self._body(draft, prepared)
        try:
            answer = self.asks("POST", "/rest/posts", creates=True, json=body, wants_json=False)
        except Duplicate as refusal:
            if not draft.is_repeated or not refusal.urn:
                raise
            return posted(refusal.urn)
        urn = answer.headers.get("x-restli-id", "")
        if not URN.fullmatch(urn):
            raise self.unreadable(creates=True)
        return posted(urn)

    def _body(self, draft: Draft, prepared: Mapping[str, Any]) -> dict[str, Any]:
        body: dict[str, Any] = {
            "author": prepared["author"],
            "commentary": escaped(draft.text),
            "visibility": "PUBLIC",
            "distribution": {
                "feedDistribution": "MAIN_FEED",
                "targetEntities": [],
                "thirdPartyDistributionChannels": [],
            },
            "lifecycleState": "PUBLISHED",
            "isReshareDisabledByAuthor": False,
        }
        if content := self._content(draft, prepared):
            body["content"] = content
        return body

    def _content(self, draft: Draft, prepared: Mapping[str, Any]) -> dict[str, Any]:
        urns = self.urns(draft, prepared)
        files = [
            {"id": urn} | ({"altText": one.alt} if one.alt and not one.is_video else {})
            for one, urn in zip(draft.media, urns, strict=True)
        ]
        if len(files) > 1:
            return {"multiImage": {"images": files}}
        if files:
            return {"media": files[0]}
        # A card shows a link that is in the text anyway: who approved the text has seen where it leads.
        if draft.title and draft.canonical_url and draft.canonical_url in draft.text:
            card = {"source": draft.canonical_url, "title": draft.title, "description": draft.excerpt}
            return {"article": card}
        return {}

    def look_up(self, draft: Draft, prepared: Mapping[str, Any]) -> Posted | None:
        """Find it among the page's newest posts, by its words and its time; a member's cannot be read."""
        if not self.organization:
            raise Unsupported("LinkedIn does not let us read a member's posts. Look at the account yourself.")
        since = datetime.fromisoformat(prepared["since"]) if prepared.get("since") else draft.created_at
        author = in_path(f"urn:li:organization:{self.organization}")
        path = f"/rest/posts?author={author}&q=author&count={NEWEST}&sortBy=LAST_MODIFIED"
        data = self.asks("GET", path, headers={"X-RestLi-Method": "FINDER"}).data
        posts = data.get("elements") if isinstance(data, dict) else None
        if not isinstance(posts, list) or not all(is_post(one) for one in posts):
            raise self.unreadable()
        times = [datetime.fromtimestamp(one["createdAt"] / 1000, UTC) for one in posts]
        for one, made in zip(posts, times, strict=True):
            if made >= since - CLOCKS_DIFFER and comparable(one["commentary"]) == comparable(escaped(draft.text)):
                return posted(one["id"])
        self.must_reach(times, NEWEST, since - CLOCKS_DIFFER)
        return None

    # -- afterwards ---------------------------------------------------------------------------------------------------

    def delete(self, remote_id: str) -> None:
        """Delete it; LinkedIn refuses the same words for up to two days after."""
        if not URN.fullmatch(remote_id):
            raise Refused("That is no post of LinkedIn. Delete it there.")
        try:
            self.asks("DELETE", f"/rest/posts/{in_path(remote_id)}", wants_json=False)
        except NotThere:
            return

    def metrics(self, remote_ids: Collection[str]) -> dict[str, dict[str, int]]:
        """impressions, unique impressions, clicks, likes, comments and shares of a page's posts. A call a post."""
        if not self.organization:
            raise Unsupported("LinkedIn tells numbers of a page's posts alone, not of a member's.")
        found: dict[str, dict[str, int]] = {}
        page = in_path(f"urn:li:organization:{self.organization}")
        for urn in filter(URN.fullmatch, remote_ids):
            kind = "ugcPosts" if ":ugcPost:" in urn else "shares"
            path = f"/rest/organizationalEntityShareStatistics?q=organizationalEntity&organizationalEntity={page}"
            try:
                data = self.asks("GET", f"{path}&{kind}=List({in_path(urn)})").data
            except NotThere:
                continue
            elements = data.get("elements") if isinstance(data, dict) else None
            if not isinstance(elements, list):
                raise self.unreadable()
            if elements and isinstance(elements[0], dict):
                found[urn] = numbers(elements[0])
        return found


def numbers(element: Mapping[str, Any]) -> dict[str, int]:
    """The counts of a post; one that LinkedIn does not send is left out."""
    counts = element.get("totalShareStatistics")
    counts = counts if isinstance(counts, dict) else {}
    return {ours: counts[theirs] for ours, theirs in NAMES.items() if type(counts.get(theirs)) is int}


def posted(urn: str) -> Posted:
    """A post by its URN."""
    return Posted(urn, f"https://www.linkedin.com/feed/update/{urn}/")


def is_post(found: Any) -> bool:
    """Whether it is a post with its words and its time."""
    return (
        isinstance(found, dict)
        and isinstance(found.get("id"), str)
        and isinstance(found.get("commentary"), str)
        and type(found.get("createdAt")) is int
        and 0 <= found["createdAt"] < LATEST
    )
