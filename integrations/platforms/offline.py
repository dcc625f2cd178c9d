"""The offline platform: a wall inside Pressroom that keeps what was published, and fails where it is told to.

The wall itself is handed in: this file knows no database. It stands for any platform, so an account says how it
behaves (idempotent, two-step, blind) and what it takes.
"""

from collections.abc import Collection, Mapping
from typing import Any, ClassVar, Protocol

from integrations.errors import InvalidKey, Unsupported
from integrations.platforms.base import Credential, Delivery, Draft, Limits, Platform, Posted, Profile


class Wall(Protocol):
    """Where the posts hang. What it raises stands for what a network would: see integrations/errors.py."""

    def put(self, draft: Draft, *, once: bool) -> Posted:
        """Hang a post up; with `once`, one of the same key is there already when it is."""

    def find(self, key: str) -> Posted | None:
        """The post of a key, if it hangs there."""

    def change(self, remote_id: str, version: str, draft: Draft) -> Posted:
        """Put another content into a post; raises Refused where it is gone or was changed since `version`."""

    def views(self, remote_ids: Collection[str]) -> dict[str, dict[str, int]]:
        """How often each post that hangs there was opened, as {remote_id: {"views": number}}."""

    def take_down(self, remote_id: str) -> None:
        """Take a post off; one that is gone is fine."""


class Offline(Platform):
    """An account on the wall."""

    name: ClassVar[str] = "offline"
    label: ClassVar[str] = "The wall"
    credentials: ClassVar[tuple[Credential, ...]] = (
        Credential(
            "behaves",
            "Behaves like",
            "idempotent, two-step or blind: how sure one can be that a post is there once. Empty: idempotent.",
            secret=False,
            required=False,
        ),
    )
    limits: ClassVar[Limits] = Limits(text=5000, images=10, videos=1)
    can_look_up = True
    can_delete = True
    can_update = True
    metrics_names: ClassVar[tuple[str, ...]] = ("views",)
    can_reply: ClassVar[bool] = True
    marks_ai: ClassVar[bool] = True

    def __init__(self, credentials: Mapping[str, str], *, wall: Wall | None = None, **options: Any) -> None:
        """wall is where the posts hang."""
        super().__init__(credentials, **options)
        self.wall = wall
        try:
            self.delivery = Delivery(self.given.get("behaves") or "idempotent")
        except ValueError:
            kinds = ", ".join(Delivery)
            raise InvalidKey(f"The wall cannot behave like that. Choose one of {kinds}.") from None
        self.can_look_up = self.delivery == Delivery.TWO_STEP

    def _text_problems(self, draft: Draft) -> list[str]:
        return [] if draft.html.strip() else super()._text_problems(draft)  # it takes articles too, if given one

    def check(self) -> Profile:
        """The wall is always there."""
        return Profile(remote_id="wall", name="The wall", limits=self.limits)

    def publish(self, draft: Draft, prepared: Mapping[str, Any]) -> Posted:
        """Hang it up."""
        return self._wall.put(draft, once=self.delivery == Delivery.IDEMPOTENT)

    def look_up(self, draft: Draft, prepared: Mapping[str, Any]) -> Posted | None:
        """Whether it hangs there, for an account that can be asked."""
        return self._wall.find(draft.key) if self.can_look_up else super().look_up(draft, prepared)

    def update(self, remote_id: str, version: str, draft: Draft, prepared: Mapping[str, Any]) -> Posted:
        """Change it."""
        return self._wall.change(remote_id, version, draft)

    def delete(self, remote_id: str) -> None:
        """Take it off."""
        self._wall.take_down(remote_id)

    def metrics(self, remote_ids: Collection[str]) -> dict[str, dict[str, int]]:
        """How often people opened each post on the wall."""
        return self._wall.views(remote_ids)

    @property
    def _wall(self) -> Wall:
        if self.wall is None:
            raise Unsupported("This account has no wall. Open it through the publishing room.")
        return self.wall
