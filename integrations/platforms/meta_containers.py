"""Posts in two steps (Instagram, Threads): a container is made and waited for, then it is published by its id.

A container can be published once, and its state can be read: that is how what became of a call is known.
"""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from integrations.errors import RateLimited, Refused, Unsupported
from integrations.platforms.base import Draft, Medium, Posted
from integrations.platforms.meta_asking import CLOCKS_DIFFER, MetaAsking, NotThere, made_at

POLL_SECONDS = 2.0
LONGEST_WAIT = 30.0  # seconds in one try; the job comes back for the rest
AGAIN_SECONDS = 20.0
QUOTA_SECONDS = 3600.0
FRESH_SECONDS = 20 * 3600.0  # Meta throws a container away that is not published within a day
NEWEST = 10

Save = Callable[[dict[str, Any]], None]


class MetaContainers(MetaAsking):
    """An account whose posts are containers first."""

    containers: str  # the edge that makes one
    publishes: str  # the edge that publishes one
    quota: str  # the edge that tells how many posts are left today
    posts: str  # the edge of what is published
    replies = "replies"  # the edge of what is published below other posts
    state_field: str  # what a container's state is called
    text_field: str  # what a text is called, in a container and in a post

    def me(self) -> dict[str, str]:
        """Whose account it is: id and username."""
        raise NotImplementedError

    def fields_of(self, one: Medium | None, draft: Draft, *, alone: bool) -> dict[str, Any]:
        """What a container is made of: of one file, or of none."""
        raise NotImplementedError

    def prepare_post(self, draft: Draft, prepared: dict[str, Any], save: Save) -> None:
        """Make the container of a draft, and wait until it can be published.

        Raises RateLimited while Meta works on it, and where today's posts are used up; Refused where it cannot be used.
        """
        if not prepared.get("me"):
            save({"me": self.me()["id"], "since": datetime.now(UTC).isoformat(timespec="seconds")})
        self._has_quota(prepared["me"])
        parts: list[str] = []
        if len(draft.media) > 1:
            for index, one in enumerate(draft.media):
                fields = self.fields_of(one, draft, alone=False)
                parts.append(self._container(f"{draft.key}:{index}", fields, prepared, save))
            body = {"media_type": "CAROUSEL", "children": ",".join(parts), self.text_field: draft.text}
        else:
            body = self.fields_of(draft.media[0] if draft.media else None, draft, alone=True)
        if draft.reply_to:
            body["reply_to_id"] = draft.reply_to
        self._container(draft.key, body, prepared, save)

    def _container(self, name: str, body: dict[str, Any], prepared: dict[str, Any], save: Save) -> str:
        def keep(**what: Any) -> None:
            save({"containers": prepared.get("containers", {}) | {name: what}})

        kept = prepared.get("containers", {}).get(name, {})
        if not kept.get("id") or time.time() - kept.get("at", 0) > FRESH_SECONDS:
            made = self.part_of(self.asks("POST", f"/{prepared['me']}/{self.containers}", json=body), "id")
            kept = {"id": made["id"], "at": int(time.time())}
            keep(**kept)
        if not kept.get("ready"):
            try:
                self._wait(kept["id"])
            except Refused:
                keep()
                raise
            keep(**kept | {"ready": True})
        return str(kept["id"])

    def _wait(self, container: str) -> None:
        until = time.monotonic() + LONGEST_WAIT
        while True:
            state, why = self.state_of(container)
            if state in ("FINISHED", "PUBLISHED"):
                return
            if state in ("ERROR", "EXPIRED"):
                raise Refused(f"{self.label} cannot use this. {self.says(why)}Choose another file, or send it again.")
            if time.monotonic() + POLL_SECONDS > until:
                raise RateLimited(f"{self.label} is still working on the files. It is asked again.", AGAIN_SECONDS)
            time.sleep(POLL_SECONDS)

    def state_of(self, container: str) -> tuple[str, str]:
        """How a container stands (IN_PROGRESS, FINISHED, ERROR, EXPIRED, PUBLISHED), and what is said about it."""
        other = "status" if self.state_field != "status" else "error_message"
        answer = self.asks("GET", f"/{container}", params={"fields": f"{self.state_field},{other}"})
        found = self.part_of(answer, self.state_field)
        return str(found[self.state_field]), str(found.get(other) or "")

    def publish_post(self, draft: Draft, prepared: Mapping[str, Any]) -> Posted:
        """Publish the container; then ask where it is, which may fail without harm."""
        container = prepared.get("containers", {}).get(draft.key, {}).get("id", "")
        path = f"/{prepared.get('me', '')}/{self.publishes}"
        try:
            answer = self.asks("POST", path, creates=True, json={"creation_id": container})
        except Refused as refusal:  # one that was published by an earlier call is refused now
            return self.mine_or(refusal, draft, prepared)
        made = self.part_of(answer, "id", creates=True)
        return Posted(made["id"], self.address_of(made["id"]))

    def address_of(self, remote_id: str) -> str:
        """Where people see a post; "" where that cannot be learnt now."""
        try:
            found = self.asks("GET", f"/{remote_id}", params={"fields": "permalink"}).data
        except Exception:  # it is published: nothing may hide that
            return ""
        url = found.get("permalink") if isinstance(found, dict) else ""
        return url if isinstance(url, str) and url.startswith("https://") else ""

    def look_up_post(self, draft: Draft, prepared: Mapping[str, Any]) -> Posted | None:
        """By the state of its container; the newest posts tell which one it became."""
        container = prepared.get("containers", {}).get(draft.key, {}).get("id")
        if not container:
            return None
        try:
            state, _why = self.state_of(container)
        except NotThere:
            state = "GONE"
        if state not in ("PUBLISHED", "GONE"):
            return None
        since = datetime.fromisoformat(prepared["since"]) - CLOCKS_DIFFER
        fields = f"id,{self.text_field},timestamp,permalink"
        wanted = {"fields": fields, "limit": NEWEST}
        edge = self.replies if draft.reply_to else self.posts
        for row in self.list_of(self.asks("GET", f"/{prepared['me']}/{edge}", params=wanted)):
            same = " ".join(str(row.get(self.text_field) or "").split()) == " ".join(draft.text.split())
            if same and made_at(row, "timestamp") >= since and isinstance(row.get("id"), str):
                return Posted(row["id"], str(row.get("permalink") or ""))
        if state == "GONE":
            raise Unsupported(f"{self.label} does not know any more what became of this. Look at the account yourself.")
        return Posted("", "", note=f"{self.label} says that it is published, and does not say where.")

    def _has_quota(self, me: str) -> None:
        wanted = {"fields": "quota_usage,config"}
        rows = self.list_of(self.asks("GET", f"/{me}/{self.quota}", params=wanted))
        first = rows[0] if rows else {}
        config = first.get("config")
        most = config.get("quota_total") if isinstance(config, dict) else None
        used = first.get("quota_usage")
        if type(most) is int and type(used) is int and used >= most:
            raise RateLimited(
                f"{self.label} takes {most} posts of an account a day, and {used} are used. It is tried again.",
                QUOTA_SECONDS,
            )
