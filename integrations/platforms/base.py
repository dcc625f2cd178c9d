"""What every platform promises: a text leaves once, and how sure one can be of it is said before.

Publishing has two parts. `prepare` is what can be done again without harm: uploads, containers, logins. `publish` is
the one call that people see; it is never repeated unless the platform's class allows it:

    IDEMPOTENT  the same call may be made again: the platform knows it by its key
    TWO_STEP    what became of the call can be read from the platform
    BLIND       nobody can tell: an unknown outcome is for a person to clear up
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import IO, Any, ClassVar

from integrations.errors import Unsupported


class Delivery(StrEnum):
    """How sure one can be that a text leaves exactly once."""

    IDEMPOTENT = "idempotent"
    TWO_STEP = "two-step"
    BLIND = "blind"


@dataclass(frozen=True)
class Credential:
    """One field that an account needs. name is that of the API; a secret one is never shown again."""

    name: str
    label: str
    help: str = ""
    secret: bool = True
    required: bool = True


@dataclass(frozen=True)
class Limits:
    """What a post may have. 0 is none at all, None is any number; bytes are per file, seconds per video.

    kinds are the MIME types that the platform takes, as "image/jpeg".
    """

    text: int | None
    images: int | None = 0
    videos: int | None = 0
    image_bytes: int | None = None
    video_bytes: int | None = None
    video_seconds: float | None = None
    kinds: tuple[str, ...] = ("image/jpeg", "image/png", "image/webp", "image/gif", "video/mp4")
    url_length: int | None = None  # what each link counts, where that is not its own length

    def as_json(self) -> dict[str, Any]:
        """For an account's row."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Limits":
        """From an account's row; what an older version stored besides is left out."""
        known = {name: value for name, value in stored.items() if name in cls.__dataclass_fields__}
        return cls(**known | {"kinds": tuple(known["kinds"])}) if "kinds" in known else cls(**known)


@dataclass(frozen=True)
class Medium:
    """A picture or video that goes with a text; `open` gives its bytes anew each time.

    url is where a platform that fetches files itself finds it for some days, "" where nobody outside can.
    """

    name: str
    mime: str
    size: int  # bytes
    alt: str = ""
    width: int = 0
    height: int = 0
    seconds: float = 0.0
    url: str = ""
    open: Callable[[], IO[bytes]] = field(repr=False, compare=False, default=lambda: _missing())

    @property
    def is_video(self) -> bool:
        """Whether it moves."""
        return self.mime.startswith("video/")


def _missing() -> IO[bytes]:
    raise Unsupported("This file cannot be read any more. Choose another.")


@dataclass(frozen=True)
class Draft:
    """What is published. Articles have title and html, posts have text.

    key names this publication and its content: it is the same each time that the same thing is sent, and another one
    when the content changed (8 to 40 characters, letters and digits). created_at is when it was made, the same each
    time. language is ISO 639-1 or "". reply_to is the remote_id of the post that this one follows, "" for one that
    stands alone. made_with_ai says so where a platform has a mark for it (`marks_ai`). is_repeated says that an earlier
    call may have published this very thing.
    """

    key: str
    created_at: datetime
    text: str = ""
    title: str = ""
    html: str = ""
    excerpt: str = ""
    slug: str = ""
    canonical_url: str = ""
    tags: tuple[str, ...] = ()
    media: tuple[Medium, ...] = ()
    language: str = ""
    reply_to: str = ""
    made_with_ai: bool = False
    is_repeated: bool = False


@dataclass(frozen=True)
class Posted:
    """It is there. remote_id is what the platform calls it, url where people see it ("" where there is no such place).

    version is what the platform knows its state by, for `update`. note says what came out otherwise than wished.
    """

    remote_id: str
    url: str = ""
    version: str = ""
    note: str = ""


@dataclass(frozen=True)
class Profile:
    """Whose account it is, as the platform says, with the limits that hold there. expires_at is that of the token."""

    remote_id: str
    name: str
    url: str = ""
    limits: Limits | None = None
    expires_at: datetime | None = None
    note: str = ""


@dataclass(frozen=True)
class Counter:
    """One thing that a platform counts in a post: how much there is of it, and the most there may be (None: any)."""

    what: str
    used: int
    most: int | None

    @property
    def over(self) -> int:
        """How many are too many."""
        return max(0, self.used - self.most) if self.most is not None else 0


class Platform(ABC):
    """A platform with one account. Abilities are attributes, asked before use."""

    name: ClassVar[str]
    label: ClassVar[str]
    delivery: Delivery
    credentials: ClassVar[tuple[Credential, ...]]
    limits: ClassVar[Limits]
    needs_base_url: ClassVar[bool] = False  # the instance's address comes from people: it passes the guard
    takes_posts: ClassVar[bool] = True  # False for a channel, which reaches single people
    takes_articles: ClassVar[bool] = False  # title and html instead of text
    mixes_media: ClassVar[bool] = False  # pictures and videos in one post, together as many as there may be pictures
    can_look_up: bool = False
    can_delete: ClassVar[bool] = False
    can_update: ClassVar[bool] = False
    can_unpublish: ClassVar[bool] = False  # hide it there, where `delete` would destroy it
    can_reply: ClassVar[bool] = False  # a post may follow another one: a thread, or the first comment
    marks_ai: ClassVar[bool] = False  # it has a mark for what was made with AI
    metrics_names: ClassVar[tuple[str, ...]] = ()
    metrics_cost: ClassVar[Decimal] = Decimal(0)  # what reading the numbers of one post costs, in US dollars
    metrics_batch: ClassVar[int] = 100  # posts that are asked about before what came is stored
    comments: ClassVar[bool] = False  # what follows a post is a comment there, which has no numbers of its own
    tells_followers: ClassVar[bool] = False
    settle_seconds: ClassVar[float] = 5.0  # how long after a call `look_up` may not see it yet

    def __init__(
        self,
        credentials: Mapping[str, str],
        *,
        base_url: str = "",
        allow_hosts: Collection[str] = (),
        trusted_urls: Collection[str] = (),
        limits: Limits | None = None,
        session: str = "",
        version: str = "",
    ) -> None:
        """An account; needs no network.

        base_url is the instance's address, or for a platform with one address the operator's other one (then it is
        among trusted_urls too). limits are those of an earlier `check`. session is what an earlier object kept in
        `session`: it is secret, and stored encrypted. version is that of the platform's API, where it wants to be told.
        """
        self.given = dict(credentials)
        self.base_url = base_url.strip().rstrip("/")
        self.allow_hosts = tuple(allow_hosts)
        self.trusted_urls = tuple(trusted_urls)
        self.version = version
        self.holds = limits or self.limits
        self.session = self.opened_session = session

    @abstractmethod
    def check(self) -> Profile:
        """Whose account this is and what holds there; publishes nothing. Raises what errors.py has."""

    def count(self, text: str) -> int:
        """How long a text is, as the platform counts."""
        return len(text)

    def prepare(self, draft: Draft, prepared: dict[str, Any], save: Callable[[dict[str, Any]], None]) -> None:
        """Upload what goes with it. `prepared` has what earlier tries got done; `save` stores it with what is new.

        Each step is safe to repeat. Raises the errors of integrations/errors.py, never AmbiguousOutcome.
        """
        return

    @abstractmethod
    def publish(self, draft: Draft, prepared: Mapping[str, Any]) -> Posted:
        """Make it public, by one call that is sent once.

        Raises Unreachable and RateLimited where nothing was published, PermanentError where it was refused, and
        AmbiguousOutcome wherever the answer does not tell (time-out, cut off, 5xx, an answer that cannot be read).
        """

    def look_up(self, draft: Draft, prepared: Mapping[str, Any]) -> Posted | None:
        """What became of `publish`: found, or None for certain not there. Raises Unsupported where nobody can tell."""
        raise Unsupported(f"{self.label} cannot be asked whether a post is there. Look at the account yourself.")

    def update(self, remote_id: str, version: str, draft: Draft, prepared: Mapping[str, Any]) -> Posted:
        """Put this in the place of what is published; raises Refused where it was changed there since `version`."""
        raise Unsupported(f"A post on {self.label} cannot be changed from here.")

    def delete(self, remote_id: str) -> None:
        """Take it off again; one that is gone already is fine."""
        raise Unsupported(f"{self.label} offers no way to take a post off from here. Delete it there.")

    def unpublish(self, remote_id: str) -> Posted:
        """Make a draft of it that nobody sees; once more is fine. Returns its new version."""
        raise Unsupported(f"{self.label} keeps no drafts of what was published. Delete it there.")

    def metrics(self, remote_ids: Collection[str]) -> dict[str, dict[str, int]]:
        """The numbers of `metrics_names` for each post that is still there."""
        raise Unsupported(f"{self.label} tells no numbers.")

    def followers(self) -> int:
        """How many follow the account now."""
        raise Unsupported(f"{self.label} does not tell how many follow an account.")

    def cost(self, draft: Draft) -> Decimal:
        """What the platform itself charges for this post, in US dollars."""
        return Decimal(0)

    def counters(self, draft: Draft) -> list[Counter]:
        """What it counts in a text, the first being its length; none for articles."""
        return [] if self.takes_articles else [Counter("characters", self.count(draft.text), self.holds.text)]

    def problems(self, draft: Draft) -> list[str]:
        """Why the platform would refuse this, each as a sentence; needs no network."""
        if draft.reply_to and not self.can_reply:
            return [f"On {self.label} a post cannot follow another one from here."]
        return [*self._text_problems(draft), *self._media_problems(draft)]

    def _text_problems(self, draft: Draft) -> list[str]:
        if self.takes_articles:
            missing = [name for name, value in (("title", draft.title), ("text", draft.html)) if not value.strip()]
            return [f"An article on {self.label} needs a {name}." for name in missing]
        if not draft.text.strip() and not draft.media:
            return ["There is nothing to publish: write a text."]
        return [
            f"The text has {one.used:,} {one.what} as {self.label} counts them, {one.over:,} too many."
            for one in self.counters(draft)
            if one.over
        ]

    def _media_problems(self, draft: Draft) -> list[str]:
        holds, found = self.holds, []
        videos = [one for one in draft.media if one.is_video]
        images = [one for one in draft.media if not one.is_video]
        for kind, some, most in (("picture", images, holds.images), ("video", videos, holds.videos)):
            if most is not None and len(some) > most:
                much = f"takes at most {most} {kind}{'s' if most > 1 else ''}" if most else f"takes no {kind}s"
                found.append(
                    f"{self.label} {much} with a post, and there {'is' if len(some) == 1 else 'are'} {len(some)}."
                )
        together, most = len(draft.media), holds.images
        if images and videos and not (self.mixes_media or self.takes_articles):
            found.append(f"{self.label} takes pictures or a video, not both.")
        elif images and videos and most is not None and together > most:
            found.append(f"{self.label} takes at most {most} files with a post, and there are {together}.")
        for one in draft.media:
            found += self._file_problems(one)
        return found

    def _file_problems(self, one: Medium) -> list[str]:
        holds = self.holds
        most = holds.video_bytes if one.is_video else holds.image_bytes
        if one.mime not in holds.kinds:
            return [f"{self.label} does not take {one.mime} ({one.name})."]
        found = []
        if most is not None and one.size > most:
            found.append(f"{one.name} has {one.size / 1e6:,.1f} MB; {self.label} takes {most / 1e6:,.1f} MB.")
        if one.is_video and holds.video_seconds is not None and one.seconds > holds.video_seconds:
            found.append(f"{one.name} lasts {one.seconds:,.0f} s; {self.label} takes {holds.video_seconds:,.0f} s.")
        return found
