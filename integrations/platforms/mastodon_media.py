"""Files on their way to Mastodon: uploaded at once, worked on in the background, attached by their ids."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from integrations.errors import Overloaded, Refused
from integrations.platforms.base import Draft, Medium
from integrations.platforms.mastodon_asking import MastodonAsking, NotThere

POLL_SECONDS = 1.0
LONGEST_WAIT = 90.0  # seconds in one try; the job comes back for the rest
# Mastodon throws files away that no post has after a day.
FRESH_SECONDS = 12 * 3600.0

Save = Callable[[dict[str, Any]], None]


class MastodonMedia(MastodonAsking):
    """An account that can upload files."""

    def upload(self, name: str, one: Medium, prepared: dict[str, Any], save: Save) -> None:
        """Upload a file unless an earlier try has, and wait until the instance is done with it.

        Raises Overloaded while it is not, Refused where it cannot use the file.
        """

        def keep(**what: Any) -> None:
            save({"media": prepared.get("media", {}) | {name: what}})

        kept = prepared.get("media", {}).get(name, {})
        if not kept.get("id") or time.time() - kept.get("at", 0) > FRESH_SECONDS:
            kept = self._send_file(one)
            keep(**kept)
        if not kept.get("ready"):
            try:
                self._wait(str(kept["id"]), one)
            except Refused:
                keep()
                raise
            keep(**kept | {"ready": True})

    def media_ids(self, draft: Draft, prepared: Mapping[str, Any]) -> list[str]:
        """What the instance calls the files of a draft."""
        kept = prepared.get("media", {})
        return [str(kept.get(f"{draft.key}:{number}", {}).get("id", "")) for number in range(len(draft.media))]

    def _send_file(self, one: Medium) -> dict[str, Any]:
        with one.open() as file:
            answer = self.asks(
                "POST",
                "/api/v2/media",
                files={"file": (one.name, file, one.mime)},
                data={"description": one.alt} if one.alt else {},
                uploads=True,
            )
        if not isinstance(answer.data, dict) or not isinstance(answer.data.get("id"), str | int):
            raise self.unreadable()
        return {"id": str(answer.data["id"]), "at": int(time.time()), "ready": answer.status == 200}

    def _wait(self, media_id: str, one: Medium) -> None:
        until = time.monotonic() + LONGEST_WAIT
        while True:
            try:
                answer = self.asks("GET", f"/api/v1/media/{media_id}", wants_json=False)
            except NotThere:  # it belongs to a post already: this is asked again after a lost answer
                return
            if answer.status != 206:
                return
            if time.monotonic() > until:
                raise Overloaded(f"{self.label} is still working on {one.name}. It is asked again.")
            time.sleep(POLL_SECONDS)
